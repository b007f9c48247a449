variable "kubeconfig" {
  description = "Path of the kubeconfig of the cluster to deploy to."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists(var.kubeconfig)
    error_message = "There is no kubeconfig file at that path."
  }
}

variable "context" {
  description = "Context in the kubeconfig. Any cluster will do; nothing is deployed to a default context by accident."
  type        = string
  nullable    = false

  validation {
    condition     = length(trimspace(var.context)) > 0
    error_message = "A context must be named."
  }
}

variable "overlay" {
  description = "How the service is reached: local (NodePort on this machine) or cloud (Ingress)."
  type        = string
  default     = "local"
  nullable    = false

  validation {
    condition     = contains(["local", "cloud"], var.overlay)
    error_message = "The overlay is local or cloud."
  }
}

variable "image" {
  description = "Image reference whose tag is a full commit hash; one from a registry (overlay cloud) also has its digest: NAME:COMMIT@sha256:DIGEST."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.:/_-]*:[0-9a-f]{40}(@sha256:[0-9a-f]{64})?$", var.image))
    error_message = "The image must be NAME:TAG with a full 40-digit commit hash as its tag; latest is never deployed."
  }

  validation {
    condition     = var.overlay != "cloud" || strcontains(var.image, "@sha256:")
    error_message = "An image from a registry must be pinned by digest, as a tag can be moved there: NAME:TAG@sha256:DIGEST."
  }
}

variable "image_id" {
  description = "ID of the tested image (digest of its configuration). It is noted on every pod, so another image is another release."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^sha256:[0-9a-f]{64}$", var.image_id))
    error_message = "The image ID must be sha256: and 64 hex digits."
  }
}

variable "replicas" {
  description = "Fewest and most instances."
  type        = object({ min = number, max = number })
  default     = { min = 2, max = 10 }
  nullable    = false

  validation {
    condition     = var.replicas.min >= 2 && var.replicas.max >= var.replicas.min && var.replicas.max <= 10
    error_message = "At least 2 instances, at most 10, and no fewer at most than at least."
  }
}

variable "resources" {
  description = "What one instance asks for, and the memory it may not exceed. There is no CPU limit: it would throttle the very pods that the autoscaler watches."
  type        = object({ cpu = string, cpu_limit = string, memory = string, memory_limit = string })
  default     = { cpu = "50m", cpu_limit = "2000m", memory = "64Mi", memory_limit = "128Mi" }
  nullable    = false

  validation {
    condition     = alltrue([for share in [var.resources.cpu, var.resources.cpu_limit] : can(regex("^[1-9][0-9]*m$", share))]) && alltrue([for size in [var.resources.memory, var.resources.memory_limit] : can(regex("^[1-9][0-9]*Mi$", size))])
    error_message = "CPU is given in millicores (50m), memory in mebibytes (64Mi)."
  }
}

variable "node_port" {
  description = "Port of the Service on the nodes (overlay local)."
  type        = number
  default     = 30080
  nullable    = false

  validation {
    condition     = var.node_port >= 30000 && var.node_port <= 32767 && floor(var.node_port) == var.node_port
    error_message = "A NodePort lies between 30000 and 32767."
  }
}

variable "hosts" {
  description = "Host names that the service answers for (overlay cloud)."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for host in var.hosts : can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", host))])
    error_message = "Every host must be a fully qualified lower-case DNS name."
  }

  validation {
    condition     = var.overlay != "cloud" || length(var.hosts) > 0
    error_message = "The overlay cloud needs at least one host."
  }
}

variable "url" {
  description = "Where the service answers once it is deployed."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^https?://[^/]+$", var.url))
    error_message = "The URL is http(s)://HOST[:PORT] without a path."
  }
}

variable "adopt" {
  description = "Objects of the overlay that exist and are not in the state, as the provider names them: they are taken over."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.adopt : can(regex("^[a-z0-9._-]+/[A-Z][A-Za-z]+/[a-z0-9_-]+/[a-z0-9.-]+$", id))])
    error_message = "An object is GROUP/KIND/NAMESPACE/NAME, with _ for what it has not."
  }
}
