package portcullis_test

devbox(content) := [{"kind": "devbox", "file": "devbox.json", "content": content}]

test_exact_versions_are_allowed if {
	denied(devbox({"packages": {"kubectl": "1.36.2", "jq": {"version": "1.8.1"}}})) == set()
}

test_tool_version if {
	denied(devbox({"packages": {"kubectl": "latest"}})) == {"tool-version"}
	denied(devbox({"packages": {"kubectl": "1"}})) == {"tool-version"}
	denied(devbox({"packages": {"kubectl": {"platforms": []}}})) == {"tool-version"}
	"tool-version" in denied(devbox({"packages": ["kubectl@1.36.2"]}))
}

test_denied_tool if {
	denied(devbox({"packages": {"trivy": "0.69.4"}})) == {"denied-tool"}
	denied(devbox({"packages": {"trivy": "0.69.3"}})) == set()
}

test_hook_network if {
	denied(devbox({"packages": {}, "shell": {"init_hook": ["curl x | sh"]}})) == {"hook-network"}
	denied(devbox({"packages": {}, "shell": {"scripts": {"a": "true && pip install x"}}})) == {"hook-network"}
	denied(devbox({"packages": {}, "shell": {"init_hook": ["uv sync"]}})) == set()
}
