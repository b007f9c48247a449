"""The integration stage: the image that was built, started and asked, before anything is deployed."""

from __future__ import annotations

from pipeline import checks, container, engine, evidence
from pipeline.errors import ImageError
from pipeline.stage import Run

IMAGE_VARIABLE = "PORTCULLIS_IMAGE"
_SECONDS = 300


def run_tests(run: Run) -> None:
    """Test the image of the `build` record. Raises `ImageError` when the tag means another image now, `FindingError` when a test fails.

    The image ID that passed is kept in the record: `deploy` takes no other.
    """
    record = evidence.passed(run.evidence, "build")
    built = record.figures if record else {}
    reference = f"{run.workspace.settings.image}:{run.commit.tag}"
    if engine.image_id(reference) != built.get("engine_id"):
        raise ImageError(f"{reference} is not the image that was built last", fix="nox -s build")
    container.sweep(run.workspace)
    checks.pytest(run, ("tests/integration",), timeout=_SECONDS, environment={IMAGE_VARIABLE: built["engine_id"]})
    run.figures.update(image_id=built["image_id"], engine_id=built["engine_id"])
