"""Claims about strangers: whatever does not come from the page of this computer is refused."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from served import TOKEN, Served, write

HOSTS = ("evil.example", "127.0.0.1", "127.0.0.1:1", "evil.example:{port}", "127.0.0.1.nip.io:{port}")
PATHS = ("/", "/page/app.js", "/api/runs", "/nowhere")


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_answered_without_the_token(studio: Served, path: str) -> None:
    assert studio.ask("GET", path, cookie="").status == 403
    assert studio.ask("GET", path, cookie="nam-studio-1=x").status == 403
    assert studio.ask("GET", f"{path}?token={TOKEN[:-1]}", cookie="").status == 403
    assert studio.ask("GET", f"{path}?token=", cookie="").status == 403


def test_the_token_in_the_address_gives_a_cookie_that_no_other_site_and_no_script_can_use(studio: Served) -> None:
    answer = studio.ask("GET", f"/?token={TOKEN}", cookie="")
    assert answer.status == 200
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert studio.ask("GET", "/", cookie=cookie.partition(";")[0]).status == 200


def test_the_cookies_of_other_programs_are_no_hindrance(studio: Served) -> None:
    own = f"nam-studio-{studio.port}={TOKEN}"
    assert studio.ask("GET", "/", cookie=f'odd={{"a": [1, 2]}}; b c=@; =; {own}; last').status == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", HOSTS)
def test_a_foreign_host_is_refused_even_with_the_token(studio: Served, path: str, host: str) -> None:
    assert studio.ask("GET", f"{path}?token={TOKEN}", host=host.format(port=studio.port)).status == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:{port}"])
@pytest.mark.parametrize(("method", "path"), [("GET", "/api/runs"), ("POST", "/api/runs"), ("POST", "/nowhere")])
def test_a_foreign_origin_is_refused_even_with_the_token(studio: Served, method: str, path: str, origin: str) -> None:
    told = studio.ask(method, f"{path}?token={TOKEN}", {"name": "x"}, origin=origin.format(port=studio.port))
    assert told.status == 403
    assert studio.ask("GET", "/api/runs").json == []


def test_the_own_origin_is_answered_under_both_names(studio: Served) -> None:
    for name in ("127.0.0.1", "localhost"):
        own = f"{name}:{studio.port}"
        assert studio.ask("GET", "/api/runs", host=own, origin=f"http://{own}").status == 200


def test_what_another_page_of_this_computer_makes_the_browser_send_is_refused(studio: Served) -> None:
    # Cookies do not tell ports apart; that the browser sends it from elsewhere shows in these headers.
    embedded = {"sec_fetch_site": "same-site", "sec_fetch_mode": "no-cors"}
    assert studio.ask("GET", "/api/runs", **embedded).status == 403
    assert studio.ask("GET", "/api/runs", sec_fetch_site="same-origin", sec_fetch_mode="cors").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/page/../routes.py",
        "/page/..%2froutes.py",
        "/page/%2e%2e/routes.py",
        "/page/..%5croutes.py",
        "/page/",
        "/page",
        "/page//etc/passwd",
        "/page/__init__.py",
        "/api/runs/..%2f..",
        "/api/runs/%2e%2e",
        "/api/runs/../secret.txt",
        "/api/runs/.studio",
        "/api/runs/mine%2f..%2f..%2fsecret",
        "/api/runs/linked",
        "/api/runs/linked/report",
        "/api/runs/mine/exports/..%2f..%2fstudio.json",
        "/api/runs/mine/sound/..%2fmodel",
        "/api/runs/mine/recordings/..%2f..",
        "//etc/passwd",
        "/etc/passwd",
    ],
)
def test_no_path_leads_outside(studio: Served, tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    studio.new(name="mine")
    outside = tmp_path / "elsewhere"
    (outside / "model").mkdir(parents=True)
    (outside / "studio.json").write_text('{"name": "secret", "created": 1}')
    (outside / "model" / "report.html").write_text("secret")
    (studio.folder / "linked").symlink_to(outside, target_is_directory=True)
    answer = studio.ask("GET", path)
    assert answer.status in (404, 405)
    assert b"secret" not in answer.content
    assert [run["run"] for run in studio.ask("GET", "/api/runs").json] == ["mine"]


def test_a_link_in_a_run_leads_nowhere(studio: Served, tmp_path: Path) -> None:
    run = studio.new(name="mine")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "report.html").write_text("secret")
    (tmp_path / "model" / "model.nam").write_text("secret")
    (studio.folder / "mine" / "model").symlink_to(tmp_path / "model", target_is_directory=True)
    (studio.folder / "mine" / "training.txt").symlink_to(tmp_path / "model" / "report.html")
    assert studio.ask("GET", f"{run}/report").status == 404
    assert studio.ask("GET", f"{run}/log").content == b""
    assert studio.ask("GET", f"{run}/exports/nam").status == 422
    facts = json.loads((studio.folder / "mine" / "studio.json").read_text())
    known = {"file": "../../../../secret.wav", "seconds": 1, "sample_rate": 16000, "channels": 1}
    (studio.folder / "mine" / "studio.json").write_text(json.dumps({**facts, "recordings": {"own": known}}))
    write(tmp_path / "secret.wav", [0.5] * 16000)
    assert studio.ask("GET", f"{run}/sound/guitar?of=own").status == 422


def test_a_recording_is_put_nowhere_but_in_its_run(studio: Served, recordings: tuple[Path, Path]) -> None:
    run = studio.new(name="mine")
    assert studio.upload(run, "di", recordings[0], "../../../../evil.wav").status == 200
    assert studio.upload(run, "..%2f..", recordings[0]).status == 404
    written = [file.relative_to(studio.folder) for file in studio.folder.parent.rglob("*.wav")]
    assert written == [Path("mine/recordings/di/evil.wav")]


def test_the_page_loads_nothing_from_elsewhere_and_stands_in_nobodys_frame(studio: Served) -> None:
    policy = studio.ask("GET", "/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    for name in ("index.html", "app.js", "style.css", "player.js", "mixer.js"):
        text = studio.ask("GET", f"/page/{name}").content.decode()
        assert "https://" not in text
        assert text.replace("http://www.w3.org/2000/svg", "").count("http://") == 0


def test_it_listens_on_this_computer_only(studio: Served) -> None:
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", studio.port), timeout=2):
        pass
