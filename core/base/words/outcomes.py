"""What came of a registration: headlines, what was done, how well it fits."""

from __future__ import annotations

from .marks import N_

OUTCOMES: dict[str, str] = {
    "not_registered": N_("Not registered"),
    "registered_within_one": N_("Registered to within a pixel"),
    "registered_within": N_("Registered to within {n} pixels"),
    "registered_look": N_("Registered, but look closely"),
    "text": N_("{text}"),
    "moved": N_("The image was {parts:commas}; found by {model:model}."),
    "part_moved_m": N_("moved {distance:moved_m} {to:direction}"),
    "part_mirrored": N_("mirrored from left to right"),
    "part_moved_px": N_("moved {distance:moved_px} {to:direction}"),
    "part_turned_right": N_("turned {turn:stepped}° clockwise"),
    "part_turned_left": N_("turned {turn:stepped}° counter-clockwise"),
    "part_scaled": N_("scaled by {scale:stepped}"),
    "part_bent": N_("bent by up to {bent:px}"),
    "errors": N_(
        "Of the matches left out of the fit, half are met within {median:length}, "
        "90 % within {ce90:length}. The transform itself is off by less than "
        "{expected:length} in 9 of 10 cases."
    ),
    "errors_held_out": N_(
        "Half of the matches are met within {median:length}, 90 % within "
        "{ce90:length}. They are too few to tell the error of the transform."
    ),
    "bare_ground": N_(
        "Only {share:share} of the overlap shows structure in both images; elsewhere "
        "little tells how they lie to one another, and the error may be larger there."
    ),
    "matches_agree": N_(
        "{inliers} of {matches} matches agree; they cover {share:share} of the overlap."
    ),
}
