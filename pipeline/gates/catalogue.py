"""Which gates there are and which checks each is made of: the one table that says what has to be green."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.gates.checks import (
    advisories,
    bandit,
    checkov,
    gitleaks,
    hadolint,
    hcl,
    kubeconform,
    licences,
    links,
    locks,
    mypy,
    prometheus,
    rego,
    ruff,
    shellcheck,
    suppressions,
    taplo,
    trivy,
    workflows,
    yamllint,
)
from pipeline.gates.context import Check
from pipeline.gates.inputs import Inputs

_MANIFESTS = ("manifest", "kustomization")


@dataclass(frozen=True)
class Step:
    """One check of a gate: the tool's name in reports and floors, the kinds of files that call for it, and the function."""

    tool: str
    kinds: tuple[str, ...]
    check: Check
    only_own: bool = False
    """It only makes sense for this project's own tree (or a copy): it needs what other folders do not have."""
    passing: bool = False
    """Its answer may be another one later although no file changed, so it is kept for an hour at most."""

    def applies(self, inputs: Inputs, *, own: bool) -> bool:
        """Whether there is something for it to do. In this project's tree it always runs: nothing to examine is then an error."""
        return own or (not self.only_own and bool(inputs.of(*self.kinds) if self.kinds else inputs.files))


GATES: dict[str, tuple[Step, ...]] = {
    "lint": (
        Step("ruff", ("python",), ruff.check),
        Step("ruff format", ("python",), ruff.layout),
        Step("mypy", ("python",), mypy.check, only_own=True),
        Step("terraform fmt", ("terraform",), hcl.layout),
        Step("terraform validate", ("terraform",), hcl.validity, only_own=True),
        Step("tflint", ("terraform",), hcl.tflint),
        Step("yamllint", yamllint.KINDS, yamllint.check),
        Step("shellcheck", ("shell",), shellcheck.check),
        Step("hadolint", ("dockerfile",), hadolint.check),
        Step("actionlint", ("workflow",), workflows.actionlint),
        Step("kubeconform", _MANIFESTS, kubeconform.check),
        Step("opa fmt", ("rego",), rego.layout),
        Step("opa check", ("rego",), rego.strictness),
        Step("taplo", ("toml",), taplo.check),
        Step("promtool check", ("yaml",), prometheus.rules, only_own=True),
        Step("amtool", ("yaml",), prometheus.routing, only_own=True),
        Step("links", ("markdown",), links.check),
    ),
    "sast": (Step("bandit", ("python",), bandit.check),),
    "secrets": (
        Step("gitleaks", (), gitleaks.tree),
        Step("gitleaks history", (), gitleaks.history, only_own=True),
    ),
    "workflows": (Step("zizmor", ("workflow",), workflows.zizmor),),
    "deps": (
        Step("locks", ("lock", "toml", "gomod", "requirements"), locks.check),
        Step("licences", ("lock",), licences.check, only_own=True),
        Step("debian security", ("lock",), advisories.debian, only_own=True, passing=True),
        Step("pip-audit", ("lock",), advisories.python, only_own=True, passing=True),
        Step("trivy locks", ("lock", "gomod"), trivy.locks, only_own=True, passing=True),
    ),
    "iac": (
        Step("checkov", (*_MANIFESTS, "terraform", "dockerfile", "workflow"), checkov.check),
        Step("trivy config", (*_MANIFESTS, "terraform", "dockerfile"), trivy.misconfiguration),
    ),
    "policy": (
        Step("opa", (*_MANIFESTS, "dockerfile", "devbox"), rego.policy),
        Step("opa test", ("rego",), rego.tests, only_own=True),
        Step("promtool test", ("yaml",), prometheus.tests, only_own=True),
        Step("suppressions", suppressions.KINDS, suppressions.check),
    ),
    "image": (Step("trivy image", ("dockerfile",), trivy.image, only_own=True, passing=True),),
}
"""The gates by name, in the order in which they are shown. `image` needs a built image; all others read files."""

FOLDER_GATES = tuple(name for name in GATES if name != "image")
"""Those that judge any folder."""
