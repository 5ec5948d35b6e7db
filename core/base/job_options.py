"""The options of a registration, and the job that they make."""

from __future__ import annotations

import argparse
from typing import Any, get_args

from .job import Effort, Job, SearchMode
from .option_text import (
    Parser,
    bands,
    degrees,
    factor,
    language,
    length,
    metres_or_auto,
)
from .types import Modality, Resampling, TransformKind


def add_register_options(p: argparse.ArgumentParser) -> None:
    """Add everything that says how a pair is registered."""
    p.add_argument(
        "--moving",
        choices=get_args(Modality),
        default="sar",
        help="which one is warped onto the other (default: sar)",
    )
    p.add_argument(
        "--transform",
        choices=get_args(TransformKind),
        default="auto",
        help="auto chooses by held-out error",
    )
    p.add_argument(
        "--grid",
        type=str.strip,
        default="reference",
        help="output grid: reference, own, or a pixel size in the reference's units",
    )
    p.add_argument("--resampling", choices=get_args(Resampling), default="cubic")
    p.add_argument(
        "--force",
        action="store_true",
        help="warp even where that improves nothing (already aligned)",
    )
    _add_input_options(p)
    add_search_options(p)
    add_model_options(p)


def _add_input_options(p: argparse.ArgumentParser) -> None:
    p.add_argument("--sar-bands", type=bands, default=(), metavar="N[,N...]")
    p.add_argument("--optical-bands", type=bands, default=(), metavar="N[,N...]")
    p.add_argument("--sar-nodata", type=float, metavar="VALUE")
    p.add_argument("--optical-nodata", type=float, metavar="VALUE")
    mask = (
        "vector file of areas not to match, or raster: 0 is good, any other value, "
        "nodata or NaN is bad (in a raster without any 0, its values are bad and "
        "nodata or NaN is good)"
    )
    p.add_argument("--sar-mask", default="", metavar="FILE", help=mask)
    p.add_argument("--optical-mask", default="", metavar="FILE", help=mask)
    p.add_argument(
        "--aoi",
        type=float,
        nargs=4,
        metavar=("LEFT", "BOTTOM", "RIGHT", "TOP"),
        help="match only in this area",
    )
    p.add_argument("--aoi-crs", default="", help="CRS of --aoi (default: reference's)")


def add_search_options(p: argparse.ArgumentParser) -> None:
    """Add how far is looked."""
    p.add_argument(
        "--search",
        choices=get_args(SearchMode),
        default="auto",
        help="near trusts the present placement, any does not",
    )
    p.add_argument(
        "--max-shift",
        type=length,
        default=(0.0, "px"),
        metavar="LENGTH",
        help="largest shift to expect, as 300m or 30px, or auto (default)",
    )
    p.add_argument(
        "--max-rotation",
        type=degrees,
        default=-1.0,
        metavar="DEG",
        help="largest rotation to expect, or auto (default)",
    )
    p.add_argument(
        "--max-scale",
        type=factor,
        default=0.0,
        metavar="FACTOR",
        help="largest scale to expect, 1 to 8, or auto (default)",
    )
    p.add_argument(
        "--working-gsd",
        type=metres_or_auto,
        default=0.0,
        metavar="METRES",
        help="pixel size to match at, or auto (default): where matches err least",
    )
    p.add_argument(
        "--effort",
        choices=get_args(Effort),
        default="normal",
        help="how much of a large overlap is matched: thorough matches all of it",
    )


def add_model_options(p: argparse.ArgumentParser) -> None:
    """Add what looks, and where it runs."""
    p.add_argument("--model", default="auto", help="auto, or a name of: soma models")
    p.add_argument("--weights", default="", metavar="FILE")
    p.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    p.add_argument("--threads", type=int, default=0, help="0: one for each core")


def refuse_idle(p: Parser) -> None:
    """Let what says more of an option that is not given be refused.

    Not for options that tables add to: what they lack may stand in a row.
    """
    p.idle_without("--aoi-crs", "--aoi", lambda args: bool(args.aoi))
    refuse_idle_device(p)


def refuse_idle_device(p: Parser) -> None:
    """Let an accelerator be refused for the model that runs on none."""
    p.idle_beside(
        "--device",
        "--model gradient",
        lambda args: args.model == "gradient" and args.device != "cpu",
    )


def search_and_model(args: argparse.Namespace) -> dict[str, Any]:
    """Return the values of a job that every matching command has options for."""
    length, unit = args.max_shift
    return {
        "search": args.search,
        "max_shift": length,
        "max_shift_unit": unit,
        "max_rotation_deg": args.max_rotation,
        "max_scale": args.max_scale,
        "working_gsd": args.working_gsd,
        "effort": args.effort,
        "model": args.model,
        "weights": args.weights,
        "device": args.device,
        "threads": args.threads,
    }


def job_of(args: argparse.Namespace, sar: str, optical: str, out: str) -> Job:
    """Return the job that registers a pair as the options say."""
    return Job(
        sar=sar,
        optical=optical,
        out=out,
        moving=args.moving,
        sar_bands=args.sar_bands,
        optical_bands=args.optical_bands,
        aoi=tuple(args.aoi) if args.aoi else None,
        aoi_crs=args.aoi_crs,
        transform=args.transform,
        grid=args.grid,
        resampling=args.resampling,
        sar_nodata=args.sar_nodata,
        optical_nodata=args.optical_nodata,
        sar_mask=args.sar_mask,
        optical_mask=args.optical_mask,
        force=args.force,
        language=language(args),
        **search_and_model(args),
    )
