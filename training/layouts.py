"""Find the pairs of public SAR-optical datasets by their folder layouts."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from ..core.base.errors import BadInput

IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")


@dataclass(frozen=True)
class PairFile:
    """Two files that show the same ground.

    Args:
        sar: path of the SAR image.
        optical: path of the optical image, co-registered and of the same size.
        source: name of the collection.
        place: scene or region, what a split must keep together; "" if unknown.
    """

    sar: Path
    optical: Path
    source: str
    place: str = ""


def read_pairs_csv(path: Path) -> list[PairFile]:
    """Read a table with the columns sar, optical, source.

    Paths are relative to the folder that holds the table's folder, as in
    ``data/train/pairs.csv`` with rows ``train/sar/...``, else to the table.
    """
    path = Path(path)
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"sar", "optical", "source"} <= set(rows[0]):
        raise BadInput(f"{path} needs rows with the columns sar, optical and source.")
    pairs = []
    for row in rows:
        root = path.parent if (path.parent / row["sar"]).exists() else path.parents[1]
        pairs.append(PairFile(root / row["sar"], root / row["optical"], row["source"]))
    return _existing(pairs, path)


def sen12(folder: Path) -> list[PairFile]:
    """SEN1-2: ``ROIs1970_fall/s1_13/..._s1_13_p5.png`` beside ``s2_13/..._s2_...``.

    One place is one region-of-interest number of one season.
    """
    pairs = []
    for sar in _images(folder, "s1_*"):
        scene = sar.parent.name.removeprefix("s1_")
        optical = sar.parents[1] / f"s2_{scene}" / sar.name.replace("_s1_", "_s2_")
        place = f"{sar.parents[1].name}_{scene}"
        pairs.append(PairFile(sar, optical, "sen12", place))
    return _existing(pairs, folder)


def osdataset(folder: Path) -> list[PairFile]:
    """OSdataset: ``sar12.png`` and ``opt12.png`` in one folder or in two."""
    pairs = []
    for sar in _images(folder, "*"):
        if not sar.stem.lower().startswith("sar"):
            continue
        number = sar.stem[3:]
        beside = [sar.parent, sar.parents[1] / "opt", sar.parents[1] / "optical"]
        names = [parent / f"opt{number}{sar.suffix}" for parent in beside]
        optical = next((name for name in names if name.exists()), names[0])
        pairs.append(PairFile(sar, optical, "osdataset", f"{_block(number)}"))
    return _existing(pairs, folder)


def whu_sen_city(folder: Path) -> list[PairFile]:
    """WHU-SEN-City and SOPatch: ``CITY/sar/NAME`` beside ``CITY/opt/NAME``.

    Also ``.../sar_NAME`` beside ``.../opt_NAME``. One place is one city folder.
    """
    pairs = []
    for sar in _images(folder, "sar*"):
        root = sar.parents[1]
        choices = [
            root
            / sar.parent.name.replace("sar", other)
            / sar.name.replace("sar", other)
            for other in ("opt", "optical")
        ]
        optical = next((path for path in choices if path.exists()), choices[0])
        pairs.append(PairFile(sar, optical, "whu_sen_city", root.name))
    return _existing(pairs, folder)


def multires_sar(folder: Path) -> list[PairFile]:
    """MultiResSAR: ``RESOLUTION/SAR/NAME`` beside ``RESOLUTION/Optical/NAME``."""
    pairs = []
    for sar in _images(folder, "SAR"):
        root = sar.parents[1]
        choices = [root / name / sar.name for name in ("Optical", "optical", "OPT")]
        optical = next((path for path in choices if path.exists()), choices[0])
        place = f"{root.name}_{_block(sar.stem)}"
        pairs.append(PairFile(sar, optical, "multires_sar", place))
    return _existing(pairs, folder)


LAYOUTS: dict[str, Callable[[Path], list[PairFile]]] = {
    "multires_sar": multires_sar,
    "osdataset": osdataset,
    "sen12": sen12,
    "whu_sen_city": whu_sen_city,
}


def _images(folder: Path, parent: str) -> list[Path]:
    found = Path(folder).glob(f"**/{parent}/*") if parent != "*" else None
    paths = found if found is not None else Path(folder).rglob("*")
    return sorted(path for path in paths if path.suffix.lower() in IMAGES)


def _block(name: str) -> str:
    """Name a run of a hundred numbers: neighbouring chips are cut from one scene."""
    digits = "".join(c for c in name if c.isdigit())
    return str(int(digits) // 100) if digits else name


def _existing(pairs: list[PairFile], where: Path) -> list[PairFile]:
    if not pairs:
        raise BadInput(f"{where} holds no pairs in this layout.")
    for pair in pairs:
        for path in (pair.sar, pair.optical):
            if not path.exists():
                raise BadInput(f"{path} is missing; each image needs its partner.")
    return pairs
