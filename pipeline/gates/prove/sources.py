"""Violations in code, configuration, workflows and locks.

What a scanner of this tree would itself find here is put together from pieces.
"""

from __future__ import annotations

from pipeline.gates.prove.mutant import Mutant

_SOURCE, _RUN, _MODULE = "pipeline/page/scale.py", "run", "terraform/main.tf"
_WORKFLOW, _DOCKERFILE, _README = ".github/workflows/pipeline.yml", "Dockerfile", "README.md"
_NAMESPACE = "terraform/manifests/base/namespace.yaml"
_RULES = "policies/workload.rego"
_ALERTS = "terraform/monitoring/manifests/rules/service.yaml"
_ROUTING = "terraform/monitoring/manifests/alertmanager/alertmanager.yaml"


def _code(rule: str, text: str) -> Mutant:
    return Mutant("bandit", rule, _SOURCE, "", f"\n\n{text}\n")


LINT = [
    Mutant("ruff", "F401", _SOURCE, "import math\n", "import json\nimport math\n"),
    Mutant("ruff", "S105", _SOURCE, "", '\npassword = "planted-value"\n'),
    Mutant("ruff", "invalid-syntax", _SOURCE, "", "\ndef (\n"),
    Mutant("ruff format", "unformatted", _SOURCE, "import math\n", "import  math\n"),
    Mutant("mypy", "assignment", _SOURCE, "", '\nPLANTED: int = "1024"\n'),
    Mutant("terraform fmt", "layout", _MODULE, "  commit    = reverse", "  commit = reverse"),
    Mutant("terraform fmt", "syntax", _MODULE, "locals {", "locals {{"),
    Mutant("terraform validate", "invalid", _MODULE, '("@", var.image)', '("@", var.picture)'),
    Mutant("tflint", "terraform_unused_declarations", _MODULE, "locals {\n", 'locals {\n  planted = "unused"\n'),
    Mutant("tflint", "terraform_documented_variables", "terraform/variables.tf", "", '\nvariable "planted" {\n  type = string\n}\n'),
    Mutant("yamllint", "trailing-spaces", _NAMESPACE, "kind: Namespace\n", "kind: Namespace \n"),
    Mutant("yamllint", "colons", _NAMESPACE, "kind: Namespace\n", "kind:  Namespace\n"),
    Mutant("yamllint", "octal-values", _NAMESPACE, "  name: hash\n", "  name: hash\n  generation: 010\n"),
    Mutant("shellcheck", "SC2086", _RUN, 'exec nox "$@"', 'exec nox $NOX_PARALLEL "$@"', note="unquoted"),
    Mutant("shellcheck", "SC2154", _RUN, "set -eu\n", 'set -eu\necho "$planted"\n'),
    Mutant("hadolint", "DL3020", _DOCKERFILE, "ARG COMMIT\n", "ADD planted.txt /\nARG COMMIT\n"),
    Mutant("hadolint", "DL3006", _DOCKERFILE, "FROM scratch\nCOPY", "FROM portcullis.local/base\nCOPY"),
    Mutant("hadolint", "DL3026", _DOCKERFILE, "FROM scratch\nCOPY", "FROM elsewhere.example/base:1\nCOPY"),
    Mutant("hadolint", "DL1000", _DOCKERFILE, "ARG COMMIT\n", "PLANTED COMMIT\n"),
    Mutant("actionlint", "expression", _WORKFLOW, "${{ matrix.script }}", "${{ matrix.planted }}"),
    Mutant("actionlint", "syntax-check", _WORKFLOW, "    timeout-minutes: 90\n", "    timeout-minute: 90\n"),
    Mutant(
        "kubeconform",
        "statusInvalid",
        "terraform/manifests/base/deployment.yaml",
        "revisionHistoryLimit: 3",
        "revisionHistoryLimt: 3",
        note="misspelt",
    ),
    Mutant(
        "kubeconform",
        "statusInvalid",
        "terraform/manifests/base/autoscaler.yaml",
        "maxReplicas: 10",
        "maxReplicas: many",
        note="wrong type",
    ),
    Mutant(
        "kubeconform",
        "statusError",
        "cluster/addons/metrics-server.yaml",
        "apiVersion: apps/v1",
        "apiVersion: apps/v1beta1",
        note="removed version",
    ),
    Mutant("opa fmt", "layout", _RULES, "package portcullis\n", "package   portcullis\n"),
    Mutant("opa check", "rego_parse_error", _RULES, "package portcullis\n", "package portcullis\n\nplanted := {\n"),
    Mutant("opa check", "rego_type_error", _RULES, "", "\nplanted := count(1)\n"),
    Mutant("opa test", "untested-line", _RULES, "", '\nplanted if input.kind == "never"\n'),
    Mutant("opa test", "failed-test", "policies/rules.toml", "lowest_user = 10000", "lowest_user = 1000"),
    Mutant("taplo", "layout", "pyproject.toml", "cluster_cpus = 2", "cluster_cpus   =   2"),
    Mutant("taplo", "syntax", "pyproject.toml", "cluster_cpus = 2", "cluster_cpus = "),
    Mutant("promtool check", "rule-syntax", _ALERTS, 'absent(up{job="hash"} == 1)', 'absent(up{job="hash"} ='),
    Mutant("promtool check", "incomplete-alert", _ALERTS, "#servicedown", "#planted", note="no section of the runbook"),
    Mutant(
        "promtool check",
        "incomplete-alert",
        _ALERTS,
        r"          severity: page\n(?=          layer: service\n          namespace)",
        "",
        pattern=True,
    ),
    Mutant(
        "promtool test", "failed-test", _ALERTS, r"      - alert: ServiceDown.*?(?=      - alert)", "", pattern=True, note="a rule deleted"
    ),
    Mutant("promtool test", "failed-test", _ALERTS, "> 0.9\n", "> 9\n", pattern=True, note="a threshold that is never reached"),
    Mutant(
        "promtool test",
        "failed-test",
        _ALERTS,
        r"severity: page(?=\n          layer: service\n        annotations:\n          summary: Nobody)",
        "severity: ticket",
        pattern=True,
        note="a wrong label",
    ),
    Mutant(
        "promtool test", "untested-alert", "tests/monitoring/release.yaml", "alertname: RolloutFailed", "alertname: Planted", pattern=True
    ),
    Mutant("amtool", "routing-syntax", _ROUTING, "  receiver: people\n  group_by", "  receiver: planted\n  group_by"),
    Mutant(
        "amtool", "unknown-alert", _ROUTING, '[alertname="AvailabilityBurnsFast"]', '[alertname="AvailabilityBurntFast"]', note="misspelt"
    ),
    Mutant("links", "dead-link", _README, "", "\n[planted](docs/planted.md)\n"),
    Mutant("links", "dead-anchor", _README, "", "\n[planted](docs/decisions.md#planted)\n"),
]

SAST = [
    _code("B324", 'hashlib.md5(b"x")'),
    _code("B602", 'import subprocess\n\nsubprocess.run("ls", shell=True)'),
    _code("B301", 'import pickle\n\npickle.loads(b"x")'),
    _code("B102", 'exec("1")'),
    _code("B506", 'import yaml\n\nyaml.load("x", Loader=yaml.Loader)'),
    _code("B501", 'import requests\n\nrequests.get("https://x.example", verify=False, timeout=1)'),
    _code("B108", 'PLANTED = "/tmp/planted"'),
    _code("B113", 'import requests\n\nrequests.get("https://x.example")'),
]

_AWS = "AKIA" + "Z7QH5N3KXW2PLM4T"
_GITHUB = "ghp" + "_" + "9aB8cD7eF6gH5iJ4kL3mN2oP1qR0sT9uV8wX"
_KEY = "RSA " + "PRIVATE KEY-----\n"
_PEM = f"-----BEGIN {_KEY}{'MIIEpAIBAAKCAQEA7bq0Z3xkY1Vt8QmW2LrN5sUfHcPjEoGdXyKaTiBv' * 3}\n-----END {_KEY}"

SECRETS = [
    Mutant("gitleaks", "aws-access-token", _SOURCE, "", f'\nPLANTED = "{_AWS}"\n'),
    Mutant("gitleaks", "github-pat", _WORKFLOW, "", f"# {_GITHUB}\n"),
    Mutant("gitleaks", "private-key", "docs/planted.pem", "", _PEM),
    Mutant("gitleaks history", "aws-access-token", _SOURCE, "", f'\nPLANTED = "{_AWS}"\n', note="committed and removed again"),
]

_CHECKOUT = r"actions/checkout@[0-9a-f]{40} # v[\d.]+"

WORKFLOWS = [
    Mutant("zizmor", "unpinned-uses", _WORKFLOW, _CHECKOUT, "actions/checkout@v5", pattern=True),
    Mutant("zizmor", "excessive-permissions", _WORKFLOW, "permissions: {}\n", "permissions: write-all\n"),
    Mutant("zizmor", "artipacked", _WORKFLOW, "          persist-credentials: false\n          fetch-depth", "          fetch-depth"),
    Mutant("zizmor", "template-injection", _WORKFLOW, 'run: devbox run "$SCRIPT"', "run: echo ${{ github.event.pull_request.title }}"),
    Mutant("zizmor", "dangerous-triggers", _WORKFLOW, "  pull_request: {}\n", "  pull_request_target: {}\n"),
]

_NOX = r'"nox==[\d.]+"'

DEPS = [
    Mutant("locks", "missing-hash", "uv.lock", r', hash = "sha256:[0-9a-f]{64}"', "", pattern=True),
    Mutant(
        "locks",
        "unpinned-source",
        "uv.lock",
        r'name = "nox"\nversion = "[^"]*"\nsource = \{[^}]*\}',
        'name = "nox"\nversion = "1.0.0"\nsource = { git = "https://planted.example/nox" }',
        pattern=True,
    ),
    Mutant("locks", "unpinned-package", "pyproject.toml", _NOX, '"nox>=1"', pattern=True),
    Mutant("locks", "stale-lock", "pyproject.toml", _NOX, '"nox==2025.2.9"', pattern=True),
    Mutant("locks", "missing-hash", "toolchain/uv.txt", r"\s*\\\n\s*--hash=.*", "\n# --hash=\n", pattern=True, note="requirements"),
    Mutant("locks", "unpinned-source", "toolchain/kubeconform/go.mod", "", "\nreplace golang.org/x/text => ../planted\n"),
    Mutant("licences", "licence", "policies/licences.toml", '"BSD-3-Clause", ', "", note="no longer allowed"),
    Mutant(
        "debian security",
        "known-vulnerable",
        "toolchain/debian/service.lock",
        r"^(?P<name>libssl3t64|openssl-provider-legacy) \S+",
        "libssl3t64 3.5.0-1",
        pattern=True,
        note="older than its fix",
    ),
]

# A word, taken apart, that silences each tool; where it stands in a file that the tool reads.
_SILENCERS = [
    ("bandit", "no" + "sec", _SOURCE),
    ("checkov", "checkov" + ":skip=CKV_DOCKER_2:planted", _DOCKERFILE),
    ("trivy", "trivy" + ":ignore:DS-0002", _DOCKERFILE),
    ("gitleaks", "gitleaks" + ":allow", _SOURCE),
    ("hadolint", "hadolint" + " ignore=DL3006", _DOCKERFILE),
    ("shellcheck", "shellcheck" + " disable=SC2086", _RUN),
    ("tflint", "tflint" + "-ignore: terraform_unused_declarations", _MODULE),
    ("yamllint", "yamllint" + " disable", _NAMESPACE),
    ("zizmor", "zizmor" + ": ignore[unpinned-uses]", _WORKFLOW),
    ("ruff", "ruff" + ": noqa", _SOURCE),
    ("mypy", "mypy" + ": ignore-errors", _SOURCE),
]

SUPPRESSIONS = [
    *(Mutant("suppressions", "inline-suppression", file, "", f"\n# {word}\n", note=tool) for tool, word, file in _SILENCERS),
    Mutant(
        "suppressions",
        "inline-suppression",
        "terraform/manifests/base/deployment.yaml",
        "  name: hash\nspec:\n  # No",
        "  name: hash\n  annotations:\n    checkov.io/skip1: CKV_K8S_16=planted\nspec:\n  # No",
        note="annotation",
    ),
    Mutant("suppressions", "scanner-configuration", ".trivyignore", "", "DS-0002\n"),
    Mutant("suppressions", "scanner-configuration", ".checkov.yaml", "", "skip-check: [CKV_DOCKER_2]\n"),
]
