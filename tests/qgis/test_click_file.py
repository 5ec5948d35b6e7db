"""The file of the control points is whole, or as it was, or not there."""

import pytest
from click_pair import kept_in
from osgeo import gdal, ogr
from soma.ui.click import geopackage

#: One point as a row of its file.
GOOD = (1, 1.0, 1.5, 4.0, 5.5, 3.0, 4.0, None, None, 0.5, True, "model")


def test_a_change_that_fails_leaves_the_file_as_it_was(qapp, tmp_path):
    path = tmp_path / "points.gpkg"
    geopackage.write_rows(path, [GOOD], "")
    with pytest.raises(KeyError, match="ref_x"):
        geopackage.write_rows(path, [GOOD, GOOD[:3]], "")
    assert kept_in(path) == [(1.0, 1.5)]


def test_a_file_that_could_not_be_made_is_not_there(qapp, tmp_path):
    path = tmp_path / "points.gpkg"
    with pytest.raises(KeyError, match="ref_x"):
        geopackage.write_rows(path, [GOOD, GOOD[:3]], "")
    assert not list(tmp_path.iterdir())
    # What is left of a QGIS that was killed in the middle is in nobody's way.
    (tmp_path / "points.part.gpkg").write_bytes(b"half")
    geopackage.write_rows(path, [GOOD], "")
    assert kept_in(path) == [(1.0, 1.5)]
    assert [file.name for file in tmp_path.iterdir()] == ["points.gpkg"]


def test_what_somebody_drew_into_the_layer_is_no_point(qapp, tmp_path):
    path = tmp_path / "points.gpkg"
    geopackage.write_rows(path, [GOOD], "")
    file = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_UPDATE)
    table = file.GetLayer(0)
    feature = ogr.Feature(table.GetLayerDefn())
    feature.SetGeometry(ogr.CreateGeometryFromWkt("POINT (1 2)"))
    table.CreateFeature(feature)
    del feature, table, file
    assert kept_in(path) == [(1.0, 1.5)]
