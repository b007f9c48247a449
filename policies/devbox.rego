# Where the tools come from.
package portcullis

configurations contains input if input.kind == "devbox"

packages(file) := {name: version |
	some name, entry in file.content.packages
	version := version_of(entry)
}

version_of(entry) := entry if is_string(entry)

version_of(entry) := object.get(entry, "version", "none") if is_object(entry)

in_devbox(file, rule, message) := {"rule": rule, "file": file.file, "line": 0, "resource": "", "message": message}

deny contains in_devbox(file, "tool-version", sprintf("%s is %q, which may mean another version tomorrow", [name, version])) if {
	some file in configurations
	some name, version in packages(file)
	not regex.match(`^\d+\.\d+(\.\d+)?$`, version)
}

# A list of names leaves every version open.
deny contains in_devbox(file, "tool-version", "lists packages without versions") if {
	some file in configurations
	is_array(file.content.packages)
}

deny contains in_devbox(file, "denied-tool", sprintf("%s %s is refused: %s", [name, version, reason])) if {
	some file in configurations
	some name, version in packages(file)
	reason := input.settings.denied[name][version]
}

deny contains in_devbox(file, "hook-network", sprintf("its hooks or scripts run %s, past every lock", [program])) if {
	some file in configurations
	walk(file.content.shell, [_, line])
	is_string(line)
	some program in ["curl", "npm", "pip", "wget"]
	regex.match(sprintf(`(^|[\s;&|])%s\s`, [program]), line)
}
