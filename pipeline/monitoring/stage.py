"""Two stages: `watchers` brings what watches by Terraform, with a state and an identity of its own; `monitor` sees that it watches."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Sequence
from pathlib import Path

from pipeline import console, kubectl, locks, process, store
from pipeline.cluster import access, images, volumes
from pipeline.errors import PipelineError, ReleaseError, UsageError
from pipeline.gates import plan as gates_plan
from pipeline.gates import stages
from pipeline.monitoring import prove, query, receiver, verify
from pipeline.monitoring.query import NAMESPACE, Watch
from pipeline.stage import Run
from pipeline.terraform import Module, Plan
from pipeline.toolchain import supply
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

_PROVE = "--prove"
_SETTLE_SECONDS = 240.0
_PAGER = "pager.monitoring.svc"


def watchers(run: Run) -> None:
    """Deploy Prometheus, Alertmanager, kube-state-metrics and the pager. Raises `FindingError` when a gate refuses the plan."""
    place = run.workspace
    with locks.held(place, "monitoring"), access.kubeconfig(place, access.WATCHER) as credential:
        deploy(run, module(place, credential))
    run.summary = f"{', '.join(query.PORTS)}: {run.figures['plan']}"


def monitor(run: Run) -> None:
    """Wait until what watches watches, and verify it; `-- --prove` mistreats it besides.

    Raises `ReleaseError` with the first thing that is wrong.
    """
    place = run.workspace
    with locks.held(place, "monitoring"):
        watch, faults = settle(place)
        if faults:
            raise ReleaseError(f"monitoring: {'; '.join(faults[:3])}", fix="read the stage's log")
        _measure(run, watch)
        if _PROVE in run.arguments:
            prove.run(run)


def module(place: Workspace, credential: Path) -> Module:
    """The root module terraform/monitoring."""
    return Module(place, place.root / "terraform" / "monitoring", credential, kept="monitoring", manifests="manifests")


def deploy(run: Run, watching: Module) -> None:
    """Bring images, volumes and secret, then plan, have the plan judged, and apply it. Nothing is applied where nothing changes."""
    place = run.workspace
    sources = images.of_monitoring(place)
    for reference, archive in images.archives(place, sources).items():
        images.put(place, reference, archive)
    references = {source.program: source.reference for source in sources}
    volumes.ensure(place)
    volumes.release(place)
    receiver.hand_over(place, NAMESPACE)
    configuration = checked(place)
    watching.init()
    values = {
        "kubeconfig": str(watching.kubeconfig),
        "context": place.name,
        "images": references,
        "node_address": _node_address(place),
        "alertmanager": configuration,
        "receiver_port": receiver.port(place.settings.alert_receiver),
    }
    plan = watching.plan_with(values, run.evidence / "monitoring")
    log.info("plan: %s", plan.summary)
    run.figures["plan"] = plan.summary
    if plan.steps:
        _judge_and_apply(run, watching, plan)
    else:
        plan.file.unlink(missing_ok=True)


def _judge_and_apply(run: Run, watching: Module, plan: Plan) -> None:
    for step in plan.steps:
        log.info("  %s", step)
    stages.refuse([gates_plan.judge_saved(run.workspace, run.evidence / "monitoring")])
    watching.apply(plan)


def checked(place: Workspace) -> str:
    """Alertmanager's configuration with the receiver of the settings. Raises `UsageError` when one of the parts would not take its own."""
    folder = place.root / "terraform" / "monitoring" / "manifests"
    text = receiver.configuration((folder / "alertmanager" / "alertmanager.yaml").read_text("utf-8"), place.settings.alert_receiver)
    scratch = place.state / "monitoring" / "alertmanager.yaml"
    store.write(scratch, text)
    rules = sorted((folder / "rules").glob("*.yaml"))
    promtool = supply.module(place, "prometheus") / "promtool"
    checks: tuple[tuple[Path, Sequence[str | Path]], ...] = (
        (supply.module(place, "alertmanager") / "amtool", ["check-config", scratch]),
        # Its secrets and rule files are where the pod has them: the syntax is what can be checked here.
        (promtool, ["check", "config", "--syntax-only", folder / "prometheus" / "prometheus.yaml"]),
        (promtool, ["check", "rules", *rules]),
    )
    for program, words in checks:
        if (said := process.run([program, *words], timeout=60, ok=None)).returncode:
            raise UsageError(f"{program.name}: {said.tail}", fix="correct terraform/monitoring/manifests")
    return text


def _node_address(place: Workspace) -> str:
    (node,) = kubectl.get(place, "nodes")
    return next(str(each["address"]) for each in node["status"]["addresses"] if each["type"] == "InternalIP")


def settle(place: Workspace, seconds: float = _SETTLE_SECONDS) -> tuple[Watch | None, list[str]]:
    """Wait until nothing is wrong any more; return where the parts are, and what still is wrong after the limit."""
    deadline = time.monotonic() + seconds
    wanted, told = verify.declared(place.root), ""
    while True:
        try:
            watch = query.find(place)
            faults = look(watch, wanted)
        except PipelineError as error:
            faults, watch = [error.what], None
        if not faults or time.monotonic() > deadline:
            return watch, faults
        if faults[0] != told:
            told = faults[0]
            console.progress(f"monitoring: {told[:100]}")
        time.sleep(2)


def look(watch: Watch, wanted: verify.Declared) -> list[str]:
    """Everything that is wrong with the parts at this moment."""
    faults = verify.targets(watch.targets(), wanted) + verify.rules(watch.rules(), wanted)
    if _PAGER in watch.place.settings.alert_receiver:
        faults += verify.watchdog(watch.notifications(), dt.datetime.now(dt.UTC))
    return faults + verify.bounds(memory(watch), watch.number("prometheus_tsdb_head_series"), query.PORTS)


def memory(watch: Watch) -> dict[str, float]:
    """Bytes of each part's working set."""
    found = watch.instant(f'max by (container) (container_memory_working_set_bytes{{namespace="{NAMESPACE}"}})')
    return {each.labels["container"]: each.value for each in found}


def _measure(run: Run, watch: Watch | None) -> None:
    if watch is None:
        return
    used, series = memory(watch), int(watch.number("prometheus_tsdb_head_series"))
    up = watch.targets()
    run.figures.update(memory={name: round(value / 1e6, 1) for name, value in sorted(used.items())}, series=series, targets=len(up))
    run.figures["rules"] = len(watch.rules())
    heard = _PAGER in run.workspace.settings.alert_receiver
    if not heard:
        run.figures["not_verified"] = ["alerts arrive: the receiver is not the pager in the cluster, whose node network lets nothing out"]
    run.summary = (
        f"{len(up)} targets up, {run.figures['rules']} rules, {series} series, "
        f"{sum(used.values()) / 1e6:.0f} MB of {verify.MEMORY / 1e6:.0f}{', the watchdog is heard' if heard else ''}"
    )
