"""Register many pairs into one folder, as ``soma archive`` does, for windows."""

from __future__ import annotations

from typing import Any, Iterator

from ..archive.folder import INDEX, TABLES, ArchiveFolder
from ..archive.order import order_from
from ..archive.pairing import ABOUT, pair_scenes
from ..archive.plan import PAIR
from ..archive.scenes import Scene, scene_of, scenes_in, sort_out
from ..archive.table_writer import write_rows
from ..archive.work import work
from ..base.errors import BadInput, error_dict
from ..base.feedback import Feedback, Part

#: Share of the progress, in percent, that looking through the images takes.
_LOOKING = 5.0
#: The plan that is made of images, below ``.soma-archive``.
_PLAN = "images.csv"


def register_many(values: dict[str, Any], feedback: Feedback) -> dict[str, Any]:
    """Do what is left of a plan, or of the pairs that images make.

    Args:
        values: ``out`` is the folder; ``plan`` a table, or "" where ``sars`` and
            ``opticals`` are folders or lists of files; ``options`` those of ``soma
            archive run`` by name, true for those without value.
        feedback: progress and cancel.

    Returns:
        ``counts``, the first ``failed`` pair with why, images that were ``left_out``
        with why, the ``plan``, the ``table`` of all pairs and the ``index`` page.
    """
    folder = ArchiveFolder(values["out"])
    left_out: list[dict[str, Any]] = []
    plan = values.get("plan", "")
    if not plan:
        folder.make()
        plan = str(folder.state / _PLAN)
        left_out = _write_plan(plan, values, Part(feedback, 0.0, _LOOKING))
    order = order_from(plan, str(folder.path), values.get("options", {}))
    tally = work(order, Part(feedback, _LOOKING, 100.0))
    name, why = tally.first or ("", {})
    return {
        "counts": tally.by_name(),
        "failed": {"name": name, "message": dict(why)},
        "left_out": left_out,
        "plan": plan,
        "table": str(folder.path / TABLES[0]),
        "index": str(folder.path / INDEX),
    }


def _write_plan(
    path: str, values: dict[str, Any], feedback: Feedback
) -> list[dict[str, Any]]:
    """Pair images and write them as a plan; returns why some were left out."""
    sars, bad_sars = sort_out(_scenes(values["sars"]), feedback)
    opticals, bad_opticals = sort_out(_scenes(values["opticals"]), feedback)
    rows = pair_scenes(sars, opticals)
    if not rows:
        raise BadInput.of("plan_empty", sars=len(sars), opticals=len(opticals))
    write_rows(path, rows, [*PAIR, *ABOUT])
    return [error_dict(error) for error in (*bad_sars, *bad_opticals)]


def _scenes(place: str | list[str]) -> Iterator[Scene | BadInput]:
    if isinstance(place, str):
        yield from scenes_in(place)
        return
    for path in place:
        try:
            yield scene_of(path)
        except BadInput as error:
            yield error
