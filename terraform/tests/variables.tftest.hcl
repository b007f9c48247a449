# Values that must never reach a cluster make the plan fail. Each run changes one value of a set that is accepted.

mock_provider "kustomization" {
  mock_data "kustomization_overlay" {
    defaults = {
      ids_prio  = [["_/Namespace/_/hash"], [], []]
      manifests = { "_/Namespace/_/hash" = "{\"kind\":\"Namespace\",\"metadata\":{\"name\":\"hash\"}}" }
    }
  }
}

variables {
  kubeconfig = "versions.tf" # any file that exists
  context    = "test"
  image      = "registry.invalid/hash:0123456789abcdef0123456789abcdef01234567"
  image_id   = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  url        = "http://127.0.0.1:20080"
}

run "a_good_release_is_planned" {
  command = plan

  assert {
    condition     = output.commit == "0123456789abcdef0123456789abcdef01234567"
    error_message = "The commit is the image's tag."
  }

  assert {
    condition     = output.namespace == "hash"
    error_message = "The namespace is the overlay's."
  }
}

run "latest_is_refused" {
  command         = plan
  expect_failures = [var.image]

  variables {
    image = "registry.invalid/hash:latest"
  }
}

run "a_dirty_tree_is_refused" {
  command         = plan
  expect_failures = [var.image]

  variables {
    image = "registry.invalid/hash:0123456789abcdef0123456789abcdef01234567-dirty"
  }
}

run "a_short_hash_is_refused" {
  command         = plan
  expect_failures = [var.image]

  variables {
    image = "registry.invalid/hash:0123456"
  }
}

run "a_short_image_id_is_refused" {
  command         = plan
  expect_failures = [var.image_id]

  variables {
    image_id = "sha256:0123"
  }
}

run "a_missing_kubeconfig_is_refused" {
  command         = plan
  expect_failures = [var.kubeconfig]

  variables {
    kubeconfig = "no-such-file"
  }
}

run "an_empty_context_is_refused" {
  command         = plan
  expect_failures = [var.context]

  variables {
    context = " "
  }
}

run "one_instance_is_too_few" {
  command         = plan
  expect_failures = [var.replicas]

  variables {
    replicas = { min = 1, max = 10 }
  }
}

run "eleven_instances_are_too_many" {
  command         = plan
  expect_failures = [var.replicas]

  variables {
    replicas = { min = 2, max = 11 }
  }
}

run "a_range_upside_down_is_refused" {
  command         = plan
  expect_failures = [var.replicas]

  variables {
    replicas = { min = 5, max = 3 }
  }
}

run "sizes_without_unit_are_refused" {
  command         = plan
  expect_failures = [var.resources]

  variables {
    resources = { cpu = "50m", cpu_limit = "2000m", memory = "64", memory_limit = "128Mi" }
  }
}

run "an_unknown_overlay_is_refused" {
  command         = plan
  expect_failures = [var.overlay]

  variables {
    overlay = "production"
  }
}

run "an_image_that_is_pinned_by_digest_keeps_its_commit" {
  command = plan

  variables {
    overlay = "cloud"
    hosts   = ["hash.example.com"]
    image   = "registry.invalid:5000/hash:0123456789abcdef0123456789abcdef01234567@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  }

  assert {
    condition     = output.commit == "0123456789abcdef0123456789abcdef01234567"
    error_message = "The commit is the image's tag, whatever follows."
  }
}

run "a_digest_without_commit_is_refused" {
  command         = plan
  expect_failures = [var.image]

  variables {
    image = "registry.invalid/hash@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  }
}

run "a_short_digest_is_refused" {
  command         = plan
  expect_failures = [var.image]

  variables {
    image = "registry.invalid/hash:0123456789abcdef0123456789abcdef01234567@sha256:0123"
  }
}

run "a_cloud_with_a_tag_alone_is_refused" {
  command         = plan
  expect_failures = [var.image]

  variables {
    overlay = "cloud"
    hosts   = ["hash.example.com"]
  }
}

run "a_cloud_without_host_is_refused" {
  command         = plan
  expect_failures = [var.hosts]

  variables {
    overlay = "cloud"
    image   = "registry.invalid/hash:0123456789abcdef0123456789abcdef01234567@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  }
}

run "a_host_that_is_no_name_is_refused" {
  command         = plan
  expect_failures = [var.hosts]

  variables {
    overlay = "cloud"
    hosts   = ["Bad_Host"]
    image   = "registry.invalid/hash:0123456789abcdef0123456789abcdef01234567@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  }
}

run "a_port_outside_the_range_is_refused" {
  command         = plan
  expect_failures = [var.node_port]

  variables {
    node_port = 8080
  }
}

run "a_url_with_a_path_is_refused" {
  command         = plan
  expect_failures = [var.url]

  variables {
    url = "http://127.0.0.1:20080/hash"
  }
}

run "an_object_without_group_and_namespace_is_refused" {
  command         = plan
  expect_failures = [var.adopt]

  variables {
    adopt = ["Namespace/hash"]
  }
}
