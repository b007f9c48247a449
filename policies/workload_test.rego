package portcullis_test

test_every_loose_image_is_refused if {
	every image in ["portcullis.local/hash", "portcullis.local/hash:latest", "portcullis.local/hash:v1.2.3", "portcullis.local/hash:0123456"] {
		denied(in_container(put("/image", image))) == {"image-tag"}
	}
}

test_an_image_by_digest_is_allowed if {
	denied(in_container(put("/image", sprintf("portcullis.local/hash@sha256:%s%s", [commit, "0123456789abcdef01234567"])))) == set()
}

test_image_registry if {
	image := sprintf("elsewhere.example/hash:%s", [commit])
	denied(in_container(put("/image", image))) == {"image-registry"}
	denied_elsewhere(in_container(put("/image", image))) == set()
}

test_attacker_image if {
	image := sprintf("portcullis.local/attacker:%s", [commit])
	denied(in_container(put("/image", image))) == {"attacker-image"}
	every home in ["pentest", "pentest-weak"] {
		patches := array.concat(put("/metadata/namespace", home), put("/spec/template/spec/containers/0/image", image))
		elsewhere := json.patch(objects.Deployment, patches)
		not "attacker-image" in denied([bundle({"Deployment": elsewhere})])
	}
}

test_run_as_non_root if {
	root := put("/securityContext/runAsNonRoot", false)
	denied(in_pod(array.concat(root, put("/containers/0/securityContext/runAsNonRoot", true)))) == {"run-as-non-root"}
	denied(in_pod(drop("/securityContext/runAsNonRoot"))) == {"run-as-non-root"}
	denied(in_container(put("/securityContext/runAsNonRoot", false))) == {"run-as-non-root"}
}

test_run_as_user if {
	denied(in_pod(put("/securityContext/runAsUser", 0))) == {"run-as-user"}
	denied(in_pod(put("/securityContext/runAsUser", 9999))) == {"run-as-user"}
	denied(in_pod(put("/securityContext/runAsUser", 10000))) == set()
	denied(in_pod(drop("/securityContext/runAsUser"))) == {"run-as-user"}
	root := put("/securityContext/runAsUser", 0)
	denied(in_pod(array.concat(root, put("/containers/0/securityContext/runAsUser", 10000)))) == {"run-as-user"}
}

test_privilege_escalation if {
	denied(in_container(drop("/securityContext/allowPrivilegeEscalation"))) == {"privilege-escalation"}
	denied(in_container(put("/securityContext/allowPrivilegeEscalation", true))) == {"privilege-escalation"}
}

test_privileged if denied(in_container(put("/securityContext/privileged", true))) == {"privileged"}

test_capabilities if {
	denied(in_container(drop("/securityContext/capabilities"))) == {"capabilities-drop"}
	denied(in_container(put("/securityContext/capabilities/drop", ["NET_RAW"]))) == {"capabilities-drop"}
	denied(in_container(put("/securityContext/capabilities/add", ["NET_ADMIN"]))) == {"capabilities-add"}
}

test_seccomp if {
	denied(in_pod(drop("/securityContext/seccompProfile"))) == {"seccomp"}
	denied(in_container(put("/securityContext/seccompProfile", {"type": "Unconfined"}))) == {"seccomp"}
	own := put("/containers/0/securityContext/seccompProfile", {"type": "RuntimeDefault"})
	denied(in_pod(array.concat(put("/securityContext/seccompProfile", {"type": "Unconfined"}), own))) == {"seccomp"}
}

test_read_only_root if {
	denied(in_container(drop("/securityContext/readOnlyRootFilesystem"))) == {"read-only-root"}
	denied(in_container(put("/securityContext/readOnlyRootFilesystem", false))) == {"read-only-root"}
}

test_proc_mount if denied(in_container(put("/securityContext/procMount", "Unmasked"))) == {"proc-mount"}

test_host_namespaces if {
	every field in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"] {
		denied(in_pod(put(concat("", ["/", field]), true))) == {"host-namespace"}
	}
	denied(in_pod(put("/hostNetwork", false))) == set()
}

test_volumes if {
	denied(in_pod(put("/volumes", [{"name": "a", "hostPath": {"path": "/etc"}}]))) == {"host-path"}
	denied(in_pod(put("/volumes", [{"name": "a", "nfs": {"server": "x"}}]))) == {"volume-kind"}
	denied(in_pod(put("/volumes", [{"name": "a", "emptyDir": {}}]))) == set()
}

test_host_port if {
	denied(in_container(put("/ports", [{"containerPort": 8080, "hostPort": 8080}]))) == {"host-port"}
	denied(in_container(put("/ports", [{"containerPort": 8080}]))) == set()
}

test_a_sysctl_that_closes_something if denied(in_pod(put("/securityContext/sysctls", [{"name": "net.ipv4.ping_group_range", "value": "1 0"}]))) == set()

test_a_sysctl_that_opens_it_again if denied(in_pod(put("/securityContext/sysctls", [{"name": "net.ipv4.ping_group_range", "value": "0 1"}]))) == {"sysctl"}

test_sysctl if denied(in_pod(put("/securityContext/sysctls", [{"name": "net.ipv4.ip_forward", "value": "1"}]))) == {"sysctl"}

test_node_name if {
	denied(in_pod(put("/nodeName", "node"))) == {"node-name"}
	denied(in_pod(put("/nodeName", ""))) == set()
}

test_tokens_and_accounts if {
	denied(in_pod(drop("/automountServiceAccountToken"))) == {"service-account-token"}
	denied(in_pod(put("/automountServiceAccountToken", true))) == {"service-account-token"}
	projected := [{"name": "a", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}]
	denied(in_pod(put("/volumes", projected))) == {"service-account-token"}
	denied(in_pod(put("/volumes", [{"name": "a", "projected": {"sources": [{"downwardAPI": {}}]}}]))) == set()
	denied(in_pod(drop("/serviceAccountName"))) == {"default-service-account"}
	denied(in_pod(put("/serviceAccountName", ""))) == {"default-service-account"}
	denied(in_pod(array.concat(drop("/serviceAccountName"), put("/serviceAccount", "hash")))) == set()
	denied(in_pod(put("/serviceAccountName", "default"))) == {"default-service-account"}
}

test_resources if {
	every path in ["/requests/cpu", "/requests/memory", "/limits/memory"] {
		denied(in_container(drop(concat("", ["/resources", path])))) == {"resources"}
	}
	limited := json.patch(pod, [{"op": "replace", "path": "/containers/0/resources", "value": {"limits": {"cpu": "1", "memory": "64Mi"}}}])
	alone := {"kind": "Pod", "metadata": {"name": "alone", "namespace": "hash", "labels": labels}, "spec": limited}
	denied(added(alone)) == set()
	denied(in_container([{"op": "replace", "path": "/resources", "value": {"limits": {"cpu": "1", "memory": "64Mi"}}}])) == {"resources"}
}

test_probes if {
	denied(in_container(drop("/livenessProbe"))) == {"probes"}
	denied(in_container(drop("/readinessProbe"))) == {"probes"}
}

test_graceful_stop if {
	denied(in_container(drop("/lifecycle"))) == {"graceful-stop"}
	denied(in_container(put("/lifecycle/preStop/sleep/seconds", 0))) == {"graceful-stop"}
	denied(changed("Deployment", put("/spec/strategy/rollingUpdate/maxUnavailable", 1))) == {"graceful-stop"}
	denied(changed("Deployment", drop("/spec/strategy"))) == {"graceful-stop"}
}

test_secret_in_environment if {
	every name in ["DB_PASSWORD", "ApiKey", "GITHUB_TOKEN", "client_secret"] {
		denied(in_container(put("/env", [{"name": name, "value": "x"}]))) == {"secret-in-environment"}
	}
	denied(in_container(put("/env", [{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {}}}]))) == set()
	denied(in_container(put("/env", [{"name": "PORT", "value": "8080"}]))) == set()
}

# Its name label is also what the disruption budget selects by.
test_labels if {
	denied(changed("Deployment", drop("/spec/template/metadata/labels/app.kubernetes.io~1part-of"))) == {"labels"}
	denied(changed("Deployment", drop("/spec/template/metadata/labels"))) == {"disruption-budget", "labels"}
}

test_init_and_ephemeral_containers_are_no_way_around if {
	every field, more in {"initContainers": set(), "ephemeralContainers": {"ephemeral-container"}} {
		loose := object.union(container, {"image": "portcullis.local/hash:latest"})
		denied(in_pod(put(concat("", ["/", field]), [loose]))) == {"image-tag"} | more
	}
}

test_pods_of_every_kind_are_seen if {
	alone := {"name": "alone", "namespace": "hash", "labels": labels}
	bad := object.union(pod, {"hostPID": true})
	template := {"metadata": {"labels": labels}, "spec": bad}
	denied(added({"kind": "Pod", "metadata": alone, "spec": bad})) == {"host-namespace"}
	denied(added({"kind": "Job", "metadata": alone, "spec": {"template": template}})) == {"host-namespace"}
	denied(added({"kind": "CronJob", "metadata": alone, "spec": {"jobTemplate": {"spec": {"template": template}}}})) == {"host-namespace"}
}

# The cluster's own parts carry versions; in the namespace `default` a pod is as bound as anywhere.
test_the_clusters_own_namespace if {
	parts := object.union(objects.Deployment, {"metadata": {"name": "part", "namespace": "kube-system"}})
	versioned := json.patch(parts, put("/spec/template/spec/containers/0/image", "portcullis.local/part:v1.2.3"))
	denied([bundle({"Deployment": versioned})]) == set()
	homeless := json.patch(objects.Deployment, drop("/metadata/namespace"))
	denied([bundle({"Deployment": homeless})]) == {"autoscaler", "default-deny", "disruption-budget", "limit-range", "quota"}
}
