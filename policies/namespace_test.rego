package portcullis_test

test_default_deny if {
	denied(without("NetworkPolicy")) == {"default-deny"}
	denied(changed("NetworkPolicy", put("/spec/podSelector", {"matchLabels": {"a": "b"}}))) == {"default-deny"}
	denied(changed("NetworkPolicy", put("/spec/policyTypes", ["Ingress"]))) == {"default-deny"}
	denied(changed("NetworkPolicy", put("/metadata/namespace", "other"))) == {"default-deny"}
	denied(changed("NetworkPolicy", put("/spec/ingress", [{"from": [{"podSelector": {}}]}]))) == {"default-deny"}
}

allowing(field, rule) := added({"kind": "NetworkPolicy", "metadata": meta("some"), "spec": {"podSelector": {}, field: [rule]}})

test_open_network if {
	denied(allowing("ingress", {})) == {"open-network"}
	denied(allowing("egress", {})) == {"open-network"}
	denied(allowing("ingress", {"from": []})) == {"open-network"}
	denied(allowing("ingress", {"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]})) == {"open-network"}
	denied(allowing("egress", {"to": [{"ipBlock": {"cidr": "::/0"}}]})) == {"open-network"}
	denied(allowing("ingress", {"from": [{"namespaceSelector": {}}]})) == {"open-network"}
	denied(allowing("ingress", {"from": [{"namespaceSelector": {"matchLabels": {}}, "podSelector": {}}]})) == {"open-network"}
	denied(allowing("ingress", {"from": [{"namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}]})) == set()
	denied(allowing("ingress", {"from": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}]})) == set()
	denied(allowing("ingress", {"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"a": "b"}}}]})) == set()
	denied(allowing("ingress", {"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]})) == set()
}

# Without the quota nothing is bounded; without one of its lines, that one is not.
test_quota if {
	denied(without("ResourceQuota")) == {"quota"}
	every resource in ["pods", "requests.cpu", "requests.memory", "limits.memory"] {
		denied(changed("ResourceQuota", drop(concat("", ["/spec/hard/", resource])))) == {"quota"}
	}
}

test_limit_range if denied(without("LimitRange")) == {"limit-range"}

test_pod_security if {
	denied(changed("Namespace", put("/metadata/labels/pod-security.kubernetes.io~1enforce", "baseline"))) == {"pod-security"}
	denied(changed("Namespace", drop("/metadata/labels"))) == {"pod-security"}
	denied(changed("Namespace", put("/metadata/labels/pod-security.kubernetes.io~1enforce-version", "v1.0"))) == {"pod-security"}
	denied(changed("Namespace", put("/metadata/labels/pod-security.kubernetes.io~1enforce-version", "latest"))) == set()
}

test_disruption_budget if {
	denied(without("PodDisruptionBudget")) == {"disruption-budget"}
	denied(changed("PodDisruptionBudget", put("/spec/maxUnavailable", "100%"))) == {"disruption-budget"}
	denied(changed("PodDisruptionBudget", put("/spec/selector/matchLabels", {}))) == {"disruption-budget"}
	denied(changed("PodDisruptionBudget", put("/spec/selector/matchLabels", {"a": "b"}))) == {"disruption-budget"}
	denied(changed("PodDisruptionBudget", put("/metadata/namespace", "other"))) == {"disruption-budget"}
}

test_autoscaler_bounds if {
	denied(changed("HorizontalPodAutoscaler", put("/spec/minReplicas", 1))) == {"autoscaler-bounds"}
	denied(changed("HorizontalPodAutoscaler", put("/spec/maxReplicas", 9))) == {"autoscaler-bounds"}
	denied(changed("HorizontalPodAutoscaler", drop("/spec/minReplicas"))) == {"autoscaler-bounds"}
	denied_elsewhere(changed("HorizontalPodAutoscaler", put("/spec/minReplicas", 1))) == set()
}

test_replicas_beside_an_autoscaler if denied(changed("Deployment", put("/spec/replicas", 3))) == {"autoscaler"}

test_a_deployment_without_autoscaler if {
	denied(without("HorizontalPodAutoscaler")) == {"autoscaler"}
	denied(changed("HorizontalPodAutoscaler", put("/spec/scaleTargetRef/name", "other"))) == {"autoscaler"}
	denied_elsewhere(without("HorizontalPodAutoscaler")) == set()
}

test_quota_room if {
	denied(changed("ResourceQuota", put("/spec/hard/pods", "12"))) == {"quota-room"}
	denied(changed("ResourceQuota", put("/spec/hard/pods", "13"))) == set()
}
