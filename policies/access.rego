# Who may do what with the API, and who may reach what from outside.
package portcullis

granted contains {"of": item, "rule": rule} if {
	some item in objects
	kind(item) in {"ClusterRole", "Role"}
	some rule in item.content.rules
}

deny contains at(grant.of, "rbac-wildcard", sprintf("allows every one of %s", [field])) if {
	some grant in granted
	some field in ["apiGroups", "nonResourceURLs", "resources", "verbs"]
	some value in grant.rule[field]
	contains(value, "*")
}

deny contains at(grant.of, "rbac-escalation", sprintf("allows to %s", [verb])) if {
	some grant in granted
	some verb in grant.rule.verbs
	verb in values.escalating_verbs
}

deny contains at(grant.of, "rbac-pod-access", sprintf("gives access to %s", [resource])) if {
	some grant in granted
	some resource in grant.rule.resources
	resource in values.pod_access
}

deny contains at(grant.of, "rbac-secrets", "allows to read every Secret") if {
	some grant in granted
	"secrets" in grant.rule.resources
	some verb in grant.rule.verbs
	verb in values.reading_verbs
	count(object.get(grant.rule, "resourceNames", [])) == 0
}

bindings contains item if {
	some item in objects
	kind(item) in {"ClusterRoleBinding", "RoleBinding"}
}

deny contains at(item, "cluster-admin", sprintf("binds %s", [item.content.roleRef.name])) if {
	some item in bindings
	item.content.roleRef.name in values.broad_roles
}

deny contains at(item, "everyone-bound", sprintf("gives rights to %s", [subject.name])) if {
	some item in bindings
	some subject in item.content.subjects
	everyone(subject.name)
}

everyone(name) if name in values.everyone

everyone(name) if startswith(name, "system:serviceaccounts")

deny contains at(item, "account-token", "hands its token to every pod that does not refuse") if {
	some item in objects
	kind(item) == "ServiceAccount"
	not item.content.automountServiceAccountToken == false
}

services contains item if {
	some item in objects
	kind(item) == "Service"
}

deny contains at(item, "service-exposure", "asks for a load balancer of its own") if {
	some item in services
	item.content.spec.type == "LoadBalancer"
}

deny contains at(item, "service-exposure", "takes over addresses outside the cluster") if {
	some item in services
	count(object.get(item.content.spec, "externalIPs", [])) > 0
}

deny contains at(item, "service-exposure", "sends its callers to another host") if {
	some item in services
	item.content.spec.type == "ExternalName"
}

deny contains at(item, "service-exposure", sprintf("opens port %v on every node, allowed is %v", [number, input.settings.node_port])) if {
	some item in services
	some port in item.content.spec.ports
	number := object.get(port, "nodePort", 0)
	not number in {0, input.settings.node_port}
}

deny contains at(item, "service-exposure", "opens any free port on every node") if {
	some item in services
	item.content.spec.type == "NodePort"
	some port in item.content.spec.ports
	object.get(port, "nodePort", 0) == 0
}

deny contains at(item, "ingress-tls", sprintf("answers for %s without TLS", [host])) if {
	some item in objects
	kind(item) == "Ingress"
	some rule in item.content.spec.rules
	host := object.get(rule, "host", "every host")
	count([name | some entry in item.content.spec.tls; some name in entry.hosts; name == host]) == 0
}

# A token of this kind never ends, and nobody sees who uses it.
deny contains at(item, "token-secret", "is a token of the API for whoever reads it") if {
	some item in objects
	kind(item) == "Secret"
	item.content.type == "kubernetes.io/service-account-token"
}

deny contains at(item, "secret-in-manifest", "has its content in the manifest") if {
	some item in objects
	kind(item) == "Secret"
	some field in ["data", "stringData"]
	count(object.get(item.content, field, {})) > 0
}
