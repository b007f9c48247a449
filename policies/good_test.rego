# A release that breaks no rule, and ways to change one thing about it. Every test of the rules starts here.
package portcullis_test

import data.portcullis

commit := "0123456789abcdef0123456789abcdef01234567"

settings := {
	"own": true,
	"registry": "portcullis.local",
	"replicas": [2, 10],
	"node_port": 30080,
	"denied": {"trivy": {"0.69.4": "published by an attacker"}},
}

labels := {"app.kubernetes.io/name": "hash", "app.kubernetes.io/part-of": "portcullis", "app.kubernetes.io/managed-by": "terraform"}

meta(name) := {"name": name, "namespace": "hash"}

container := {
	"name": "hash",
	"image": concat(":", ["portcullis.local/hash", commit]),
	"resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
	"securityContext": {
		"allowPrivilegeEscalation": false,
		"readOnlyRootFilesystem": true,
		"capabilities": {"drop": ["ALL"]},
	},
	"livenessProbe": {"httpGet": {"path": "/healthz"}},
	"readinessProbe": {"httpGet": {"path": "/readyz"}},
	"lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
}

pod := {
	"serviceAccountName": "hash",
	"automountServiceAccountToken": false,
	"securityContext": {"runAsNonRoot": true, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
	"containers": [container],
}

objects := {
	"Namespace": {"kind": "Namespace", "metadata": {"name": "hash", "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}},
	"Deployment": {"kind": "Deployment", "metadata": meta("hash"), "spec": {
		"strategy": {"rollingUpdate": {"maxUnavailable": 0}},
		"template": {"metadata": {"labels": labels}, "spec": pod},
	}},
	"ServiceAccount": {"kind": "ServiceAccount", "metadata": meta("hash"), "automountServiceAccountToken": false},
	"Service": {"kind": "Service", "metadata": meta("hash"), "spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]}},
	"HorizontalPodAutoscaler": {"kind": "HorizontalPodAutoscaler", "metadata": meta("hash"), "spec": {
		"scaleTargetRef": {"kind": "Deployment", "name": "hash"},
		"minReplicas": 2,
		"maxReplicas": 10,
	}},
	"PodDisruptionBudget": {"kind": "PodDisruptionBudget", "metadata": meta("hash"), "spec": {
		"maxUnavailable": 1,
		"selector": {"matchLabels": {"app.kubernetes.io/name": "hash"}},
	}},
	"NetworkPolicy": {"kind": "NetworkPolicy", "metadata": meta("default-deny"), "spec": {
		"podSelector": {},
		"policyTypes": ["Ingress", "Egress"],
	}},
	"ResourceQuota": {"kind": "ResourceQuota", "metadata": meta("hash"), "spec": {"hard": {
		"pods": "15",
		"requests.cpu": "1",
		"requests.memory": "1Gi",
		"limits.memory": "2Gi",
	}}},
	"LimitRange": {"kind": "LimitRange", "metadata": meta("hash"), "spec": {"limits": []}},
	"Role": {"kind": "Role", "metadata": meta("hash"), "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
	"RoleBinding": {"kind": "RoleBinding", "metadata": meta("hash"), "roleRef": {"name": "hash"}, "subjects": [{"name": "hash"}]},
	"Ingress": {"kind": "Ingress", "metadata": meta("hash"), "spec": {
		"tls": [{"hosts": ["hash.example.com"]}],
		"rules": [{"host": "hash.example.com"}],
	}},
}

bundle(contents) := {"kind": "bundle", "objects": [item |
	some key, content in contents
	item := {"content": content, "file": sprintf("%s.yaml", [key]), "line": 1, "name": concat("/", [content.kind, content.metadata.name])}
]}

# The good release with one object changed by JSON patches, without one, or with one more.
changed(key, patches) := [bundle(object.union(object.remove(objects, [key]), {key: json.patch(objects[key], patches)}))]

without(key) := [bundle(object.remove(objects, [key]))]

added(content) := [bundle(object.union(objects, {"Added": content}))]

in_pod(patches) := changed("Deployment", [object.union(patch, {"path": concat("", ["/spec/template/spec", patch.path])}) | some patch in patches])

in_container(patches) := in_pod([object.union(patch, {"path": concat("", ["/containers/0", patch.path])}) | some patch in patches])

put(path, value) := [{"op": "add", "path": path, "value": value}]

drop(path) := [{"op": "remove", "path": path}]

denied(documents) := denied_with(documents, settings)

denied_elsewhere(documents) := denied_with(documents, object.union(settings, {"own": false}))

denied_with(documents, chosen) := {each.rule |
	some document in documents
	some each in portcullis.deny with input as object.union(document, {"settings": chosen})
}

test_the_good_release_is_allowed if {
	denied([bundle(objects)]) == set()
	denied([]) == set()
}
