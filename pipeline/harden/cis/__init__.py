"""The CIS Kubernetes Benchmark 1.11 by its own numbers, in our words, and after it what this cluster asks of itself beyond it.

The benchmark's text belongs to the Center for Internet Security (https://www.cisecurity.org/benchmark/kubernetes); nothing of it is copied.
"""

from pipeline.harden.checks import Control
from pipeline.harden.cis import control_plane, node, own, policies

CONTROLS: tuple[Control, ...] = (*control_plane.CONTROLS, *node.CONTROLS, *policies.CONTROLS, *own.CONTROLS)
