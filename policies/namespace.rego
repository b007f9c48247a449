# What every namespace with a workload must have around it.
package portcullis

# Namespaces that something runs in; the cluster's own is set up by the cluster.
inhabited contains namespace(pod.of) if {
	some pod in pods
	namespace(pod.of) != values.cluster_namespace
}

inhabitants(home) := [item | some item in objects; namespace(item) == home]

first(home) := [pod.of | some pod in pods; namespace(pod.of) == home][0]

deny contains at(first(home), "default-deny", sprintf("namespace %s lets everyone in or out who is not forbidden", [home])) if {
	some home in inhabited
	count([item | some item in inhabitants(home); denies_all(item)]) == 0
}

denies_all(item) if {
	kind(item) == "NetworkPolicy"
	item.content.spec.podSelector == {}
	{type | some type in item.content.spec.policyTypes} == {"Ingress", "Egress"}
	count(ingress(item)) + count(egress(item)) == 0
}

ingress(policy) := object.get(policy.content.spec, "ingress", [])

egress(policy) := object.get(policy.content.spec, "egress", [])

deny contains at(item, "open-network", sprintf("%s is open to everyone", [direction.name])) if {
	some item in objects
	kind(item) == "NetworkPolicy"
	some direction in [{"name": "ingress", "rules": ingress(item), "peers": "from"}, {"name": "egress", "rules": egress(item), "peers": "to"}]
	some rule in direction.rules
	open_rule(rule, direction.peers)
}

open_rule(rule, peers) if count(object.get(rule, peers, [])) == 0

open_rule(rule, peers) if {
	some peer in rule[peers]
	peer.ipBlock.cidr in values.everywhere
	count(object.get(peer.ipBlock, "except", [])) == 0
}

open_rule(rule, peers) if {
	some peer in rule[peers]
	selects_all(peer.namespaceSelector)
	selects_all(object.get(peer, "podSelector", {}))
}

selects_all(selector) if count(object.get(selector, "matchLabels", {})) + count(object.get(selector, "matchExpressions", [])) == 0

deny contains at(first(home), "quota", sprintf("namespace %s may use up the cluster: %s is not bounded", [home, resource])) if {
	some home in inhabited
	some resource in ["pods", "requests.cpu", "requests.memory", "limits.memory"]
	count([item | some item in inhabitants(home); kind(item) == "ResourceQuota"; item.content.spec.hard[resource]]) == 0
}

deny contains at(first(home), "limit-range", sprintf("namespace %s has no LimitRange", [home])) if {
	some home in inhabited
	count([item | some item in inhabitants(home); kind(item) == "LimitRange"]) == 0
}

deny contains at(item, "pod-security", "does not enforce the restricted profile") if {
	some item in objects
	kind(item) == "Namespace"
	object.get(labels(item.content), "pod-security.kubernetes.io/enforce", "privileged") != "restricted"
}

# The profile of an old version asks for less.
deny contains at(item, "pod-security", "enforces the profile of an old version") if {
	some item in objects
	kind(item) == "Namespace"
	object.get(labels(item.content), "pod-security.kubernetes.io/enforce-version", "latest") != "latest"
}

deny contains at(pod.of, "disruption-budget", "a drained node may take all its instances at once") if {
	some pod in pods
	kind(pod.of) in {"Deployment", "StatefulSet"}
	namespace(pod.of) != values.cluster_namespace
	count([item | some item in objects; protects(item, pod)]) == 0
}

protects(item, pod) if {
	kind(item) == "PodDisruptionBudget"
	namespace(item) == namespace(pod.of)
	selected(item.content.spec.selector.matchLabels, pod.labels)
	item.content.spec.maxUnavailable != "100%"
}

selected(wanted, found) if {
	count(wanted) > 0
	every key, value in wanted {
		found[key] == value
	}
}

deny contains at(item, "autoscaler-bounds", sprintf("scales %v to %v, allowed is %v to %v", [low, high, bounds[0], bounds[1]])) if {
	input.settings.own
	bounds := input.settings.replicas
	some item in objects
	kind(item) == "HorizontalPodAutoscaler"
	low := object.get(item.content.spec, "minReplicas", 1)
	high := item.content.spec.maxReplicas
	[low, high] != bounds
}

deny contains at(target, "autoscaler", "has replicas beside an autoscaler: every release would undo the scaling") if {
	some item in objects
	kind(item) == "HorizontalPodAutoscaler"
	some target in objects
	target.name == sprintf("%s/%s", [item.content.spec.scaleTargetRef.kind, item.content.spec.scaleTargetRef.name])
	namespace(target) == namespace(item)
	target.content.spec.replicas
}

deny contains at(target, "autoscaler", "has no autoscaler") if {
	input.settings.own
	some target in objects
	kind(target) == "Deployment"
	namespace(target) != values.cluster_namespace
	count([item | some item in objects; kind(item) == "HorizontalPodAutoscaler"; scales(item, target)]) == 0
}

scales(item, target) if {
	item.content.spec.scaleTargetRef.name == target.content.metadata.name
	namespace(item) == namespace(target)
}

deny contains at(quota, "quota-room", sprintf("%v pods are fewer than %v instances and their surge", [allowed, most])) if {
	some quota in objects
	kind(quota) == "ResourceQuota"
	allowed := to_number(quota.content.spec.hard.pods)
	some item in objects
	kind(item) == "HorizontalPodAutoscaler"
	namespace(item) == namespace(quota)
	most := item.content.spec.maxReplicas
	allowed < (most * 5) / 4
}
