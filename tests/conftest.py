"""Hypothesis measures no time: on a shared machine a slow example is no fault of the code."""

from hypothesis import settings

settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")
