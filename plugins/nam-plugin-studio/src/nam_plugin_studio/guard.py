"""
Keep strangers out: only this computer's own page, opened with the token, gets an answer.

What a page of another site can make a browser send has a foreign ``Origin`` or none of our cookie; a name that was
made to point here (DNS rebinding) has a foreign ``Host``. Each is refused before any route is looked up.
"""

from __future__ import annotations

import secrets
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of the page: nothing from elsewhere, no inline script, in nobody's frame."""

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

_NO_TOKEN = "This studio opens with the whole address that it printed when it was started, token included.\n"


class Guard:
    """
    Middleware that refuses what does not come from the studio's own page.

    :param port: that the studio listens on
    :param token: which the address or the cookie has to hold
    """

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self._app = app
        self._token = token.encode()
        names = ("127.0.0.1", "localhost")
        self._hosts = {f"{name}:{port}" for name in names} | (set(names) if port == 80 else set())
        # Cookies do not tell ports apart, and two studios may be open.
        self._cookie = f"nam-studio-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it with 403."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        shown = any(self._is_token(token) for token in given)
        refusal = self._refusal(headers, shown=shown)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    answer.setdefault(name, value)
                if shown and refusal is None:
                    value = f"{self._cookie}={self._token.decode()}; Path=/; HttpOnly; SameSite=Strict"
                    answer.append("Set-Cookie", value)
            await send(message)

        answer = self._app if refusal is None else PlainTextResponse(refusal, 403)
        await answer(scope, receive, send_guarded)

    def _refusal(self, headers: Headers, *, shown: bool) -> str | None:
        """Return why a request is refused, None for one that is not."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return "This studio answers under 127.0.0.1 only.\n"
        origins = {f"http://{host}" for host in self._hosts}
        if any(origin.lower() not in origins for origin in headers.getlist("origin")):
            return "This studio answers its own page only.\n"
        site, mode = headers.get("sec-fetch-site", "none"), headers.get("sec-fetch-mode", "navigate")
        if site not in ("none", "same-origin") and mode != "navigate":
            return "This studio answers its own page only.\n"
        return None if shown or self._is_token(self._in_cookie(headers)) else _NO_TOKEN

    def _in_cookie(self, headers: Headers) -> str:
        # The cookies of everything else on this computer come along, whatever they look like.
        found = (cookie_parser(header).get(self._cookie) for header in headers.getlist("cookie"))
        return next((cookie for cookie in found if cookie is not None), "")

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._token)
