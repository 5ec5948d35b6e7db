"""Compare any two layers live on the canvas."""

from __future__ import annotations

from .inspector import Inspector
from .panel import InspectPanel

__all__ = ["InspectPanel", "Inspector"]
