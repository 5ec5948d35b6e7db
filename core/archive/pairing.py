"""Which SAR image goes with which optical one: by ground, date and cloud."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence

import shapely
from shapely.affinity import scale, translate

from .scenes import Scene
from .table import GEOMETRY

#: Least part of the smaller image that both show; less is a border, and no pair.
MIN_OVERLAP = 0.1
#: Optical images that show at least this share of the most that any adds compete by
#: date: a little more ground is not worth an image of another season.
_ABOUT_AS_MUCH = 0.8
#: Days that count for an image whose date is not known: any known one comes first.
_NO_DATE_DAYS = 1e6
#: Letters of an image's name in that of its pair; two and more stay a file's name.
_NAME_PART = 90
#: What a plan says of a pair beside what is to be done with it.
ABOUT = ("overlap_share", "days_apart", "cloud_percent", "sar_time", "optical_time")
ABOUT = (*ABOUT, "track")


@dataclass(frozen=True)
class Wish:
    """What pairs are wanted.

    Args:
        min_overlap: least part of the smaller image that both show, 0 to 1.
        max_days: most days between both, None for any.
    """

    min_overlap: float = MIN_OVERLAP
    max_days: float | None = None


def pair_scenes(
    sars: Sequence[Scene], opticals: Sequence[Scene], wish: Wish = Wish()
) -> list[dict[str, Any]]:
    """Return the rows of a plan, those of one track together and in order of time.

    Each SAR image goes with the optical one that is nearest in time (then least
    cloudy) of those that show about as much of it as any; with further ones while
    these show ground of it that none before does.
    """
    # One place has many longitudes; each is looked up where either may count it.
    turned = [(o, turns) for o in opticals for turns in (0.0, -360.0, 360.0)]
    shapes = [translate(o.outline, turns) for o, turns in turned]
    tree = shapely.STRtree(shapes)
    rows = []
    for sar in sorted(sars, key=_order):
        near = [int(i) for i in tree.query(sar.outline, predicate="intersects")]
        found = [(turned[i][0], shapes[i]) for i in sorted(near)]
        for optical, common in _covering(sar, found, wish):
            rows.append(_row(sar, optical, common))
    _name(rows)
    return rows


def _order(sar: Scene) -> tuple[Any, ...]:
    track = -1 if sar.track is None else sar.track
    return track, sar.time.timestamp() if sar.time else math.inf, sar.path


def _covering(
    sar: Scene, found: list[tuple[Scene, shapely.Polygon]], wish: Wish
) -> list[tuple[Scene, shapely.Geometry]]:
    """Return optical images that cover a SAR image, and the ground both show."""
    chosen = []
    left = sar.outline
    while found:
        adds = [_area(left & shape) for _, shape in found]
        least = [wish.min_overlap * _least(sar, shape) for _, shape in found]
        most = max(adds)
        rivals = [
            i
            for i, (optical, _) in enumerate(found)
            if adds[i] >= max(least[i], _ABOUT_AS_MUCH * most)
            and adds[i] > 0
            and (wish.max_days is None or _days(sar, optical) <= wish.max_days)
        ]
        if not rivals:
            # One that is too far in time may have been what added most.
            late = [i for i, a in enumerate(adds) if a >= _ABOUT_AS_MUCH * most]
            found = [f for i, f in enumerate(found) if i not in late]
            continue
        best = min(rivals, key=lambda i: _merit(sar, found[i][0], adds[i]))
        optical, shape = found.pop(best)
        chosen.append((optical, sar.outline & shape))
        left = left - shape
    return chosen


def _least(sar: Scene, shape: shapely.Polygon) -> float:
    return min(_area(sar.outline), _area(shape))


def _merit(sar: Scene, optical: Scene, adds: float) -> tuple[float, float, float]:
    cloud = 0.0 if optical.cloud is None else optical.cloud
    return _days(sar, optical), cloud, -adds


def _days(sar: Scene, optical: Scene) -> float:
    if sar.time is None or optical.time is None:
        return _NO_DATE_DAYS
    return abs((sar.time - optical.time).total_seconds()) / 86400.0


def _area(shape: shapely.Geometry) -> float:
    """Return an area in square degrees of the equator, good for comparing."""
    if shape.is_empty:
        return 0.0
    narrow = math.cos(math.radians(shape.centroid.y))
    return float(scale(shape, xfact=max(narrow, 1e-3), origin=(0, 0)).area)


def _row(sar: Scene, optical: Scene, common: shapely.Geometry) -> dict[str, Any]:
    days = _days(sar, optical)
    times = [s.time.isoformat() if s.time else "" for s in (sar, optical)]
    shape = common if common.geom_type == "Polygon" else common.convex_hull
    least = min(_area(sar.outline), _area(optical.outline))
    return {
        "sar": sar.path,
        "optical": optical.path,
        "overlap_share": round(_area(common) / least, 4),
        "days_apart": round(days, 3) if days < _NO_DATE_DAYS else None,
        "cloud_percent": optical.cloud,
        "sar_time": times[0],
        "optical_time": times[1],
        "track": sar.track,
        GEOMETRY: shape,
    }


def _name(rows: list[dict[str, Any]]) -> None:
    """Name pairs by their images, so that they keep their names in a larger plan."""
    for row in rows:
        parts = [Path(row[key]).stem[:_NAME_PART] for key in ("sar", "optical")]
        row["name"] = "__".join(parts)
    counts = Counter(row["name"].casefold() for row in rows)
    for row in rows:
        if counts[row["name"].casefold()] > 1:
            both = f"{row['sar']}\0{row['optical']}".encode()
            row["name"] += f"__{hashlib.sha256(both).hexdigest()[:8]}"
