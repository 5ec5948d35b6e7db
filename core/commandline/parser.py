"""The options of every command."""

from __future__ import annotations

import argparse
from typing import get_args

from ..api import OpticalFormat, SarFormat
from ..base.about import VERSION
from ..base.job_options import (
    add_model_options,
    add_register_options,
    add_search_options,
    refuse_idle,
    refuse_idle_device,
)
from ..base.option_text import Parser, folder
from ..base.types import Modality, Resampling, TransformKind
from . import commands, match
from .archive_parser import add_archive

Subparsers = argparse._SubParsersAction

EXIT_CODES = (
    "exit codes: 0 done, 1 unexpected error, 2 bad input, 3 refused (the reason "
    "is printed), 4 model not available, 130 stopped"
)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command."""
    parser = Parser(
        prog="soma",
        description="Register SAR images to optical images.",
        epilog=EXIT_CODES,
    )
    parser.add_argument("--version", action="version", version=f"soma {VERSION}")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="print JSON, for programs")
    shared.add_argument("--quiet", action="store_true", help="no progress")
    shared.add_argument(
        "--language",
        default="",
        metavar="NAME",
        help="of what is printed and of reports: en or zh_CN (default: the system's)",
    )
    shared.add_argument("--debug", action="store_true", help="show where errors arise")
    subs = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (
        _add_register,
        _add_match,
        _add_apply,
        _add_checkerboard,
        _add_assess,
        _add_simulate,
        _add_info,
        _add_models,
        add_archive,
    ):
        add(subs, shared)
    return parser


def _add_register(subs: Subparsers, shared: argparse.ArgumentParser) -> None:
    p = subs.add_parser(
        "register",
        parents=[shared],
        help="register a SAR raster to an optical raster (or the reverse)",
        epilog=EXIT_CODES,
    )
    p.add_argument("sar", metavar="SAR")
    p.add_argument("optical", metavar="OPTICAL")
    p.add_argument(
        "--out",
        type=folder,
        required=True,
        metavar="DIR",
        help="folder for the results",
    )
    add_register_options(p)
    refuse_idle(p)
    p.set_defaults(run=commands.register)


def _add_match(subs: Subparsers, shared: argparse.ArgumentParser) -> None:
    p = subs.add_parser(
        "match",
        parents=[shared],
        help="tie points and transform of image pairs, in pixels, as JSON",
        epilog=EXIT_CODES + ". Pixels: x = column, y = row, centre of the first "
        "pixel (0.5, 0.5). With --pairs the exit code is 0 when every row was "
        "worked on, refused rows included.",
    )
    p.add_argument("--ref", metavar="OPT", help="reference image")
    p.add_argument("--mov", metavar="SAR", help="moving image")
    p.add_argument("--pairs", metavar="CSV", help="columns ref,mov and optionally name")
    p.add_argument("--out", required=True, help="FILE.json, or a folder with --pairs")
    p.add_argument(
        "--dense",
        action="store_true",
        help="also NAME.npy: the reference's (x, y) for every moving pixel",
    )
    p.add_argument(
        "--mov-is",
        choices=get_args(Modality),
        default="sar",
        help="what the moving image is (default: sar)",
    )
    p.add_argument("--transform", choices=get_args(TransformKind), default="auto")
    add_search_options(p)
    add_model_options(p)
    _add_overwrite(p)
    refuse_idle_device(p)
    p.set_defaults(run=match.match)


def _add_apply(subs: Subparsers, shared: argparse.ArgumentParser) -> None:
    p = subs.add_parser(
        "apply", parents=[shared], help="warp further rasters with a found transform"
    )
    p.add_argument("transform", metavar="TRANSFORM.json")
    p.add_argument("rasters", nargs="+", metavar="RASTER")
    p.add_argument(
        "--out",
        type=folder,
        default="",
        metavar="DIR",
        help="default: beside each file",
    )
    p.add_argument("--grid", type=str.strip, default="reference")
    p.add_argument("--resampling", choices=get_args(Resampling), default="cubic")
    p.add_argument("--nodata", type=float, metavar="VALUE")
    p.add_argument("--threads", type=int, default=0)
    p.add_argument(
        "--other-pixels",
        "--assume-same-frame",
        action="store_true",
        help="also rasters that do not lie on the pixels of the moving image, for "
        "which the transform may be wrong",
    )
    _add_overwrite(p)
    p.set_defaults(run=commands.apply)


def _add_overwrite(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--overwrite",
        action="store_true",
        help="also replace files that this program did not write",
    )


def _add_checkerboard(subs: Subparsers, shared: argparse.ArgumentParser) -> None:
    p = subs.add_parser(
        "checkerboard", parents=[shared], help="a picture that compares two rasters"
    )
    p.add_argument("a", metavar="A")
    p.add_argument("b", metavar="B")
    p.add_argument("--out", required=True, metavar="FILE.tif")
    p.add_argument(
        "--mode",
        choices=("checkerboard", "swipe", "blend", "redcyan"),
        default="checkerboard",
    )
    p.add_argument("--cell", type=int, default=64, metavar="PX")
    p.idle_without("--cell", "--mode checkerboard", lambda a: a.mode == "checkerboard")
    _add_overwrite(p)
    p.set_defaults(run=commands.checkerboard)


def _add_assess(subs: Subparsers, shared: argparse.ArgumentParser) -> None:
    p = subs.add_parser(
        "assess", parents=[shared], help="how well two rasters are aligned right now"
    )
    p.add_argument("a", metavar="A", help="the SAR raster")
    p.add_argument("b", metavar="B", help="the optical raster")
    add_search_options(p)
    add_model_options(p)
    refuse_idle_device(p)
    p.set_defaults(run=commands.assess)


def _add_simulate(subs: Subparsers, shared: argparse.ArgumentParser) -> None:
    p = subs.add_parser(
        "simulate", parents=[shared], help="make a SAR-optical pair with exact truth"
    )
    p.add_argument("--out", type=folder, required=True, metavar="DIR")
    p.add_argument("--size", type=int, default=1024, metavar="PX")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--gsd", type=float, default=10.0, metavar="M")
    p.add_argument(
        "--misalign",
        default="shift=14,-9;rotation=1.2;scale=1.006;warp=1.5",
        help="what is wrong with the SAR's georeference (px, degrees, factor, px)",
    )
    p.add_argument("--sar-gsd", type=float, metavar="M", help="default: as --gsd")
    p.add_argument("--sar-crs", metavar="CRS", help="default: that of the optical")
    p.add_argument("--sar-format", choices=get_args(SarFormat), default="uint16")
    p.add_argument("--optical-format", choices=get_args(OpticalFormat), default="uint8")
    p.add_argument("--haze", type=float, help="0 (clear) to 1 (murky), default: drawn")
    p.set_defaults(run=commands.simulate)


def _add_info(subs: Subparsers, shared: argparse.ArgumentParser) -> None:
    p = subs.add_parser("info", parents=[shared], help="what a raster is")
    p.add_argument("raster", metavar="RASTER")
    p.set_defaults(run=commands.info)


def _add_models(subs: Subparsers, shared: argparse.ArgumentParser) -> None:
    p = subs.add_parser("models", parents=[shared], help="models and their cards")
    p.add_argument("name", nargs="?", metavar="NAME", help="this one, with its card")
    p.add_argument(
        "--check", action="store_true", help="load each, to be sure that it runs"
    )
    p.set_defaults(run=commands.models)
