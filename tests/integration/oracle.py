"""What the service has to answer, by other code than its own: the pipeline asks it about every text of its own choice."""

import hashlib


def answer(text: str) -> str:
    """The lower-case SHA-1 digest of a text."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
