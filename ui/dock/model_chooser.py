"""The choice of a model: the engine's own list, and one line about each."""

from __future__ import annotations

from ..qt.i18n import tr
from ..qt.widgets import TOOLTIP, Paragraph, combo, explain
from ..words import sentences


class ModelChooser:
    """A combo box and the line below it; a form has a row for each."""

    def __init__(self):
        self.box = combo((tr("Automatic"), "auto"))
        explain(
            self.box,
            tr(
                "What finds the matches. Automatic takes gradient, and where that is "
                "unsure the network, if its packages are installed."
            ),
        )
        self.card = Paragraph()
        self._best = "gradient"

    def name(self) -> str:
        """Return what is chosen, "auto" among others."""
        return self.box.currentData() or "auto"

    def used(self) -> str:
        """Return the name of the model that would work."""
        return self._best if self.name() == "auto" else self.name()

    def choose(self, name: str) -> None:
        """Choose a model, which need not be listed yet."""
        if self.box.findData(name) < 0:
            self.box.addItem(name, name)
        self.box.setCurrentIndex(self.box.findData(name))

    def show_cards(self, cards: list[dict[str, object]]) -> None:
        """List the engine's models; those that cannot run say what is missing."""
        wanted = self.box.currentData()
        self.box.blockSignals(True)
        self.box.clear()
        ready = [card["name"] for card in cards if card["state"] == "ready"]
        taken = [c["name"] for c in cards if c["automatic"] and c["name"] in ready]
        self._best = "+".join(taken) if taken else "gradient"
        self.box.addItem(tr("Automatic ({name})").format(name=", ".join(taken)), "auto")
        lines = {card["name"]: sentences.said(card["about"], "") for card in cards}
        self.box.setItemData(0, self._automatic(), TOOLTIP)
        for card in cards:
            state = sentences.said(card.get("message", {}), str(card["state"]))
            line, name = lines[card["name"]], card["name"]
            if name not in ready:
                # The list is as wide as its entries; why is said below it.
                name = tr("{name} (cannot run here)").format(name=name)
                line = f"⚠ {state}"
            self.box.addItem(name, card["name"])
            self.box.setItemData(self.box.count() - 1, line, TOOLTIP)
        self.box.setCurrentIndex(max(self.box.findData(wanted), 0))
        self.box.blockSignals(False)
        self.follow()

    def _automatic(self) -> str:
        if self._best == "gradient":
            return tr("Takes gradient, for there is no network that can run here.")
        return tr(
            "Takes gradient, and the network where that is unsure. Clicks use gradient "
            "alone, which answers at once, unless a GPU is asked for."
        )

    def follow(self) -> None:
        """Show the line about what is chosen."""
        self.card.setText(self.box.currentData(TOOLTIP) or "")
