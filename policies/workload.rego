# What a pod may ask for. Source: Kubernetes Pod Security Standards, profile restricted, and beyond it where a comment says so.
package portcullis

rules["image-tag"] := {"severity": "high", "fix": "name the image by the full commit hash, or by digest"}

deny contains in_container(container, "image-tag", sprintf("runs %s, which may mean another image tomorrow", [image])) if {
	some container in containers
	image := object.get(container.content, "image", "no image")
	not fixed_image(image, namespace(container.pod.of))
}

fixed_image(image, _) if regex.match(`^[^@\s]+:[0-9a-f]{40}$`, image)

fixed_image(image, _) if regex.match(`^[^@\s]+@sha256:[0-9a-f]{64}$`, image)

# The cluster's own parts are no releases of a commit; they carry the version that they were built from.
fixed_image(image, "kube-system") if regex.match(`^[^@\s]+:v\d+\.\d+\.\d+$`, image)

rules["image-registry"] := {"severity": "high", "fix": "use an image of this project's own registry"}

deny contains in_container(container, "image-registry", sprintf("runs %s, which is not from %s", [image, input.settings.registry])) if {
	input.settings.own
	some container in containers
	image := object.get(container.content, "image", "")
	not startswith(image, concat("", [input.settings.registry, "/"]))
}

rules["run-as-non-root"] := {"severity": "high", "fix": "set runAsNonRoot: true"}

deny contains in_container(container, "run-as-non-root", "may run as root") if {
	some container in containers
	inherited(container, "runAsNonRoot") != true
}

rules["run-as-user"] := {"severity": "high", "fix": "set runAsUser to a number from 10000 on"}

# Below 10000 a user of the node may have the same number (beyond the standard: CKV_K8S_40).
deny contains in_container(container, "run-as-user", "runs as a user that the node may have too") if {
	some container in containers
	not high_user(container)
}

high_user(container) if inherited(container, "runAsUser") >= 10000

rules["privilege-escalation"] := {"severity": "high", "fix": "set allowPrivilegeEscalation: false"}

deny contains in_container(container, "privilege-escalation", "may gain privileges") if {
	some container in containers
	context(container, "allowPrivilegeEscalation") != false
}

rules["privileged"] := {"severity": "critical", "fix": "remove privileged: true"}

deny contains in_container(container, "privileged", "is privileged: it owns the node") if {
	some container in containers
	context(container, "privileged") == true
}

rules["capabilities-drop"] := {"severity": "high", "fix": "set capabilities.drop: [ALL]"}

deny contains in_container(container, "capabilities-drop", "keeps capabilities") if {
	some container in containers
	not "ALL" in object.get(container.content, ["securityContext", "capabilities", "drop"], [])
}

rules["capabilities-add"] := {"severity": "high", "fix": "remove capabilities.add"}

deny contains in_container(container, "capabilities-add", sprintf("adds the capability %s", [capability])) if {
	some container in containers
	some capability in object.get(container.content, ["securityContext", "capabilities", "add"], [])
}

rules["seccomp"] := {"severity": "medium", "fix": "set seccompProfile.type: RuntimeDefault"}

deny contains in_container(container, "seccomp", "has no seccomp profile") if {
	some container in containers
	inherited(container, "seccompProfile") != {"type": "RuntimeDefault"}
}

rules["read-only-root"] := {"severity": "medium", "fix": "set readOnlyRootFilesystem: true, and mount an emptyDir where it must write"}

deny contains in_container(container, "read-only-root", "may write to its image") if {
	some container in containers
	context(container, "readOnlyRootFilesystem") != true
}

rules["proc-mount"] := {"severity": "high", "fix": "remove procMount"}

deny contains in_container(container, "proc-mount", "sees what the runtime hides in /proc") if {
	some container in containers
	object.get(container.content, ["securityContext", "procMount"], "Default") != "Default"
}

rules["host-namespace"] := {"severity": "critical", "fix": "remove hostNetwork, hostPID, hostIPC and shareProcessNamespace"}

deny contains at(pod.of, "host-namespace", sprintf("sets %s", [field])) if {
	some pod in pods
	some field in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"]
	pod.spec[field] == true
}

rules["host-path"] := {"severity": "critical", "fix": "use an emptyDir or a ConfigMap"}

deny contains at(pod.of, "host-path", sprintf("mounts %s of the node", [volume.hostPath.path])) if {
	some pod in pods
	some volume in pod.spec.volumes
}

rules["volume-kind"] := {"severity": "high", "fix": "use configMap, downwardAPI, emptyDir, persistentVolumeClaim, projected or secret"}

deny contains at(pod.of, "volume-kind", sprintf("mounts a volume of kind %s", [sort])) if {
	some pod in pods
	some volume in pod.spec.volumes
	some sort in object.keys(volume)
	not sort in {"name", "configMap", "downwardAPI", "emptyDir", "hostPath", "persistentVolumeClaim", "projected", "secret"}
}

rules["host-port"] := {"severity": "high", "fix": "remove hostPort; a Service reaches the pod"}

deny contains in_container(container, "host-port", sprintf("takes port %d of the node", [port.hostPort])) if {
	some container in containers
	some port in container.content.ports
	port.hostPort > 0
	not object.get(container.pod.spec, "hostNetwork", false)
}

rules["sysctl"] := {"severity": "high", "fix": "remove sysctls"}

deny contains at(pod.of, "sysctl", sprintf("sets the kernel parameter %s", [parameter.name])) if {
	some pod in pods
	some parameter in pod.spec.securityContext.sysctls
}

rules["node-name"] := {"severity": "medium", "fix": "remove nodeName and let the scheduler choose"}

deny contains at(pod.of, "node-name", sprintf("goes past the scheduler to %s", [pod.spec.nodeName])) if {
	some pod in pods
	pod.spec.nodeName
}

rules["service-account-token"] := {"severity": "high", "fix": "set automountServiceAccountToken: false in the pod"}

deny contains at(pod.of, "service-account-token", "gets a token of the API") if {
	some pod in pods
	not pod.spec.automountServiceAccountToken == false
}

rules["default-service-account"] := {"severity": "medium", "fix": "name a serviceAccountName of its own"}

deny contains at(pod.of, "default-service-account", "shares the namespace's default account") if {
	some pod in pods
	object.get(pod.spec, "serviceAccountName", "default") == "default"
}

rules["resources"] := {"severity": "medium", "fix": "set requests for cpu and memory and a limit for memory"}

deny contains in_container(container, "resources", sprintf("has no %s", [concat(".", path)])) if {
	some container in containers
	some path in [["requests", "cpu"], ["requests", "memory"], ["limits", "memory"]]
	object.get(container.content, array.concat(["resources"], path), null) == null
}

rules["probes"] := {"severity": "medium", "fix": "add it; readiness and liveness ask different questions"}

deny contains at(pod.of, "probes", sprintf("container %s has no %s", [container.name, probe])) if {
	some pod in serving
	some container in pod.spec.containers
	some probe in ["livenessProbe", "readinessProbe"]
	not container[probe]
}

rules["graceful-stop"] := {"severity": "medium", "fix": "add lifecycle.preStop.sleep, and maxUnavailable: 0 to the rolling update"}

# Readiness, endpoint removal and shutdown race: without a pause, every rollout loses requests.
deny contains at(pod.of, "graceful-stop", sprintf("container %s stops before its proxies know", [container.name])) if {
	some pod in pods
	kind(pod.of) == "Deployment"
	namespace(pod.of) != "kube-system"
	some container in pod.spec.containers
	object.get(container, ["lifecycle", "preStop", "sleep", "seconds"], 0) < 1
}

deny contains at(item, "graceful-stop", "takes instances away before their successors are ready") if {
	some item in objects
	kind(item) == "Deployment"
	namespace(item) != "kube-system"
	not item.content.spec.strategy.rollingUpdate.maxUnavailable == 0
}

rules["secret-in-environment"] := {"severity": "critical", "fix": "take it from a Secret (valueFrom.secretKeyRef), or better from a file"}

deny contains in_container(container, "secret-in-environment", sprintf("has the value of %s in plain text", [variable.name])) if {
	some container in containers
	some variable in container.content.env
	regex.match(`(?i)(passw|secret|token|api_?key|private_?key|credential)`, variable.name)
	object.get(variable, "value", "") != ""
}

rules["labels"] := {"severity": "low", "fix": "add the recommended labels"}

# Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
deny contains at(pod.of, "labels", sprintf("its pods have no label %s", [label])) if {
	some pod in pods
	some label in ["app.kubernetes.io/name", "app.kubernetes.io/part-of", "app.kubernetes.io/managed-by"]
	not pod.labels[label]
}
