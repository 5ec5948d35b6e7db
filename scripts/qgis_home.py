"""Where QGIS is, a profile of its own for ``./run``, and the link into the user's."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAME = "soma"
#: In a folder with profiles: where the first profile keeps its plugins.
PLUGINS = Path("profiles") / "default" / "python" / "plugins"
#: A profile that shows the plugin and no news, in the form of QGIS's settings.
SETTINGS = (
    f"[PythonPlugins]\n{NAME}=true\n[qgis]\ncheckVersion=false\n"
    "[news-feed]\nhttpsfeedqgisorg\\disabled=true\n"
)


def has_display() -> bool:
    """Return whether a window can be opened."""
    names = ("DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform == "darwin" or any(os.environ.get(name) for name in names)


def program(name: str) -> str:
    """Return the path of ``qgis`` or ``qgis_process``, "" where it is missing."""
    # Debian's wrapper may add options that qgis_process itself refuses.
    names = [name] if name == "qgis" else [f"{name}.bin", name]
    found = [shutil.which(each) for each in names]
    if sys.platform == "darwin":
        for app in sorted(Path("/Applications").glob("QGIS*.app"), reverse=True):
            inside = app / "Contents" / "MacOS"
            places = [inside / "QGIS"] if name == "qgis" else [inside / "bin" / name]
            found += [str(place) for place in places if place.exists()]
    return next((path for path in found if path), "")


def own_profile() -> Path:
    """Return a folder with one profile in which the plugin is active.

    It is ``.qgis`` of this folder, or what SOMA_QGIS_HOME names. What the user
    changes there stays.
    """
    home = Path(os.environ.get("SOMA_QGIS_HOME") or ROOT / ".qgis")
    (home / PLUGINS).mkdir(parents=True, exist_ok=True)
    _link(home / PLUGINS / NAME)
    folder = home / "profiles" / "default" / "QGIS"
    folder.mkdir(exist_ok=True)
    for version in (3, 4):
        settings = folder / f"QGIS{version}.ini"
        if not settings.exists():
            settings.write_text(SETTINGS, encoding="utf-8")
    return home


def install() -> int:
    """Link the plugin into the user's own profile; returns the exit code."""
    places = [base / PLUGINS / NAME for base in user_folders()]
    taken = [place for place in places if _is_taken(place)]
    for place in taken:
        what = f"a link to {os.readlink(place)}" if place.is_symlink() else "a folder"
        say(f"{place} is {what} already, so nothing was changed.")
        say("Uninstall that plugin in QGIS, or remove it by hand, then try again.")
    if taken:
        return 2
    for place in places:
        if place.is_symlink():
            say(f"The plugin is linked already: {place}")
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        _link(place)
        say(f"Linked the plugin: {place} -> {ROOT}")
    say(
        "Restart QGIS, then tick SOMA Registration under Plugins > Manage and Install "
        "Plugins > Installed. To uninstall, remove the link."
    )
    return 0


def user_folders() -> list[Path]:
    """Return the user's folders with profiles: of QGIS 3, and of 4 where it is."""
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    folders = [base / "QGIS" / f"QGIS{version}" for version in (3, 4)]
    there = [folder for folder in folders if folder.is_dir()]
    return there or folders[:1]


def say(text: str) -> None:
    """Write one line for the user."""
    sys.stderr.write(text + "\n")


def _is_taken(place: Path) -> bool:
    return os.path.lexists(place) and place.resolve() != ROOT


def _link(place: Path) -> None:
    """Let a name lead to this folder."""
    if place.is_symlink():
        place.unlink()
    place.symlink_to(ROOT, target_is_directory=True)
