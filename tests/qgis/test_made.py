"""What the product made is known as such, and never becomes an input by itself."""

import shutil
import subprocess
from pathlib import Path

import pytest
from checkout import SOMA
from osgeo import gdal
from qgis.core import QgsProject, QgsRasterLayer
from soma.ui.layers.inputs import guess_pair
from soma.ui.layers.provenance import is_made

RASTERS = ("registered.tif", "checkerboard.tif", "quality.tif")


@pytest.fixture(scope="module")
def run(pair, tmp_path_factory):
    """A folder of results, and further ones of ``apply`` and ``compare``."""
    out = tmp_path_factory.mktemp("run") / "out"
    for words in (
        ["register", *pair, "--model", "gradient", "--out", out],
        ["apply", out / "transform.json", pair[0], "--out", out / "more"],
        ["checkerboard", *pair, "--out", out / "board.tif"],
    ):
        subprocess.run([SOMA, *map(str, words), "--quiet"], check=True)
    return out


def named(*paths):
    """Add files as a user does who drags them into a project."""
    layers = [QgsRasterLayer(str(p), Path(p).stem) for p in paths]
    assert all(layer.isValid() for layer in layers)
    QgsProject.instance().addMapLayers(layers)
    return layers


def test_files_say_what_they_are_wherever_they_are_moved(run, project, tmp_path):
    files = [run / name for name in RASTERS]
    files += [run / "more/sar_registered.tif", run / "board.tif"]
    moved = [shutil.copy(file, tmp_path / f"sar {file.name}") for file in files]
    assert [is_made(layer) for layer in named(*moved)] == [True] * 5
    assert guess_pair() == (None, None)


def test_files_of_older_versions_are_known_by_the_list_beside_them(run, project):
    old = run.parent / "old"
    old.mkdir()
    shutil.copy(run / ".soma-outputs.json", old)
    for name in RASTERS:
        file = gdal.Open(str(run / name))
        size = file.RasterXSize, file.RasterYSize
        made = gdal.GetDriverByName("GTiff").Create(str(old / name), *size)
        made.GetRasterBand(1).Fill(7)
        del made  # closes it, which writes it
    assert all(is_made(layer) for layer in named(*(old / name for name in RASTERS)))
    shutil.copy(old / "registered.tif", old / "mine.tif")
    (mine,) = named(old / "mine.tif")
    assert not is_made(mine)


def test_inputs_are_chosen_among_results(run, project, pair):
    # Later ones lie on top, where a guess looks first.
    sar, optical = named(*pair)
    named(*(run / name for name in RASTERS))
    assert guess_pair() == (sar, optical)
    project.removeMapLayers([sar.id(), optical.id()])
    assert guess_pair() == (None, None)


def test_a_run_and_a_reopened_project_leave_the_pair_as_it_is(
    dock, layers, wait, project, tmp_path
):
    dock.register()
    wait(lambda: dock.task is None)
    assert guess_pair() == tuple(layers)
    made = {layer.name() for layer in project.mapLayers().values() if is_made(layer)}
    assert len(made) == 5 and len(project.mapLayers()) == 7
    path = str(tmp_path / "p.qgz")
    assert project.write(path)
    project.clear()
    assert project.read(path)
    assert [layer.name() for layer in guess_pair()] == ["sar", "optical"]
    again = {layer.name() for layer in project.mapLayers().values() if is_made(layer)}
    assert again == made


def test_only_images_are_offered(dock, layers, wait, project, tmp_path):
    """Checkerboards and residuals of earlier runs stood between them."""

    def offered(box):
        return {box.layer(i).name() for i in range(box.count())}

    dock.register()
    wait(lambda: dock.task is None)
    path = str(tmp_path / "p.qgz")
    for again in (False, True):
        if again:
            assert project.write(path)
            project.clear()
            assert project.read(path)
        for box in (dock.form.sar, dock.form.optical):
            assert offered(box) == {"sar", "optical", "sar, registered"}
            assert box.currentLayer().name() in ("sar", "optical")


def test_a_result_whose_file_is_gone_is_still_none_of_the_inputs(run, project, pair):
    gone = shutil.copytree(run, run.parent / "gone")
    named(gone / "registered.tif", *pair)
    path = str(run.parent / "p.qgz")
    assert project.write(path)
    project.clear()
    shutil.rmtree(gone)
    # QGIS tells of the lost file and keeps the layer.
    project.read(path)
    assert len(project.mapLayers()) == 3
    assert {layer.name() for layer in guess_pair()} == {"sar", "optical"}


def test_a_style_that_is_copied_makes_no_result(run, project, pair, tmp_path):
    (result,) = named(run / "registered.tif")
    (sar, _) = named(*pair)
    style = str(tmp_path / "style.qml")
    result.saveNamedStyle(style)
    sar.loadNamedStyle(style)
    assert is_made(result) and not is_made(sar)
