"""What this machine's processor is called by Debian, Go and container images."""

from __future__ import annotations

import platform

_NAMES = {"x86_64": "amd64", "aarch64": "arm64"}


def own() -> str:
    """The name, or what the system says where there is none."""
    return _NAMES.get(platform.machine(), platform.machine())
