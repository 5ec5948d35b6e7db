"""What the engine says about evidence: refusals, reasons, verdicts.

The sentences are those of ``core``, with gaps for their values; see ``sentences``.
"""

from __future__ import annotations

from typing import Callable

Translate = Callable[[str], str]


def refusals(tr: Translate) -> tuple[str, ...]:
    """Return why there is no registration, in full."""
    return (
        tr(
            "Only {inliers} of {matches} matches agree, in {places} separate places; "
            "a {kind} transform needs at least {least} places {apart} px apart."
        ),
        tr("Only {inliers} matches agree, a {kind} transform needs at least {least}."),
        tr(
            "The matches agree in {agreeing} of {places} places, no better than those"
            " of unrelated images; check that both images show the same ground."
        ),
        tr(
            "No placement stands out from the others more than it does between "
            "unrelated images ({found}, at least {least} is needed); check that both "
            "images show the same ground, or choose a larger area."
        ),
        tr(
            "The best alignment would stretch the image by a factor of {factor} in "
            "one direction, which no pair of images from above needs."
        ),
        tr("The best alignment has {faults}; widen the search."),
        tr("a shift of {found} px (searched: {searched})"),
        tr("a rotation of {found} degrees (searched: {searched})"),
        tr("a scale of {found} (searched: up to {searched})"),
        tr(
            "The {inliers} matches that agree cover only {share} % of the overlap, at"
            " least {least} % are needed."
        ),
        tr(
            "The matches leave the {kind} transform uncertain by {error} px over the "
            "overlap, more than {most} px; choose a simpler transform or an area with"
            " more structure."
        ),
        tr(
            "Another alignment, {shift} px away, has matches in {second} places "
            "against {best}; limit the area or the search."
        ),
        tr(
            "The best transform would move the image by {moved} px and is itself "
            "uncertain by {doubt} px: the images are already aligned as well as we "
            "can tell."
        ),
        tr(
            "The matches lie {before} px apart now and would lie {after} px apart "
            "after registration."
        ),
        tr(
            "The images show too little structure to be matched (sea, cloud, flat or "
            "empty ground); try another area, band or date."
        ),
        tr(
            "The {kind} transform through these matches would bend the image by {share}"
            " %; choose a simpler transform."
        ),
        tr(
            "The {kind} transform through these control points would fold the image; "
            "choose a simpler one, or delete the points that disagree."
        ),
        tr(
            "The control points lie on one line, beside which the {kind} transform is "
            "undefined; click beside it, or choose the similarity."
        ),
        tr(
            "{name} and {other} do not cover the same ground within the area asked "
            "for; check both georeferences and the area of interest."
        ),
        tr(
            "{name} and {other} share only {width} x {height} pixels at {gsd} m; "
            "choose images or an area with more in common."
        ),
        tr(
            "{name} and {other} have no valid pixels in common; check nodata values, "
            "masks and the area of interest."
        ),
        tr("{name} and {other} share no valid pixels; check their georeferences."),
        tr(
            "This place is outside the area that both images cover; click where they "
            "overlap."
        ),
        tr(
            "The window around this place shows too little that both images share; "
            "click on a field edge, road, shore or building, or pin the pair by hand."
        ),
    )


def reasons(tr: Translate) -> tuple[str, ...]:
    """Return why a transform was chosen, and how well images are aligned."""
    return (
        tr("{kind}: too few matches to compare kinds of transforms."),
        tr("{kind}: held-out error {error} px."),
        tr("{kind}: held-out error {error} px, better than {simpler} with {more} px."),
        tr(
            "{kind}: held-out error {error} px; {richer} with {less} px gains too "
            "little."
        ),
        tr(
            "{kind}: held-out error {error} px, better than {simpler} with {more} px;"
            " {richer} with {less} px gains too little."
        ),
        tr("{kind}, as asked for."),
        tr("{kind}, as asked for: held-out error {error} px."),
        tr("{kind}, as asked for: error at left-out points {error} px."),
        tr("{kind}: error at left-out points {error} px; {others}."),
        tr("{kind}: what one control point defines."),
        tr("{kind}: what {n} control points define."),
        tr("{kind}: the control points lie on one line."),
        tr("{kind}: error at left-out points {error} px."),
        tr(
            "{kind}: the windows of the {n} control points share pixels, so that they "
            "count as {places} independent places."
        ),
        tr("aligned within {length}"),
        tr("locally displaced by up to {length}, differently from place to place"),
        tr("shifted by {length} towards {direction}"),
        tr("shifted by {length} towards {direction}, and locally by up to {rest} more"),
        tr("cannot tell: {sentence}"),
        tr("only {inliers} matches agree, at least {least} are needed"),
        tr("needs {package}"),
        tr("SOMA (FGE + GLAM), {n} M parameters, {size} MB in fp16."),
        tr(
            "SOMA, FGE + GLAM: gradient-enhanced features, affine and dense flow; "
            "needs torch, runs on CPU and GPU."
        ),
        tr(
            "Hand-made: multi-direction gradient channels, correlated in templates. "
            "Needs no torch and no training data; on any processor."
        ),
    )


def words(tr: Translate) -> dict[str, str]:
    """Return what may stand in the gaps and is no figure, with how users know it."""
    return {
        "shift": tr("shift"),
        "similarity": tr("similarity"),
        "affine": tr("affine"),
        "poly2": tr("2nd-order polynomial"),
        "poly3": tr("3rd-order polynomial"),
        "tps": tr("thin-plate spline"),
        "flow": tr("dense flow"),
        "E": tr("E"),
        "NE": tr("NE"),
        "N": tr("N"),
        "NW": tr("NW"),
        "W": tr("W"),
        "SW": tr("SW"),
        "S": tr("S"),
        "SE": tr("SE"),
        "the right": tr("the right"),
        "the upper right": tr("the upper right"),
        "the top": tr("the top"),
        "the upper left": tr("the upper left"),
        "the left": tr("the left"),
        "the lower left": tr("the lower left"),
        "the bottom": tr("the bottom"),
        "the lower right": tr("the lower right"),
        "The weights file": tr("The weights file"),
    }
