# What watches the service, apart from its releases: another state, another account. The manifests are plain Kubernetes YAML; only what
# differs from cluster to cluster is patched in here.

locals {
  objects = data.kustomization_overlay.monitoring.ids
  # RFC 1918, RFC 6598, and link-local addresses (RFC 3927), where clouds keep their metadata.
  private = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]
}

data "kustomization_overlay" "monitoring" {
  resources = ["manifests"]

  dynamic "images" {
    for_each = var.images
    content {
      name     = images.key
      new_name = split(":", images.value)[0]
      new_tag  = split(":", images.value)[1]
    }
  }

  # Where API server and kubelet are: the only addresses that are no pod's.
  dynamic "patches" {
    for_each = toset(["kube-state-metrics", "prometheus"])
    content {
      target {
        kind = "NetworkPolicy"
        name = patches.value
      }
      patch = jsonencode([{ op = "replace", path = "/spec/egress/0/to/0/ipBlock/cidr", value = "${var.node_address}/32" }])
    }
  }

  # A receiver outside the cluster: the world on one port, and none of the private networks that node and pods are in.
  dynamic "patches" {
    for_each = var.receiver_port == 0 ? [] : [var.receiver_port]
    content {
      target {
        kind = "NetworkPolicy"
        name = "alertmanager"
      }
      patch = jsonencode([{ op = "add", path = "/spec/egress/-", value = {
        to    = [{ ipBlock = { cidr = "0.0.0.0/0", except = local.private } }]
        ports = [{ protocol = "TCP", port = patches.value }]
      } }])
    }
  }

  # The receiver is a setting. What it must not be told by a file in Git, it reads from files (pipeline/monitoring/receiver.py).
  patches {
    target {
      kind = "ConfigMap"
      name = "alertmanager"
    }
    patch = jsonencode([{ op = "replace", path = "/data/alertmanager.yaml", value = var.alertmanager }])
  }
}

# What is there already becomes part of the state instead of standing in the way, should a state be lost.
import {
  for_each = var.adopt
  to       = kustomization_resource.monitoring[each.value]
  id       = each.value
}

resource "kustomization_resource" "monitoring" {
  for_each = local.objects

  manifest = data.kustomization_overlay.monitoring.manifests[each.value]
  wait     = true

  timeouts {
    create = "3m"
    update = "3m"
    delete = "2m"
  }
}
