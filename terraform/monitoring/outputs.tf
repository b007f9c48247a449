output "images" {
  description = "Image of each part."
  value       = var.images
}
