"""The whole way in a real browser: from two files that are dropped to a model that is downloaded."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from served import Served, write

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed, so no browser can be driven")
Service = pytest.importorskip("selenium.webdriver.chrome.service").Service
By = pytest.importorskip("selenium.webdriver.common.by").By
Keys = pytest.importorskip("selenium.webdriver.common.keys").Keys

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")

WITHOUT = "no browser can be driven here: there is no chromium, or no chromedriver (Debian: chromium, chromium-driver)"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(None in (CHROMIUM, DRIVER), reason=WITHOUT)]

FIELD = """
const field = document.createElement("input");
field.type = "file";
field.multiple = true;
document.body.append(field);
return field;
"""

DROP = """
const zone = document.querySelector(".zone"), transfer = new DataTransfer();
for (const file of arguments[0].files) transfer.items.add(file);
for (const kind of ["dragover", "drop"])
  zone.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
arguments[0].remove();
"""

COUNT = """
window.starts = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (when, offset) {
  window.starts.push([when, offset]);
  return start.call(this, when, offset);
};
"""

NAMELESS = """
const said = (e) => [...(e.labels || [])].map((label) => label.textContent.trim()).join("");
const name = (e) => e.ariaLabel || e.textContent.trim() || said(e) || e.title;
return [...document.querySelectorAll("button, input, select, a, svg[role=img], progress")]
  .filter((e) => e.checkVisibility() && !name(e) && !e.getAttribute("aria-label")).map((e) => e.outerHTML);
"""


class Page:
    """A window of the browser, and what a person does in it."""

    def __init__(self, browser: Any, studio: Served) -> None:
        self.browser = browser
        self.studio = studio

    def one(self, selector: str) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def button(self, words: str) -> Any:
        return self.browser.find_element(By.XPATH, f"//button[contains(normalize-space(.), '{words}')]")

    def until(self, wish: Callable[[], Any], seconds: float = 40) -> Any:
        """Return what a wish returns, once that is something."""
        end, last = time.monotonic() + seconds, None
        while time.monotonic() < end:
            try:
                if found := wish():
                    return found
            except Exception as error:
                last = error
            time.sleep(0.05)
        raise AssertionError(f"{self.one('main').text}\n{last}")

    def says(self, words: str, seconds: float = 60) -> bool:
        return bool(self.until(lambda: words in self.one("main").text, seconds))

    def beyond(self, pixels: int) -> int:
        """Return by how much the page is wider than a window of a width, in pixels."""
        size = {"width": pixels, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        shape = "const e = document.documentElement; return e.scrollWidth - e.clientWidth"
        return int(self.browser.execute_script(shape))

    def is_in_order(self) -> None:
        """Require that the page fits a phone and a desk, and that everything in it has a name."""
        assert (self.beyond(390), self.beyond(1280)) == (0, 0)
        assert self.browser.execute_script(NAMELESS) == []

    def player(self, key: str) -> str:
        return str(self.one(".player").get_attribute(f"data-{key}"))


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder


@pytest.fixture
def page(studio: Served, downloads: Path) -> Iterator[Page]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in ("headless=new", "no-sandbox", "disable-background-networking", "disable-dev-shm-usage"):
        options.add_argument(f"--{flag}")
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    try:
        yield Page(browser, studio)
    finally:
        browser.quit()


def test_from_two_dropped_files_to_the_downloaded_model(
    page: Page, studio: Served, recordings: tuple[Path, Path], downloads: Path, tmp_path: Path
) -> None:
    browser = page.browser
    browser.get(studio.address)
    page.says("None yet. The first two recordings make one.")
    page.is_in_order()
    assert "token" not in browser.current_url

    # Both at once, the amplifier first: which is which shows in the names.
    field = browser.execute_script(FIELD)
    field.send_keys("\n".join(map(str, reversed(recordings))))
    browser.execute_script(DROP, field)
    page.says("Nothing speaks against these recordings.")
    assert page.one(".head").text.startswith("Guitar (DI) di.wav")
    assert len(browser.find_elements(By.CSS_SELECTOR, "svg.wave rect.held")) == 2
    page.is_in_order()

    page.one("input[name=size][value=tiny]").click()
    epochs = page.one("#epochs")
    epochs.clear()
    epochs.send_keys("12")
    page.one("form details summary").click()
    name = page.one("#model-name")
    name.clear()
    name.send_keys("Crunch <b>1</b>")
    page.button("Start the training").send_keys(Keys.ENTER)
    page.until(lambda: page.one(".figure-large").text.startswith("ESR"))
    page.is_in_order()

    # All voices start together and never again: a choice moves nothing but gains.
    browser.execute_script(COUNT)
    page.one(".play").click()
    page.until(lambda: page.player("playing") == "true")
    starts = browser.execute_script("return window.starts")
    assert len(starts) == 4
    assert all(start == starts[0] for start in starts)
    page.one(".voice input[value=original]").click()
    assert page.player("voice") == "original"
    browser.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    assert page.player("voice") == "model"
    assert page.player("playing") == "true"

    # A reload and a second window find the training again.
    here = browser.current_url
    browser.refresh()
    page.says("ESR")
    first = browser.current_window_handle
    browser.switch_to.new_window("tab")
    browser.get(here)
    page.until(lambda: page.one(".lead").text == "done")
    page.until(lambda: page.one("h1").text == "Crunch <b>1</b>")
    browser.close()
    browser.switch_to.window(first)
    page.until(lambda: page.one(".lead").text == "done")
    page.is_in_order()

    page.until(lambda: page.one("[data-format=nam]")).click()
    file = page.until(lambda: next(downloads.glob("*.nam"), None))
    assert file.read_bytes() == (studio.folder / "amp" / "model" / "model.nam").read_bytes()
    assert file.name == "Crunch _b_1__b_.nam"
    assert json.loads(file.read_bytes())["metadata"]["name"] == "Crunch <b>1</b>"

    own = write(tmp_path / "mine.wav", 0.1 * np.sin(0.05 * np.arange(16000)))
    page.one("#own-file").send_keys(str(own))
    page.until(lambda: page.one("input[name=material][value=own]").is_selected())
    page.until(lambda: len(browser.find_elements(By.CSS_SELECTOR, ".voice")) == 2)
    page.one(".play").click()
    page.until(lambda: page.player("loaded") == "guitar model")

    another_of(studio.folder / "amp", "Clean")
    page.one(".brand").click()
    page.says("Clean")
    page.is_in_order()
    page.one("#search").send_keys("tiny clean")
    page.until(lambda: len(browser.find_elements(By.CSS_SELECTOR, ".runs li")) == 1)
    page.one("#search").clear()
    page.one("#search").send_keys(" ")
    page.until(lambda: len(browser.find_elements(By.CSS_SELECTOR, ".runs li")) == 2)
    for tick in browser.find_elements(By.CSS_SELECTOR, ".runs input"):
        tick.click()
    page.button("Compare 2").click()
    page.until(lambda: len(browser.find_elements(By.CSS_SELECTOR, "polyline.curve")) == 2)
    page.one(".play").click()
    page.until(lambda: len(page.player("loaded").split()) == 4)
    page.is_in_order()

    loaded = browser.execute_script("return performance.getEntriesByType('resource').map((e) => e.name)")
    assert [
        name for name in loaded if not name.startswith((f"http://127.0.0.1:{studio.port}/", "blob:", "data:"))
    ] == []
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_a_mistake_is_told_where_it_is_made(
    page: Page, studio: Served, recordings: tuple[Path, Path], tmp_path: Path
) -> None:
    page.browser.get(studio.address)
    page.says("None yet")
    (tmp_path / "song.wav").write_text("not a recording")
    page.one("#file-amp").send_keys(str(recordings[1]))
    page.one("#file-di").send_keys(str(tmp_path / "song.wav"))
    page.until(lambda: "song.wav cannot be read as audio" in page.one("#notices").text)
    assert studio.ask("GET", "/api/runs").json == []
    # The other file is still there.
    page.one("#file-di").send_keys(str(recordings[0]))
    page.says("Nothing speaks against these recordings.")
    page.button("Remove this run").click()
    page.says("None yet")
    page.browser.delete_all_cookies()
    page.browser.refresh()
    page.until(lambda: "address that it printed" in page.one("body").text)


def another_of(folder: Path, name: str) -> None:
    """Have a run a second time, under another name."""
    copy = folder.with_name(name.lower())
    shutil.copytree(folder, copy)
    facts = json.loads((copy / "studio.json").read_text())
    (copy / "studio.json").write_text(json.dumps({**facts, "name": name}))
    os.utime(copy / "recordings" / "di" / facts["recordings"]["di"]["file"])
