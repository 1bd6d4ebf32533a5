"""What the page may ask for, and what is answered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from nam_plugin_capture import METADATA, SIZES
from nam_plugin_studio import jobs
from nam_plugin_studio.analysis import analysis
from nam_plugin_studio.answers import HANDLERS, Refusal, body
from nam_plugin_studio.exports import download_name, exported, offers
from nam_plugin_studio.facts import ROLES, Choices
from nam_plugin_studio.guard import Guard
from nam_plugin_studio.listening import VOICES, Listening
from nam_plugin_studio.names import title
from nam_plugin_studio.pages import page_file, report_file
from nam_plugin_studio.progress import status
from nam_plugin_studio.projects import Project, Projects
from nam_plugin_studio.uploads import MOST, receive
from nam_plugin_studio.wishes import Change, More, Named

Json = dict[str, Any]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Studio:
    """
    What the routes share.

    :param most: bytes of an upload
    :param turn: of what computes for long; some of it changes what is global to a process while it works
    """

    projects: Projects
    most: int = MOST
    listening: Listening = field(default_factory=Listening)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def app(self, port: int, token: str) -> Starlette:
        """Return the application for a port and a token."""
        run = "/api/runs/{run}"
        routes = [
            Route("/", self.page),
            Route("/page/{name}", self.page),
            Route("/api/studio", self.about),
            Route("/api/runs", self.runs),
            Route("/api/runs", self.new, methods=["POST"]),
            Route(run, self.run),
            Route(run, self.change, methods=["PATCH"]),
            Route(run, self.remove, methods=["DELETE"]),
            Route(f"{run}/recordings/{{role}}", self.upload, methods=["PUT"]),
            Route(f"{run}/swap", self.swap, methods=["POST"]),
            Route(f"{run}/analysis", self.analysis),
            Route(f"{run}/train", self.train, methods=["POST"]),
            Route(f"{run}/stop", self.stop, methods=["POST"]),
            Route(f"{run}/resume", self.resume, methods=["POST"]),
            Route(f"{run}/sound/{{voice}}", self.sound),
            Route(f"{run}/exports", self.offers),
            Route(f"{run}/exports/{{name}}", self.export),
            Route(f"{run}/report", self.report),
            Route(f"{run}/log", self.log),
        ]
        guard = Middleware(Guard, port=port, token=token)
        return Starlette(routes=routes, middleware=[guard], exception_handlers=HANDLERS)

    async def page(self, request: Request) -> Response:
        """Answer with a file of the page."""
        return page_file(request.path_params.get("name", "index.html"))

    async def about(self, _request: Request) -> Response:
        """Answer with what does not change while the studio is open."""
        told = {"sizes": SIZES, "metadata": {key: meaning for key, (_, meaning) in METADATA.items()}}
        return JSONResponse({**told, "folder": str(self.projects.folder), "most": self.most})

    async def runs(self, _request: Request) -> Response:
        """Answer with all runs, the newest first."""
        return await _answer(lambda: [_told(project, brief=True) for project in self.projects])

    async def new(self, request: Request) -> Response:
        """Make a run."""
        given = await body(request, Named)
        if given.like is None:
            made = await run_in_threadpool(self.projects.new, given.name)
        else:
            made = await run_in_threadpool(self.projects.like, self._project(given.like))
        return JSONResponse({"run": made.key}, 201)

    async def run(self, request: Request) -> Response:
        """Answer with all that is known of a run but its analysis."""
        project = self._of(request)
        return await _answer(lambda: _told(project))

    async def change(self, request: Request) -> Response:
        """Change the name of a run, the delay, or the channels."""
        project, given = self._of(request), await body(request, Change)

        def apply() -> Json:
            with project.lock:
                facts = project.facts()
                changed: Json = {}
                if given.name is not None:
                    changed["name"] = title(given.name) or facts.name
                if given.channels.keys() - {"own"} or "delay" in given.model_fields_set:
                    _require_untrained(project)
                if "delay" in given.model_fields_set:
                    changed["delay"] = given.delay
                recordings = dict(facts.recordings)
                for role, channel in given.channels.items():
                    if role in recordings:
                        recordings[role] = recordings[role].model_copy(update={"channel": channel})
                project.update(**changed, recordings=recordings)
            return _told(project)

        return await _answer(apply)

    async def remove(self, request: Request) -> Response:
        """Remove a run that was never trained."""
        project = self._of(request)
        _require_untrained(project, "a run that was trained is not removed here; delete its folder")
        await run_in_threadpool(self.projects.remove, project)
        return JSONResponse({})

    async def upload(self, request: Request) -> Response:
        """Receive a recording."""
        project, role = self._of(request), request.path_params["role"]
        if role not in ROLES:
            raise Refusal(404, "there is nothing here")

        def allow() -> None:
            if role != "own":
                _require_untrained(project)

        await receive(request, project, role, self.most, allow)
        return await _answer(lambda: _told(project))

    async def swap(self, request: Request) -> Response:
        """Exchange the two recordings."""
        project = self._of(request)

        def exchange() -> Json:
            with project.lock:
                _require_untrained(project)
                project.swap()
            return _told(project)

        return await _answer(exchange)

    async def analysis(self, request: Request) -> Response:
        """Answer with what is known of the recordings."""
        project = self._of(request)
        return JSONResponse(await self._in_turn(lambda: analysis(project)))

    async def train(self, request: Request) -> Response:
        """Start a training."""
        project, choices = self._of(request), await body(request, Choices)
        if choices.epochs is not None and choices.minutes is not None:
            raise Refusal(422, "choose epochs or minutes, not both")
        if project.begun:
            raise Refusal(409, "this run has a training; go on with it, or make another run with these recordings")

        known = await self._in_turn(lambda: analysis(project))

        def start() -> Json:
            if not known["usable"] or (known["refused"] and not choices.anyway):
                raise Refusal(422, known["findings"][0]["sentence"])
            with project.lock:
                jobs.train(project, choices)
            return _told(project)

        return await _answer(start)

    async def stop(self, request: Request) -> Response:
        """Ask a training to end; its best model is kept."""
        project = self._of(request)
        await run_in_threadpool(jobs.stop, project)
        return await _answer(lambda: _told(project))

    async def resume(self, request: Request) -> Response:
        """Go on with a training."""
        project, given = self._of(request), await body(request, More)

        def go_on() -> Json:
            with project.lock:
                jobs.resume(project, given.epochs)
            return _told(project)

        return await _answer(go_on)

    async def sound(self, request: Request) -> Response:
        """Answer with a WAV file: a voice of the passage that was held out, or of the own DI."""
        project, voice = self._of(request), request.path_params["voice"]
        if voice not in VOICES:
            raise Refusal(404, "there is nothing here")
        asked = request.query_params
        player = self._project(asked["model"]) if "model" in asked else None
        own = asked.get("of") == "own"
        content = await self._in_turn(lambda: self.listening.sound(project, voice, own=own, model_of=player))
        return Response(content, media_type="audio/wav")

    async def offers(self, request: Request) -> Response:
        """Answer with what can be downloaded, and why something cannot."""
        project = self._of(request)
        return JSONResponse(await self._in_turn(lambda: offers(project)))

    async def export(self, request: Request) -> Response:
        """Answer with a model file."""
        project, name = self._of(request), request.path_params["name"]
        if name not in {offer["name"] for offer in await self._in_turn(lambda: offers(project))}:
            raise Refusal(404, "there is no such format")
        file = await self._in_turn(lambda: exported(project, name))
        return FileResponse(
            file, media_type="application/octet-stream", filename=await run_in_threadpool(download_name, project, file)
        )

    async def report(self, request: Request) -> Response:
        """Answer with the report of a training."""
        return report_file(self._of(request))

    async def log(self, request: Request) -> Response:
        """Answer with the end of what the training printed."""
        project = self._of(request)
        return Response(await run_in_threadpool(jobs.last_words, project, 200), media_type="text/plain")

    async def _in_turn(self, make: Callable[[], _T]) -> _T:
        """Return what a function that computes for long returns, once those before it are done."""

        def made() -> _T:
            with self.turn:
                return make()

        return await run_in_threadpool(made)

    def _of(self, request: Request) -> Project:
        return self._project(request.path_params["run"])

    def _project(self, key: str) -> Project:
        project = self.projects.get(key)
        if project is None:
            raise Refusal(404, "there is no such run")
        return project


def _told(project: Project, *, brief: bool = False) -> Json:
    """Return what the page shows of a run; in the list without the course of the training."""
    facts, now = project.facts(), status(project)
    if brief:
        now.pop("points")
    recordings = {role: known.model_dump() for role, known in facts.recordings.items()}
    choices = None if facts.choices is None else facts.choices.model_dump()
    own = {"run": project.key, "name": facts.name, "created": facts.created, "delay": facts.delay}
    return {**own, "recordings": recordings, "choices": choices, **now}


def _require_untrained(
    project: Project, why: str = "the recordings of a training stay as they are; make another run with them"
) -> None:
    """
    Refuse what would change a training.

    :raises Refusal: 409
    """
    job = jobs.state(project)
    if project.begun or (job is not None and job.running):
        raise Refusal(409, why)


async def _answer(make: Callable[[], Any]) -> Response:
    """Return what a function returns as JSON; it runs beside the server, which goes on answering."""
    return JSONResponse(await run_in_threadpool(make))
