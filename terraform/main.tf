# The manifests are plain Kubernetes YAML; only what differs from release to release is patched in here.

locals {
  # NAME:COMMIT, and behind an @ the digest that a registry answered: with it the tag is a label, and what runs is what was pushed.
  reference = split("@", var.image)
  commit    = reverse(split(":", local.reference[0]))[0]

  # The overlay's namespaces, then everything else, then what could get in the way of the rest (kbst orders them so).
  objects = data.kustomization_overlay.release.ids_prio
  rules   = [for host in var.hosts : { host = host, http = { paths = [{ path = "/", pathType = "Prefix", backend = { service = { name = "hash", port = { name = "http" } } } }] } }]
}

data "kustomization_overlay" "release" {
  resources = ["manifests/overlays/${var.overlay}"]

  images {
    name     = "hash"
    new_name = trimsuffix(local.reference[0], ":${local.commit}")
    new_tag  = join("@", concat([local.commit], slice(local.reference, 1, length(local.reference))))
  }

  patches {
    target {
      kind = "Deployment"
      name = "hash"
    }
    patch = jsonencode([
      { op = "add", path = "/metadata/labels/app.kubernetes.io~1version", value = local.commit },
      { op = "add", path = "/spec/template/metadata/labels/app.kubernetes.io~1version", value = local.commit },
      { op = "add", path = "/spec/template/metadata/annotations", value = { "portcullis.local/image-id" = var.image_id } },
      { op = "replace", path = "/spec/template/spec/containers/0/resources/requests/cpu", value = var.resources.cpu },
      { op = "replace", path = "/spec/template/spec/containers/0/resources/requests/memory", value = var.resources.memory },
      { op = "replace", path = "/spec/template/spec/containers/0/resources/limits/cpu", value = var.resources.cpu_limit },
      { op = "replace", path = "/spec/template/spec/containers/0/resources/limits/memory", value = var.resources.memory_limit },
    ])
  }

  patches {
    target {
      kind = "HorizontalPodAutoscaler"
      name = "hash"
    }
    patch = jsonencode([
      { op = "replace", path = "/spec/minReplicas", value = var.replicas.min },
      { op = "replace", path = "/spec/maxReplicas", value = var.replicas.max },
    ])
  }

  dynamic "patches" {
    for_each = var.overlay == "local" ? [var.node_port] : []
    content {
      target {
        kind = "Service"
        name = "hash"
      }
      patch = jsonencode([{ op = "replace", path = "/spec/ports/0/nodePort", value = patches.value }])
    }
  }

  dynamic "patches" {
    for_each = var.overlay == "cloud" ? [local.rules] : []
    content {
      target {
        kind = "Ingress"
        name = "hash"
      }
      patch = jsonencode([
        { op = "replace", path = "/spec/rules", value = patches.value },
        { op = "replace", path = "/spec/tls/0/hosts", value = var.hosts },
      ])
    }
  }
}

# What is there already becomes part of the state instead of standing in the way: the namespace, which is made with the cluster, and
# everything, should a state be lost. The groups are the provider's own (ids_prio), told by name: an import must not wait for a plan.
import {
  for_each = toset([for id in var.adopt : id if strcontains(id, "/Namespace/")])
  to       = kustomization_resource.first[each.value]
  id       = each.value
}

import {
  for_each = toset([for id in var.adopt : id if !strcontains(id, "/Namespace/")])
  to       = kustomization_resource.main[each.value]
  id       = each.value
}

resource "kustomization_resource" "first" {
  for_each = local.objects[0]

  manifest = data.kustomization_overlay.release.manifests[each.value]
}

resource "kustomization_resource" "main" {
  for_each = local.objects[1]

  manifest = data.kustomization_overlay.release.manifests[each.value]
  wait     = true

  # The provider waits this long for a rollout, whatever the Deployment's own deadline says; what is not ready by then has failed.
  timeouts {
    create = "2m"
    update = "2m"
    delete = "2m"
  }

  depends_on = [kustomization_resource.first]
}

resource "kustomization_resource" "last" {
  for_each = local.objects[2]

  manifest = data.kustomization_overlay.release.manifests[each.value]

  depends_on = [kustomization_resource.main]
}
