"""The algorithms in QGIS's own batch dialog and in models of the model designer."""

import gc
import json
import shutil
from pathlib import Path

import pytest
from osgeo import gdal
from qgis.analysis import QgsNativeAlgorithms
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterRasterLayer,
    QgsScopedProxyProgressTask,
    QgsVectorLayer,
)
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QTimer
from soma.core.base.job import Job

gdal.UseExceptions()

Source = QgsProcessingModelChildParameterSource


@pytest.fixture
def batch(plugin, layers, qapp, wait, toolbox_code):
    """Return a function that fills and runs QGIS's batch dialog.

    It returns what the dialog tells in its summary, results and errors, and None
    where it tells nothing because it was cancelled.
    """
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog

    class Dialog(BatchAlgorithmDialog):
        told = None

        def createSummaryTable(self, results, errors):
            self.told = results, errors

    def run(name, rows, meanwhile=None):
        dialog = Dialog(plugin.provider.algorithm(name).create(), plugin.dock)
        panel, context = dialog.mainWidget(), QgsProcessingContext()
        panel.clear()
        for number, row in enumerate(rows):
            panel.addRow()
            for key, value in row.items():
                column = panel.parameter_to_column[key]
                if key == "OUTPUT":
                    panel.tblParameters.cellWidget(number + 1, column).setValue(value)
                else:
                    panel.wrappers[number][column].setParameterValue(value, context)
        dialog.show()
        if meanwhile is not None:
            meanwhile(dialog)
        dialog.runButton().click()
        wait(lambda: dialog.runButton().isEnabled())
        dialog.close()
        dialog.deleteLater()
        qapp.processEvents()
        # QGIS never frees what an algorithm raised, nor the frames below it, nor
        # the batch's task there: it would take a thread from all other tasks.
        for thing in gc.get_objects():
            is_task = type(thing) is QgsScopedProxyProgressTask
            if is_task and not sip.isdeleted(thing):
                sip.delete(thing)
        wait(lambda: not QgsApplication.taskManager().countActiveTasks())
        return dialog.told

    return run


def test_batch_registers_one_pair_after_the_other(
    batch, plugin, layers, pair, tmp_path
):
    turned = str(tmp_path / "other sar.tif")
    gdal.Translate(turned, pair[0], scaleParams=[[]], outputType=gdal.GDT_Byte)
    flat = str(tmp_path / "sea.tif")
    gdal.Translate(flat, pair[1], scaleParams=[[0, 255, 90, 90]])
    rows = [
        {"SAR": sar, "OPTICAL": optical, "OUTPUT": str(tmp_path / name)}
        for sar, optical, name in (
            (layers[0].id(), pair[1], "one"),
            (pair[0], flat, "two"),
            (turned, layers[1].id(), "three"),
        )
    ]
    results, errors = batch("register", rows)
    assert [r["results"]["OUTPUT"] for r in results] == [
        str(tmp_path / name) for name in ("one", "three")
    ]
    for found in (r["results"] for r in results):
        assert found["AFTER_PX"] < 1 < found["BEFORE_PX"]
        job = Job(sar=found["REGISTERED"], optical=pair[1])
        left = plugin.engine.call("assess", job=job.__dict__)
        assert left["status"] == "aligned", left["verdict"]
    assert len(errors) == 1 and "Refused" in " ".join(errors[0]["errors"])
    assert {p.name for p in (tmp_path / "two").iterdir() if p.name[0] != "."} == {
        "report.html"
    }


def test_batch_that_is_cancelled_leaves_what_was_done(batch, layers, tmp_path):
    rows = [
        {
            "SAR": layers[0].id(),
            "OPTICAL": layers[1].id(),
            "OUTPUT": str(tmp_path / n),
        }
        for n in ("one", "two", "three")
    ]

    timer = QTimer()

    def cancel_second(dialog):
        def look():
            # The second one is under way: its results are being gathered.
            if any(tmp_path.glob(".two.*")):
                dialog.cancelButton().click()

        timer.timeout.connect(look)
        timer.start(20)

    batch("register", rows, cancel_second)
    timer.stop()
    assert (tmp_path / "one" / "registered.tif").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["one"]


class Model(QgsProcessingModelAlgorithm):
    """A model as the designer makes it: inputs, steps, and what is kept of them."""

    def __init__(self):
        super().__init__("chain", "test")
        for name in ("SAR", "OPTICAL"):
            self.addModelParameter(
                QgsProcessingParameterRasterLayer(name, name),
                QgsProcessingModelParameter(name),
            )

    def add(self, child, algorithm, keep=None, **sources):
        step = QgsProcessingModelChildAlgorithm(f"soma:{algorithm}")
        step.setChildId(child)
        # The designer stores what its dialog shows: the defaults as well.
        for known in step.algorithm().parameterDefinitions():
            if not known.isDestination() and known.defaultValue() is not None:
                fixed = Source.fromStaticValue(known.defaultValue())
                step.addParameterSources(known.name(), [fixed])
        for name, source in sources.items():
            step.addParameterSources(name, [source])
        outputs = {}
        for name, output in (keep or {}).items():
            kept = QgsProcessingModelOutput(name, name)
            kept.setChildId(child)
            kept.setChildOutputName(output)
            outputs[name] = kept
        step.setModelOutputs(outputs)
        self.addChildAlgorithm(step)


@pytest.fixture
def run_model(plugin, project, tmp_path):
    """Return a function that stores a model, reads it again and runs it.

    What is kept of its steps is named as in the model; QGIS's own names for that
    differ by version.
    """

    def run(model, keep=None, **parameters):
        path = str(tmp_path / "chain.model3")
        assert model.toFile(path)
        read = QgsProcessingModelAlgorithm()
        assert read.fromFile(path)
        read.initAlgorithm()
        good, faults = read.validate()
        assert good, faults
        kept = {
            d.description(): d.name() for d in read.destinationParameterDefinitions()
        }
        parameters.update({kept[name]: path for name, path in (keep or {}).items()})
        context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
        context.setProject(project)
        found, ok = read.run(parameters, context, feedback)
        assert ok, feedback.textLog()
        # A step loads nothing by itself; that is for the model to say.
        assert not context.layersToLoadOnCompletion()
        return found | {name: found.get(kept[name]) for name in keep or {}}

    return run


def pair_sources():
    return {
        "SAR": Source.fromModelParameter("SAR"),
        "OPTICAL": Source.fromModelParameter("OPTICAL"),
    }


def test_model_registers_and_draws_a_checkerboard(
    run_model, plugin, layers, pair, tmp_path
):
    model = Model()
    model.add("register", "register", {"folder": "OUTPUT"}, **pair_sources())
    model.add(
        "board",
        "checkerboard",
        {"board": "OUTPUT"},
        A=Source.fromChildOutput("register", "REGISTERED"),
        B=Source.fromModelParameter("OPTICAL"),
        CELL=Source.fromStaticValue(32),
    )
    board, folder = str(tmp_path / "board.tif"), str(tmp_path / "out")
    found = run_model(
        model,
        {"folder": folder, "board": board},
        SAR=layers[0].id(),
        OPTICAL=layers[1].id(),
    )
    assert found["board"] == board
    alone = str(tmp_path / "alone.tif")
    plugin.engine.call(
        "compare", a=f"{folder}/registered.tif", b=pair[1], out=alone, cell=32
    )
    assert Path(board).read_bytes() == Path(alone).read_bytes()


def test_model_applies_the_transform_to_another_raster(
    run_model, layers, pair, tmp_path
):
    other = str(tmp_path / "other date.tif")
    shutil.copy(pair[0], other)
    model = Model()
    model.addModelParameter(
        QgsProcessingParameterRasterLayer("OTHER", "OTHER"),
        QgsProcessingModelParameter("OTHER"),
    )
    model.add("register", "register", {"folder": "OUTPUT"}, **pair_sources())
    model.add(
        "apply",
        "applytransform",
        {"warped": "OUTPUT"},
        TRANSFORM=Source.fromChildOutput("register", "TRANSFORM_FILE"),
        RASTERS=Source.fromModelParameter("OTHER"),
    )
    found = run_model(
        model,
        {"folder": str(tmp_path / "out"), "warped": str(tmp_path / "warped")},
        SAR=pair[0],
        OPTICAL=layers[1].id(),
        OTHER=other,
    )
    assert found["warped"] == str(tmp_path / "warped")
    one = gdal.Open(str(tmp_path / "warped" / "other date_registered.tif"))
    two = gdal.Open(str(tmp_path / "out" / "registered.tif"))
    assert one.GetGeoTransform() == two.GetGeoTransform()
    assert (one.ReadAsArray() == two.ReadAsArray()).all()


@pytest.fixture
def native(qapp):
    """QGIS's own algorithms."""
    registry = QgsApplication.processingRegistry()
    provider = QgsNativeAlgorithms(registry)
    registry.addProvider(provider)
    yield
    registry.removeProvider(provider)


def test_model_takes_the_match_points_further(run_model, native, pair, tmp_path):
    model = Model()
    transform = Source.fromStaticValue("affine")
    model.add("match", "matchpoints", **pair_sources(), TRANSFORM=transform)
    step = QgsProcessingModelChildAlgorithm("native:extractbyexpression")
    step.setChildId("good")
    step.addParameterSources("INPUT", [Source.fromChildOutput("match", "POINTS")])
    step.addParameterSources("EXPRESSION", [Source.fromStaticValue('"inlier"')])
    kept = QgsProcessingModelOutput("good", "good")
    kept.setChildId("good")
    kept.setChildOutputName("OUTPUT")
    step.setModelOutputs({"good": kept})
    model.addChildAlgorithm(step)
    good = str(tmp_path / "good.gpkg")
    found = run_model(model, {"good": good}, SAR=pair[0], OPTICAL=pair[1])
    count = QgsVectorLayer(good, "", "ogr").featureCount()
    assert 10 < count <= found["CHILD_RESULTS"]["match"]["MATCHES"]


def test_model_keeps_files_it_does_not_name_in_temporary_folders(
    run_model, layers, tmp_path
):
    model = Model()
    model.add("register", "register", **pair_sources())
    model.add(
        "assess",
        "assessalignment",
        SAR=Source.fromChildOutput("register", "REGISTERED"),
        OPTICAL=Source.fromModelParameter("OPTICAL"),
    )
    found = run_model(model, SAR=layers[0].id(), OPTICAL=layers[1].id())
    assert found["CHILD_RESULTS"]["assess"]["STATUS"] == "aligned"
    assert json.dumps(found["CHILD_RESULTS"]["register"]["EXPECTED_ERROR_PX"])
    assert not [p for p in tmp_path.iterdir() if p.suffix != ".model3"]
