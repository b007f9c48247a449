terraform {
  # OpenTofu 1.10 serves where no Terraform can be had; what is supplied is pinned in toolchain/pins.toml.
  required_version = ">= 1.10, < 1.15"

  required_providers {
    kustomization = {
      # With its host, so that OpenTofu means the same provider.
      source  = "registry.terraform.io/kbst/kustomization"
      version = "0.9.8"
    }
  }

  # The path is given at init: state is kept outside the tree, and the backend locks it.
  backend "local" {}
}

provider "kustomization" {
  kubeconfig_path = var.kubeconfig
  context         = var.context
}
