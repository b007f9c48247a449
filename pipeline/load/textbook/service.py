"""The service as a tutorial would write it."""

import hashlib

from flask import Flask

application = Flask(__name__)


@application.get("/hash/<path:text>")
def digest(text: str) -> str:
    """Answer the SHA-1 of a text."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


@application.get("/readyz")
def ready() -> str:
    """Answer the probe."""
    return "ready\n"
