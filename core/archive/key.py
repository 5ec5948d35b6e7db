"""The key of a pair: the same files and the same questions give the same answer."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from typing import Sequence

from ..base.about import VERSION
from ..base.files import absolute
from ..base.input_files import beside, files_behind, stamps
from ..base.job import Job
from ..base.opening import is_vrt

#: Options that change where and how fast, and not what comes out.
_WITHOUT = ("out", "threads", "device", "language")
#: Letters of a key: 128 bits.
_LETTERS = 32


def key_of(job: Job, only: Sequence[str] = ()) -> str:
    """Return what changes with the pair's files, its options, model and version.

    Files count by path, size and time of change, and so do those that belong to them:
    world files, masks, what a VRT names.
    """
    options = {k: v for k, v in asdict(job).items() if k not in _WITHOUT}
    for name in ("sar", "optical", "sar_mask", "optical_mask", "weights"):
        options[name] = absolute(options[name]) if options[name] else ""
    options["only"] = sorted(only)
    about = {"version": VERSION, "options": options, "files": _files(job)}
    text = json.dumps(about, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_LETTERS]


def _files(job: Job) -> list[tuple[str, int, int]]:
    names = set()
    for path in map(absolute, job.inputs):
        plain = os.path.isfile(path) and not is_vrt(path)
        behind = {path} if plain else files_behind([path])
        names |= behind | set(beside(behind))
    return sorted((name, size, time) for name, (time, size, _) in stamps(names).items())
