"""A person at QGIS: looks at the screen, moves the mouse, types, and waits.

Each method does what its name says in the way a hand does it. Things are named by
what they show. What cannot be found, reached or seen in time fails with what is on
the screen instead.
"""

import contextlib
import json
import re
import shutil
import time
from pathlib import Path

import screen
from program import Program, Stuck

#: Patience for what should be there soon, and for what takes its time.
SOON_S, LONG_S = 60, 300
#: QGIS that has not asked anything for so long asks no more.
_ASKS_S = 5
_LOOK_S = 0.12
#: How far a step of the wheel moves what is scrolled, about.
_WHEEL_PX = 60
#: How far the box of an entry is from the left end of its row.
_BOX_PX = 10
_BUTTONS = ("button", "choice")


class Person:
    """Uses one QGIS and keeps a diary of it.

    Args:
        program: the QGIS.
        diary: folder for pictures and ``steps.jsonl``.
        words: how texts read in another language, by the English ones.
    """

    def __init__(self, program: Program, diary: Path, words=None):
        self.program, self.screen, self.diary = program, program.screen, diary
        self.words = words or {}
        self.problems, self.step_name = [], "starts QGIS"
        shutil.rmtree(diary, ignore_errors=True)
        diary.mkdir(parents=True)
        self.wait_for(lambda: self.ask("quiet"), "QGIS to start")
        self.ask("arrange", width=self.screen.size[0], height=self.screen.size[1])
        # QGIS's own start is not the plugin's; what it logs there is.
        self._note(turns=False)

    # The story

    @contextlib.contextmanager
    def step(self, name: str):
        """Name what happens in the block; afterwards look at what went wrong in it."""
        self.step_name, begin = name, time.monotonic()
        __tracebackhide__ = True
        told, before = "", len(self.problems)
        try:
            yield
        except AssertionError as error:
            told = str(error)
            raise AssertionError(f"{name}: {told}") from None
        finally:
            picture = self._picture(name)
            if self.program.process.poll() is None:
                with contextlib.suppress(Stuck):
                    self._note()
            found = self.problems[before:] + ([told] if told else [])
            self._write(
                step=name,
                ok=not found,
                problems=found,
                picture=picture,
                seconds=round(time.monotonic() - begin, 1),
            )

    def fault(self, text: str) -> None:
        """Note a fault after which the story can go on."""
        self.problems.append(f"{self.step_name}: {text}")

    def expect(self, holds: bool, text: str) -> None:
        """Note a fault unless something holds."""
        if not holds:
            self.fault(text)

    def _note(self, turns: bool = True) -> None:
        news = self.ask("tidy")
        for fault in news["faults"]:
            self.fault(f"{fault['kind']}: {fault['text'].strip()}")
        for turn in news["turns"] if turns else []:
            if turn["plugin_ms"] > 200:
                self.fault(
                    "the window stood still for {plugin_ms} ms in\n{stack}".format(
                        **turn
                    )
                )
        if news["turns"]:
            self._write(turns=news["turns"])

    def _picture(self, name: str) -> str:
        number = len(list(self.diary.glob("*.png"))) + 1
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        path = self.diary / f"{number:02}-{slug}.png"
        self.screen.picture(str(path))
        return path.name

    def _write(self, **values) -> None:
        with open(self.diary / "steps.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(values, ensure_ascii=False) + "\n")

    # Looking

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
            time.sleep(_LOOK_S)

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

    def value(self, text: str) -> str:
        """Return what the field with a label or name says."""
        found = self._wait_thing(text, "field", "list")
        return found["value"]

    def can_press(self, text: str) -> bool:
        """Return whether a button is on the screen and can be pressed."""
        found = self.find(text, *_BUTTONS)
        return bool(found and found["enabled"])

    def is_on(self, text: str) -> bool:
        """Return whether a button or box is pressed or ticked."""
        found = self.find(text, *_BUTTONS)
        return bool(found and found["checked"])

    def wait_map(self) -> None:
        """Wait until the map is drawn."""
        self.wait_for(
            lambda: not self.ask("quiet")["drawing"], "the map to be drawn", LONG_S
        )

    # Hands

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
                self.screen.key(letter if letter != "+" else "+")

        self._after(hand)

    def _wait_thing(
        self, text: str, *kinds: str, enabled=False, seconds=SOON_S
    ) -> dict:
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
        steps = round(abs(scroller["down_px"]) / _WHEEL_PX) or 1
        down = scroller["down_px"] > 0
        self.wheel_at(*scroller["at"], -steps if down else steps)

    def wheel_at(self, x, y, steps: int) -> None:
        """Turn the wheel over a place, away from oneself for positive steps."""
        button = screen.WHEEL_UP if steps > 0 else screen.WHEEL_DOWN
        self.point(x, y)

        def hand():
            for _ in range(abs(steps)):
                self.screen.press(button)
                self.screen.release(button)

        self._after(hand)

    def _middle(self, found: dict) -> tuple:
        if found["covered_by"]:
            raise AssertionError(
                f"{found['text']!r} is covered by {found['covered_by']}"
            )
        return _centre(found)

    def click(self, text: str, *kinds: str, button=screen.LEFT, seconds=SOON_S) -> None:
        """Click what shows a text, by default a button that can be pressed."""
        kinds = kinds or _BUTTONS
        found = self._wait_thing(text, *kinds, enabled=True, seconds=seconds)
        self.press_at(*self._middle(found), button)

    def click_beside(self, label: str) -> None:
        """Click the button at the right end of a field."""
        found = self._wait_thing(label, "field")
        x, y, width, height = found["shown"]
        edge = x + width
        near = [
            thing
            for thing in self.ask("all", kind="button")
            if thing["shown"][0] >= edge - 2 and y <= _centre(thing)[1] <= y + height
        ]
        if not near:
            raise AssertionError(f"no button beside {label!r}")
        self.press_at(*_centre(min(near, key=lambda thing: thing["shown"][0])))

    def double_click(self, text: str, *kinds: str) -> None:
        """Click twice."""
        found = self._wait_thing(text, *kinds, enabled=True)
        self.press_at(*self._middle(found), times=2)

    def hover(self, text: str, *kinds: str) -> None:
        """Move the mouse over something."""
        self.point(*self._middle(self._wait_thing(text, *kinds)))

    def wheel(self, text: str, steps: int) -> None:
        """Turn the wheel over a field."""
        self.wheel_at(*self._middle(self._wait_thing(text, "field")), steps)

    def tab(self, text: str) -> None:
        """Go to a tab."""
        self.click(text, "tab")

    def menu(self, *path: str) -> None:
        """Open menus one after the other and choose the last entry."""
        for text in path:
            self.click(text, "menu")

    def tick_item(self, text: str) -> None:
        """Click the box in front of an entry of a list."""
        found = self._wait_thing(text, "item")
        self.press_at(found["shown"][0] + _BOX_PX, self._middle(found)[1])

    def tick(self, text: str, on: bool = True) -> None:
        """Tick a box, or not."""
        if self._wait_thing(text, *_BUTTONS)["checked"] != on:
            self.click(text)

    def choose(self, label: str, entry: str) -> None:
        """Choose an entry of a combo box."""
        entry_said = self.said(entry)
        if (self.value(label) + " [").startswith(entry_said + " ["):
            return

        def is_chosen():
            # While a list is open, only that can be found. It may close by itself when
            # its entries change, and takes a second click on one place for the first's.
            field = self.find(label, "field")
            if field:
                if entry_said in field["value"]:
                    return True
                self.click(label, "field")
            listed = not self.find(label, "field") and self.find(entry, "item")
            if listed:
                self.press_at(*_centre(listed))
            return False

        self.wait_for(is_chosen, f"{label} to say {entry!r}")

    def fill(self, label: str, text: str) -> None:
        """Write a text into a field in place of what is there."""
        found = self._wait_thing(label, "field", enabled=True)
        # Not onto buttons at the end of a field.
        left, width = found["shown"][0], found["shown"][2]
        self.press_at(left + min(20, width // 2), self._middle(found)[1], times=2)
        self.key("Ctrl+a")
        self.write(text)

    def drag(self, start, end, button=screen.LEFT, steps: int = 8, holding="") -> None:
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

    def on_map(self, right: float, down: float) -> tuple:
        """Return a place of the map by shares of its width and height."""
        found = self._wait_thing("", "map")
        self._middle(found)
        x, y, width, height = found["shown"]
        return x + right * width, y + down * height

    def map_picture(self) -> bytes:
        """Return how the map looks."""
        return self.screen.pixels(*self._wait_thing("", "map")["shown"])

    def see_map_change(self, before: bytes, what: str) -> bytes:
        """Wait until the map looks otherwise and stands still; returns how it looks."""
        self.wait_for(lambda: self.map_picture() != before, f"the map to show {what}")
        return self.still_map()

    def still_map(self) -> bytes:
        """Wait until the map stays as it is for a moment; returns how it looks."""
        seen = [self.map_picture()]

        def is_still():
            seen.append(self.map_picture())
            return seen[-1] == seen[-2] == seen[max(-3, -len(seen))]

        self.wait_map()
        self.wait_for(is_still, "the map to stand still")
        return seen[-1]

    # The end

    def quit(self) -> None:
        """Leave QGIS by its menu, without saving; all has to be gone then.

        QGIS that has cancelled a task stays, and has to be left once more.
        """
        end = time.monotonic() + LONG_S
        with contextlib.suppress(Stuck):
            while self.program.process.poll() is None and time.monotonic() < end:
                if self.find("Project", "menu"):
                    self.menu("Project", "Exit QGIS")
                self._answer()
        code = self.program.wait()
        self.expect(code == 0, f"QGIS ended with {code}: {self.program.last_words()}")
        for left in self.program.left_behind():
            self.fault(f"left behind: {left}")

    def _answer(self) -> None:
        """Say what QGIS asks before it ends, as long as it asks."""
        end = time.monotonic() + _ASKS_S
        while self.program.process.poll() is None and time.monotonic() < end:
            for text in ("Discard", "Yes"):
                if self.find(text, "button"):
                    self.click(text, "button")
                    end = time.monotonic() + _ASKS_S
            time.sleep(_LOOK_S)


def _centre(found: dict) -> tuple:
    x, y, width, height = found["shown"]
    return x + width // 2, y + height // 2
