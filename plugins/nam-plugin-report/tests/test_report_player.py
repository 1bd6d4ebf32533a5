"""The players of a page in a real browser: one hears another from the same moment on, without a gap."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nam_plugin_report import Player, listening_page, wav_bytes

RATE = 48000
LENGTH = 0.8

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

needs_browser = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium to look at the page with")

OFFLINE = """
<script>
window.AudioContext = function () {
  var context = new OfflineAudioContext(1, %(samples)d, %(rate)d);
  window.offline = context;
  window.goOn = context.resume.bind(context);
  context.resume = function () { return Promise.resolve(); };
  return context;
};
</script>
"""
"""An audio clock that runs as fast as it can, and whose output can be looked at."""

DRIVE = """
<script>
addEventListener("load", function () {
  var deck = window.namDecks[0];
  deck.play.click();
  // Sound is made beside the browser's own time, which these ticks keep from running out.
  var ticking = setInterval(function () {}, 1);
  var waiting = setInterval(function () {
    if (!deck.sources.length) { return; }
    clearInterval(waiting);
    offline.suspend(0.3).then(function () { %(action)s; goOn(); });
    offline.startRendering().then(function (buffer) {
      var heard = Array.prototype.map.call(buffer.getChannelData(0), function (v) { return Math.round(1e4 * v); });
      var pressed = deck.buttons.map(function (button) { return button.getAttribute("aria-pressed"); });
      clearInterval(ticking);
      document.body.innerHTML = "<pre id='told'>" + JSON.stringify({
        heard: heard, pressed: pressed, play: deck.play.textContent, labels: deck.buttons.map(function (button) {
          return button.getAttribute("aria-label");
        })
      }) + "</pre>";
    });
  }, 5);
});
</script>
"""


def drive(folder: Path, players: list[Player], action: str) -> dict[str, Any]:
    """Return what a page tells after it played, and after something was done at 0.3 s."""
    page = listening_page("Test", kind="Test", verdict="Same", heard=players)
    page = page.replace("<script>", OFFLINE % {"samples": RATE * LENGTH, "rate": RATE} + "<script>", 1)
    page = page.replace("</body>", DRIVE % {"action": action} + "</body>")
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    assert BROWSER is not None
    command = [BROWSER, "--headless=new", "--no-sandbox", "--disable-background-networking", "--disable-gpu"]
    own = [f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=1000000", "--dump-dom", file.as_uri()]
    done = subprocess.run([*command, *own], capture_output=True, text=True, timeout=120, check=True)
    told = re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.DOTALL)
    assert told, done.stdout[-2000:]
    answer: dict[str, Any] = json.loads(html.unescape(told[1]))
    return answer


def constant(title: str, value: float, matched: float | None = None) -> Player:
    return Player(title, wav_bytes(np.full(RATE, value), RATE), matched=matched)


@needs_browser
def test_the_same_sound_goes_on_unchanged_when_another_player_is_chosen(tmp_path: Path) -> None:
    told = drive(tmp_path, [constant("One", 0.5), constant("Two", 0.5)], "deck.buttons[1].click()")
    heard = np.array(told["heard"]) / 1e4
    steady = heard[round(0.15 * RATE) :]
    assert steady.min() > 0.499
    assert steady.max() < 0.501
    assert told["pressed"] == ["false", "true"]
    assert told["labels"] == ["Listen: One", "Playing: Two"]
    assert told["play"] == "Pause"


@needs_browser
def test_another_player_is_heard_from_the_same_moment_on(tmp_path: Path) -> None:
    ramp = Player("Ramp", wav_bytes(np.linspace(0, 0.9, RATE), RATE))
    told = drive(tmp_path, [constant("One", 0.5), ramp], "deck.choose(1)")
    heard = np.array(told["heard"]) / 1e4
    # At 0.7 s, less the 0.03 s that the players are given to begin together, the ramp is as far as if it had played.
    assert heard[round(0.7 * RATE)] == pytest.approx(0.9 * (0.7 - 0.03), abs=0.002)


@needs_browser
def test_a_player_is_turned_up_where_the_levels_are_to_match(tmp_path: Path) -> None:
    players = [constant("One", 0.2, matched=2.5), constant("Two", 0.5, matched=1.0)]
    told = drive(tmp_path, players, "document.querySelector('.match input').click()")
    heard = np.array(told["heard"]) / 1e4
    assert heard[round(0.25 * RATE)] == pytest.approx(0.2, abs=0.001)
    assert heard[round(0.7 * RATE)] == pytest.approx(0.5, abs=0.001)


def test_without_a_script_there_is_still_a_player_for_each() -> None:
    page = listening_page("Test", kind="Test", verdict="Same", heard=[constant("One", 0.5), constant("Two", 0.5)])
    assert re.findall(r"<audio controls [^>]*aria-label='(\w+)'", page) == ["One", "Two"]
