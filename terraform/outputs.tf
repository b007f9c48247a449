output "url" {
  description = "Where the service answers."
  value       = var.url
}

output "commit" {
  description = "Full hash of the commit that is deployed."
  value       = local.commit
}

output "image" {
  description = "Image reference of every pod."
  value       = var.image
}

output "image_id" {
  description = "ID of the image that every pod must run."
  value       = var.image_id
}

output "namespace" {
  description = "Namespace of the service."
  value       = one([for id in local.objects[0] : jsondecode(data.kustomization_overlay.release.manifests[id]).metadata.name if strcontains(id, "/Namespace/")])
}
