"""Why a transform was taken, and how well images are aligned."""

from __future__ import annotations

from .marks import N_

CHOICES: dict[str, str] = {
    "row_chosen": N_("chosen"),
    "row_chosen_over": N_("chosen: clearly better than {rival:a_transform}"),
    "row_simplest": N_("the simplest"),
    "row_better": N_("better than {rival:a_transform}"),
    "row_gain_too_small": N_("gains too little: {needed:px} or less is needed"),
    "row_misses_too_little": N_("too little to tell a bend from shared errors"),
    "row_within_chance": N_("the gain may be chance"),
    "row_folds": N_("would fold the image"),
    "row_not_compared": N_("not possible"),
    "two_sentences": N_("{first} {second}"),
    "chosen_better": N_(
        "Chosen is {kind:a_transform}: on ground left out of its fit its root "
        "mean square error is {error:px}, {gain:share} less than {rival:a_transform}."
    ),
    "chosen_simplest": N_(
        "Chosen is {kind:a_transform}, the simplest that was tried: on ground "
        "left out of its fit its root mean square error is {error:px}."
    ),
    "chosen_uncompared": N_(
        "Chosen is {kind:a_transform}: there are too few matches to compare kinds"
        " of transform."
    ),
    "chosen_more_certain": N_(
        "Chosen is {kind:a_transform}: {rival:a_transform} errs less on ground left "
        "out of its fit, but these matches leave it too uncertain elsewhere."
    ),
    "more_gains_too_little": N_(
        "Of the more flexible ones {kind:a_transform} comes closest with "
        "{error:px}; it would have needed {needed:px} at most."
    ),
    "more_misses_too_little": N_(
        "Of the more flexible ones {kind:a_transform} comes closest with "
        "{error:px}; but matches so close together share their errors, and what "
        "the chosen one misses beyond it is too small to tell a bend from that."
    ),
    "more_within_chance": N_(
        "Of the more flexible ones {kind:a_transform} comes closest with "
        "{error:px}; but the gain differs so much from part to part of the image "
        "that it may be chance."
    ),
    "more_folds": N_(
        "Among the more flexible ones {kind:a_transform} errs less, but would "
        "fold the image."
    ),
    "more_not_tried": N_(
        "Kinds that bend were not tried: they take more points, or points on more "
        "ground."
    ),
    "asked": N_("Taken is {kind:a_transform}, as asked for."),
    "asked_error": N_(
        "Taken is {kind:a_transform}, as asked for: on ground left out of its fit"
        " its root mean square error is {error:px}."
    ),
    "one_point_defines": N_(
        "Taken is {kind:a_transform}: what one control point defines."
    ),
    "points_define": N_("Taken is {kind:a_transform}: what {n} control points define."),
    "points_share_pixels": N_(
        "Taken is {kind:a_transform}: the windows of the {n} control points share "
        "pixels, so that they count as {places:.1f} independent places."
    ),
    "points_close_together": N_(
        "Taken is {kind:a_transform}: the control points lie so close together that "
        "they tell no more."
    ),
    "points_lie_on_line": N_(
        "Taken is {kind:a_transform}: the control points lie on one line."
    ),
    "aligned": N_("aligned within {error:distance}"),
    "distorted": N_(
        "locally displaced by up to {error:distance}, differently from place to place"
    ),
    "shifted": N_("shifted by {shift:distance} {direction:direction}"),
    "shifted_and_distorted": N_(
        "shifted by {shift:distance} {direction:direction}, and locally by up to "
        "{rest:distance} more"
    ),
    "cannot_tell": N_("cannot tell: {reason}"),
    "few_to_tell": N_("only {inliers} matches agree, at least {least} are needed"),
}
