"""What each field of the form is, what automatic does, and in which unit it is."""

from __future__ import annotations

from ..qt.i18n import tr


def layers() -> dict[str, str]:
    """Return the tips of the layers' fields, by the form's names."""
    return {
        "sar": tr(
            "The radar image: a raster file in the project. Layers that are no files "
            "are not listed, such as those computed on the fly, in databases or "
            "online; Export > Save As… in the Layers panel makes a file of one."
        ),
        "sar_band": tr(
            "The band that is compared. Automatic takes the co-polarised one (VV or "
            "HH) where the file tells, else the first. All bands are warped."
        ),
        "optical": tr(
            "The image to compare with: a raster file, or an online map, of which "
            "only the part that is needed is drawn."
        ),
        "optical_band": tr(
            "The band that is compared. Automatic takes a grey image of the visible "
            "bands."
        ),
        "moving": tr("The image that is warped; the other one stays as it is."),
        "area": tr(
            "Where matches are looked for. The whole image is warped all the same."
        ),
    }


def method() -> dict[str, str]:
    """Return the tips of the method's fields."""
    return {
        "transform": tr(
            "How the image may be bent. Automatic takes the simplest transform that "
            "predicts ground it has not seen."
        ),
        "search": tr(
            "How far the present placement can be trusted. Automatic: near where both "
            "files have a georeference, else anywhere."
        ),
        "max_shift": tr(
            "How far the image may be off at most, in pixels of the working grid or "
            "in metres. Automatic: a tenth of the overlap, at least 64 pixels."
        ),
        "max_shift_unit": tr("The unit of the largest shift."),
        "working_gsd": tr(
            "Larger pixels show less detail and less noise. Automatic: where matches "
            "err least."
        ),
        "effort": tr(
            "How much of a large overlap is matched, tile by tile. Normal stops where "
            "further tiles would change nothing; thorough takes longest."
        ),
        "device": tr(
            "What the network runs on. Automatic: a graphics card where there is one "
            "that torch can use. The model gradient always takes the processor."
        ),
    }


def output() -> dict[str, str]:
    """Return the tips of the output's fields."""
    return {
        "folder": tr(
            "Each run makes a new folder in it. Empty: beside the file of the SAR "
            "image."
        ),
        "grid": tr(
            "On which pixels the result is written: those of the image that stays, "
            "those the moving image had, or some of a size of your own."
        ),
        "pixel_size": tr(
            "Side of a pixel of the result, in units of the reference's CRS (mostly "
            "metres, or degrees)."
        ),
        "resampling": tr(
            "How values between pixels are made. Cubic is sharp; nearest neighbour "
            "keeps classes; average suits a much coarser grid."
        ),
        "comparison": tr("Adds two more layers, hidden at first, to look at."),
        "force": tr(
            "Writes a result even where the images were better aligned before."
        ),
    }
