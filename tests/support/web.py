"""A web server on this machine: files by ranges, map tiles, and a WMS."""

import re
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from ogc import wms_answer

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_TILE = re.compile(r"/tiles/(\d+)/(\d+)/(\d+)\.png")


class Web:
    """Serves a folder, and ``map.mbtiles`` in it as ``/tiles/z/x/y.png`` and as a WMS.

    ``asked`` lists what was asked for; while ``hold`` is not set, tiles are kept back.
    """

    def __init__(self, folder):
        self.folder, self.asked = Path(folder), []
        self.hold = threading.Event()
        self.hold.set()
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self):
                web.answer(self, body=False)

            def do_GET(self):
                web.answer(self, body=True)

            def log_message(self, *words):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, handler, body):
        path, _, query = handler.path.partition("?")
        self.asked.append(path)
        tile = _TILE.fullmatch(path)
        if tile:
            data = self._tile(*map(int, tile.groups()))
        elif path == "/wms":
            data = wms_answer(self.url, query, self.folder / "map.mbtiles")
        else:
            data = self._file(path)
        if data is None:
            handler.send_error(404)
            return
        span = _RANGE.fullmatch(handler.headers.get("Range", ""))
        first, last = 0, len(data) - 1
        if span:
            first = int(span[1])
            last = min(int(span[2] or last), last)
        handler.send_response(206 if span else 200)
        handler.send_header("Accept-Ranges", "bytes")
        handler.send_header("Content-Length", str(last - first + 1))
        if span:
            handler.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        handler.end_headers()
        if body:
            handler.wfile.write(data[first : last + 1])

    def _file(self, path):
        file = self.folder / path.lstrip("/")
        return file.read_bytes() if file.is_file() else None

    def _tile(self, zoom, column, row):
        self.hold.wait()
        with sqlite3.connect(self.folder / "map.mbtiles") as tiles:
            found = tiles.execute(
                "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? "
                "AND tile_row = ?",
                (zoom, column, 2**zoom - 1 - row),
            ).fetchone()
        return found[0] if found else None
