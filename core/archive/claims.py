"""Who works on a pair: locks that end with the process that holds them."""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from ..base.errors import BadInput

#: Bytes of the file of locks that stand for pairs. Two pairs at one byte (one chance in
#: 2^31 for any two) are only never worked on at the same time.
_PLACES = 2**31 - 1


class Claims:
    """Locks on bytes of one file, one for each pair, held by this process.

    The system takes them back when the process ends, however it ends. They hold
    between machines where the file lies on a disk that shares locks (NFS 4, Lustre
    mounted with flock, SMB). Within one process they exclude nothing: a process works
    on one pair at a time.
    """

    def __init__(self, path: Path):
        self._path = path

    @contextmanager
    def claim(self, name: str) -> Iterator[bool]:
        """Hold a pair for the time of the block; yields whether it was free."""
        # Any descriptor that is closed drops all locks of a process on POSIX.
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            digest = hashlib.sha256(name.casefold().encode()).digest()
            place = int.from_bytes(digest[:8], "big") % _PLACES
            yield _locked(descriptor, place, self._path)
        finally:
            os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _locked(descriptor: int, place: int, path: Path) -> bool:
        os.lseek(descriptor, place, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _locked(descriptor: int, place: int, path: Path) -> bool:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except (BlockingIOError, PermissionError):
            return False
        except OSError as error:
            why = error.strerror or str(error)
            raise BadInput.of("no_locks", path=path, why=why) from error
        return True
