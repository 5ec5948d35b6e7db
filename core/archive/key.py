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
from .remote import Stamps, is_remote

#: Options that change where and how fast, and not what comes out.
_WITHOUT = ("out", "threads", "device", "language")
#: Letters of a key: 128 bits.
_LETTERS = 32


def key_of(
    job: Job,
    only: Sequence[str] = (),
    store: str = "",
    elsewhere: Stamps | None = None,
) -> str:
    """Return what changes with the pair's files, its options, model and version.

    Files count by path, size and time of change, and so do those that belong to them:
    world files, masks, what a VRT names. Those in a store count by size and ETag.

    Args:
        job: what is asked for.
        only: roles of the files that are wanted, all if none are given.
        store: URL to which they are copied, "" for none.
        elsewhere: what stores said of files, asked anew if not given.
    """
    options = {k: v for k, v in asdict(job).items() if k not in _WITHOUT}
    for name in ("sar", "optical", "sar_mask", "optical_mask", "weights"):
        options[name] = absolute(options[name]) if options[name] else ""
    options |= {"only": sorted(only), "store": store}
    about = {
        "version": VERSION,
        "options": options,
        "files": _files(job, elsewhere or Stamps()),
    }
    text = json.dumps(about, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_LETTERS]


def _files(job: Job, elsewhere: Stamps) -> list[tuple[str, int, int | str]]:
    names, remote = set(), []
    for path in map(absolute, job.inputs):
        if is_remote(path):
            remote.append((path, *elsewhere.of(path)))
            continue
        plain = os.path.isfile(path) and not is_vrt(path)
        behind = {path} if plain else files_behind([path])
        names |= behind | set(beside(behind))
    known = stamps(names).items()
    local = [(name, size, time) for name, (time, size, _) in known]
    return [*sorted(local), *sorted(remote)]
