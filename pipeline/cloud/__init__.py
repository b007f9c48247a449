"""The session `cloud-proof`: the same Terraform on a second, differently made cluster, its image pulled from a registry by digest."""
