"""Pairs that stay open between requests, so that a click need not open files."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rasterio

from ..base.feedback import SILENT, Feedback
from ..base.job import Job
from ..raster.pair import RasterPair, open_pair

#: Fields of a job that decide how its pair is opened.
_OPENING = (
    "sar",
    "optical",
    "moving",
    "sar_bands",
    "optical_bands",
    "aoi",
    "aoi_crs",
    "sar_nodata",
    "optical_nodata",
    "sar_mask",
    "optical_mask",
)


@dataclass(frozen=True)
class _Opened:
    pair: RasterPair
    stack: ExitStack


class OpenPairs:
    """The pairs used last; for one thread. Files that changed are opened again.

    Args:
        most: pairs that are kept, the one used longest ago is closed.
    """

    def __init__(self, most: int = 2):
        self._most = most
        self._opened: OrderedDict[tuple[Any, ...], _Opened] = OrderedDict()
        self._environment: ExitStack | None = None

    def __len__(self) -> int:
        return len(self._opened)

    def get(self, job: Job, feedback: Feedback = SILENT) -> RasterPair:
        """Return the open pair of a job; raises what ``open_pair`` raises."""
        key = _key(job)
        if key not in self._opened:
            self._enter_environment()
            with ExitStack() as stack:
                pair = stack.enter_context(open_pair(job, feedback))
                self._opened[key] = _Opened(pair, stack.pop_all())
        self._opened.move_to_end(key)
        while len(self._opened) > self._most:
            self._opened.popitem(last=False)[1].stack.close()
        return self._opened[key].pair

    def close(self) -> None:
        """Close all files."""
        while self._opened:
            self._opened.popitem()[1].stack.close()
        if self._environment is not None:
            self._environment.close()
            self._environment = None

    def _enter_environment(self) -> None:
        # Pairs are closed in any order, which GDAL environments only stand
        # inside of another one.
        if self._environment is None:
            self._environment = ExitStack()
            self._environment.enter_context(rasterio.Env())


def _key(job: Job) -> tuple[Any, ...]:
    values = [getattr(job, name) for name in _OPENING]
    paths = (job.sar, job.optical, job.sar_mask, job.optical_mask)
    return (*values, *(_stamp(path) for path in paths))


def _stamp(path: str) -> tuple[int, int] | None:
    """Return what changes when a file does; None for names that are no files."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
