"""Run by QGIS through ``--code``: tells the tests outside what is on the screen.

Requests come as lines of JSON through a local socket named by SOMA_JOURNEY_SOCKET.
They look only; mouse and keyboard are those of the display. Besides the screen they
tell what a fault leaves behind: items of the canvas, layers, map tool.
"""

import ctypes
import faulthandler
import gc
import json
import os
import signal
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.environ["SOMA_JOURNEY_INSIDE"] + os.sep))

import eyes
import looks
import things
import watch
from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QAbstractNativeEventFilter, QObject, QTimer
from qgis.PyQt.QtNetwork import QLocalServer
from qgis.PyQt.QtWidgets import QApplication
from qgis.utils import iface

#: Types of events of X11: releases of the core, and those of the extension XInput.
_KEY_RELEASE, _BUTTON_RELEASE, _GENERIC = 3, 5, 35
_XI_RELEASE, _XI_MOTION, _MOTION = 5, 6, 6


class Arrivals(QAbstractNativeEventFilter):
    """Counts the releases of keys and buttons that QGIS got, and follows the mouse."""

    def __init__(self):
        super().__init__()
        self.releases, self.mouse = 0, [-1, -1]

    def nativeEventFilter(self, kind, message):
        data = ctypes.string_at(int(message), 44)
        code = data[0] & 0x7F
        if code in (_KEY_RELEASE, _BUTTON_RELEASE):
            self.releases += 1
        elif code == _MOTION:
            self.mouse = [
                int.from_bytes(data[i : i + 2], "little", signed=True) for i in (20, 22)
            ]
        elif code == _GENERIC:
            event = int.from_bytes(data[8:10], "little")
            if event == _XI_RELEASE:
                self.releases += 1
            elif event == _XI_MOTION:
                self.mouse = [
                    int.from_bytes(data[i : i + 4], "little", signed=True) >> 16
                    for i in (36, 40)
                ]
        return False, 0


class Server(QObject):
    """Answers requests in QGIS's main thread, in nested event loops as well."""

    def __init__(self):
        super().__init__()
        self.watch, self.arrivals = watch.Watch(), Arrivals()
        QApplication.instance().installNativeEventFilter(self.arrivals)
        self._server, self._socket, self._rest = QLocalServer(self), None, b""
        self._server.newConnection.connect(self._greet)
        self._server.listen(os.environ["SOMA_JOURNEY_SOCKET"])

    def _greet(self):
        self._socket = self._server.nextPendingConnection()
        self._socket.readyRead.connect(self._read)

    def _read(self):
        self.watch.pause()
        try:
            *lines, self._rest = (self._rest + bytes(self._socket.readAll())).split(
                b"\n"
            )
            for line in lines:
                self._socket.write(
                    json.dumps(self._answer(json.loads(line))).encode() + b"\n"
                )
                self._socket.flush()
        finally:
            self.watch.resume()

    def _answer(self, request):
        try:
            return {"value": getattr(self, "do_" + request.pop("do"))(**request)}
        except Exception:  # noqa: BLE001 - goes to the test
            return {"error": traceback.format_exc()}

    def do_find(self, text, kinds):
        """Return the things that show a text alone, else those that contain it."""
        exact, others = [], []
        for thing in eyes.things(wanted=kinds):
            if kinds and thing["kind"] not in kinds:
                continue
            if thing["text"] == text:
                exact.append(thing)
            elif text in thing["text"]:
                others.append(thing)
        return [things.public(things.place(thing)) for thing in exact or others]

    def do_all(self, kind):
        """Return all things of a kind."""
        found = eyes.things(wanted=[kind])
        return [things.public(things.place(t)) for t in found if t["kind"] == kind]

    def do_texts(self, every=True):
        """Return all that can be read: kind, text and value."""
        texts = []
        for thing in eyes.things(every):
            line = [thing["kind"], thing["text"], thing.get("value", "")]
            is_news = (line[1] or line[2]) and line not in texts
            if is_news and not eyes.is_furniture(thing):
                texts.append(line)
        return texts

    def do_arrived(self):
        """Return how many releases and which place of the mouse QGIS has seen."""
        return [self.arrivals.releases, self.arrivals.mouse]

    def do_arrange(self, width, height):
        """Do what a window manager does for a window that is made large."""
        ratio = QApplication.primaryScreen().devicePixelRatio()
        iface.mainWindow().setGeometry(
            0, 0, round(width / ratio), round(height / ratio)
        )
        return True

    def do_quiet(self):
        """Return whether the map is drawn and no task of QGIS runs."""
        tasks = QgsApplication.taskManager().countActiveTasks()
        return {"drawing": iface.mapCanvas().isDrawing(), "tasks": tasks}

    def do_tidy(self):
        """Collect garbage, and return what was noticed since the last time."""
        gc.collect()
        return self.watch.news()

    def do_state(self):
        """Return what a fault could leave behind."""
        canvas = iface.mapCanvas()
        items = {}
        for item in canvas.scene().items():
            if item.isVisible():
                name = type(item).__name__
                items[name] = items.get(name, 0) + 1
        tool = canvas.mapTool()
        root = QgsProject.instance().layerTreeRoot()
        extent = canvas.extent()
        return {
            "items": items,
            "tool": [type(tool).__name__, tool.toolName() if tool else ""],
            "cursor": canvas.viewport().cursor().shape(),
            "layers": [layer.name() for layer in root.layerOrder()],
            "shown": [n.name() for n in root.findLayers() if n.isVisible()],
            "styles": {layer.name(): looks.look(layer) for layer in root.layerOrder()},
            "groups": [group.name() for group in root.findGroups()],
            "extent": [
                extent.xMinimum(),
                extent.yMinimum(),
                extent.xMaximum(),
                extent.yMaximum(),
            ],
            "tasks": QgsApplication.taskManager().countActiveTasks(),
            "project": QgsProject.instance().fileName(),
            "clipboard": QApplication.clipboard().text(),
        }


# Whoever waits in vain asks where QGIS is. Its stderr may not be Python's.
faulthandler.register(signal.SIGUSR1, file=2, all_threads=True)


# QGIS has started when its event loop comes round.
def _begin():
    global server
    server = Server()


QTimer.singleShot(0, _begin)
