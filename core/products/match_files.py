"""The files of ``soma match``: a report, a dense map, points as layers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence

import numpy as np

from ..base.errors import BadInput
from ..base.files import check_ending, output_file, write_errors
from ..base.input_files import refuse_overwriting
from ..base.own_files import is_own, refuse_foreign
from ..transform.transform_file import PixelMap, interpolate_map
from .tie_points import TiePointTable, write_gpkg


@dataclass(frozen=True, eq=False)
class MatchAnswer:
    """Outcome of ``match``: the JSON report, and the transform when accepted.

    Args:
        report: see ``match_pair``.
        mov_shape: (height, width) of the moving file.
        mov_to_ref: its pixels to those of the reference's file, None when refused.
        table: the matches, None when refused.
    """

    report: dict[str, Any]
    mov_shape: tuple[int, int]
    mov_to_ref: PixelMap | None = None
    table: TiePointTable | None = None

    def dense(self) -> np.ndarray:
        """Return (height, width, 2) float32, (x, y) in the reference of all pixels.

        Of an accepted pair; see ``interpolate_map``.
        """
        if self.mov_to_ref is None:
            raise ValueError("a refused pair has no dense map")
        return interpolate_map(self.mov_to_ref, self.mov_shape)


def check_match_outputs(
    paths: Sequence[Path],
    inputs: Sequence[str],
    dense: bool = False,
    overwrite: bool = False,
) -> None:
    """Raise ``BadInput`` when matches' files cannot be meant to lie there.

    Files that this program did not write are not replaced, unless ``overwrite``.
    """
    files = list(paths)
    for path in paths:
        if os.path.isdir(path):
            raise BadInput.of("is_folder", path=path)
        if dense and path.suffix == ".npy":
            raise BadInput.of("dense_map_name", path=path)
        files += [path.with_suffix(".npy")] if dense else []
    refuse_overwriting([p for p in inputs if p], files)
    for path in paths:
        check_ending(path, [".json"])
    refuse_foreign(files, overwrite)


def write_match(
    found: MatchAnswer, path: Path, dense: bool = False, overwrite: bool = False
) -> None:
    """Write a match report, and beside it the dense map of an accepted pair.

    Files that others put there while it was matched are kept unless ``overwrite``.
    ``NAME.npy``: float32 (h, w, 2), for every pixel of the moving image the
    (x, y) in the reference. That of an earlier run does not outlive a refusal.
    """
    dense_path = path.with_suffix(".npy")
    refuse_foreign([path, dense_path] if dense else [path], overwrite)
    outdated = dense and found.mov_to_ref is None and is_own(dense_path)
    if dense and found.mov_to_ref is not None:
        with output_file(dense_path) as part, write_errors(dense_path):
            np.save(part, found.dense())
    elif outdated:
        with write_errors(dense_path):
            dense_path.unlink(missing_ok=True)
    with output_file(path) as part, write_errors(path):
        part.write_text(json.dumps(found.report), encoding="utf-8")


def write_match_points(found: MatchAnswer, path: Path) -> None:
    """Write the matches of an accepted pair as layers, if it was accepted."""
    if found.table is not None:
        with output_file(path) as part:
            write_gpkg(found.table, part)
