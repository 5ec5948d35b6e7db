"""What the engine says about files and choices that it cannot use.

The sentences are those of ``core`` and ``models``, with gaps for their values; see
``sentences``.
"""

from __future__ import annotations

from .engine_findings import Translate


def files(tr: Translate) -> tuple[str, ...]:
    """Return what is wrong with files and layers."""
    return (
        tr("{name} was not found; check the path {path}."),
        tr("{name} is not a raster that can be opened ({why})."),
        tr("{name} has no bands."),
        tr("{name} has no bands; it holds several rasters, give one of them: {parts}."),
        tr("{name} has no band with data."),
        tr("{path} is no file name; give the path of a raster."),
        tr(
            "nodata {value} is no value that the {dtype} pixels of {name} can have; "
            "give another one."
        ),
        tr(
            "{name} holds complex values, which lose their phase when resampled; "
            "convert it to amplitude or intensity first."
        ),
        tr("{name} has pixels of type {dtype}; convert it to float64 first."),
        tr(
            "{name} has no valid pixels in band {band}; check its nodata value and "
            "mask."
        ),
        tr("{name} has no data band {band}; its bands are {bands}."),
        tr(
            "{name} cannot be read near column {column}, row {row}; the file seems "
            "damaged or incomplete ({why})."
        ),
        tr(
            "{path} cannot be read from row {top} to {bottom}; the file seems to be "
            "damaged, copy or download it again."
        ),
        tr("{name} has only {n} ground control points; at least 3 are needed."),
        tr(
            "The ground control points of {name} contradict each other: they miss a "
            "smooth mapping by {error} px; give a geocoded file instead."
        ),
        tr(
            "The ground control points of {name} lie on one line; give a geocoded "
            "file instead."
        ),
        tr(
            "The rational polynomials of {name} cannot be inverted; give a geocoded "
            "file instead."
        ),
        tr(
            "{name} has no georeference, so the area of interest cannot be placed; "
            "leave it out."
        ),
        tr(
            "{name} has no georeference but {other} has one, so they can be compared "
            "only at equal size; register them first."
        ),
        tr(
            "{name} does not share the frame of the transform: one of the two has no "
            "georeference."
        ),
        tr(
            "The mask {name} has no georeference and is {width} x {height} pixels "
            "while {other} is {cols} x {rows}; make them equal or georeference the "
            "mask."
        ),
        tr(
            "The mask {name} has a georeference but {other} has none; give a mask in "
            "the image's own pixels."
        ),
        tr(
            "{path} is no transform of SOMA; choose a transform.json that a "
            "registration wrote."
        ),
        tr(
            "{path} has version {found}, this program reads version {own}; register "
            "again or update."
        ),
        tr("{path} cannot be read: {why}."),
        tr("{path} is not valid JSON: {why}."),
        tr("{path} is damaged ({why}); register again."),
        tr(
            "{path} could not be written ({why}); free some space or choose another "
            "output."
        ),
        tr(
            "{path} is one of the inputs and would be overwritten; choose another "
            "output."
        ),
        tr(
            "{path} exists and was not written by this program; choose another output"
            " folder."
        ),
        tr(
            "{path} is open in another program; close it there or choose another "
            "output folder."
        ),
        tr("{path} is a folder; give the name of a file."),
        tr("{path} is a file; give the name of a folder."),
        tr("The output folder has no name; give one."),
        tr(
            "Several rasters would be written to {path}; warp them one by one into "
            "different folders."
        ),
        tr("There is no folder beside {path}; give one with --out."),
    )


def choices(tr: Translate) -> tuple[str, ...]:
    """Return what is wrong with options, points, models and devices."""
    return (
        tr(
            "max_shift of {length} m has no meaning for {name}, which has no "
            "georeference; give it in pixels, as 40px."
        ),
        tr(
            "max_shift of {length} px is larger than the overlap of {width} x "
            "{height} px; give a smaller one."
        ),
        tr("max_shift must not be negative, got {value}."),
        tr("max_rotation_deg is at most 180, got {value}."),
        tr("max_scale is a factor from 1 to 8, got {value}."),
        tr("threads must not be negative, got {value}."),
        tr("device is auto, cpu, cuda, cuda:N or mps; got {value}."),
        tr("grid is 'reference', 'own' or a pixel size above 0; got {value}."),
        tr("{name}: bands count from 1, got {value}."),
        tr("{name} is a finite number, got {value}."),
        tr("{name} is one of {choices}; got {value}."),
        tr("{name} is no file name: {value}."),
        tr("aoi needs left, bottom, right, top; got {value} numbers."),
        tr("aoi is no area: {left}, {bottom}, {right}, {top}."),
        tr("aoi is empty: {left}, {bottom}, {right}, {top}."),
        tr("aoi_crs {value} is no CRS that is known; give one like EPSG:32632."),
        tr("The map's CRS {value} is not known; choose another one for the map."),
        tr("The checkerboard's cell is at least 1 px, got {value}."),
        tr("The swipe's position is from 0 to 1, got {value}."),
        tr("The window is {least} to {most} pixels wide; got {value}."),
        tr("A preview has 1 to {most} pixels a side, got {width} x {height}."),
        tr("The registered raster would lie nowhere; choose other inputs."),
        tr(
            "The registered raster lies outside its own CRS; choose the grid "
            "'reference'."
        ),
        tr(
            "The grid {value} would give {width} x {height} pixels for {cols} x "
            "{rows}; choose 'own' or a larger pixel size."
        ),
        tr(
            "The grid '{value}' has pixels larger than the whole registered raster "
            "({extent}); choose a smaller pixel size, in the reference's units."
        ),
        tr("Control point {n} lies where the images' CRS is not defined; delete it."),
        tr(
            "A warp needs {least} control points, so that its error can be told; "
            "there are {n}."
        ),
        tr("The {kind} transform needs {least} control points; there are {n}."),
        tr("There are no control points; click on the map to make some."),
        tr("The control points are malformed: {why}."),
        tr("The transform is one of {choices}; got {value}."),
        tr("The transform is malformed: {why}."),
        tr("The gradient matcher has no weights; leave them out."),
        tr("There is no device {value} here; choose auto or cpu."),
        tr(
            "The model {name} needs {package}, which is not installed; install it, or "
            "choose the model gradient."
        ),
        tr(
            "The model {name} cannot be loaded, for torch does not start here ({why}); "
            "install it again, or choose the model gradient."
        ),
        tr("No weights for {name} were found; give a file, or put {file} into {path}."),
        tr("{origin} {path} does not exist; check the path."),
        tr("{path} is not a complete safetensors file ({why}); get it again."),
        tr("{path} has a damaged header ({why}); get it again."),
        tr(
            "{path} does not fit this version of the network ({why}); get weights "
            "that were made for it."
        ),
        tr(
            "{path} holds weights of something else than SOMA; choose a file that was"
            " exported by soma.training.export."
        ),
        tr("Unexpected {error}: {why}"),
    )
