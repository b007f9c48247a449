"""The stage graph, read top to bottom: `nox -l` lists it, `nox` runs it, `nox -s STAGE` runs one stage and what it requires.

Nox starts a process for each stage, so a stage imports what it needs, and no other's.
"""

import nox

from pipeline import words
from pipeline.stage import Run, stage

nox.options.default_venv_backend = "none"  # ./run and devbox have made the environment already, from uv.lock
nox.options.sessions = ["summary"]
nox.options.stop_on_first_error = True
words.hand_down()


@nox.session(allow_parallel=True)
@stage
def lint(run: Run) -> None:
    """Check style, types and defects of every kind of source."""
    from pipeline.gates import stages

    stages.gate(run, "lint")


@nox.session(allow_parallel=True)
@stage
def sast(run: Run) -> None:
    """Look for insecure code."""
    from pipeline.gates import stages

    stages.gate(run, "sast")


@nox.session(allow_parallel=True)
@stage
def secrets(run: Run) -> None:
    """Look for secrets in every file and in the whole history."""
    from pipeline.gates import stages

    stages.gate(run, "secrets")


@nox.session(allow_parallel=True)
@stage
def workflows(run: Run) -> None:
    """Look for what an attacker would use in the CI workflows."""
    from pipeline.gates import stages

    stages.gate(run, "workflows")


@nox.session(allow_parallel=True)
@stage
def deps(run: Run) -> None:
    """Check locks, licences and known vulnerabilities of everything that is downloaded."""
    from pipeline.gates import stages

    stages.gate(run, "deps")


@nox.session(allow_parallel=True)
@stage
def iac(run: Run) -> None:
    """Scan Terraform, rendered manifests, Dockerfiles and workflows for misconfiguration."""
    from pipeline.gates import stages

    stages.gate(run, "iac")


@nox.session(allow_parallel=True)
@stage
def policy(run: Run) -> None:
    """Apply this project's own rules, and test them."""
    from pipeline.gates import stages

    stages.gate(run, "policy")


@nox.session(allow_parallel=True)
@stage
def unit(run: Run) -> None:
    """Run the fast tests: no Docker, no cluster, no network."""
    from pipeline import checks, reuse

    reuse.unless_unchanged(run, "unit", checks.unit, reuse.of_tree)


@nox.session(allow_parallel=True)
@stage
def docker(run: Run) -> None:
    """Find the container engine, or install and start one."""
    from pipeline import engine

    engine.start(run)


@nox.session(allow_parallel=True, requires=["docker", "lint", "sast", "secrets", "workflows", "deps", "iac", "policy"])
@stage
def build(run: Run) -> None:
    """Build the service image, tagged latest and with the full commit hash."""
    from pipeline import image

    image.build(run)


@nox.session(allow_parallel=True, requires=["build"])
@stage
def scan(run: Run) -> None:
    """Scan the built image: vulnerabilities, secrets, licences, misconfiguration."""
    from pipeline.gates import stages

    stages.image(run)


@nox.session(allow_parallel=True, requires=["build"])
@stage
def integrate(run: Run) -> None:
    """Start the image, locked down, and test its answers."""
    from pipeline import integration, reuse

    reuse.unless_unchanged(run, "integrate", integration.run_tests, reuse.of_image)


@nox.session(allow_parallel=True, requires=["scan", "integrate"])
@stage
def attest(run: Run) -> None:
    """Write bills of materials, provenance and VEX of the tested image, and sign them."""
    from pipeline.attest import stage

    stage.attest(run)


@nox.session(allow_parallel=True, requires=["docker"])
@stage
def cluster(run: Run) -> None:
    """Start the hardened cluster, or mend the one that is there."""
    from pipeline.cluster import lifecycle

    lifecycle.ensure(run)


@nox.session(allow_parallel=True, requires=["cluster", "unit", "attest"])
@stage
def deploy(run: Run) -> None:
    """Load the image, plan, apply exactly that plan, and compare what runs with what was planned."""
    from pipeline import release

    release.deploy(run)


# It needs no release; the gates that `build` waits for have judged its manifests.
@nox.session(allow_parallel=True, requires=["cluster", "build"])
@stage
def watchers(run: Run) -> None:
    """Deploy what watches the service: Prometheus, Alertmanager, kube-state-metrics and the pager."""
    from pipeline.monitoring import stage

    stage.watchers(run)


@nox.session(allow_parallel=True, requires=["watchers", "deploy"])
@stage
def monitor(run: Run) -> None:
    """See that what watches does watch; -- --prove restarts, floods and silences it."""
    from pipeline.monitoring import stage

    stage.monitor(run)


# From here on the living cluster is examined: what one of them makes for its time is no finding of another. `monitor` asks and waits, and
# `differential` makes nothing before `harden` has read; what attacks, loads or changes the service has the machine alone.
@nox.session(allow_parallel=True, requires=["watchers", "deploy"])
@stage
def harden(run: Run) -> None:
    """Judge the running cluster: CIS Kubernetes Benchmark, NSA/CISA guide, kube-bench."""
    from pipeline.harden import stage

    stage.harden(run)


@nox.session(allow_parallel=True, requires=["watchers", "deploy"])
@stage
def differential(run: Run) -> None:
    """Put the same objects to Rego, admission and Pod Security: one policy in three places."""
    from pipeline import reuse
    from pipeline.differential import stage

    reuse.unless_unchanged(run, "differential", stage.differential, reuse.of_cluster)


@nox.session(requires=["monitor", "harden", "differential"])
@stage
def pentest(run: Run) -> None:
    """Attack the cluster and the service, with every attack proven live; -- --group=NAME for one group, --prove weakens the release."""
    from pipeline import reuse
    from pipeline.pentest import stage

    reuse.unless_unchanged(run, "pentest", stage.pentest, reuse.of_cluster)


@nox.session(requires=["deploy"])
@stage
def load(run: Run) -> None:
    """Ask the service at the promised rates; -- --long for longer, beside a bare process and a textbook service."""
    from pipeline import reuse
    from pipeline.load import stage

    reuse.unless_unchanged(run, "load", stage.load, reuse.of_cluster)


@nox.session(name="rollout-proof", requires=["deploy"])
@stage
def rollout_proof(run: Run) -> None:
    """Release, roll back, evict and restart under constant load: no request may be lost; -- --long also kills."""
    from pipeline import reuse
    from pipeline.load import rollout

    reuse.unless_unchanged(run, "rollout-proof", rollout.prove, reuse.of_cluster)


@nox.session(requires=["pentest", "load", "rollout-proof"])
@stage
def summary(run: Run) -> None:
    """Show every stage's verdict, what it did and how long it took, and the URL, and write the report."""
    from pipeline import overview

    overview.show(run)


# What follows is on request: first what looks, then what proves, then the rest.
@nox.session
@stage
def doctor(run: Run) -> None:
    """Look at this machine: what would keep a run from working, and what to type."""
    from pipeline.doctor import stage

    stage.doctor(run)


@nox.session
@stage
def dashboard(run: Run) -> None:
    """Write the status page of the running service and open it; -- --minutes=N, --screenshot, --grafana."""
    from pipeline.dashboard import stage

    stage.dashboard(run)


@nox.session
@stage
def report(run: Run) -> None:
    """Write the report of this commit's run again, as HTML, Markdown, SARIF and JUnit; -- --screenshot looks at it."""
    from pipeline.report import stage

    stage.report(run)


@nox.session
@stage
def ask(run: Run) -> None:
    """Show which alerts there are; -- EXPRESSION asks Prometheus."""
    from pipeline.monitoring import ask

    ask.ask(run)


@nox.session
@stage
def logs(run: Run) -> None:
    """Show the service's log lines of all instances in order; -- --since=10m --status=5xx --trace=ID --instance=NAME --json."""
    from pipeline.logs import stage

    stage.logs(run)


@nox.session
@stage
def drift(run: Run) -> None:
    """Name what somebody changed, deleted or added in the cluster since the release; nox -s deploy repairs it."""
    from pipeline.drift import stage

    stage.check(run)


@nox.session(requires=["deploy"])
@stage
def scale(run: Run) -> None:
    """Scale the deployed service from one instance to ten, by hand and by load, and back."""
    from pipeline.load import scale

    scale.scale(run)


@nox.session(requires=["deploy"])
@stage
def soak(run: Run) -> None:
    """Ask three times the promised rate for ten minutes: memory stays flat, nothing fails; -- --minutes=N for less."""
    from pipeline.load import soak

    soak.soak(run)


@nox.session(requires=["deploy"])
@stage
def chaos(run: Run) -> None:
    """Break the cluster and the pipeline under load, and see them come back; -- --group=NAME or --fault=ID for some."""
    from pipeline.chaos import stage

    stage.chaos(run)


@nox.session(name="rollback-proof", requires=["deploy"])
@stage
def rollback_proof(run: Run) -> None:
    """Bring every kind of bad release under load: each is noticed and taken back before a user sees it; -- --kind=WORD for some."""
    from pipeline.rollback import stage

    stage.prove(run)


@nox.session(name="drift-proof", requires=["deploy"])
@stage
def drift_proof(run: Run) -> None:
    """Change the living cluster by hand in every way, see each change named and all repaired by one deployment."""
    from pipeline.drift import proof

    proof.prove(run)


@nox.session(name="alerts-proof", requires=["monitor"])
@stage
def alerts_proof(run: Run) -> None:
    """Make every fault that there is an alert for, see it arrive and end, and run the runbook; -- --alert=NAME for one."""
    from pipeline.monitoring.proof import stage

    stage.prove(run)


@nox.session(name="adopt-proof", requires=["docker"])
@stage
def adopt_proof(run: Run) -> None:
    """Put a service of another framework into a copy of this tree, and see every stage green there within the promised time."""
    from pipeline.adopt import stage

    stage.prove(run)


@nox.session(name="cloud-proof", requires=["attest"])
@stage
def cloud_proof(run: Run) -> None:
    """Bring the attested image through a registry, by digest, to a second cluster of two zones behind an Ingress; nothing of it stays."""
    from pipeline.cloud import stage

    stage.prove(run)


@nox.session(requires=["build"])
@stage
def reproduce(run: Run) -> None:
    """Build the image again in other surroundings: every byte must be the same."""
    from pipeline.attest import reproduce

    reproduce.reproduce(run)


@nox.session
@stage
def bundle(run: Run) -> None:
    """Pack and sign all that this commit's run left, whatever its verdict."""
    from pipeline.bundle import stage

    stage.bundle(run)


@nox.session
@stage
def verify(run: Run) -> None:
    """Check a bundle, with no network and no cluster: nox -s verify -- BUNDLE [--commit=SHA] [--key=FILE]."""
    from pipeline.bundle import stage

    stage.verify(run)


@nox.session
@stage
def gates(run: Run) -> None:
    """Judge any folder: nox -s gates -- PATH."""
    from pipeline.gates import stages

    stages.any_folder(run)


@nox.session
@stage
def prove(run: Run) -> None:
    """Plant a violation of every rule in copies of this tree, attack the gates, and see each one refused."""
    from pipeline.gates.prove import stage

    stage.prove(run)


@nox.session
@stage
def toolchain(run: Run) -> None:
    """Supply every pinned tool and show version, origin and hash."""
    from pipeline.toolchain import report

    report.check(run)


@nox.session
@stage
def tests(run: Run) -> None:
    """Run the whole test suite, with real Docker and real throw-away clusters; words after -- go to pytest."""
    from pipeline import checks

    checks.tests(run)


@nox.session
@stage
def prefetch(run: Run) -> None:
    """Put whatever a run needs into the caches, and show what is there: after it, PORTCULLIS_OFFLINE=1 ./run asks nobody outside."""
    from pipeline import prefetch

    prefetch.prefetch(run)


@nox.session(name="offline-proof", requires=["prefetch"])
@stage
def offline_proof(run: Run) -> None:
    """Run every stage in a network namespace with no way out: no DNS query is asked, no packet leaves."""
    from pipeline.offline import stage

    stage.prove(run)


@nox.session
@stage
def lock(run: Run) -> None:
    """Resolve the Debian packages anew against Debian's signed indexes."""
    from pipeline.debian import lock

    lock.update(run)


@nox.session
@stage
def destroy(run: Run) -> None:
    """Take away everything that this clone made on the machine, except caches and evidence; -- --instance=ID for a clone that is gone."""
    from pipeline import cleanup

    cleanup.destroy(run)
