"""AROSICS as a row of the tables, through a process of its own environment."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from ...core.base.errors import ModelUnavailable
from ...core.base.types import Search
from .estimate import Estimate, fit_affine, grey

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-arosics" / "bin" / "python"


class Arosics:
    """AROSICS' local mode and an affine through its points, else its shift.

    The method knows the search radius and nothing else. Raises
    ModelUnavailable when its environment is not there.
    """

    def __init__(self):
        if not PYTHON.exists():
            raise ModelUnavailable(
                f"{PYTHON} is absent: run scripts/setup-arosics.sh first."
            )
        self._folder = tempfile.TemporaryDirectory(prefix="arosics-")
        self._worker = subprocess.Popen(
            [PYTHON, Path(__file__).with_name("arosics_worker.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __call__(
        self, ref: np.ndarray, mov: np.ndarray, search: Search, dense: bool
    ) -> Estimate:
        """Align one pair; see ``methods.Method``."""
        path = Path(self._folder.name) / "pair.npz"
        np.savez(path, ref=grey(ref), mov=mov)
        shift = int(np.ceil(search.shift_px))
        answer = self._ask({"file": str(path), "max_shift_px": shift})
        figures = {
            "worker_peak_mib": answer["peak_mib"],
            "worker_cpu_seconds": answer["cpu_seconds"],
        }
        if answer["reason"]:
            return Estimate(reason=answer["reason"], figures=figures)
        mov_xy, ref_xy = (np.array(answer[key]) for key in ("mov_xy", "ref_xy"))
        if len(mov_xy) >= 4:
            return fit_affine(mov_xy, ref_xy, figures)
        matrix = np.eye(3)
        matrix[:2, 2] = (ref_xy - mov_xy)[0]
        return Estimate(matrix, figures={**figures, "shift_only": True})

    def _ask(self, request: dict) -> dict:
        self._worker.stdin.write(json.dumps(request) + "\n")
        self._worker.stdin.flush()
        line = self._worker.stdout.readline()
        if not line:
            raise ModelUnavailable(
                f"The AROSICS process ended with code {self._worker.wait()}; "
                "delete .venv-arosics and run scripts/setup-arosics.sh again."
            )
        return json.loads(line)
