"""Whether anything outside this machine may be asked: `PORTCULLIS_OFFLINE=1` says no.

Then nothing is tried in vain: what the caches hold is used, what they lack is an error, and advisory data that they lack is UNVERIFIED.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from pipeline.errors import UsageError

VARIABLE = "PORTCULLIS_OFFLINE"


def allowed(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the network may be asked. Raises `UsageError` when the variable is neither empty nor 1: a misspelt wish is no permission."""
    value = environment.get(VARIABLE, "")
    if value not in {"", "1"}:
        raise UsageError(f"{VARIABLE}={value!r} is neither 1 nor unset", fix=f"unset {VARIABLE}, or export {VARIABLE}=1")
    return not value
