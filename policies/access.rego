# Who may do what with the API, and who may reach what from outside.
package portcullis

granted contains {"of": item, "rule": rule} if {
	some item in objects
	kind(item) in {"ClusterRole", "Role"}
	some rule in item.content.rules
}

rules["rbac-wildcard"] := {"severity": "high", "fix": "name the groups, resources and verbs"}

deny contains at(grant.of, "rbac-wildcard", sprintf("allows every one of %s", [field])) if {
	some grant in granted
	some field in ["apiGroups", "nonResourceURLs", "resources", "verbs"]
	some value in grant.rule[field]
	contains(value, "*")
}

rules["rbac-escalation"] := {"severity": "critical", "fix": "remove the verb: whoever has it can give himself every right"}

deny contains at(grant.of, "rbac-escalation", sprintf("allows to %s", [verb])) if {
	some grant in granted
	some verb in grant.rule.verbs
	verb in {"bind", "escalate", "impersonate"}
}

rules["rbac-pod-access"] := {"severity": "high", "fix": "remove the resource: it is a shell in every pod"}

deny contains at(grant.of, "rbac-pod-access", sprintf("gives access to %s", [resource])) if {
	some grant in granted
	some resource in grant.rule.resources
	resource in {"nodes/proxy", "pods/attach", "pods/ephemeralcontainers", "pods/exec", "pods/portforward", "serviceaccounts/token"}
}

rules["rbac-secrets"] := {"severity": "high", "fix": "name single secrets with resourceNames, or remove it"}

deny contains at(grant.of, "rbac-secrets", "allows to read every Secret") if {
	some grant in granted
	"secrets" in grant.rule.resources
	some verb in grant.rule.verbs
	verb in {"get", "list", "watch"}
	not grant.rule.resourceNames
}

bindings contains item if {
	some item in objects
	kind(item) in {"ClusterRoleBinding", "RoleBinding"}
}

rules["cluster-admin"] := {"severity": "critical", "fix": "bind a role that names what is needed"}

deny contains at(item, "cluster-admin", sprintf("binds %s", [item.content.roleRef.name])) if {
	some item in bindings
	item.content.roleRef.name in {"admin", "cluster-admin", "edit"}
}

rules["everyone-bound"] := {"severity": "critical", "fix": "bind one account"}

deny contains at(item, "everyone-bound", sprintf("gives rights to %s", [subject.name])) if {
	some item in bindings
	some subject in item.content.subjects
	everyone(subject.name)
}

everyone(name) if name in {"system:anonymous", "system:authenticated", "system:masters", "system:unauthenticated"}

everyone(name) if startswith(name, "system:serviceaccounts")

rules["account-token"] := {"severity": "medium", "fix": "set automountServiceAccountToken: false in the ServiceAccount"}

deny contains at(item, "account-token", "hands its token to every pod that does not refuse") if {
	some item in objects
	kind(item) == "ServiceAccount"
	not item.content.automountServiceAccountToken == false
}

services contains item if {
	some item in objects
	kind(item) == "Service"
}

rules["service-exposure"] := {"severity": "high", "fix": "use a ClusterIP behind an Ingress"}

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

deny contains at(item, "service-exposure", sprintf("opens port %v on every node, allowed is %v", [port.nodePort, input.settings.node_port])) if {
	some item in services
	some port in item.content.spec.ports
	port.nodePort != input.settings.node_port
}

deny contains at(item, "service-exposure", "opens any free port on every node") if {
	some item in services
	item.content.spec.type == "NodePort"
	some port in item.content.spec.ports
	not port.nodePort
}

rules["ingress-tls"] := {"severity": "high", "fix": "list the host under spec.tls"}

deny contains at(item, "ingress-tls", sprintf("answers for %s without TLS", [host])) if {
	some item in objects
	kind(item) == "Ingress"
	some rule in item.content.spec.rules
	host := object.get(rule, "host", "every host")
	count([name | some entry in item.content.spec.tls; some name in entry.hosts; name == host]) == 0
}

rules["secret-in-manifest"] := {"severity": "critical", "fix": "create it in the cluster; what is in Git is published"}

deny contains at(item, "secret-in-manifest", "has its content in the manifest") if {
	some item in objects
	kind(item) == "Secret"
	some field in ["data", "stringData"]
	count(object.get(item.content, field, {})) > 0
}
