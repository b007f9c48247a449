# What a pod may ask for. Source: Kubernetes Pod Security Standards, profile restricted, and beyond it where a comment says so.
package portcullis

deny contains in_container(container, "image-tag", sprintf("runs %s, which may mean another image tomorrow", [image])) if {
	some container in containers
	image := object.get(container.content, "image", "no image")
	not fixed_image(image, namespace(container.pod.of))
}

fixed_image(image, _) if regex.match(values.fixed_image, image)

# The cluster's own parts are no releases of a commit; they carry the version that they were built from.
fixed_image(image, home) if {
	home == values.cluster_namespace
	regex.match(`^[^@\s]+:v\d+\.\d+\.\d+$`, image)
}

deny contains in_container(container, "image-registry", sprintf("runs %s, which is not from %s", [image, input.settings.registry])) if {
	input.settings.own
	some container in containers
	image := object.get(container.content, "image", "")
	not startswith(image, concat("", [input.settings.registry, "/"]))
}

deny contains in_container(container, "attacker-image", "runs what only the penetration test may") if {
	some container in containers
	startswith(object.get(container.content, "image", ""), concat("", [input.settings.registry, "/attacker"]))
	not namespace(container.pod.of) in values.attacker_namespaces
}

deny contains in_container(container, "run-as-non-root", "may run as root") if {
	some container in containers
	inherited(container, "runAsNonRoot") != true
}

# Also where every container says otherwise: the next one that is added would not.
deny contains in_container(container, "run-as-non-root", "is in a pod that allows root") if {
	some container in containers
	pod_context(container, "runAsNonRoot", true) == false
}

deny contains in_container(container, "run-as-user", "runs as a user that the node may have too") if {
	some container in containers
	not high_user(container)
}

high_user(container) if {
	inherited(container, "runAsUser") >= values.lowest_user
	pod_context(container, "runAsUser", values.lowest_user) >= values.lowest_user
}

deny contains in_container(container, "privilege-escalation", "may gain privileges") if {
	some container in containers
	context(container, "allowPrivilegeEscalation") != false
}

deny contains in_container(container, "privileged", "is privileged: it owns the node") if {
	some container in containers
	context(container, "privileged") == true
}

deny contains in_container(container, "capabilities-drop", "keeps capabilities") if {
	some container in containers
	not "ALL" in object.get(container.content, ["securityContext", "capabilities", "drop"], [])
}

deny contains in_container(container, "capabilities-add", sprintf("adds the capability %s", [capability])) if {
	some container in containers
	some capability in object.get(container.content, ["securityContext", "capabilities", "add"], [])
}

deny contains in_container(container, "seccomp", "has no seccomp profile") if {
	some container in containers
	profile(container) != "RuntimeDefault"
}

deny contains in_container(container, "seccomp", "is in a pod without seccomp profile") if {
	some container in containers
	object.get(container.pod.spec, ["securityContext", "seccompProfile", "type"], "RuntimeDefault") != "RuntimeDefault"
}

profile(container) := object.get(
	container.content, ["securityContext", "seccompProfile", "type"],
	object.get(container.pod.spec, ["securityContext", "seccompProfile", "type"], "none"),
)

deny contains in_container(container, "read-only-root", "may write to its image") if {
	some container in containers
	context(container, "readOnlyRootFilesystem") != true
}

deny contains in_container(container, "proc-mount", "sees what the runtime hides in /proc") if {
	some container in containers
	object.get(container.content, ["securityContext", "procMount"], "Default") != "Default"
}

deny contains at(pod.of, "host-namespace", sprintf("sets %s", [field])) if {
	some pod in pods
	some field in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"]
	pod.spec[field] == true
}

deny contains at(pod.of, "host-path", sprintf("mounts %s of the node", [path])) if {
	some pod in pods
	some volume in pod.spec.volumes
	path := object.get(volume.hostPath, "path", "a path")
}

deny contains at(pod.of, "volume-kind", sprintf("mounts a volume of kind %s", [sort])) if {
	some pod in pods
	some volume in pod.spec.volumes
	some sort in object.keys(volume)
	not sort in {"name", "hostPath"}
	not sort in values.volume_kinds
}

deny contains in_container(container, "host-port", sprintf("takes port %d of the node", [port.hostPort])) if {
	some container in containers
	some port in container.content.ports
	port.hostPort > 0
	not object.get(container.pod.spec, "hostNetwork", false)
}

deny contains at(pod.of, "sysctl", sprintf("sets the kernel parameter %s", [parameter.name])) if {
	some pod in pods
	some parameter in pod.spec.securityContext.sysctls
	object.get(values.closing_sysctls, parameter.name, "") != parameter.value
}

deny contains at(pod.of, "node-name", sprintf("goes past the scheduler to %s", [pod.spec.nodeName])) if {
	some pod in pods
	pod.spec.nodeName != ""
}

deny contains at(pod.of, "service-account-token", "gets a token of the API") if {
	some pod in pods
	not pod.spec.automountServiceAccountToken == false
}

deny contains at(pod.of, "service-account-token", "projects a token of the API into a volume") if {
	some pod in pods
	some volume in pod.spec.volumes
	some source in volume.projected.sources
	source.serviceAccountToken
}

deny contains at(pod.of, "default-service-account", "shares the namespace's default account") if {
	some pod in pods
	account(pod.spec) in {"", "default"}
}

# Its old name still counts where the new one is not given.
account(spec) := object.get(spec, "serviceAccountName", object.get(spec, "serviceAccount", ""))

deny contains in_container(container, "resources", sprintf("has no %s", [concat(".", path)])) if {
	some container in containers
	some path in [["requests", "cpu"], ["requests", "memory"], ["limits", "memory"]]
	object.get(container.content, array.concat(["resources"], path), null) == null
	not requested_by_limit(container, path)
}

# Of a Pod, and of nothing else, the API server takes a limit for the request that is missing.
requested_by_limit(container, ["requests", resource]) if {
	kind(container.pod.of) == "Pod"
	container.content.resources.limits[resource]
}

deny contains at(pod.of, "probes", sprintf("container %s has no %s", [container.name, probe])) if {
	some pod in serving
	some container in pod.spec.containers
	some probe in ["livenessProbe", "readinessProbe"]
	not container[probe]
}

# Readiness, endpoint removal and shutdown race: without a pause, every rollout loses requests.
deny contains at(pod.of, "graceful-stop", sprintf("container %s stops before its proxies know", [container.name])) if {
	some pod in pods
	kind(pod.of) == "Deployment"
	namespace(pod.of) != values.cluster_namespace
	some container in pod.spec.containers
	object.get(container, ["lifecycle", "preStop", "sleep", "seconds"], 0) < 1
}

deny contains at(item, "graceful-stop", "takes instances away before their successors are ready") if {
	some item in objects
	kind(item) == "Deployment"
	namespace(item) != values.cluster_namespace
	not item.content.spec.strategy.rollingUpdate.maxUnavailable == 0
}

deny contains in_container(container, "secret-in-environment", sprintf("has the value of %s in plain text", [variable.name])) if {
	some container in containers
	some variable in container.content.env
	regex.match(values.secret_name, variable.name)
	object.get(variable, "value", "") != ""
}

deny contains at(pod.of, "labels", sprintf("its pods have no label %s", [label])) if {
	some pod in pods
	some label in values.required_labels
	not pod.labels[label]
}

deny contains at(pod.of, "ephemeral-container", "adds a container to a pod that runs") if {
	some pod in pods
	count(object.get(pod.spec, "ephemeralContainers", [])) > 0
}
