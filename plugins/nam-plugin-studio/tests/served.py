"""A studio in a thread, a client of it that may send anything, and recordings that are computed."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import soundfile
import uvicorn

from nam_plugin_capture.strings import playing
from nam_plugin_studio.projects import Projects
from nam_plugin_studio.routes import Studio

RATE = 16000
DELAY = 37
TOKEN = "t" * 43


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class Served:
    folder: Path
    port: int
    token: str = TOKEN

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/?token={self.token}"

    def ask(self, method: str, path: str, content: Any = None, **headers: str) -> Answer:
        """Send a request; by default with the token in its cookie. The path goes out as it is."""
        body = content if isinstance(content, bytes) else None if content is None else json.dumps(content).encode()
        names = {name.replace("_", "-").title(): value for name, value in headers.items()}
        sent = {"Cookie": f"nam-studio-{self.port}={self.token}", **names}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_host="Host" in sent)
            for name, value in sent.items():
                if value:
                    connection.putheader(name, value)
            if body is not None and "Content-Length" not in sent:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def new(self, *recordings: Path, name: str = "My Amp") -> str:
        """Return the path of a new run with these recordings, the guitar first."""
        run = f"/api/runs/{self.ask('POST', '/api/runs', {'name': name}).json['run']}"
        for role, file in zip(("di", "amp"), recordings, strict=False):
            assert self.upload(run, role, file).status == 200
        return run

    def upload(self, run: str, role: str, file: Path, name: str | None = None) -> Answer:
        return self.ask("PUT", f"{run}/recordings/{role}?name={quote(name or file.name)}", file.read_bytes())

    def wait(self, run: str, *states: str, seconds: float = 200) -> Any:
        """Return what is known of a run once it is in one of some states."""
        until = time.monotonic() + seconds
        while True:
            told = self.ask("GET", run).json
            if told["state"] in states:
                return told
            assert told["state"] not in ("failed", "cut"), self.ask("GET", f"{run}/log").content.decode()
            assert time.monotonic() < until, (told, self.ask("GET", f"{run}/log").content.decode())
            time.sleep(0.1)


@contextlib.contextmanager
def serving(folder: Path, most: int = 10_000_000) -> Iterator[Served]:
    """Serve a folder in a thread while the block runs."""
    folder.mkdir(exist_ok=True)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        app = Studio(Projects(folder.resolve()), most).app(port, TOKEN)
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", ws="none", log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Served(folder, port)
        finally:
            server.should_exit = True
            thread.join()


def pair(folder: Path, seconds: float = 8.0, drive: float = 6.0, delay: int = DELAY) -> tuple[Path, Path]:
    """Write a computed guitar, and what a filter and a saturation make of it, late."""
    x = 0.3 * playing(seconds, RATE, 0)
    start = round(0.8 * len(x))
    x[start - RATE // 2 : start] = 0.0
    driven = np.tanh(drive * np.convolve(x, [1.0, -0.6])[: len(x)] + 0.3) - np.tanh(0.3)
    y = 0.4 * np.convolve(driven, 0.3 * 0.7 ** np.arange(24))[: len(x)]
    y = np.concatenate([np.zeros(delay), y[:-delay]]) + 1e-5 * np.random.default_rng(3).standard_normal(len(x))
    return write(folder / "di.wav", x), write(folder / "amp.wav", y)


def write(file: Path, samples: Any, rate: int = RATE) -> Path:
    soundfile.write(file, samples, rate, subtype="PCM_24", format="WAV")
    return file
