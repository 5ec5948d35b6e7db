"""Lay the parts of a raster out as a Cloud-optimised GeoTIFF, byte for byte.

The parts (full size, then ever smaller overviews) are BigTIFF files whose
tiles are compressed already; here only directories are rewritten and tiles
copied, so that nothing is compressed twice.
"""

from __future__ import annotations

import errno
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Sequence

import numpy as np

from ..base.feedback import Feedback, check

_NEW_SUBFILE, _TILE_OFFSETS, _TILE_COUNTS = 254, 324, 325
_LONG, _LONG8 = 4, 16
_REDUCED = 1
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_SIZES |= {13: 4, 16: 8, 17: 8, 18: 8}
#: Tags that only the full-size image carries: place, metadata.
_MAIN_ONLY = {33550, 33922, 34264, 34735, 34736, 34737, 42112, 50844}
_CLASSIC_LIMIT = 2**32 - 2**16


@dataclass(frozen=True)
class _Entry:
    kind: int
    count: int
    value: bytes


@dataclass(frozen=True)
class _Image:
    """One directory of one file, and where its tiles are."""

    path: Path
    tags: dict[int, _Entry]
    offsets: np.ndarray
    counts: np.ndarray


#: What a part holds beside its tiles and their index, at most, if all went well.
_INDEX_BYTES = 4096


def lay_out(parts: Sequence[Path], out: Path, feedback: Feedback) -> None:
    """Write ``out`` from its parts: directories first, smallest overview next.

    Memory holds one tile and the tile index. BigTIFF only beyond 4 GiB.

    Args:
        parts: little-endian BigTIFF files from full size to smallest, each
            with one image and at most one mask; the georeference and the
            metadata of the first one are kept.
        out: file to write.
        feedback: progress of the copy, and cancel.

    Raises:
        OSError: a part is incomplete, which happens when the disk is full.
        Cancelled: the user stopped.
    """
    images = [image for part in parts for image in _read_images(part, part != parts[0])]
    total = sum(int(image.counts.sum()) for image in images)
    index = sum(24 * len(image.counts) for image in images)
    big = total + index + 2**20 > _CLASSIC_LIMIT
    starts, after = _directory_starts(images, big)
    places = _place_tiles(images, after)
    with out.open("wb") as sink:
        sink.write(_header(starts[0], big))
        for i, image in enumerate(images):
            following = starts[i + 1] if i + 1 < len(images) else 0
            sink.write(b"\0" * (starts[i] - sink.tell()))
            sink.write(_directory(image, places[i], starts[i], following, big))
        sink.write(b"\0" * (after - sink.tell()))
        _copy_tiles(images, sink, total, feedback)


def _read_images(path: Path, reduced: bool) -> list[_Image]:
    try:
        images = _parse(path, reduced)
    except struct.error as error:
        raise _incomplete(path) from error
    # GDAL closes a file without a word when its last tiles found no room: they
    # are missing, lie beyond its end, or were given up half-written.
    size = path.stat().st_size
    used = _INDEX_BYTES
    for image in images:
        beyond = int((image.offsets + image.counts).max(initial=0)) > size
        if beyond or not image.counts.all():
            raise _incomplete(path)
        used += int(image.counts.sum()) + 24 * len(image.counts)
    if size > used and not all(_is_sound(image) for image in images):
        raise _incomplete(path)
    return images


def _is_sound(image: _Image) -> bool:
    """Return whether all tiles of an image can be unpacked."""
    with image.path.open("rb") as file:
        for offset, count in zip(
            image.offsets.tolist(), image.counts.tolist(), strict=True
        ):
            file.seek(offset)
            try:
                zlib.decompress(file.read(count))
            except zlib.error:
                return False
    return True


def _parse(path: Path, reduced: bool) -> list[_Image]:
    images = []
    with path.open("rb") as file:
        magic, version, _, _, at = struct.unpack("<2sHHHQ", file.read(16))
        if magic != b"II" or version != 43:
            raise ValueError(f"{path} is not a little-endian BigTIFF file")
        while at:
            tags, at = _read_directory(file, at)
            images.append(_to_image(path, tags, reduced))
    return images


def _incomplete(path: Path) -> OSError:
    return OSError(errno.ENOSPC, "the file is incomplete", str(path))


def _read_directory(file: BinaryIO, at: int) -> tuple[dict[int, _Entry], int]:
    file.seek(at)
    (count,) = struct.unpack("<Q", file.read(8))
    raw = file.read(20 * count + 8)
    if len(raw) < 20 * count + 8:
        raise _incomplete(Path(file.name))
    tags = {}
    for i in range(count):
        tag, kind, n = struct.unpack_from("<HHQ", raw, 20 * i)
        size = n * _SIZES[kind]
        value = raw[20 * i + 12 : 20 * i + 20]
        if size > 8:
            file.seek(struct.unpack("<Q", value)[0])
            value = file.read(size)
        tags[tag] = _Entry(kind, n, value[:size])
    return tags, struct.unpack_from("<Q", raw, 20 * count)[0]


def _to_image(path: Path, tags: dict[int, _Entry], reduced: bool) -> _Image:
    offsets, counts = (_integers(tags[t]) for t in (_TILE_OFFSETS, _TILE_COUNTS))
    if reduced:
        tags = {tag: entry for tag, entry in tags.items() if tag not in _MAIN_ONLY}
        kind = _integers(tags[_NEW_SUBFILE])[0] if _NEW_SUBFILE in tags else 0
        value = struct.pack("<I", int(kind) | _REDUCED)
        tags[_NEW_SUBFILE] = _Entry(_LONG, 1, value)
    return _Image(path, tags, offsets, counts)


def _integers(entry: _Entry) -> np.ndarray:
    dtype = {2: "<u2", 4: "<u4", 8: "<u8"}[_SIZES[entry.kind]]
    return np.frombuffer(entry.value, dtype, entry.count).astype(np.int64)


def _header(first: int, big: bool) -> bytes:
    if big:
        return struct.pack("<2sHHHQ", b"II", 43, 8, 0, first)
    return struct.pack("<2sHI", b"II", 42, first)


def _entries(image: _Image, places: np.ndarray, big: bool) -> dict[int, _Entry]:
    kind, dtype = (_LONG8, "<u8") if big else (_LONG, "<u4")
    n = len(places)
    return image.tags | {
        _TILE_OFFSETS: _Entry(kind, n, places.astype(dtype).tobytes()),
        _TILE_COUNTS: _Entry(_LONG, n, image.counts.astype("<u4").tobytes()),
    }


def _directory_starts(images: Sequence[_Image], big: bool) -> tuple[list[int], int]:
    """Return the position of every directory, and the first free one after them."""
    at = 16 if big else 8
    starts = []
    for image in images:
        starts.append(at)
        at += len(_directory(image, image.offsets * 0, at, 0, big))
        at += -at % 16
    return starts, at


def _directory(
    image: _Image, places: np.ndarray, start: int, following: int, big: bool
) -> bytes:
    """Return one directory with the values that do not fit into its entries."""
    entries = _entries(image, places, big)
    inline = 8 if big else 4
    head, pointer, number = ("<Q", "<Q", "<HHQ") if big else ("<H", "<I", "<HHI")
    body = (
        struct.calcsize(head)
        + len(entries) * (struct.calcsize(number) + inline)
        + inline
    )
    table, extra = [struct.pack(head, len(entries))], []
    at = start + body
    for tag, entry in sorted(entries.items()):
        table.append(struct.pack(number, tag, entry.kind, entry.count))
        if len(entry.value) <= inline:
            table.append(entry.value.ljust(inline, b"\0"))
            continue
        padding = b"\0" * (-at % 8)
        table.append(struct.pack(pointer, at + len(padding)))
        extra.append(padding + entry.value)
        at += len(extra[-1])
    table.append(struct.pack(pointer, following))
    return b"".join(table + extra)


def _place_tiles(images: Sequence[_Image], start: int) -> list[np.ndarray]:
    """Return the tiles' new positions: smallest image first, full size last."""
    places: list[np.ndarray] = []
    for image in reversed(images):
        ends = start + np.cumsum(image.counts)
        places.insert(0, np.where(image.counts > 0, ends - image.counts, 0))
        start = int(ends[-1])
    return places


def _copy_tiles(
    images: Sequence[_Image], sink: BinaryIO, total: int, feedback: Feedback
) -> None:
    done = 0
    for image in reversed(images):
        with image.path.open("rb") as file:
            for offset, count in zip(
                image.offsets.tolist(), image.counts.tolist(), strict=True
            ):
                check(feedback)
                file.seek(offset)
                sink.write(file.read(count))
                done += count
                feedback.setProgress(100.0 * done / max(total, 1))
