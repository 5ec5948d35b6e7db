"""Versions of what the engine runs on, for diagnostics."""

from __future__ import annotations

import importlib.metadata
import platform
from typing import Any

#: OpenCV as pip knows it.
_OPENCV = "opencv-python-headless"


def environment() -> dict[str, Any]:
    """Return versions of Python and of the packages that matter, for diagnostics."""
    names = (
        "numpy",
        "scipy",
        "rasterio",
        _OPENCV,
        "pyproj",
        "pyogrio",
        "torch",
    )
    found: dict[str, Any] = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = ""
    found[_OPENCV] = found[_OPENCV] or _opencv_version()
    return found


def _opencv_version() -> str:
    """Return the version that OpenCV tells itself, "" without one.

    Packages of Linux distributions and hand-made builds have no metadata for Python.
    """
    try:
        import cv2
    except ImportError:
        return ""
    return str(cv2.__version__)
