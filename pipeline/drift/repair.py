"""The part of a deployment that repairs drift: Terraform is told what is really there, and what belongs to nobody is removed."""

from __future__ import annotations

import logging

from pipeline.cluster import access
from pipeline.drift import fields, strangers
from pipeline.terraform import Module

log = logging.getLogger(__name__)


def prepare(module: Module) -> list[str]:
    """Name every deviation, one a line, and make the module's next plan repair it. Call it under the deployment's lock, after `init`."""
    place, lines = module.place, []
    for each in fields.changed(place, module.overlay):
        fields.tell(place, module.kubeconfig, each)
        lines += each.lines
    ours = module.known() | {fields.key(each) for each in fields.rendered(place, module.overlay)}
    for namespace in strangers.existing(place, [access.namespace(place)]):
        for stranger in strangers.find(place, namespace, ours):
            strangers.remove(place, namespace, stranger)
            lines.append(f"{stranger}: removed")
    for line in lines:
        log.info("drift: %s", line)
    return lines
