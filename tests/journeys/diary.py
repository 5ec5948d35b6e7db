"""The diary of a journey: a picture and a line for each step."""

import json
import re
import shutil
from pathlib import Path

from screen import Screen


class Diary:
    """Pictures and ``steps.jsonl`` in a folder, which begins empty.

    Args:
        folder: where.
        screen: of which pictures are taken.
    """

    def __init__(self, folder: Path, screen: Screen):
        self.folder, self.screen = folder, screen
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def picture(self, name: str) -> str:
        """Take a picture of the screen; returns the name of its file."""
        number = len(list(self.folder.glob("*.png"))) + 1
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        path = self.folder / f"{number:02}-{slug}.png"
        self.screen.picture(str(path))
        return path.name

    def write(self, **values) -> None:
        """Add a line."""
        with open(self.folder / "steps.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(values, ensure_ascii=False) + "\n")
