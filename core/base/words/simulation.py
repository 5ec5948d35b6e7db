"""What cannot be simulated."""

from __future__ import annotations

from .marks import N_

SIMULATION: dict[str, str] = {
    "haze_range": N_("haze is from 0 (clear) to 1 (murky), got {value:g}."),
    "scene_too_large": N_(
        "misalign needs a scene of {size} pixels, and {most} is the most; ask for"
        " a smaller size or less misalignment."
    ),
    "sar_gsd_range": N_(
        "sar_gsd must be within a factor 20 of {gsd:g} m, got {value:g} m."
    ),
    "sar_too_large": N_(
        "sar_gsd {value:g} makes a SAR raster of {width} x {height} pixels, and "
        "{most} is the most; ask for larger pixels."
    ),
    "sar_crs": N_("sar_crs {value!r} is not a known CRS."),
    "incidence_range": N_("incidence_deg is from 15 to 65, got {value:g}."),
    "looks_range": N_("looks is at least 1, got {value:g}."),
    "resolution_range": N_("resolution_px is from 1 to 8, got {value:g}."),
    "size_range": N_("size is from 64 to {most} pixels, got {value}."),
    "gsd_range": N_("gsd is from 0.5 to 40 metres, got {value:g}."),
    "seed_range": N_("seed is from 0 to 2147483647, got {value}."),
    "misalign_finite": N_("misalign needs finite numbers, got {value}."),
    "misalign_scale": N_("misalign scale is from 0.1 to 10, got {value:g}."),
    "misalign_warp": N_("misalign warp is at least 0, got {value:g}."),
    "misalign_part": N_(
        "misalign part {part!r} is not one of shift=X,Y, rotation=DEG, "
        "scale=FACTOR, warp=PX (separated by semicolons)."
    ),
    "truth_unreadable": N_("The truth is not readable: {why}."),
}
