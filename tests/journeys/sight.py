"""What a person sees at QGIS: reads the screen, and waits for what should be there.

What is not seen in time fails with what is on the screen instead.
"""

import time

from program import Program

#: Patience for what should be there soon, and for what takes its time.
SOON_S, LONG_S = 60, 300
LOOK_S = 0.12
#: Kinds of things that are pressed.
BUTTONS = ("button", "choice")


class Sight:
    """Looks at one QGIS.

    Args:
        program: the QGIS.
        words: how texts read in another language, by the English ones.
    """

    def __init__(self, program: Program, words=None):
        self.program, self.screen, self.words = program, program.screen, words or {}

    def ask(self, do: str, **values):
        """Ask the eyes inside of QGIS."""
        return self.program.ask(do, **values)

    @property
    def state(self) -> dict:
        """Return layers, map tool, items of the canvas."""
        return self.ask("state")

    def said(self, text: str) -> str:
        """Return a text in the language of this QGIS."""
        return self.words.get(text, text)

    def find(self, text: str, *kinds: str) -> dict | None:
        """Return the thing that shows a text, None for none.

        Things that show the text alone go before those that contain it.
        """
        found = self.ask("find", text=self.said(text), kinds=kinds)
        found.sort(key=lambda thing: (not thing["enabled"], not thing["shown"][2]))
        return found[0] if found else None

    def wait_for(self, condition, what: str, seconds: float = SOON_S):
        """Wait until something holds; returns what the condition returned."""
        end = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(
                    f"waited {seconds:.0f} s for {what}; there is: {self.read_all()}"
                )
            time.sleep(LOOK_S)

    def texts(self) -> list:
        """Return all that can be read on the screen, values of fields too."""
        lines = self.ask("texts")
        return [
            f"{text}: {value}" if value and text else text or value
            for _, text, value in lines
        ]

    def read_all(self) -> str:
        """Return what is on the screen for a message, without QGIS's own toolbars."""
        shown = self.ask("texts", every=False)
        # Menus say nothing new, unless one is open.
        shown = [line for line in shown if line[0] != "menu"] or shown
        lines = [
            f"{kind} {text!r}" + (f" = {value[-300:]!r}" if value else "")
            for kind, text, value in shown
            if len(text) < 600
        ]
        return "; ".join(lines[:60])

    def sees(self, text: str) -> bool:
        """Return whether a text can be read somewhere."""
        return any(self.said(text) in line for line in self.texts())

    def see(self, *texts: str, seconds: float = SOON_S) -> str:
        """Wait until one of the texts can be read; returns the first of them."""

        def look():
            lines = self.texts()
            return next(
                (t for t in texts if any(self.said(t) in line for line in lines)), ""
            )

        return self.wait_for(look, " or ".join(map(repr, texts)), seconds)

    def see_gone(self, text: str, seconds: float = SOON_S) -> None:
        """Wait until a text can no longer be read."""
        self.wait_for(lambda: not self.sees(text), f"{text!r} to go", seconds)

    def can_press(self, text: str) -> bool:
        """Return whether a button is on the screen and can be pressed."""
        found = self.find(text, *BUTTONS)
        return bool(found and found["enabled"])

    def is_on(self, text: str) -> bool:
        """Return whether a button or box is pressed or ticked."""
        found = self.find(text, *BUTTONS)
        return bool(found and found["checked"])

    def wait_map(self) -> None:
        """Wait until the map is drawn."""
        self.wait_for(
            lambda: not self.ask("quiet")["drawing"], "the map to be drawn", LONG_S
        )


def centre(found: dict) -> tuple:
    """Return the middle of what shows of a thing."""
    x, y, width, height = found["shown"]
    return x + width // 2, y + height // 2
