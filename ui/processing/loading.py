"""Results of algorithms on the map, the way the toolbox loads layers.

An algorithm runs in any thread: it opens and styles its layers there and leaves
them in its context; whoever started it adds them to the project at the end, or
takes no notice of them, as ``qgis_process`` does.
"""

from __future__ import annotations

from typing import Any, Callable, Sequence

from qgis.core import (
    QgsMapLayer,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProcessingParameterBoolean,
    QgsProcessingUtils,
    QgsSettings,
)
from qgis.PyQt import sip

from ..layers.layer_group import Group, name_apart, place
from ..layers.results import Loaded, Origin, group_of
from ..qt.i18n import tr

#: Name of the parameter.
LOAD = "LOAD"
#: Setting of Processing: the group of the project that gets all results.
_HOME = "/".join(("Processing", "Configuration", "RESULTS_GROUP_NAME"))


def load_parameter() -> QgsProcessingParameterBoolean:
    """Return the parameter that asks for layers on the map."""
    parameter = QgsProcessingParameterBoolean(LOAD, tr("Load the results"), True)
    parameter.setHelp(
        tr("Adds the results to the project as one group; models never do.")
    )
    return parameter


def is_asked(
    algorithm: QgsProcessingAlgorithm, parameters: dict, context: QgsProcessingContext
) -> bool:
    """Return whether results have to be loaded when the algorithm has ended.

    Never in a model, whose own outputs are what it loads: there the step *Load
    layer into project* is the way. Models store a step's defaults, so that the
    parameter tells nothing of what their author wanted.
    """
    in_model = context.expressionContext().hasVariable("model_name")
    asked = algorithm.parameterAsBool(parameters, LOAD, context)
    return asked and context.project() is not None and not in_model


def known_layer(value: Any, context: QgsProcessingContext) -> QgsMapLayer | None:
    """Return the layer that a parameter's value names, if it is there; opens no file.

    Scripts give layers themselves, the toolbox their ids or files.
    """
    if isinstance(value, QgsMapLayer):
        return value
    return QgsProcessingUtils.mapLayerFromString(str(value), context, False)


def hand_over(
    context: QgsProcessingContext,
    loaded: Sequence[Loaded],
    title: str,
    outputs: Sequence[str],
    origins: Sequence[Origin],
    then: Callable[[QgsMapLayer], None] | None = None,
) -> None:
    """Leave layers in the context, to be loaded as one group when all is done.

    Args:
        context: of the algorithm that runs.
        loaded: top layer first; layers of this thread.
        title: of the group.
        outputs: name of the output that each layer shows, for the user's own styles.
        origins: the layers they are of.
        then: is called with each layer when it has its place.
    """
    group = group_of(loaded, title, origins)
    for rank, (item, output) in enumerate(zip(loaded, outputs)):
        layer = item.layer
        if not layer.isValid():
            continue
        details = QgsProcessingContext.LayerDetails(
            layer.name(), context.project(), output
        )
        details.forceName = True
        # Not by the names of groups that QGIS knows from 3.32 on: a second run would
        # join the group of the first.
        details.setPostProcessor(kept(_Grouping(group, rank, item.visible, then)))
        context.temporaryLayerStore().addMapLayer(layer)
        context.addLayerToLoadOnCompletion(layer.id(), details)


def name_output(context: QgsProcessingContext, output: str, name: str) -> None:
    """Name the layer of an output after what it shows, if QGIS loads it at the end.

    Not in models, whose authors name their outputs.

    Args:
        context: of the algorithm that runs.
        output: its file, as ``parameterAsOutputLayer`` has it.
        name: of the layer; it gets a number where it is taken.
    """
    in_model = context.expressionContext().hasVariable("model_name")
    if context.willLoadLayerOnCompletion(output) and not in_model:
        details = context.layerToLoadOnCompletionDetails(output)
        details.setPostProcessor(kept(_Naming(name)))


#: What contexts hold; these delete it in the end but do not keep Python's half.
_KEPT: list[QgsProcessingLayerPostProcessorInterface] = []


def kept(
    processor: QgsProcessingLayerPostProcessorInterface,
) -> QgsProcessingLayerPostProcessorInterface:
    """Keep a post-processor until the context that gets it deletes it."""
    sip.transferto(processor, None)
    _KEPT[:] = [*(p for p in _KEPT if not sip.isdeleted(p)), processor]
    return processor


class _Naming(QgsProcessingLayerPostProcessorInterface):
    """Names one layer that was just loaded."""

    def __init__(self, name: str):
        super().__init__()
        self._name = name

    def postProcessLayer(
        self,
        layer: QgsMapLayer,
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> None:
        name_apart(layer, self._name)


class _Grouping(QgsProcessingLayerPostProcessorInterface):
    """Moves one layer that was just loaded to its place in its group."""

    def __init__(
        self,
        group: Group,
        rank: int,
        visible: bool,
        then: Callable[[QgsMapLayer], None] | None,
    ):
        super().__init__()
        self._group, self._rank, self._visible = group, rank, visible
        self._then = then

    def postProcessLayer(
        self,
        layer: QgsMapLayer,
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> None:
        root = context.project().layerTreeRoot()
        home = root.findGroup(QgsSettings().value(_HOME, "", str) or "")
        place(self._group, layer, self._rank, self._visible, home)
        if self._then is not None:
            self._then(layer)
