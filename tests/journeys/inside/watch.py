"""Watches QGIS from inside: exceptions, its log, turns of the event loop.

A turn is the time between two beats of a timer. Of it are taken off: what the main
thread queued for a processor (the machine's business), what these tests themselves
do in QGIS, and Python's collection of garbage, which looks through all of QGIS
whoever wakes it. Where it waited for another thread or program, that one queued as
well: of the wait counts as large a share as the main thread got of the time it wanted.
A turn is the plugin's by the share of it in which the plugin's code was on the main
thread's stack, by a look every few milliseconds; stacks that only wait in a nested
event loop do not count. Turns of QGIS alone are listed, but are no fault.
"""

import gc
import os
import sys
import threading
import time
import traceback

import qgis.utils
from qgis.core import Qgis, QgsApplication
from qgis.PyQt.QtCore import Qt, QTimer

#: Longer turns of the event loop are felt.
MOST_MS = 200.0
#: On a crowded machine, where a turn queued for longer than it worked, the work itself
#: takes up to twice as long: others empty the caches in between.
_CROWDED = 2.0
_BEAT_MS, _LOOK_S = 10, 0.02
#: A look is taken when no beat came for so long.
_LATE_S = 0.05
#: Folder of the plugin, as it is installed.
_PLUGIN = f"{os.sep}plugins{os.sep}soma{os.sep}"


def _clocks():
    """Return time, work and queueing of this thread in milliseconds."""
    with open("/proc/thread-self/schedstat", encoding="ascii") as file:
        worked, queued, _ = file.read().split()
    return 1e3 * time.monotonic(), int(worked) / 1e6, int(queued) / 1e6


class Watch:
    """Begins at once; ``news`` says what was noticed since it was last asked."""

    def __init__(self):
        self.faults, self.turns = [], []
        self._main = threading.get_ident()
        self._looks, self._outer = [], []
        self._garbage = self._collect_began = 0.0
        self._paused = 0
        self._last = _clocks()
        self._beaten = time.monotonic()
        self._hook()
        gc.callbacks.append(self._collect)
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(_BEAT_MS)
        threading.Thread(target=self._look_on, daemon=True).start()

    def news(self):
        """Return faults and long turns since the last call."""
        found = {"faults": self.faults, "turns": self.turns}
        self.faults, self.turns = [], []
        return found

    def pause(self):
        """Leave out what follows: the tests themselves work in QGIS."""
        self._beat()
        self._paused += 1

    def resume(self):
        """Watch again."""
        self._paused -= 1
        self._begin_turn()

    def _hook(self):
        earlier, shown = sys.excepthook, qgis.utils.showException

        def hook(kind, value, trace):
            self._fault(
                "exception", "".join(traceback.format_exception(kind, value, trace))
            )
            earlier(kind, value, trace)

        def show(kind, value, trace, *words, **more):
            self._fault(
                "exception shown",
                "".join(traceback.format_exception(kind, value, trace)),
            )
            shown(kind, value, trace, *words, **more)

        def unraisable(what):
            trace = traceback.format_exception(
                what.exc_type, what.exc_value, what.exc_traceback
            )
            self._fault("exception in the end of an object", "".join(trace))

        def in_thread(what):
            trace = traceback.format_exception(
                what.exc_type, what.exc_value, what.exc_traceback
            )
            self._fault("exception in a thread", "".join(trace))

        sys.excepthook, sys.unraisablehook = hook, unraisable
        threading.excepthook = in_thread
        qgis.utils.showException = show
        QgsApplication.messageLog().messageReceived.connect(self._logged)

    def _logged(self, text, tag, level):
        if level == Qgis.MessageLevel.Critical:
            self._fault(f"critical message of {tag}", text)

    def _fault(self, kind, text):
        if not any(fault["text"] == text for fault in self.faults):
            self.faults.append({"kind": kind, "text": text})

    def _collect(self, phase, info):
        if threading.get_ident() != self._main:
            return
        if phase == "start":
            self._collect_began = time.monotonic()
        else:
            self._garbage += 1e3 * (time.monotonic() - self._collect_began)

    def _begin_turn(self):
        self._last, self._garbage, self._looks = _clocks(), 0.0, []
        self._beaten = time.monotonic()

    def _beat(self):
        if self._paused:
            return
        wall, worked, queued = (
            a - b for a, b in zip(_clocks(), self._last, strict=True)
        )
        share = worked / (worked + queued) if worked + queued else 1.0
        own = worked + share * (max(wall - worked - queued, 0.0) - self._garbage)
        if own > MOST_MS:
            self._note(own, wall, worked, queued)
        self._outer = [place for place, _, _ in _frames(sys._getframe().f_back)]
        self._begin_turn()

    def _note(self, own, wall, worked, queued):
        looks = list(self._looks)
        total = sum(span for span, _, _ in looks)
        plugin = sum(span for span, is_plugin, _ in looks if is_plugin)
        share = plugin / total if total else 0.0
        stacks = {}
        for span, is_plugin, stack in looks:
            if is_plugin or not share:
                stacks[stack] = stacks.get(stack, 0.0) + span
        worst = max(stacks, key=stacks.get) if stacks else "(no Python)"
        self.turns.append(
            {
                "ms": round(own),
                "plugin_ms": round(own * share),
                "most_ms": MOST_MS * (_CROWDED if queued > worked else 1.0),
                "wall_ms": round(wall),
                "worked_ms": round(worked),
                "queued_ms": round(queued),
                "stack": worst,
            }
        )

    def _look_on(self):
        """Look at the main thread's stack while a turn is late; a thread of its own."""
        before = time.monotonic()
        while True:
            time.sleep(_LOOK_S)
            now = time.monotonic()
            if not self._paused and now - self._beaten > _LATE_S:
                begun = max(before, self._beaten)
                self._looks.append((now - begun, *self._stack()))
            before = now

    def _stack(self):
        frames, outer = _frames(sys._current_frames().get(self._main)), self._outer
        waiting = 0
        for one, other in zip(frames, outer, strict=False):
            if one[0] != other:
                break
            waiting += 1
        lines, is_plugin = [], False
        for (_, line), name, function in reversed(frames[waiting:]):
            is_plugin = is_plugin or _PLUGIN in name
            lines.append(f"{name.split(_PLUGIN)[-1]}:{line} {function}")
        return is_plugin, "\n".join(lines[:12])


def _frames(frame):
    """Return ((code, line), file, function) of a stack, outermost first.

    Nothing of it keeps a frame, and so what its variables hold, alive.
    """
    found = []
    while frame is not None:
        code = frame.f_code
        found.append(((id(code), frame.f_lineno), code.co_filename, code.co_name))
        frame = frame.f_back
    return found[::-1]
