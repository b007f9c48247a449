"""Which trace a request belongs to: that of the W3C header `traceparent`, or one of its own.

https://www.w3.org/TR/trace-context/, version 00.
"""

import os
import re
from collections.abc import Iterable

_PARENT = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The 32 hex digits of the caller's trace, or new ones when no header, several, or a bad one names it."""
    named = [value for name, value in headers if name == b"traceparent"]
    found = _PARENT.fullmatch(named[0]) if len(named) == 1 else None
    return found[1].decode() if found else os.urandom(16).hex()
