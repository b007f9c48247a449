# What the rules look at. The input is one document: a bundle of objects that are applied together, a Dockerfile, or devbox.json. Each
# bundle is judged alone: what one overlay has is no excuse for another that lacks it.
package portcullis

# What rules share with their CEL halves, from policies/rules.toml.
values := data.table.values

objects contains item if {
	input.kind == "bundle"
	some item in input.objects
}

kind(item) := item.content.kind

namespace(item) := item.content.metadata.namespace

namespace(item) := "default" if not item.content.metadata.namespace

# The pod that an object makes, as (object, pod specification, pod labels).
pods contains {"of": item, "spec": item.content.spec, "labels": labels(item.content)} if {
	some item in objects
	kind(item) == "Pod"
}

pods contains {"of": item, "spec": template.spec, "labels": labels(template)} if {
	some item in objects
	kind(item) in {"DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"}
	template := item.content.spec.template
}

pods contains {"of": item, "spec": template.spec, "labels": labels(template)} if {
	some item in objects
	kind(item) == "CronJob"
	template := item.content.spec.jobTemplate.spec.template
}

labels(thing) := object.get(thing, ["metadata", "labels"], {})

# Every container, with its pod: a rule that forgot init containers would be one that an attacker remembers.
containers contains {"pod": pod, "content": container} if {
	some pod in pods
	some field in ["containers", "initContainers", "ephemeralContainers"]
	some container in object.get(pod.spec, field, [])
}

# Pods that serve for good: they are probed, spread and evicted with care.
serving contains pod if {
	some pod in pods
	kind(pod.of) in values.serving_kinds
}

context(container, field) := object.get(container.content, ["securityContext", field], null)

# What a pod sets for all its containers, where it sets anything.
pod_context(container, field, otherwise) := object.get(container.pod.spec, ["securityContext", field], otherwise)

# A pod's field holds for its containers unless they say otherwise. Always defined, as a call under `not` has to be:
# OPA lifts calls out of a negation, and an undefined one would silence the whole rule.
inherited(container, field) := object.get(
	container.content, ["securityContext", field],
	pod_context(container, field, null),
)

at(item, rule, message) := {
	"rule": rule,
	"file": item.file,
	"line": item.line,
	"resource": item.name,
	"message": message,
}

in_container(container, rule, message) := at(
	container.pod.of, rule,
	sprintf("container %s %s", [object.get(container.content, "name", "without a name"), message]),
)
