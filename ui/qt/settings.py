"""What is remembered between sessions: one dataclass, stored in QgsSettings."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from qgis.core import QgsSettings

PREFIX = "soma/"


@dataclass(frozen=True)
class Settings:
    """Choices of the user; layers are not among them.

    Args:
        engine_python: Python of the engine, "" to look for it.
        moving: which of the two is warped, "sar" or "optical".
        model: name of a matcher, or "auto".
        device: "auto", "cpu", "cuda", "mps".
        transform: kind of transform, or "auto".
        search: "auto", "near" or "any".
        max_shift: largest shift to expect, 0 for automatic.
        max_shift_unit: "px" of the working grid, or "m".
        working_gsd: size in metres of the pixels that are matched, 0 for automatic.
        effort: "quick", "normal" or "thorough".
        grid: "reference", "own" or "size".
        pixel_size: used by the grid "size", in units of the reference's CRS.
        resampling: how pixels are interpolated.
        out_folder: where runs make their folders, "" for beside the SAR file.
        load_comparison: add the checkerboard and the quality raster as well.
        force: accept a registration that improves nothing.
        method_collapsed: state of the method group.
        output_collapsed: state of the output group.
    """

    engine_python: str = ""
    moving: str = "sar"
    model: str = "auto"
    device: str = "auto"
    transform: str = "auto"
    search: str = "auto"
    max_shift: float = 0.0
    max_shift_unit: str = "px"
    working_gsd: float = 0.0
    effort: str = "normal"
    grid: str = "reference"
    pixel_size: float = 10.0
    resampling: str = "cubic"
    out_folder: str = ""
    load_comparison: bool = True
    force: bool = False
    method_collapsed: bool = True
    output_collapsed: bool = True


def load() -> Settings:
    """Return what is stored, with defaults for the rest."""
    store, default = QgsSettings(), Settings()
    values: dict[str, Any] = {}
    for item in fields(Settings):
        initial = getattr(default, item.name)
        values[item.name] = store.value(PREFIX + item.name, initial, type=type(initial))
    return Settings(**values)


def save(settings: Settings) -> None:
    """Store all choices; where none is new, nothing waits for the disk."""
    known = load()
    store = QgsSettings()
    for item in fields(Settings):
        value = getattr(settings, item.name)
        if value != getattr(known, item.name):
            store.setValue(PREFIX + item.name, value)


def remember(settings: Settings) -> None:
    """Store the choices of a form, which knows nothing of the engine's Python."""
    save(replace(settings, engine_python=load().engine_python))


def dock_was_open() -> bool:
    """Return whether the dock was open when QGIS was closed."""
    return QgsSettings().value(PREFIX + "dock_open", False, type=bool)


def note_dock(is_open: bool) -> None:
    """Store whether the dock is open."""
    if is_open != dock_was_open():
        QgsSettings().setValue(PREFIX + "dock_open", is_open)


def update(**values: Any) -> Settings:
    """Change and store some choices; returns all of them."""
    changed = replace(load(), **values)
    save(changed)
    return changed
