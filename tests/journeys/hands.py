"""Hands of a person: mouse, wheel and keys, and QGIS that has noticed them.

What cannot be reached, because it is hidden, covered or cannot be used, fails.
"""

import time

import screen
from program import Stuck
from sight import SOON_S, Sight, centre

#: How far a step of the wheel moves what is scrolled, about.
_WHEEL_PX = 60


class Hands(Sight):
    """Moves the mouse and types in the QGIS that is looked at.

    ``clicks`` counts how often a button of the mouse was pressed.
    """

    def __init__(self, *words):
        super().__init__(*words)
        self.clicks = 0

    def point(self, x: float, y: float) -> None:
        """Move the mouse there, and wait until QGIS has noticed."""
        place = [round(x), round(y)]
        if list(self.screen.at) == place:
            self.screen.move(place[0] - 1, place[1])
        self.screen.move(*place)
        self._noticed(lambda: self.ask("arrived")[1] == place, f"the mouse at {place}")

    def _noticed(self, condition, what: str) -> None:
        end = time.monotonic() + SOON_S
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"QGIS does not notice {what}")
            time.sleep(0.01)

    def _after(self, hand) -> None:
        """Do something with keys or buttons, and wait until QGIS has noticed."""
        before = self.ask("arrived")[0], self.screen.releases
        hand()
        count = self.screen.releases - before[1]
        what = f"keys or buttons {before}"

        def noticed():
            try:
                return self.ask("arrived")[0] >= before[0] + count
            except Stuck:
                # The last click may have ended QGIS.
                return self.program.wait() is not None

        self._noticed(noticed, what)

    def press_at(self, x, y, button=screen.LEFT, times=1, holding="") -> None:
        """Click at a place of the screen."""
        self.point(x, y)

        def hand():
            if holding:
                self.screen.hold(holding)
            self.clicks += times
            for _ in range(times):
                self.screen.press(button)
                self.screen.release(button)
            if holding:
                self.screen.let_go(holding)

        self._after(hand)

    def press_here(self) -> None:
        """Click where the mouse is."""
        self.press_at(*self.screen.at)

    def key(self, name: str) -> None:
        """Press keys together, such as ``Ctrl+a``."""
        self._after(lambda: self.screen.key(name))

    def write(self, text: str) -> None:
        """Type a text."""

        def hand():
            for letter in text:
                self.screen.key(letter)

        self._after(hand)

    def wheel_at(self, x, y, steps: int) -> None:
        """Turn the wheel over a place, away from oneself for positive steps."""
        button = screen.WHEEL_UP if steps > 0 else screen.WHEEL_DOWN
        self.point(x, y)

        def hand():
            for _ in range(abs(steps)):
                self.screen.press(button)
                self.screen.release(button)

        self._after(hand)

    def drag(self, start, end, button=screen.LEFT, steps: int = 8) -> None:
        """Drag from one place of the screen to another."""
        self.point(*start)
        self.screen.press(button)
        for i in range(1, steps + 1):
            share = i / steps
            self.screen.move(
                *(round(a + share * (b - a)) for a, b in zip(start, end, strict=True))
            )
            screen.pause()
        self._after(lambda: self.screen.release(button))

    def reach(self, text: str, *kinds: str, enabled=False, seconds=SOON_S) -> dict:
        """Return a thing when it stands still on the screen, after scrolling to it."""

        def look():
            found = self.find(text, *kinds)
            if not found or (enabled and not found["enabled"]):
                return None
            if found["scroller"]:
                self._scroll(found["scroller"])
                return None
            again = self.find(text, *kinds)
            stands = bool(again) and again["shown"] == found["shown"]
            return found if stands and min(found["shown"][2:]) > 0 else None

        words = f"{' or '.join(kinds)} {text!r}" + (
            " that can be used" if enabled else ""
        )
        return self.wait_for(look, words, seconds)

    def _scroll(self, scroller: dict) -> None:
        steps = round(abs(scroller["past_px"]) / _WHEEL_PX) or 1
        forth = scroller["past_px"] > 0
        self.wheel_at(*scroller["at"], -steps if forth else steps)

    def middle(self, found: dict) -> tuple:
        if found["covered_by"]:
            raise AssertionError(
                f"{found['text']!r} is covered by {found['covered_by']}"
            )
        return centre(found)
