"""A person at QGIS: does things in the way a hand does them, and keeps a diary.

Things are named by what they show. What cannot be found, reached or seen in time
fails with what is on the screen instead.
"""

import contextlib
import time
from pathlib import Path

import screen
from diary import Diary
from hands import Hands
from program import Program, Stuck
from sight import BUTTONS, LOOK_S, SOON_S, centre

#: QGIS that has not asked anything for so long asks no more.
_ASKS_S = 5
#: How far the box of an entry is from the left end of its row.
_BOX_PX = 10
#: Two clicks in a list within 0.4 s may be one double click to Qt.
_APART_S = 0.5


class Person(Hands):
    """Uses one QGIS and keeps a diary of it.

    Args:
        program: the QGIS.
        diary: folder for pictures and ``steps.jsonl``.
        words: how texts read in another language, by the English ones.
    """

    def __init__(self, program: Program, diary: Path, words=None):
        super().__init__(program, words)
        self.diary = Diary(diary, program.screen)
        self.problems, self.step_name = [], "starts QGIS"
        self.wait_for(lambda: self.ask("quiet"), "QGIS to start")
        self.ask("arrange", width=self.screen.size[0], height=self.screen.size[1])
        # QGIS's own start is not the plugin's; what it logs there is.
        self._note(turns=False)

    @contextlib.contextmanager
    def step(self, name: str, turns: bool = True):
        """Name what happens in the block; afterwards look at what went wrong in it.

        Args:
            name: of the step.
            turns: whether long turns of the event loop are faults in it.
        """
        self.step_name, begin = name, time.monotonic()
        __tracebackhide__ = True
        told, before = "", len(self.problems)
        try:
            yield
        except AssertionError as error:
            told = str(error)
            raise AssertionError(f"{name}: {told}") from None
        finally:
            picture = self.diary.picture(name)
            if self.program.process.poll() is None:
                with contextlib.suppress(Stuck):
                    self._note(turns)
            found = self.problems[before:] + ([told] if told else [])
            self.diary.write(
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

    def _note(self, turns: bool) -> None:
        news = self.ask("tidy")
        for fault in news["faults"]:
            self.fault(f"{fault['kind']}: {fault['text'].strip()}")
        for turn in news["turns"] if turns else []:
            if turn["plugin_ms"] > turn["most_ms"]:
                self.fault(
                    "the window stood still for {plugin_ms} ms in\n{stack}".format(
                        **turn
                    )
                )
        if news["turns"]:
            self.diary.write(turns=news["turns"])

    def value(self, text: str) -> str:
        """Return what the field with a label or name says."""
        found = self.reach(text, "field", "list")
        return found["value"]

    def click(self, text: str, *kinds: str, button=screen.LEFT, seconds=SOON_S) -> None:
        """Click what shows a text, by default a button that can be pressed."""
        kinds = kinds or BUTTONS
        found = self.reach(text, *kinds, enabled=True, seconds=seconds)
        self.press_at(*self.middle(found), button)

    def click_beside(self, label: str, left: bool = False) -> None:
        """Click the button at the right end of a field, or at its left one."""
        x, y, width, height = self.reach(label, "field")["shown"]

        def distance(thing):
            return x - thing["shown"][0] if left else thing["shown"][0] - x - width

        near = [
            thing
            for thing in self.ask("all", kind="button")
            if distance(thing) >= -2 and y <= centre(thing)[1] <= y + height
        ]
        if not near:
            raise AssertionError(f"no button beside {label!r}")
        self.press_at(*centre(min(near, key=distance)))

    def double_click(self, text: str, *kinds: str) -> None:
        """Click twice."""
        found = self.reach(text, *kinds, enabled=True)
        self.press_at(*self.middle(found), times=2)

    def hover(self, text: str, *kinds: str) -> None:
        """Move the mouse over something."""
        self.point(*self.middle(self.reach(text, *kinds)))

    def wheel(self, text: str, steps: int) -> None:
        """Turn the wheel over a field."""
        self.wheel_at(*self.middle(self.reach(text, "field")), steps)

    def tab(self, text: str) -> None:
        """Go to a tab."""
        self.click(text, "tab")

    def menu(self, *path: str) -> None:
        """Open menus one after the other and choose the last entry."""
        for text in path:
            self.click(text, "menu")

    def tick_item(self, text: str) -> None:
        """Click the box in front of an entry of a list."""
        screen.pause(_APART_S)
        found = self.reach(text, "item")
        self.press_at(found["shown"][0] + _BOX_PX, self.middle(found)[1])

    def tick(self, text: str, on: bool = True) -> None:
        """Tick a box, or not."""
        if self.reach(text, *BUTTONS)["checked"] != on:
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
                self.press_at(*centre(listed))
            return False

        self.wait_for(is_chosen, f"{label} to say {entry!r}")

    def fill(self, label: str, text: str) -> None:
        """Write a text into a field in place of what is there."""
        found = self.reach(label, "field", enabled=True)
        # Not onto buttons at the end of a field.
        left, width = found["shown"][0], found["shown"][2]
        self.press_at(left + min(20, width // 2), self.middle(found)[1], times=2)
        self.key("Ctrl+a")
        self.write(text)

    def on_map(self, right: float, down: float) -> tuple:
        """Return a place of the map by shares of its width and height."""
        found = self.reach("", "map")
        self.middle(found)
        x, y, width, height = found["shown"]
        return x + right * width, y + down * height

    def map_picture(self) -> bytes:
        """Return how the map looks."""
        return self.screen.pixels(*self.reach("", "map")["shown"])

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

    def quit(self) -> None:
        """Leave QGIS by its menu, without saving; all has to be gone then.

        QGIS that has cancelled a task stays, and has to be left once more.
        """
        end = time.monotonic() + 2 * SOON_S
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
            time.sleep(LOOK_S)
