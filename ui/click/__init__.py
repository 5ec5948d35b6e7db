"""Click to register: map tool, control points, live fit, preview and apply."""

from __future__ import annotations

from .panel import ClickPanel
from .tool import ClickTool

__all__ = ["ClickPanel", "ClickTool"]
