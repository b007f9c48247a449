# What watches the service, apart from its releases: another state, another account. The manifests are plain Kubernetes YAML; only what
# differs from cluster to cluster is patched in here.

locals {
  objects = data.kustomization_overlay.monitoring.ids
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
