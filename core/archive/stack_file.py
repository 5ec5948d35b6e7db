"""What an archive keeps of its stacks; above all the decision of one image, as a file.

Workers read the file of the pair that they place.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

from ..api import Placed
from ..base.files import output_file
from ..base.grid import Grid
from ..base.types import finite
from ..transform.kinds import from_dict
from ..transform.transform_file import Registration
from .folder import ArchiveFolder

#: What comes before the adjustment, each an archive of its own, and how it is told.
STEPS = {"singles": "Registering dates", "links": "Matching dates together"}


def state_folder(folder: ArchiveFolder, name: str) -> Path:
    """Return where an archive keeps what its stacks need."""
    return folder.state / "stacks" / name


@dataclass(frozen=True)
class Decision:
    """What becomes of an image.

    Args:
        about: what is said of it: ``how`` ("adjusted", "placed", "overruled", "alone"),
            ``message`` as code and values, and figures of its stack.
        placed: where it belongs; None where it is registered by itself.
    """

    about: dict[str, Any]
    placed: Placed | None = None


def write_decision(path: Path, decision: Decision) -> None:
    """Write a decision, complete or not at all."""
    values: dict[str, Any] = {"about": decision.about}
    placed = decision.placed
    if placed is not None:
        found = placed.registration
        values |= {
            "working": found.working.to_dict(),
            "transform": found.mov_to_ref.to_dict(),
            "model": placed.model,
            "message": placed.message,
            "reason": placed.reason,
            "expected_error_m": placed.expected_error_m,
            "quality": placed.quality,
            "notes": list(placed.notes),
            "matches": placed.matches,
        }
    with output_file(path) as part:
        part.write_text(json.dumps(finite(values), allow_nan=False), encoding="utf-8")


def read_decision(path: str) -> Decision:
    """Return a decision as it was written."""
    values: Mapping[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    if "transform" not in values:
        return Decision(values["about"])
    grid = Grid.from_dict(values["working"])
    found = from_dict(values["transform"])
    placed = Placed(
        Registration(grid, found, grid, grid, values["model"]),
        values["model"],
        values["message"],
        values["reason"],
        values["expected_error_m"],
        values["quality"],
        tuple(values["notes"]),
        values["matches"],
    )
    return Decision(values["about"], placed)
