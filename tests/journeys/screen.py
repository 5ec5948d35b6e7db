"""A display with mouse, keyboard and camera: Xvfb, spoken to in its own protocol.

What is typed and clicked here reaches the program under test as a person's input
does: the server decides which window gets it. Only the standard library is needed.
Numbers of requests are those of the X11 protocol and of its extension XTEST.
"""

import os
import select
import shutil
import socket
import struct
import subprocess
import time
import zlib

SIZE = (1400, 900)
#: Before a program that is to be killed when the tests end, however they end.
END_WITH_ME = ("setpriv", "--pdeathsig", "KILL")
LEFT, MIDDLE, RIGHT, WHEEL_UP, WHEEL_DOWN = 1, 2, 3, 4, 5
_KEY_PRESS, _KEY_RELEASE, _PRESS, _RELEASE, _MOTION = 2, 3, 4, 5, 6
_SHIFT = 0xFFE1
#: Keysyms of keys by their names.
KEYS = {
    "Backspace": 0xFF08,
    "Tab": 0xFF09,
    "Enter": 0xFF0D,
    "Escape": 0xFF1B,
    "Home": 0xFF50,
    "Left": 0xFF51,
    "Up": 0xFF52,
    "Right": 0xFF53,
    "Down": 0xFF54,
    "End": 0xFF57,
    "F1": 0xFFBE,
    "F11": 0xFFC8,
    "Delete": 0xFFFF,
    "Shift": _SHIFT,
    "Ctrl": 0xFFE3,
    "Alt": 0xFFE9,
}
_START_S = 60
#: Until the server answers, and until it has ended.
_ANSWER_S, _END_S = 60, 10


def is_there() -> bool:
    """Return whether this machine has Xvfb."""
    return shutil.which("Xvfb") is not None


class Screen:
    """One Xvfb of its own, with what belongs to it.

    Args:
        size: width and height in pixels.
    """

    def __init__(self, size=SIZE):
        self.size = size
        reader, writer = os.pipe()
        words = ["-displayfd", str(writer), "-screen", "0", f"{size[0]}x{size[1]}x24"]
        self._server = subprocess.Popen(
            [*END_WITH_ME, "Xvfb", *words, "-nolisten", "tcp", "-noreset"],
            pass_fds=[writer],
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        number = _first_line(reader)
        os.close(reader)
        if not number:
            self._server.kill()
            raise RuntimeError("Xvfb does not start.")
        self.name = f":{number}"
        self._connect(f"/tmp/.X11-unix/X{number}")
        self._test = self._extension("XTEST")
        self._codes = self._keyboard()
        self.at = (0, 0)
        self.releases = 0

    def close(self) -> None:
        """End the display."""
        self._line.close()
        self._server.terminate()
        try:
            self._server.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait(_END_S)

    def move(self, x: int, y: int) -> None:
        """Put the mouse somewhere."""
        self._fake(_MOTION, 0, int(x), int(y))
        self.at = (int(x), int(y))
        self._sync()

    def press(self, button: int = LEFT) -> None:
        """Press a mouse button down."""
        self._fake(_PRESS, button)
        self._sync()

    def release(self, button: int = LEFT) -> None:
        """Let a mouse button go."""
        self._fake(_RELEASE, button)
        self.releases += 1
        self._sync()

    def key(self, name: str) -> None:
        """Press keys together, such as ``Delete``, ``a`` or ``Ctrl+Shift+s``."""
        parts = name.split("+") if len(name) > 1 else [name]
        symbols = [KEYS.get(part) or ord(part) for part in parts]
        strokes = []
        for symbol in symbols:
            code, shifted = self._codes[symbol]
            strokes += [self._codes[_SHIFT][0]] if shifted else []
            strokes.append(code)
        for code in strokes:
            self._fake(_KEY_PRESS, code)
        for code in reversed(strokes):
            self._fake(_KEY_RELEASE, code)
            self.releases += 1
        self._sync()

    def hold(self, name: str) -> None:
        """Press one key down."""
        self._fake(_KEY_PRESS, self._codes[KEYS[name]][0])

    def let_go(self, name: str) -> None:
        """Let one key go."""
        self._fake(_KEY_RELEASE, self._codes[KEYS[name]][0])
        self.releases += 1
        self._sync()

    def pixels(self, x: int, y: int, width: int, height: int) -> bytes:
        """Return blue, green, red and a fourth byte of each pixel of a part."""
        form = "<BBHIhhHHI", 73, 2, 5, self._root, x, y, width, height, 0xFFFFFFFF
        return self._ask(struct.pack(*form))[32:]

    def picture(self, path: str) -> None:
        """Write what is on the screen as PNG, with a cross where the mouse is."""
        width, height = self.size
        data = self.pixels(0, 0, width, height)
        rgb = bytearray(width * height * 3)
        for channel in range(3):
            rgb[channel::3] = data[2 - channel : 4 * width * height : 4]
        self._cross(rgb)
        rows = b"".join(
            b"\0" + rgb[3 * width * y : 3 * width * (y + 1)] for y in range(height)
        )
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
            for kind, body in (
                (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
                (b"IDAT", zlib.compress(rows, 3)),
                (b"IEND", b""),
            ):
                check = zlib.crc32(kind + body)
                file.write(struct.pack(">I", len(body)) + kind + body)
                file.write(struct.pack(">I", check))

    def _cross(self, rgb: bytearray) -> None:
        width, height = self.size
        for step in range(-6, 7):
            for x, y in (
                (self.at[0] + step, self.at[1]),
                (self.at[0], self.at[1] + step),
            ):
                if 0 <= x < width and 0 <= y < height:
                    rgb[3 * (y * width + x) : 3 * (y * width + x) + 3] = b"\xff\x00\xc8"

    def _fake(self, kind: int, detail: int, x: int = 0, y: int = 0) -> None:
        body = struct.pack(
            "<BBHBBxxIIxxxxxxxxhhxxxxxxxB",
            self._test,
            2,
            9,
            kind,
            detail,
            0,
            self._root if kind == _MOTION else 0,
            x,
            y,
            0,
        )
        self._line.sendall(body)

    def _sync(self) -> None:
        """Wait until the server has done all that was asked."""
        self._ask(struct.pack("<BxH", 43, 1))

    def _connect(self, door: str) -> None:
        """Connect; a display that has just come up may refuse at first."""
        end = time.monotonic() + _START_S
        while True:
            self._line = socket.socket(socket.AF_UNIX)
            self._line.settimeout(_ANSWER_S)
            try:
                self._line.connect(door)
                self._greet()
                return
            except OSError:
                self._line.close()
                if self._server.poll() is not None or time.monotonic() > end:
                    self._server.kill()
                    raise
                time.sleep(0.05)

    def _greet(self) -> None:
        self._line.sendall(struct.pack("<BxHHHHxx", ord("l"), 11, 0, 0, 0))
        head = self._read(8)
        body = self._read(4 * struct.unpack_from("<H", head, 6)[0])
        if head[0] != 1:
            raise RuntimeError(f"Xvfb refuses: {body!r}")
        vendor, formats = struct.unpack_from("<H", body, 16)[0], body[21]
        self._least, self._most = body[26], body[27]
        at = 32 + (vendor + 3) // 4 * 4 + 8 * formats
        self._root = struct.unpack_from("<I", body, at)[0]

    def _extension(self, name: str) -> int:
        padded = name.encode().ljust((len(name) + 3) // 4 * 4, b"\0")
        length = 2 + len(padded) // 4
        reply = self._ask(struct.pack("<BxHHxx", 98, length, len(name)) + padded)
        if not reply[8]:
            raise RuntimeError(f"Xvfb lacks {name}.")
        return reply[9]

    def _keyboard(self) -> dict:
        """Return (code, with Shift) of each keysym."""
        count = self._most - self._least + 1
        reply = self._ask(struct.pack("<BxHBBxx", 101, 2, self._least, count))
        per, codes = reply[1], {}
        symbols = struct.unpack_from(f"<{per * count}I", reply, 32)
        for i in range(count):
            for level in (0, 1):
                codes.setdefault(
                    symbols[i * per + level], (self._least + i, bool(level))
                )
        return codes

    def _ask(self, request: bytes) -> bytes:
        self._line.sendall(request)
        while True:
            head = self._read(32)
            if head[0] == 0:
                raise RuntimeError(f"Xvfb does not do request {request[0]}.")
            if head[0] == 1:
                return head + self._read(4 * struct.unpack_from("<I", head, 4)[0])

    def _read(self, count: int) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            part = self._line.recv(min(count - len(parts), 1 << 20))
            if not part:
                raise ConnectionResetError("Xvfb has ended.")
            parts += part
        return bytes(parts)


def _first_line(reader: int) -> str:
    """Return what is written into a pipe up to the end of a line, "" for nothing."""
    text = b""
    while not text.endswith(b"\n"):
        ready, _, _ = select.select([reader], [], [], _START_S)
        part = os.read(reader, 16) if ready else b""
        if not part:
            return ""
        text += part
    return text.decode().strip()


def pause(seconds: float = 0.02) -> None:
    """Be no faster than a quick hand."""
    time.sleep(seconds)
