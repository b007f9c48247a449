"""kubeconform: manifests against the schemas of the very Kubernetes version that runs them, taken from its own source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline.gates.context import Context, output, parsed
from pipeline.gates.inputs import Inputs
from pipeline.gates.manifests import bundles
from pipeline.gates.report import Finding, Report
from pipeline.toolchain import golang
from pipeline.workspace import Workspace

_API = "api/openapi-spec/swagger.json"


def check(context: Context, inputs: Inputs) -> Report:
    """Validate every object strictly: unknown and misspelt fields are findings, and so are kinds without a schema."""
    found = context.tool("kubeconform")
    location = f"{schemas(context.place)}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
    findings: list[Finding] = []
    examined: set[str] = set()
    for number, bundle in enumerate(bundles(context, inputs)):
        path = context.scratch / f"bundle-{number}.yaml"
        bundle.write(path)
        argv: list[str | Path] = [found.path, "-strict", "-output=json", f"-schema-location={location}", path]
        table = parsed("kubeconform", output(argv, cwd=inputs.root))
        examined |= {str(each.file) for each in bundle.objects}
        places = {each.name: each for each in bundle.objects}
        for each in table["resources"]:
            name = f"{each['kind']}/{each['name']}"
            place = places.get(name, bundle.objects[0])
            findings.append(Finding(str(place.file), place.line, each["status"], each["msg"][:300], "high", "kubectl explain", name))
    return Report("kubeconform", found.version, tuple(examined), findings=tuple(findings))


def schemas(place: Workspace) -> Path:
    """Return a folder of strict JSON schemas, one per kind of the pinned Kubernetes found.version, made from its OpenAPI document."""
    source = golang.module_file(place, "kubernetes", "k8s.io/kubernetes", _API)

    def make(folder: Path) -> None:
        for name, schema in strict(json.loads(source.read_text("utf-8"))["definitions"]).items():
            (folder / f"{name}.json").write_text(json.dumps(schema), "utf-8")

    key = store.key_of([store.digest(source), store.digest(Path(__file__))])
    return store.entry(place.cache / "schemas" / f"{place.settings.kubernetes}-{key}", make)


def strict(definitions: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Turn OpenAPI definitions into one self-contained schema per kind, under the names that kubeconform asks for.

    Objects with listed properties take no others. Source of the vendor fields: Kubernetes' API conventions, `x-kubernetes-*`.
    """
    shared = {name: _closed(definition) for name, definition in definitions.items()}
    # A quantity is written `1` as often as `"1"`, and the API takes both.
    shared["io.k8s.apimachinery.pkg.api.resource.Quantity"] = {"oneOf": [{"type": "string"}, {"type": "number"}]}
    found = {}
    for name, definition in definitions.items():
        for kind in definition.get("x-kubernetes-group-version-kind", []):
            group = kind["group"].split(".")[0]
            suffix = "-".join(filter(None, (group, kind["version"])))
            file = f"{kind['kind'].lower()}-{suffix}"
            found[file] = {"$ref": f"#/definitions/{name}", "definitions": _reachable(name, shared)}
    return found


def _closed(definition: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(definition, list):
        return [_closed(each) for each in definition]
    if not isinstance(definition, dict):
        return definition
    closed = {
        key: _closed(value) for key, value in definition.items() if key not in {"description", "default"} or not isinstance(value, str)
    }
    if "properties" in definition and "additionalProperties" not in definition:
        closed["additionalProperties"] = False
    if closed.get("format") == "int-or-string":
        closed = {"oneOf": [{"type": "string"}, {"type": "integer"}]}
    return closed


def _reachable(name: str, shared: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    todo = [name]
    while todo:
        each = todo.pop()
        if each in found:
            continue
        found[each] = shared[each]
        todo += [reference.removeprefix("#/definitions/") for reference in _references(shared[each])]
    return found


def _references(value: Any) -> list[str]:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [reference for each in value.values() for reference in _references(each)]
    return [reference for each in value for reference in _references(each)] if isinstance(value, list) else []
