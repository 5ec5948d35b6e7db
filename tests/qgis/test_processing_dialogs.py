"""The algorithms in QGIS's own dialogs: words on the screen, codes in what is kept."""

import gc
import json

import pytest
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildParameterSource,
)
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QCoreApplication, QEvent
from qgis.PyQt.QtWidgets import QComboBox, QDialogButtonBox
from soma.ui.words import sentences, terms


@pytest.fixture
def show(plugin, qapp, toolbox_code):
    """Return a function that opens a dialog of QGIS for an algorithm."""
    opened = []

    def show(name, kind):
        algorithm = plugin.provider.algorithm(name).create()
        if kind == "algorithm":
            from processing.gui.AlgorithmDialog import AlgorithmDialog

            dialog = AlgorithmDialog(algorithm, False, plugin.iface.mainWindow())
        elif kind == "batch":
            from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog

            dialog = BatchAlgorithmDialog(algorithm, plugin.iface.mainWindow())
        else:
            from processing.modeler.ModelerParametersDialog import (
                ModelerParametersDialog,
            )

            dialog = ModelerParametersDialog(algorithm, QgsProcessingModelAlgorithm())
        opened.append(dialog)
        dialog.show()
        return dialog

    yield show
    for dialog in opened:
        if not sip.isdeleted(dialog):
            dialog.close()
            dialog.deleteLater()
    qapp.processEvents()


def lists(dialog):
    """Return the entries of every list of a dialog."""
    boxes = dialog.findChildren(QComboBox)
    return [[box.itemText(i) for i in range(box.count())] for box in boxes]


def choices(name):
    """Return the words of every list of an algorithm."""
    shown = {
        "register": [
            terms.moving(),
            sentences.transforms(),
            terms.models(),
            terms.searches(),
            terms.shift_units(),
            terms.resamplings(),
        ],
        "checkerboard": [terms.comparisons()],
    }
    return [list(meanings.values()) for meanings in shown[name]]


@pytest.mark.parametrize("kind", ["algorithm", "batch", "model"])
@pytest.mark.parametrize("name", ["register", "checkerboard"])
def test_lists_show_words(show, layers, name, kind):
    found = lists(show(name, kind))
    for entries in choices(name):
        assert entries in found
    codes = {*terms.comparisons(), *sentences.transforms(), *terms.searches()}
    assert not codes & {entry for entries in found for entry in entries}


def test_lists_show_words_of_the_users_language(chinese, show, layers):
    found = lists(show("register", "algorithm"))
    assert sentences.transforms()["tps"] == "薄板样条"
    assert list(sentences.transforms().values()) in found


def choose(box, text):
    row = box.findText(text)
    assert row >= 0, text
    box.setCurrentIndex(row)


def box_with(dialog, text):
    (box,) = [b for b in dialog.findChildren(QComboBox) if b.findText(text) >= 0]
    return box


def test_dialog_keeps_codes(show, layers):
    dialog = show("register", "algorithm")
    choose(box_with(dialog, "Thin-plate spline"), "Thin-plate spline")
    choose(box_with(dialog, "Bilinear"), "Bilinear")
    values = dialog.createProcessingParameters()
    assert values["TRANSFORM"] == "tps" and values["RESAMPLING"] == "bilinear"
    assert (values["MOVING"], values["GRID"]) == ("sar", "reference")
    # What the history holds gives the same words again.
    dialog.setParameters({"TRANSFORM": "poly2", "MOVING": "optical"})
    assert box_with(dialog, "Affine").currentText() == "2nd-order polynomial"
    assert dialog.createProcessingParameters()["TRANSFORM"] == "poly2"


def test_dialogs_are_opened_again_and_again(show, layers, qapp):
    """What an earlier one leaves in memory is nothing to a later one."""
    for kind in ("algorithm", "batch", "model") * 4:
        dialog = show("register", kind)
        if kind == "algorithm":
            choose(box_with(dialog, "Dense flow"), "Dense flow")
            assert dialog.createProcessingParameters()["TRANSFORM"] == "flow"
        dialog.close()
        dialog.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        del dialog
        gc.collect()
        qapp.processEvents()


def test_values_that_are_no_choice_can_be_typed(show, layers):
    dialog = show("register", "algorithm")
    for word, typed in (("Its own pixels", "12.5"), ("Processor (CPU)", "cuda:1")):
        box_with(dialog, word).setEditText(typed)
    values = dialog.createProcessingParameters()
    assert (values["GRID"], values["DEVICE"]) == ("12.5", "cuda:1")
    choose(box_with(dialog, "Its own pixels"), "Its own pixels")
    assert dialog.createProcessingParameters()["GRID"] == "own"


def test_model_keeps_codes(show, layers):
    dialog = show("register", "model")
    choose(box_with(dialog, "Dense flow"), "Dense flow")
    ((source,),) = [
        sources
        for name, sources in dialog.createAlgorithm().parameterSources().items()
        if name == "TRANSFORM"
    ]
    fixed = QgsProcessingModelChildParameterSource.fromStaticValue("flow")
    assert source == fixed


def test_batch_keeps_codes(show, layers):
    panel = show("register", "batch").mainWidget()
    wrapper = panel.wrappers[0][panel.parameter_to_column["TRANSFORM"]]
    choose(wrapper.widget, "Affine")
    assert wrapper.parameterValue() == "affine"


@pytest.mark.parametrize("name", ["register", "matchpoints", "assessalignment"])
def test_dialog_begins_with_the_pair_of_the_dock(show, dock, layers, name):
    values = show(name, "algorithm").createProcessingParameters()
    assert [values["SAR"], values["OPTICAL"]] == [layer.id() for layer in layers]
    assert layers[0] is dock.form.sar.currentLayer()


def test_dialog_has_a_help_button(show, layers):
    for name in ("register", "matchpoints", "applytransform"):
        dialog = show(name, "algorithm")
        buttons = dialog.findChildren(QDialogButtonBox)
        helps = [b.button(QDialogButtonBox.StandardButton.Help) for b in buttons]
        assert any(helps), name


@pytest.mark.parametrize(
    "twice",
    [
        lambda layers: (layers[0], layers[0]),
        lambda layers: (layers[0].id(), layers[0].source()),
        lambda layers: (layers[0].source(), layers[0].source()),
    ],
    ids=["layer", "layer and file", "file"],
)
@pytest.mark.parametrize("name", ["register", "checkerboard"])
def test_the_same_image_twice_is_refused(plugin, project, layers, name, twice):
    algorithm = plugin.provider.algorithm(name).create()
    names = ("SAR", "OPTICAL") if name == "register" else ("A", "B")
    texts = [algorithm.parameterDefinition(n).description() for n in names]
    context = QgsProcessingContext()
    context.setProject(project)
    values = dict(zip(names, twice(layers), strict=True), OUTPUT="TEMPORARY_OUTPUT")
    told = f"{texts[0]} and {texts[1]} are the same image; choose two."
    assert algorithm.checkParameterValues(values, context) == (False, told)
    values[names[1]] = layers[1].id()
    assert algorithm.checkParameterValues(values, context)[0]


def test_who_stops_an_algorithm_gets_no_error(in_task, layers, tmp_path):
    out = tmp_path / "out"
    ok, found, _, feedback = in_task(
        "register",
        until=lambda: any(tmp_path.glob(".out.*")),
        SAR=layers[0].id(),
        OPTICAL=layers[1].id(),
        OUTPUT=str(out),
    )
    assert not ok and not found and not out.exists()
    assert "Stopped; no output was written." in feedback.textLog()
    assert "red" not in feedback.htmlLog()


def test_history_of_codes_is_json(show, layers):
    values = show("checkerboard", "algorithm").createProcessingParameters()
    values.pop("OUTPUT")
    assert json.loads(json.dumps(values))["MODE"] == "checkerboard"
