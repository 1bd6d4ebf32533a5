"""Answers and refusals: JSON with one sentence in ``error`` where something is wrong."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from nam_kernel.errors import NamKernelError, UserError

_LARGEST = 64 * 1024
"""Bytes of what a page sends as JSON."""

_Body = TypeVar("_Body", bound=BaseModel)


class Refusal(Exception):
    """
    A request that is not carried out.

    :param status: of HTTP
    :param sentence: for people
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def wrong(status: int, sentence: str) -> Response:
    """Return the answer to a request that is not carried out."""
    return JSONResponse({"error": sentence}, status)


async def refused(_request: Request, error: Exception) -> Response:
    """Answer what was raised on purpose: the user's mistake is 422, ours is 500."""
    if isinstance(error, Refusal):
        return wrong(error.status, str(error))
    if isinstance(error, HTTPException):
        return wrong(error.status_code, "there is nothing here" if error.status_code == 404 else error.detail)
    return wrong(422 if isinstance(error, UserError) else 500, str(error))


async def failed(_request: Request, error: Exception) -> Response:
    """Answer what nobody expected; the server prints the traceback to the terminal."""
    return wrong(500, f"this is a defect of the program ({type(error).__name__}); its terminal says more")


async def left(_request: Request, _error: Exception) -> Response:
    """Answer nobody: a window was closed while it sent something."""
    return Response(status_code=400)


HANDLERS: Any = {
    Refusal: refused,
    HTTPException: refused,
    NamKernelError: refused,
    ClientDisconnect: left,
    Exception: failed,
}


async def body(request: Request, model: type[_Body]) -> _Body:
    """
    Return what a page sent as JSON.

    :raises Refusal: when it is too large, or not what is expected
    """
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _LARGEST:
            raise Refusal(413, "this is more than is expected here")
    try:
        return model.model_validate_json(bytes(content) or b"{}")
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        told = first["msg"].removeprefix("Value error, ")
        raise Refusal(422, f"{where}: {told}" if where else told) from None
