"""Why there is no registration."""

from __future__ import annotations

from .marks import N_

REFUSALS: dict[str, str] = {
    "no_overlap": N_(
        "{name} and {other} do not cover the same ground; check both georeferences."
    ),
    "no_overlap_in_area": N_(
        "{name} and {other} do not cover the same ground within the area asked "
        "for; check both georeferences and the area of interest."
    ),
    "small_overlap": N_(
        "{name} and {other} share only {width} x {height} pixels at {gsd:g} m; "
        "choose images or an area with more in common."
    ),
    "no_valid_pixels": N_(
        "{name} and {other} have no valid pixels in common; check nodata values, "
        "masks and the area of interest."
    ),
    "no_valid_pixels_shared": N_(
        "{name} and {other} share no valid pixels; check their georeferences."
    ),
    "no_structure": N_(
        "The images show too little structure to be matched (sea, cloud, flat or "
        "empty ground); try another area, band or date."
    ),
    "few_matches": N_(
        "Too few matches agree: {inliers}. For {kind:a_transform} at least "
        "{least} have to."
    ),
    "few_places": N_(
        "Too few matches agree: {inliers} of {matches}, in {places:.0f} separate "
        "parts of the image: nothing tells how uncertain {kind:a_transform} through "
        "them is."
    ),
    "like_unrelated": N_(
        "The matches agree in {agreeing:.0f} of {places} parts of the image, no "
        "better than those of unrelated images; check that both images show the "
        "same ground."
    ),
    "not_distinct": N_(
        "No placement stands out from the others more than it does between "
        "unrelated images ({found:.2f}, at least {least:.2f} is needed); check "
        "that both images show the same ground, or choose a larger area."
    ),
    "stretched": N_(
        "The best alignment would stretch the image by a factor of {factor:.2f} "
        "in one direction, which no pair of images from above needs."
    ),
    "outside_search": N_("The best alignment has {faults}; widen the search."),
    "small_coverage": N_(
        "The {inliers} matches that agree cover only {share:.1f} % of the "
        "overlap, at least {least:.0f} % are needed."
    ),
    "uncertain": N_(
        "The matches leave the {kind:transform} uncertain by {error:px} over the "
        "overlap, more than {most:px}; choose a simpler transform or an area with"
        " more structure."
    ),
    "rival": N_(
        "Another alignment, {shift:.0f} px away, has matches in {second:.0f} "
        "parts of the image against {best:.0f}; limit the area or the search."
    ),
    "moves_less_than_doubt": N_(
        "The best transform would move the image by {moved:px} and is itself "
        "uncertain by {doubt:px}: the images are already aligned as well as we "
        "can tell."
    ),
    "gains_nothing": N_(
        "The matches lie {before:px} apart now and would lie {after:px} apart "
        "after registration."
    ),
    "bends_too_much": N_(
        "Through these matches {kind:a_transform} would bend the image by "
        "{share:.0f} %; choose a simpler transform."
    ),
    "points_fold": N_(
        "Through these control points {kind:a_transform} would fold the image; "
        "choose a simpler one, or delete the points that disagree."
    ),
    "points_on_line": N_(
        "The control points lie on one line, beside which {kind:a_transform} is "
        "undefined; click beside it, or choose the similarity."
    ),
    "outside_overlap": N_(
        "This place is outside the area that both images cover; click where they "
        "overlap."
    ),
    "window_no_structure": N_(
        "The window around this place shows too little that both images share; "
        "click on a field edge, road, shore or building, or pin the pair by hand."
    ),
    "doubt_small": N_(
        "Only {width} x {height} pixels are compared; a larger area holds more "
        "evidence."
    ),
    "doubt_masked": N_(
        "Only {share:share} of the area can be compared: the rest holds no data or is "
        "masked ({names})."
    ),
    "doubt_flat": N_(
        "{name} shows next to nothing there: all values are nearly alike."
    ),
    "doubt_noise": N_("{name} shows little but noise there."),
    "doubt_fill": N_(
        "{share:share} of the pixels of {name} have the extreme value {value:.9g}; if "
        "it means no data, say so ({option}={value:.9g})."
    ),
    "doubt_elsewhere": N_(
        "The images seem to fit beyond the range that was searched: {parts:commas}; "
        "widen the search (--search any) or correct the georeference."
    ),
    "doubt_mirrored": N_(
        "The images seem to fit when one is mirrored from left to right; search "
        "everywhere (--search any)."
    ),
    "fault_shift": N_("a shift of {found:.1f} px (searched: {searched:.0f})"),
    "fault_rotation": N_(
        "a rotation of {found:.1f} degrees (searched: {searched:.0f})"
    ),
    "fault_scale": N_("a scale of {found:.3f} (searched: up to {searched:.2f})"),
}
