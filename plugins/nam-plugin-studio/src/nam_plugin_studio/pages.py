"""The files that a browser shows: the page's own, which are in the wheel, and the report of a training."""

from __future__ import annotations

from importlib.resources import files

from starlette.responses import FileResponse, Response

from nam_plugin_studio.answers import Refusal
from nam_plugin_studio.projects import Project

PAGE = files("nam_plugin_studio") / "page"
"""The files of the page, in the wheel."""

_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

_REPORT_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; media-src data:"
)
"""A report is one file with everything in it; it runs apart from the page, without its cookie."""


def page_file(name: str) -> Response:
    """
    Return a file of the page.

    :raises Refusal: 404 where there is none
    """
    # Compared with the names that there are, so that no name leads anywhere else.
    file = next((file for file in PAGE.iterdir() if file.name == name), None)
    if file is None or "." not in name:
        raise Refusal(404, "there is nothing here")
    return Response(file.read_bytes(), media_type=_KINDS.get(f".{name.rpartition('.')[2]}", "text/plain"))


def report_file(project: Project) -> Response:
    """
    Return the report of a training.

    :raises Refusal: 404 where there is none
    """
    file = project.own(project.training / "report.html")
    if file is None:
        raise Refusal(404, "there is no report yet; it is written when the training ends")
    return FileResponse(file, media_type="text/html", headers={"Content-Security-Policy": _REPORT_POLICY})
