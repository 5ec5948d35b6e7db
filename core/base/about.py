"""Title and version, read from metadata.txt: the only place that states them."""

from __future__ import annotations

import configparser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def metadata(key: str) -> str:
    """Return one value of the plugin's metadata.txt."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "metadata.txt", encoding="utf-8")
    return parser["general"][key]


VERSION = metadata("version")
TITLE = metadata("name")
