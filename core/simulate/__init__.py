"""Simulated SAR-optical pairs with exactly known misalignment."""

from __future__ import annotations

from .canvas import Cover
from .pair import OpticalFormat, SarFormat, simulate_pair
from .radar import Look
from .scene import Scene, default_look, simulate_arrays, simulate_scene
from .truth import Misalign, Truth

__all__ = [
    "Cover",
    "Look",
    "Misalign",
    "OpticalFormat",
    "SarFormat",
    "Scene",
    "Truth",
    "default_look",
    "simulate_arrays",
    "simulate_pair",
    "simulate_scene",
]
