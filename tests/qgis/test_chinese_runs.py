"""A Chinese user's runs: refused, successful, wrong, in the dock and in the toolbox."""

import re

import pytest
from han import HAN, REFUSED, is_chinese, refused
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
)
from soma.core.base.errors import REASONS, BadInput, Refused
from soma.ui.processing.base import made_job
from soma.ui.qt.i18n import tr
from soma.ui.words import sentences


@pytest.mark.parametrize("code", sorted(REASONS))
def test_each_refusal_is_chinese_in_the_dock(chinese, plugin, code):
    plugin.show_dock()
    panel = plugin.dock.panel
    panel.show_result(refused(code), [])
    detail = REFUSED[code].say(tr)
    for text in (panel.headline.text(), panel.text.text(), detail):
        text = text.replace("<b>", "").replace("</b>", "")
        assert is_chinese(text, ("a.tif", "b.tif", "--force")), text
    figures = re.findall(r"(?<!y)\d+\.?\d*", str(REFUSED[code]))
    assert sorted(re.findall(r"\d+\.?\d*", detail)) == sorted(figures)
    # A sentence without figures would say again what the text says.
    assert panel.why.text().endswith(detail) if figures else not panel.why.text()
    assert is_chinese(sentences.place_refusal(Refused(code, detail)))


def test_a_run_that_is_refused_speaks_chinese(chinese, dock, layers, sea, wait):
    layer = QgsRasterLayer(sea, "sea")
    QgsProject.instance().addMapLayer(layer)
    dock.form.optical.setLayer(layer)
    found = []
    dock.resultReady.connect(found.append)
    dock.register()
    wait(lambda: dock.task is None)
    assert found[0]["status"] == "refused"
    # The file that other programs read stays in English.
    assert not HAN.search(found[0]["reason"])
    told = dock.panel.text.text() + dock.panel.why.text()
    # It names the image that shows nothing.
    assert "sea.tif" in told and is_chinese(told.replace("sea.tif", "")), told


def test_a_success_speaks_chinese(chinese, dock, wait):
    dock.form.models.choose("auto")
    dock.register()
    wait(lambda: dock.task is None)
    assert is_chinese(dock.panel.why.text()), dock.panel.why.text()
    wait(dock.form.models.card.text)
    told = dock.form.models.card.text()
    names = "SOMA", "FGE", "GLAM", "fp16", "MB", "CPU", "GPU", "gradient", "torch"
    assert is_chinese(told, names), told
    # Not every machine of these tests has torch.
    assert ("点击" in told) == ("soma" in dock.form.models.used())


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"sar": "/nowhere/s.tif"}, ("s.tif", "/nowhere/s.tif")),
        ({"sar_bands": [9]}, ("sar.tif",)),
        ({"max_shift": 900.0}, ()),
        ({"model": "soma", "weights": "/nowhere/w.safetensors"}, None),
    ],
)
def test_the_commonest_errors_of_the_engine_are_chinese(
    chinese, plugin, pair, tmp_path, values, names
):
    job = {"sar": pair[0], "optical": pair[1], "out": str(tmp_path / "out"), **values}
    with pytest.raises(Exception) as caught:
        plugin.engine.call("register", job=job)
    if names is None:
        assert HAN.search(str(caught.value))
        return
    assert isinstance(caught.value, BadInput)
    assert is_chinese(str(caught.value), sorted(names, key=len)[::-1]), caught.value


def test_wrong_options_of_an_algorithm_are_chinese(chinese):
    with pytest.raises(BadInput) as caught:
        made_job(sar="a", optical="b", grid="much")
    assert HAN.search(sentences.error_text(caught.value))


@pytest.mark.parametrize(
    ("name", "output"), [("assessalignment", "VERDICT"), ("register", "REASON")]
)
def test_sentences_among_the_outputs_are_chinese(
    chinese, plugin, pair, tmp_path, name, output
):
    algorithm = plugin.provider.algorithm(name).create()
    values = {"SAR": pair[0], "OPTICAL": pair[1]}
    if name == "register":
        values["OUTPUT"] = str(tmp_path / "out")
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    context.setProject(QgsProject.instance())
    good, why = algorithm.checkParameterValues(values, context)
    assert good, why
    told = algorithm.processAlgorithm(values, context, feedback)[output]
    assert is_chinese(told), told
    assert told in feedback.textLog().replace("\xa0", " ")
