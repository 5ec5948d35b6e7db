"""What is Chinese, and what the engine says in English when it refuses."""

import re

HAN = re.compile("[\u4e00-\u9fff]")
#: Units that Chinese sentences write in Chinese.
UNITS = re.compile(r"(?<![A-Za-z])(px|m|km)(?![A-Za-z])")
#: What stays in Latin letters inside of a Chinese sentence.
LATIN = {"SAR", "CRS", "QGIS", "nodata", "Esc", "Shift"}

#: One sentence of the engine for each code, as it comes.
REFUSED = {
    "no_overlap": "a.tif and b.tif do not cover the same ground within the area asked "
    "for; check both georeferences and the area of interest.",
    "no_structure": "The images show too little structure to be matched (sea, cloud, "
    "flat or empty ground); try another area, band or date.",
    "too_few_matches": "Only 5 of 80 matches agree, in 3 separate places; a similarity "
    "transform needs at least 4 places 32 px apart.",
    "badly_spread": "The matches leave the poly2 transform uncertain by 4.2 px over "
    "the overlap, more than 3 px; choose a simpler transform or an area with more "
    "structure.",
    "ambiguous": "Another alignment, 41 px away, has matches in 9 places against 11; "
    "limit the area or the search.",
    "unrelated": "The matches agree in 3 of 40 places, no better than those of "
    "unrelated images; check that both images show the same ground.",
    "out_of_range": "The best alignment has a shift of 80.1 px (searched: 64) and a "
    "rotation of 9.1 degrees (searched: 3); widen the search.",
    "already_aligned": "The matches lie 0.41 px apart now and would lie 0.43 px apart "
    "after registration.",
}


def is_chinese(text, names=()):
    """Return whether nothing but names is in Latin letters."""
    for name in names:
        text = text.replace(name, "")
    left = set(re.findall("[A-Za-z]{2,}", text)) - LATIN
    return bool(HAN.search(text)) and not left and not UNITS.search(text)
