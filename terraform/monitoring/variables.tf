variable "kubeconfig" {
  description = "Path of the kubeconfig of the cluster that is watched."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists(var.kubeconfig)
    error_message = "There is no kubeconfig file at that path."
  }
}

variable "context" {
  description = "Context in the kubeconfig."
  type        = string
  nullable    = false

  validation {
    condition     = length(trimspace(var.context)) > 0
    error_message = "A context must be named."
  }
}

variable "images" {
  description = "Image of each part by its name in the manifests, tagged with 40 digits of the hash of what it is made of."
  type        = map(string)
  nullable    = false

  validation {
    condition     = toset(keys(var.images)) == toset(["alertmanager", "kube-state-metrics", "pager", "prometheus"])
    error_message = "Every part needs its image, and no other."
  }

  validation {
    condition     = alltrue([for image in values(var.images) : can(regex("^[a-z0-9][a-z0-9./_-]*:[0-9a-f]{40}$", image))])
    error_message = "An image is NAME:TAG with 40 hex digits as its tag."
  }
}

variable "node_address" {
  description = "IPv4 address of the node, where API server and kubelet are asked."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrhost("${var.node_address}/32", 0))
    error_message = "The address of the node is an IPv4 address."
  }
}

variable "alertmanager" {
  description = "Alertmanager's configuration, with the receiver that the settings name. Secrets are files that it refers to."
  type        = string
  nullable    = false

  validation {
    condition     = can(yamldecode(var.alertmanager).route.receiver)
    error_message = "The configuration is YAML with a route and its receiver."
  }
}

variable "receiver_port" {
  description = "TCP port of a receiver outside the cluster, which Alertmanager may then reach; 0 when the receiver is inside."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.receiver_port >= 0 && var.receiver_port <= 65535 && floor(var.receiver_port) == var.receiver_port
    error_message = "A port is a whole number from 1 to 65535, or 0 for none."
  }
}

variable "adopt" {
  description = "Objects that exist and are not in the state, as the provider names them: they are taken over."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.adopt : can(regex("^[a-z0-9._-]+/[A-Z][A-Za-z]+/[a-z0-9_-]+/[a-z0-9.-]+$", id))])
    error_message = "An object is GROUP/KIND/NAMESPACE/NAME, with _ for what it has not."
  }
}
