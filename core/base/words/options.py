"""What is wrong with options and control points."""

from __future__ import annotations

from .marks import N_

OPTIONS: dict[str, str] = {
    "one_of": N_("{name} is one of {choices}; got {value!r}."),
    "option_without": N_(
        "{option} has no effect without {other}; give both, or leave it out."
    ),
    "option_beside": N_("{option} has no effect with {other}; leave one of them out."),
    "no_file_name": N_("{name} is no file name: {value!r}."),
    "finite_number": N_("{name} is a finite number, got {value}."),
    "band_number": N_("{name}: bands count from 1, got {value}."),
    "shift_without_metres": N_(
        "max_shift of {length:g} m has no meaning for {name}, which has no "
        "georeference; give it in pixels, as 40px."
    ),
    "shift_too_large": N_(
        "max_shift of {length:.0f} px is larger than the overlap of {width} x "
        "{height} px; give a smaller one."
    ),
    "negative_shift": N_("max_shift must not be negative, got {value:g}."),
    "rotation_range": N_(
        "max_rotation_deg is 0 to 180, or -1 for automatic; got {value:g}."
    ),
    "scale_range": N_("max_scale is a factor from 1 to 8, got {value:g}."),
    "working_gsd_value": N_(
        "working_gsd is auto or a pixel size in metres above 0, got {value:g}."
    ),
    "working_gsd_without_metres": N_(
        "working_gsd of {gsd:g} m has no meaning for {name}, which has no "
        "georeference; leave it at auto."
    ),
    "working_gsd_too_fine": N_(
        "working_gsd of {gsd:g} m is finer than the {finest:.3g} m that both images "
        "hold; give at least that, or auto."
    ),
    "working_gsd_too_coarse": N_(
        "working_gsd of {gsd:g} m would leave {width} x {height} pixels of the overlap;"
        " at least {least} a side are needed."
    ),
    "negative_threads": N_("threads must not be negative, got {value}."),
    "many_threads": N_("threads is at most {most}, got {value}; 0 takes all cores."),
    "device_value": N_("device is auto, cpu, cuda, cuda:N or mps; got {value!r}."),
    "grid_value": N_(
        "grid is 'reference', 'own' or a pixel size above 0; got {value!r}."
    ),
    "grid_too_large": N_(
        "The grid {value!r} would give {width} x {height} pixels ({pixels:.3g} "
        "billion) for {cols} x {rows}; choose 'own', a larger pixel size or a part "
        "of the image."
    ),
    "grid_too_coarse": N_(
        "The grid '{value:g}' has pixels larger than the whole registered raster "
        "({extent:g}); choose a smaller pixel size, in the reference's units."
    ),
    "aoi_numbers": N_("aoi needs left, bottom, right, top; got {value} numbers."),
    "aoi_no_area": N_("aoi is no area: {left:g}, {bottom:g}, {right:g}, {top:g}."),
    "aoi_empty": N_("aoi is empty: {left:g}, {bottom:g}, {right:g}, {top:g}."),
    "aoi_crs": N_(
        "aoi_crs {value!r} is no CRS that is known; give one like EPSG:32632."
    ),
    "map_crs": N_(
        "The map's CRS {value!r} is not known; choose another one for the map."
    ),
    "cell_size": N_("The checkerboard's cell is 1 to {most} px wide, got {value}."),
    "mode_choice": N_("mode is one of {choices}; got {value!r}."),
    "window_size": N_("The window is {least} to {most} pixels wide; got {value}."),
    "look_malformed": N_("The look of a layer is malformed: {why}."),
    "look_not_shown": N_("{name} cannot be shown like {look}."),
    "preview_size": N_(
        "A preview has 1 to {most} pixels a side, got {width} x {height}."
    ),
    "transform_choice": N_("The transform is one of {choices}; got {value!r}."),
    "transform_malformed": N_("The transform is malformed: {why}."),
    "point_outside_crs": N_(
        "Control point {n} lies where the images' CRS is not defined; delete it."
    ),
    "points_to_apply": N_(
        "A warp needs {least} control points, so that its error can be told; "
        "there are too few: {n}."
    ),
    "points_for_transform": N_(
        "There are too few control points: {n}. For {kind:a_transform} at least "
        "{least} are needed."
    ),
    "no_points": N_("There are no control points; click on the map to make some."),
    "points_malformed": N_("The control points are malformed: {why}."),
}
