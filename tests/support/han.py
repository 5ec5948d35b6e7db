"""What is Chinese, and what the engine says when it refuses."""

import re

from soma.core.base.words.message import Message

HAN = re.compile("[\u4e00-\u9fff]")
#: Units that Chinese sentences write in Chinese.
UNITS = re.compile(r"(?<![A-Za-z])(px|m|km)(?![A-Za-z])")
#: What stays in Latin letters inside of a Chinese sentence.
LATIN = {"SAR", "CRS", "QGIS", "nodata", "Esc", "Shift"}

#: One sentence of the engine for each code, as it comes.
REFUSED = {
    "no_overlap": Message("no_overlap", {"name": "a.tif", "other": "b.tif"}),
    "no_structure": Message("no_structure"),
    "too_few_matches": Message(
        "few_places",
        {
            "inliers": 5,
            "matches": 80,
            "places": 3.0,
            "kind": "similarity",
        },
    ),
    "badly_spread": Message("uncertain", {"kind": "tps", "error": 4.2, "most": 3.5}),
    "ambiguous": Message("rival", {"shift": 41.0, "second": 9.0, "best": 11.0}),
    "unrelated": Message("like_unrelated", {"agreeing": 3.0, "places": 40}),
    "out_of_range": Message(
        "outside_search",
        {
            "faults": [
                Message("fault_shift", {"found": 80.1, "searched": 64}),
                Message("fault_rotation", {"found": 9.1, "searched": 3}),
            ]
        },
    ),
    "already_aligned": Message("gains_nothing", {"before": 0.41, "after": 0.43}),
}


def refused(code):
    """Return the result that a refusal with this code gives."""
    said = REFUSED[code]
    result = {"status": "refused", "code": code, "reason": str(said), "files": {}}
    return {**result, "message": said.to_dict()}


def is_chinese(text, names=()):
    """Return whether nothing but names is in Latin letters."""
    for name in names:
        text = text.replace(name, "")
    left = set(re.findall("[A-Za-z]{2,}", text)) - LATIN
    return bool(HAN.search(text)) and not left and not UNITS.search(text)
