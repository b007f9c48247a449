package portcullis_test

base := [
	{"name": "FROM", "value": "scratch AS files", "line": 1, "stage": 0},
	{"name": "FROM", "value": "files", "line": 2, "stage": 1},
	{"name": "COPY", "value": "--from=files a /a", "line": 3, "stage": 1},
	{"name": "USER", "value": "65532:65532", "line": 4, "stage": 1},
	{"name": "EXPOSE", "value": "8080", "line": 5, "stage": 1},
	{"name": "ENTRYPOINT", "value": "[\"/a\"]", "line": 6, "stage": 1},
]

dockerfile(instructions) := [{"kind": "dockerfile", "file": "Dockerfile", "instructions": instructions}]

beside(name, value) := dockerfile(array.concat(base, [{"name": name, "value": value, "line": 9, "stage": 1}]))

# The good file with another value for the only instruction of that name in the last stage.
with_value(name, value) := dockerfile([changed_step |
	some step in base
	changed_step := object.union(step, {"value": {true: value, false: step.value}[step_is(step, name)]})
])

step_is(step, name) if {
	step.name == name
	step.stage == 1
}

step_is(step, name) := false if not both(step, name)

both(step, name) if {
	step.name == name
	step.stage == 1
}

omitting(name) := dockerfile([step | some step in base; step.name != name])

test_the_good_dockerfile_is_allowed if denied(dockerfile(base)) == set()

test_no_base if denied(omitting("FROM")) == {"no-base"}

test_base_image if {
	every image in ["debian", "debian:13", "portcullis.local/base:latest", "debian@sha256:0123"] {
		denied(with_value("FROM", image)) == {"base-image"}
	}
	digest := "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	denied(with_value("FROM", sprintf("--platform=linux/amd64 debian:13@sha256:%s", [digest]))) == set()
	denied(with_value("FROM", "FILES")) == set()
}

test_image_user if {
	denied(omitting("USER")) == {"image-user"}
	denied(with_value("USER", "root")) == {"image-user"}
	denied(with_value("USER", "0")) == {"image-user"}
	denied(with_value("USER", "9999")) == {"image-user"}
	denied(with_value("USER", "10000")) == set()
	denied(beside("USER", "0:0")) == {"image-user"}
}

test_add_instruction if denied(beside("ADD", "a.tar /")) == {"add-instruction"}

test_build_network if {
	every command in ["apt-get update", "[\"curl\", \"x\"]", "true && wget x", "/usr/bin/pip install x", "git clone x"] {
		denied(beside("RUN", command)) == {"build-network"}
	}
	denied(beside("RUN", "[\"python\", \"-m\", \"pipeline\"]")) == set()
}

test_shell_form if {
	denied(with_value("ENTRYPOINT", "/a --b")) == {"shell-form"}
	denied(beside("CMD", "--b")) == {"shell-form"}
}

test_no_entry_point if denied(omitting("ENTRYPOINT")) == {"no-entry-point"}

test_secret_in_image if {
	every value in ["PASSWORD=x", "api_key=x", "A=1 GITHUB_TOKEN=x", "SECRET"] {
		denied(beside("ENV", value)) == {"secret-in-image"}
		denied(beside("ARG", value)) == {"secret-in-image"}
	}
	denied(beside("ENV", "TOKENIZER=x")) == set()
}

test_privileged_port if {
	denied(beside("EXPOSE", "80/tcp")) == {"privileged-port"}
	denied(beside("EXPOSE", "1024")) == set()
}
