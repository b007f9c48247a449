package portcullis_test

rule(changes) := changed("Role", put("/rules/0", object.union(object.remove(objects.Role.rules[0], object.keys(changes)), changes)))

test_rbac_wildcard if {
	every field in ["apiGroups", "resources", "verbs", "nonResourceURLs"] {
		denied(rule({field: ["*"]})) == {"rbac-wildcard"}
	}
	denied(rule({"resources": ["pods/*"]})) == {"rbac-wildcard"}
}

test_rbac_escalation if {
	every verb in ["bind", "escalate", "impersonate"] {
		denied(rule({"verbs": [verb]})) == {"rbac-escalation"}
	}
}

test_rbac_pod_access if {
	count(data.table.values.pod_access) >= 8
	every resource in data.table.values.pod_access {
		denied(rule({"resources": [resource]})) == {"rbac-pod-access"}
	}
}

test_rbac_secrets if {
	every verb in ["get", "list", "watch"] {
		denied(rule({"resources": ["secrets"], "verbs": [verb]})) == {"rbac-secrets"}
	}
	denied(rule({"resources": ["secrets"], "resourceNames": ["one"]})) == set()
	denied(rule({"resources": ["secrets"], "resourceNames": []})) == {"rbac-secrets"}
	denied(rule({"resources": ["secrets"], "verbs": ["create"]})) == set()
}

test_cluster_roles_are_no_way_around if {
	role := {"kind": "ClusterRole", "metadata": {"name": "all"}, "rules": [{"apiGroups": ["*"], "resources": ["pods"], "verbs": ["get"]}]}
	denied(added(role)) == {"rbac-wildcard"}
}

test_cluster_admin if {
	every role in ["cluster-admin", "admin", "edit"] {
		denied(changed("RoleBinding", put("/roleRef/name", role))) == {"cluster-admin"}
	}
	binding := {"kind": "ClusterRoleBinding", "metadata": {"name": "b"}, "roleRef": {"name": "cluster-admin"}, "subjects": [{"name": "hash"}]}
	denied(added(binding)) == {"cluster-admin"}
}

test_everyone_bound if {
	every name in ["system:anonymous", "system:unauthenticated", "system:authenticated", "system:masters", "system:serviceaccounts:hash"] {
		denied(changed("RoleBinding", put("/subjects/0/name", name))) == {"everyone-bound"}
	}
}

test_account_token if {
	denied(changed("ServiceAccount", drop("/automountServiceAccountToken"))) == {"account-token"}
	denied(changed("ServiceAccount", put("/automountServiceAccountToken", true))) == {"account-token"}
}

test_service_exposure if {
	denied(changed("Service", put("/spec/type", "LoadBalancer"))) == {"service-exposure"}
	denied(changed("Service", put("/spec/externalIPs", ["192.0.2.1"]))) == {"service-exposure"}
	denied(changed("Service", put("/spec/type", "ExternalName"))) == {"service-exposure"}
	denied(changed("Service", put("/spec/ports/0/nodePort", 30081))) == {"service-exposure"}
	denied(changed("Service", drop("/spec/ports/0/nodePort"))) == {"service-exposure"}
	denied(changed("Service", put("/spec/ports/0/nodePort", 0))) == {"service-exposure"}
	denied(changed("Service", put("/spec", {"type": "ClusterIP", "ports": [{"port": 80, "nodePort": 0}]}))) == set()
	denied(changed("Service", put("/spec", {"type": "ClusterIP", "ports": [{"port": 80}]}))) == set()
}

test_ingress_tls if {
	denied(changed("Ingress", drop("/spec/tls"))) == {"ingress-tls"}
	denied(changed("Ingress", put("/spec/rules/0/host", "other.example.com"))) == {"ingress-tls"}
	denied(changed("Ingress", drop("/spec/rules/0/host"))) == {"ingress-tls"}
}

test_token_secret if {
	denied(added({"kind": "Secret", "metadata": meta("s"), "type": "kubernetes.io/service-account-token"})) == {"token-secret"}
	denied(added({"kind": "Secret", "metadata": meta("s"), "type": "Opaque"})) == set()
}

test_secret_in_manifest if {
	denied(added({"kind": "Secret", "metadata": meta("s"), "data": {"a": "Yg=="}})) == {"secret-in-manifest"}
	denied(added({"kind": "Secret", "metadata": meta("s"), "stringData": {"a": "b"}})) == {"secret-in-manifest"}
	denied(added({"kind": "Secret", "metadata": meta("s")})) == set()
}
