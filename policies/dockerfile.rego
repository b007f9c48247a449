# What an image may be made of, and how it is started.
package portcullis

dockerfiles contains input if input.kind == "dockerfile"

named(file, name) := [step | some step in file.instructions; step.name == name]

last_stage(file) := max([step.stage | some step in file.instructions])

# Names that earlier stages gave themselves, from `FROM x AS name`.
stages(file) := {lower(words[2]) | some step in named(file, "FROM"); words := split(step.value, " "); lower(words[1]) == "as"}

in_file(file, line, rule, message) := {"rule": rule, "file": file.file, "line": line, "resource": "", "message": message}

deny contains in_file(file, 0, "no-base", "has no FROM, so it builds nothing") if {
	some file in dockerfiles
	count(named(file, "FROM")) == 0
}

deny contains in_file(file, step.line, "base-image", sprintf("starts from %s, which may be another image tomorrow", [base])) if {
	some file in dockerfiles
	some step in named(file, "FROM")
	base := [word | some word in split(step.value, " "); not startswith(word, "--")][0]
	not fixed_base(base, stages(file))
}

fixed_base("scratch", _)

fixed_base(base, known) if lower(base) in known

fixed_base(base, _) if regex.match(`@sha256:[0-9a-f]{64}$`, base)

deny contains in_file(file, 0, "image-user", "its last stage runs as root, or as a user that only a name tells") if {
	some file in dockerfiles
	count(named(file, "FROM")) > 0
	count([step | some step in named(file, "USER"); step.stage == last_stage(file); high_number(step.value)]) == 0
}

deny contains in_file(file, step.line, "image-user", sprintf("runs as %s", [step.value])) if {
	some file in dockerfiles
	some step in named(file, "USER")
	not high_number(step.value)
}

high_number(user) if to_number(regex.find_n(`^\d+`, user, 1)[0]) >= 10000

deny contains in_file(file, step.line, "add-instruction", "ADD fetches and unpacks whatever is there") if {
	some file in dockerfiles
	some step in named(file, "ADD")
}

deny contains in_file(file, step.line, "build-network", sprintf("runs %s during the build", [program])) if {
	some file in dockerfiles
	some step in named(file, "RUN")
	some program in ["apk", "apt-get", "curl", "dnf", "git", "npm", "pip", "wget", "yum"]
	regex.match(sprintf(`(^|[\s"/;&|])%s([\s",]|$)`, [program]), step.value)
}

# In shell form PID 1 is a shell, which passes no signal on; and here there is no shell.
deny contains in_file(file, step.line, "shell-form", sprintf("%s is in shell form", [step.name])) if {
	some file in dockerfiles
	some step in file.instructions
	step.name in {"CMD", "ENTRYPOINT"}
	not startswith(step.value, "[")
}

deny contains in_file(file, 0, "no-entry-point", "its last stage does not say what it runs") if {
	some file in dockerfiles
	count(named(file, "FROM")) > 0
	count([step | some step in file.instructions; step.name in {"CMD", "ENTRYPOINT"}; step.stage == last_stage(file)]) == 0
}

deny contains in_file(file, step.line, "secret-in-image", sprintf("%s carries a secret into the image", [step.name])) if {
	some file in dockerfiles
	some step in file.instructions
	step.name in {"ARG", "ENV"}
	regex.match(`(?i)(^|[\s_])(passw(or)?d|secret|token|api_?key|private_?key|credentials?)($|[\s=_])`, step.value)
}

deny contains in_file(file, step.line, "privileged-port", sprintf("exposes port %s, which only root may open", [port])) if {
	some file in dockerfiles
	some step in named(file, "EXPOSE")
	some port in regex.find_n(`\d+`, step.value, -1)
	to_number(port) < 1024
}
