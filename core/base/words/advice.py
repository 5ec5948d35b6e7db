"""What each refusal means, and what to try then: the same in windows and reports."""

from __future__ import annotations

from dataclasses import dataclass

from .marks import N_
from .message import Translate


@dataclass(frozen=True)
class Advice:
    """What to do about one kind of refusal.

    Args:
        meaning: of the refusal, one sentence.
        lines: what to try, the likeliest first; a sentence each.
    """

    meaning: str
    lines: tuple[str, ...]


#: By the code of a result; see ``errors.REASONS``.
ADVICE: dict[str, Advice] = {
    "no_overlap": Advice(
        N_("The two images do not cover the same ground."),
        (
            N_("Check that both files carry the right coordinate reference system."),
            N_(
                "Compare their extents on a map; if one is misplaced by far, search "
                "anywhere, without trusting the georeference."
            ),
        ),
    ),
    "no_structure": Advice(
        N_(
            "There is too little structure that both images could share (sea, cloud, "
            "flat ground)."
        ),
        (
            N_("Choose an area with roads, field borders, rivers or a coast."),
            N_("Mask sea and clouds, or take a cloud-free optical image."),
            N_("Use other bands: near infrared shows more structure than blue."),
        ),
    ),
    "too_few_matches": Advice(
        N_("Too few matches agree with one another."),
        (
            N_("Raise the largest shift if the images may be farther apart."),
            N_("Choose images closer in date and in pixel size."),
            N_("Use another model or other bands."),
        ),
    ),
    "badly_spread": Advice(
        N_("The matches cover too small a part of the overlap to be trusted."),
        (
            N_("Take a simpler transform (shift or similarity)."),
            N_("Limit the area of interest to the part that has structure."),
        ),
    ),
    "ambiguous": Advice(
        N_("Two different placements fit about equally well."),
        (
            N_(
                "Limit the largest shift, the rotation and the scale to what is "
                "possible."
            ),
            N_("Take a larger area: repeated patterns such as fields look alike."),
        ),
    ),
    "unrelated": Advice(
        N_("The agreement is no better than that of unrelated images."),
        (
            N_("Make sure that both images show the same place."),
            N_("Raise the largest shift if the images may be farther apart."),
            N_("Choose images closer in date; clouds and floods hide what they share."),
        ),
    ),
    "out_of_range": Advice(
        N_("The best placement lies outside the search range."),
        (
            N_("Raise the largest shift."),
            N_(
                "If the georeference is poor, search anywhere, at any rotation and "
                "scale."
            ),
        ),
    ),
    "already_aligned": Advice(
        N_("The images are already aligned better than a warp would make them."),
        (
            N_("Use the moving image as it is."),
            N_("To register all the same, choose to warp anyway (--force)."),
        ),
    ),
}


def advice_on(code: str, translate: Translate) -> tuple[str, list[str]]:
    """Return what a refusal means and what to try; nothing for unknown codes."""
    if code not in ADVICE:
        return "", []
    known = ADVICE[code]
    return translate(known.meaning), [translate(line) for line in known.lines]
