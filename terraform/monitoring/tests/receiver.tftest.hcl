# Who is told decides what Alertmanager may reach: nothing outside for a receiver inside, one port of the world for one outside. The overlay
# is built by the real provider, the cluster is left out.

override_resource {
  target          = kustomization_resource.monitoring
  override_during = plan
}

variables {
  kubeconfig   = "tests/nowhere.kubeconfig" # of no cluster: nothing is asked
  context      = "nowhere"
  node_address = "192.0.2.1"
  alertmanager = "route: {receiver: people}"
  images = {
    alertmanager       = "portcullis.local/alertmanager:0123456789abcdef0123456789abcdef01234567"
    kube-state-metrics = "portcullis.local/kube-state-metrics:0123456789abcdef0123456789abcdef01234567"
    pager              = "portcullis.local/pager:0123456789abcdef0123456789abcdef01234567"
    prometheus         = "portcullis.local/prometheus:0123456789abcdef0123456789abcdef01234567"
  }
}

run "a_receiver_inside_opens_nothing" {
  command = plan

  assert {
    condition = !strcontains(
      data.kustomization_overlay.monitoring.manifests["networking.k8s.io/NetworkPolicy/monitoring/alertmanager"], "ipBlock"
    )
    error_message = "Alertmanager may reach addresses that are no pod's."
  }
}

run "a_receiver_outside_opens_its_port_and_no_private_network" {
  command = plan

  variables {
    receiver_port = 587
  }

  assert {
    condition = one([
      for rule in jsondecode(data.kustomization_overlay.monitoring.manifests["networking.k8s.io/NetworkPolicy/monitoring/alertmanager"]).spec.egress :
      rule if can(rule.to[0].ipBlock)
      ]) == {
      to = [{ ipBlock = {
        cidr   = "0.0.0.0/0"
        except = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]
      } }]
      ports = [{ protocol = "TCP", port = 587 }]
    }
    error_message = "Alertmanager does not reach its receiver, or reaches more."
  }
}

run "no_port_is_refused" {
  command         = plan
  expect_failures = [var.receiver_port]

  variables {
    receiver_port = 70000
  }
}
