"""Hypothesis measures no time: on a shared machine a slow example is no fault of the code.

Fifty examples each, new ones on every run: the fast suite stays below a minute, and a property is tried by every run of everybody.
"""

from hypothesis import settings

settings.register_profile("shared-machine", deadline=None, max_examples=50)
settings.load_profile("shared-machine")
