// Compare runs: their figures, their curves, and their models through the same guitar.

import { get } from "./api.js";
import { el, svg } from "./dom.js";
import { describe, drawCurves } from "./curve.js";
import { Player } from "./player.js";
import { outlines } from "./training.js";
import { STATES, duration, esr, sizeName } from "./words.js";

const POLL = 4000;

export function compareView(about, names) {
  const element = el(
    "div",
    { class: "compare" },
    el("p", {}, el("a", { href: "#/" }, "All runs")),
    el("h1", {}, "Compare runs"),
  );
  const table = el("table", { class: "figures" });
  const picture = svg("svg", { class: "curves", role: "img" });
  const legend = el("ul", { class: "legend" });
  const player = new Player("What you hear");
  const passage = el("select", { id: "passage" });
  const wrap = el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "Figures" }, table);
  element.append(
    el("section", { "aria-labelledby": "figures-title" }, el("h2", { id: "figures-title" }, "Figures"), wrap),
    el(
      "section",
      { "aria-labelledby": "curves-title" },
      el("h2", { id: "curves-title" }, "Error after each epoch"),
      picture,
      legend,
    ),
    el(
      "section",
      { "aria-labelledby": "hear-title" },
      el("h2", { id: "hear-title" }, "Listen"),
      el(
        "p",
        { class: "inline" },
        el("label", { for: "passage" }, "Played is the held-out passage of "),
        passage,
      ),
      player.element,
    ),
  );
  let runs = [];
  let timer = null;
  let rates = new Map();
  const watcher = new ResizeObserver(() => draw());
  passage.addEventListener("change", () => {
    player.clear();
    hear();
  });

  function label(run) {
    return runs.filter((other) => other.name === run.name).length > 1 ? `${run.name} (${run.run})` : run.name;
  }

  function fill() {
    const row = (title, value) =>
      el("tr", {}, el("th", { scope: "row" }, title), ...runs.map((run) => el("td", {}, value(run))));
    const head = el(
      "tr",
      {},
      el("td"),
      ...runs.map((run) =>
        el("th", { scope: "col" }, el("a", { href: `#/run/${encodeURIComponent(run.run)}` }, label(run))),
      ),
    );
    table.replaceChildren(
      el("thead", {}, head),
      el(
        "tbody",
        {},
        row("ESR", (run) => (run.best ? esr(run.best.esr) : "none yet")),
        row("sounds", (run) => (run.verdict ? run.verdict.word : "")),
        row("size", (run) => (run.choices ? sizeName(run.choices.size) : "")),
        row("best at epoch", (run) => (run.best ? `${run.best.epoch} of ${run.points.at(-1).epoch}` : "")),
        row("time", (run) => (run.seconds ? duration(run.seconds) : "")),
        row("state", (run) => STATES[run.state]),
        row("guitar", (run) => (run.recordings.di ? run.recordings.di.file : "")),
        row("amplifier", (run) => (run.recordings.amp ? run.recordings.amp.file : "")),
      ),
    );
  }

  // Of several sizes in a run only the largest, so that a colour is a run.
  function curves() {
    return runs.map((run) => ({ ...outlines(run)[0], name: label(run) }));
  }

  function draw() {
    if (!runs.length) return;
    drawCurves(picture, curves());
    picture.setAttribute("aria-label", describe(curves()));
    legend.replaceChildren(...runs.map((run, i) => el("li", { class: `key c${i}` }, label(run))));
  }

  function hear() {
    const of = runs.find((run) => run.run === passage.value) || runs[0];
    const path = `/api/runs/${encodeURIComponent(of.run)}/sound`;
    const models = runs.map((run) => ({
      name: run.run,
      label: label(run),
      address: run.model ? `${path}/model?model=${encodeURIComponent(run.run)}&v=${run.model}` : null,
    }));
    const shared = ["guitar", "original"].map((name) => ({
      name: `/${name}`,
      label: name === "guitar" ? "Guitar" : `Original of ${label(of)}`,
      address: `${path}/${name}`,
    }));
    player.offer([...shared, ...models], rates.get(of.run) || 48000, of.run);
  }

  async function load() {
    runs = await Promise.all(names.map((name) => get(`/api/runs/${encodeURIComponent(name)}`)));
    fill();
    draw();
    hear();
  }

  return {
    element,
    title: () => "Compare runs",
    async open() {
      if (names.length < 2 || names.length > 4)
        throw new Error("Tick two to four runs in the list of all runs to compare them.");
      runs = await Promise.all(names.map((name) => get(`/api/runs/${encodeURIComponent(name)}`)));
      rates = new Map(
        runs.map((run) => [run.run, run.recordings.di ? run.recordings.di.sample_rate : 48000]),
      );
      passage.append(...runs.map((run) => el("option", { value: run.run }, label(run))));
      await load();
      watcher.observe(element);
      timer = setInterval(() => document.hidden || load().catch(() => undefined), POLL);
    },
    close() {
      clearInterval(timer);
      watcher.disconnect();
      player.close();
    },
  };
}
