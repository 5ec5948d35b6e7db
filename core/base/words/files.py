"""What is wrong with files and layers."""

from __future__ import annotations

from .marks import N_

FILES: dict[str, str] = {
    "not_found": N_("{name} was not found; check the path {path}."),
    "not_a_raster": N_("{name} is not a raster that can be opened ({why})."),
    "reaches_out": N_(
        "{name} asks for {source} over the network; give a file with pixels in it, or "
        "set SOMA_TRUST_FILES=1 if you know where it comes from."
    ),
    "reads_elsewhere": N_(
        "{name} is a VRT by another name and reads {source} outside of its folder; "
        "rename it to .vrt if you know where it comes from."
    ),
    "raw_band": N_(
        "{name} shows the bytes of other files as pixels; set SOMA_TRUST_FILES=1 if "
        "you know where it comes from."
    ),
    "no_raster_name": N_("{path!r} is no file name; give the path of a raster."),
    "no_band_with_data": N_("{name} has no band with data."),
    "nodata_value": N_(
        "nodata {value:g} is no value that the {dtype} pixels of {name} can have;"
        " give another one."
    ),
    "complex_pixels": N_(
        "{name} holds complex values, which lose their phase when resampled; "
        "convert it to amplitude or intensity first."
    ),
    "pixel_type": N_("{name} has pixels of type {dtype}; convert it to float64 first."),
    "integers_too_large": N_(
        "{name} holds integers of 64 bits such as {value:.17g}, which float64 would "
        "round; convert it to float64 first, or declare that value as nodata."
    ),
    "band_without_pixels": N_(
        "{name} has no valid pixels in band {band}; check its nodata value and mask."
    ),
    "values_huge": N_(
        "{name} holds values up to {value:.3g} in band {band}; from {most:.2g} on they "
        "count as no data; divide them by a constant first."
    ),
    "no_such_band": N_("{name} has no data band {band}; its bands are {bands}."),
    "pixels_cannot_be_read": N_(
        "{name} cannot be read near column {column}, row {row}; the file seems "
        "damaged or incomplete ({why})."
    ),
    "geotransform_unsound": N_(
        "{name} has a geotransform that no raster can have ({values}); correct it, or "
        "remove it so that the image is looked for by its pixels."
    ),
    "not_in_degrees": N_(
        "{name} lies from {left:.10g}, {bottom:.10g} to {right:.10g}, {top:.10g}, but "
        "its CRS {crs} counts in degrees; give it the CRS that these numbers are in."
    ),
    "few_gcps": N_(
        "{name} has too few ground control points: {n}. At least 3 are needed."
    ),
    "gcps_contradict": N_(
        "The ground control points of {name} contradict each other: they miss a "
        "smooth mapping by {error:.0f} px; give a geocoded file instead."
    ),
    "gcps_left_out": N_(
        "{n} of {all} ground control points of {name} were left out, which lie "
        "elsewhere than the others say; the one at column {column:.0f}, row {row:.0f} "
        "by {distance:.0f} m."
    ),
    "gcps_disagree": N_(
        "{n} of {all} ground control points of {name} lie elsewhere than the others "
        "say, the one at column {column:.0f}, row {row:.0f} by {distance:.0f} m; "
        "correct them, or give a geocoded file."
    ),
    "gcps_few_disagree": N_(
        "The {n} ground control points of {name} lie up to {distance:.0f} m from where "
        "an affine would have them, and are too few to tell which is wrong: the image "
        "is placed by that affine alone; check them, or give a geocoded file."
    ),
    "gcp_nowhere": N_(
        "Ground control point {n} of {name} lies nowhere on the Earth ({x:g}, {y:g}); "
        "correct it, or give a geocoded file."
    ),
    "rpc_malformed": N_(
        "The rational polynomials of {name} are incomplete or damaged ({why}); give a "
        "geocoded file instead."
    ),
    "placed_wildly": N_(
        "The control points or rational polynomials of {name} spread it beyond all "
        "measure; give a geocoded file instead."
    ),
    "gcps_on_line": N_(
        "The ground control points of {name} lie on one line; give a geocoded "
        "file instead."
    ),
    "rpc_inverse": N_(
        "The rational polynomials of {name} cannot be inverted; give a geocoded "
        "file instead."
    ),
    "aoi_without_georeference": N_(
        "{name} has no georeference, so the area of interest cannot be placed; "
        "leave it out."
    ),
    "one_without_georeference": N_(
        "{name} has no georeference but {other} has one, so they can be compared "
        "only at equal size; register them first."
    ),
    "other_frame": N_(
        "{name} does not share the frame of the transform: one of the two has no "
        "georeference."
    ),
    "raster_stays": N_(
        "{name} is the image that stays, or lies on its pixels; only what lies on the "
        "pixels of the image that was registered can be warped like it."
    ),
    "raster_of_other_ground": N_(
        "{name} shows other ground than the image that was registered."
    ),
    "raster_beside": N_(
        "{name} lies up to {shift:.3g} pixels beside the image that was registered, so "
        "the transform may be wrong for it; register it by itself, or allow other "
        "pixels."
    ),
    "changed_since": N_(
        "{name} was changed since its transform was found, which may no longer fit it; "
        "register it again."
    ),
    "taken_scaled": N_(
        "{name} has {width} x {height} pixels and no georeference; it is taken for the "
        "whole scene of which {cols} x {rows} pixels were registered."
    ),
    "raster_of_other_size": N_(
        "{name} has {width} x {height} pixels, the image that was registered {cols} x "
        "{rows}, so the transform may be wrong for it; register it by itself, or allow "
        "other pixels."
    ),
    "mask_size": N_(
        "The mask {name} has no georeference and is {width} x {height} pixels "
        "while {other} is {cols} x {rows}; make them equal or georeference the "
        "mask."
    ),
    "mask_frame": N_(
        "The mask {name} has a georeference but {other} has none; give a mask in "
        "the image's own pixels."
    ),
    "mask_empty": N_(
        "The mask {name} holds no shapes; leave it out, or choose the file that holds "
        "the areas not to match."
    ),
    "mask_no_areas": N_(
        "The mask {name} holds lines or points, and what they go around is not known "
        "from them; give polygons of the areas not to match."
    ),
    "mask_beside": N_(
        "The mask {name} marks nothing where {other} is matched: its shapes lie from "
        "{left:.10g}, {bottom:.10g} to {right:.10g}, {top:.10g} ({crs}); give it the "
        "CRS that its coordinates are in, or leave it out."
    ),
    "mask_raster_nothing": N_(
        "The mask {name} marks nothing where {other} is matched: its pixels are 0 "
        "there, or lie elsewhere; check its values and its georeference, or leave it "
        "out."
    ),
    "mask_all": N_(
        "The mask {name} marks all of the area where {other} is matched; give one that "
        "leaves ground to be matched (in a raster, pixels that are 0)."
    ),
    "no_transform_file": N_(
        "{path} is no transform of SOMA; choose a transform.json that a "
        "registration wrote."
    ),
    "transform_version": N_(
        "{path} has version {found}, this program reads version {own}; register "
        "again or update."
    ),
    "no_plain_file": N_("{path} is no file that can be read; give the name of a file."),
    "no_text_file": N_(
        "{path} is no text in UTF-8; save it so, or choose another file."
    ),
    "too_large_for_text": N_(
        "{path} is larger than {most} MiB, so it cannot be what is asked for; choose "
        "another file."
    ),
    "cannot_be_read": N_("{path} cannot be read: {why}."),
    "not_json": N_("{path} is not valid JSON: {why}."),
    "not_written": N_(
        "{path} could not be written ({why}); free some space or choose another output."
    ),
    "would_overwrite_input": N_(
        "{path} is one of the inputs and would be overwritten; choose another output."
    ),
    "input_changed": N_(
        "{path} was changed while it was worked on, so that the results would not be "
        "of one image; run again."
    ),
    "exists_already": N_(
        "{path} exists and was not written by this program; choose another output, or "
        "say --overwrite."
    ),
    "not_own_file": N_(
        "{path} exists and was not written by this program; choose another output"
        " folder."
    ),
    "file_open_elsewhere": N_(
        "{path} is open in another program; close it there or choose another "
        "output folder."
    ),
    "is_folder": N_("{path} is a folder; give the name of a file."),
    "is_file": N_("{path} is a file; give the name of a folder."),
    "broken_name": N_(
        "The output folder {path} has a line break or a tab in its name, which no "
        "GeoPackage may have; choose another name."
    ),
    "no_output_name": N_("The output folder has no name; give one."),
    "several_to_one": N_(
        "Several rasters would be written to {path}; warp them one by one into "
        "different folders."
    ),
    "no_folder_beside": N_("There is no folder beside {path}; give one with --out."),
    "dense_map_name": N_("{path} is the dense map's name; give a name in .json."),
    "result_nowhere": N_(
        "The registered raster would lie nowhere; choose other inputs."
    ),
    "result_outside_crs": N_(
        "The registered raster lies outside its own CRS; choose the grid 'reference'."
    ),
    "bands_empty": N_(
        "{name} holds no data in some of its bands ({empty}); it is seen by "
        "others ({used})."
    ),
    "exchanged": N_(
        "{sar} was given as the radar image but looks optical, and {optical} was given "
        "as the optical one but looks like radar: were they exchanged?"
    ),
    "given_in_decibels": N_(
        "{name} was given as the optical image but holds decibels (half below "
        "{middle:.0f} dB), as radar images do: were the two exchanged?"
    ),
    "working_pixels_m": N_(
        "Matched are pixels of {gsd:.3g} m; the files hold {finest:.3g} m."
    ),
    "working_pixels": N_(
        "Matched are pixels {factor:.3g} times as large as those of the files."
    ),
    "bands_without_pixels": N_(
        "{name} has no valid pixels in any of its bands; check its nodata value and "
        "mask."
    ),
    "pixels_elsewhere": N_(
        "{name} holds no pixels itself; give the file that does, such as {files}."
    ),
    "mask_shapes": N_(
        "The mask {name} holds shapes that cannot be read ({why}); correct them, or "
        "leave it out."
    ),
    "file_empty": N_("{name} is empty; get it again."),
    "file_lfs_pointer": N_(
        "{name} only points to a file in Git LFS; get that with git lfs pull."
    ),
    "file_web_page": N_(
        "{name} is a web page, such as that of a login, and no raster; download the "
        "file itself."
    ),
    "placed_as_netcdf": N_(
        "{name} says where it lies only when it is opened as netCDF; give {other}."
    ),
    "no_bands": N_("{name} has no bands."),
    "no_bands_but_parts": N_(
        "{name} has no bands; it holds several rasters, give one of them: {parts}."
    ),
    "transform_damaged": N_("{path} is damaged ({why}); register again."),
    "transform_lacks": N_("{path} is damaged ({key} is missing); register again."),
    "disk_full": N_(
        "{path} could not be written (no space left; {free:.0f} MiB free there); "
        "free some space or choose another output."
    ),
    "could_not_write": N_(
        "{path} could not be written ({why}; {free:.0f} MiB free there); free "
        "some space or choose another output."
    ),
    "cannot_be_written": N_(
        "{path} could not be written ({why}); choose another output."
    ),
    "may_not_write": N_(
        "{path} could not be written ({why}); choose another output, or ask for the "
        "right to write there."
    ),
    "name_too_long": N_("{path} could not be written ({why}); choose a shorter name."),
    "wrong_ending": N_(
        "{path} does not end as the file that would be written there; end it in "
        "{endings}."
    ),
}
