"""What a run leaves for people: a CSV, TensorBoard if there is one, and a PNG."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

PANEL_WH = (420, 240)


class Meter:
    """Averages the figures of the steps between two log lines."""

    def __init__(self):
        self._since = time.monotonic()
        self._forget()

    def _forget(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._rmse: list[Tensor] = []
        self._steps = self._samples = 0

    def restart(self) -> None:
        """Leave what was done since the last line out of the speed."""
        self._since = time.monotonic()

    def add(self, terms: dict[str, Tensor], rmse: Tensor, samples: int) -> None:
        """Add one step: its loss terms, its pairs' RMSE in px, its batch size.

        Nothing is read before ``read``: a GPU would have to wait for it.
        """
        for name, value in terms.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._rmse.append(rmse)
        self._steps += 1
        self._samples += samples

    def read(self) -> dict[str, float]:
        """Return the averages and begin anew."""
        now = time.monotonic()
        figures = {n: float(value) / self._steps for n, value in self._sums.items()}
        rmse = torch.cat(self._rmse)
        if len(rmse):
            for limit in (1, 3, 5):
                figures[f"cmr@{limit}"] = float((rmse < limit).float().mean())
            figures["median_px"] = float(rmse.median())
        figures["samples_per_s"] = self._samples / max(now - self._since, 1e-9)
        self._since = now
        self._forget()
        return figures


class Curves:
    """Appends rows of figures; forgets those after ``step`` when a run resumes.

    Args:
        folder: where ``NAME.csv`` and TensorBoard files go.
        name: of the CSV file, without its ending.
        step: the last step that is kept.
    """

    def __init__(self, folder: Path, name: str, step: int):
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{name}.csv"
        self.rows: list[dict[str, float]] = []
        if self.path.exists():
            with open(self.path, newline="", encoding="utf-8") as file:
                rows = [
                    {key: float(value) for key, value in row.items() if value}
                    for row in csv.DictReader(file)
                ]
            self.rows = [row for row in rows if row["step"] <= step]
        self._name, self._board = name, _board(folder)

    def add(self, step: int, figures: dict[str, float]) -> None:
        """Add one row and write the file anew."""
        self.rows.append({"step": step, **figures})
        names = list(dict.fromkeys(key for row in self.rows for key in row))
        draft = self.path.with_suffix(".tmp")
        with open(draft, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(
                {k: f"{v:.6g}" for k, v in row.items()} for row in self.rows
            )
        draft.replace(self.path)
        if self._board is not None:
            for key, value in figures.items():
                self._board.add_scalar(f"{self._name}/{key}", value, step)
            self._board.flush()


def _board(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:  # TensorBoard is a comfort, not a need
        return None
    return SummaryWriter(str(folder / "board"))


def plot(curves: Curves, path: Path) -> None:
    """Draw every figure of a run over its steps into one PNG."""
    names = [n for n in dict.fromkeys(k for r in curves.rows for k in r) if n != "step"]
    panels = [_panel(curves.rows, name) for name in names]
    columns = 3
    blank = np.full((PANEL_WH[1], PANEL_WH[0], 3), 255, np.uint8)
    panels += [blank] * (-len(panels) % columns)
    if panels:
        rows = [
            np.hstack(panels[i : i + columns]) for i in range(0, len(panels), columns)
        ]
        cv2.imwrite(str(path), np.vstack(rows))


def _panel(rows: list[dict[str, float]], name: str) -> np.ndarray:
    width, height = PANEL_WH
    image = np.full((height, width, 3), 255, np.uint8)
    points = np.array([(r["step"], r[name]) for r in rows if name in r])
    low, high = np.percentile(points[:, 1], [0, 98])
    span = max(float(high - low), 1e-9)
    last = max(float(points[-1, 0]), 1.0)
    x = 12 + points[:, 0] / last * (width - 24)
    y = height - 14 - np.clip((points[:, 1] - low) / span, 0, 1) * (height - 50)
    line = np.stack([x, y], axis=1).round().astype(np.int32)
    cv2.polylines(image, [line], False, (160, 80, 20), 1, cv2.LINE_AA)
    text = f"{name}: {points[-1, 1]:.4g}  ({low:.3g} to {high:.3g})"
    cv2.putText(
        image, text, (12, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA
    )
    return image
