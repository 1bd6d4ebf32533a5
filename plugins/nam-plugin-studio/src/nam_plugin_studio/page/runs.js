// The list of all runs: searched by words, and ticked to be compared.

import { get } from "./api.js";
import { el, say, show } from "./dom.js";
import { STATES, date, duration, esr, sizeName } from "./words.js";

export function runList() {
  const compared = new Set();
  let runs = [];

  const search = el("input", {
    type: "search",
    id: "search",
    placeholder: "name, size, state ...",
    oninput: () => list(),
  });
  const comparing = el("button", { type: "button", class: "quiet", disabled: true }, "Compare");
  comparing.addEventListener("click", () => {
    location.hash = `#/compare/${[...compared].map(encodeURIComponent).join("/")}`;
  });
  const found = el("ul", { class: "runs" });
  const none = el("p", { class: "soft" });
  const section = el(
    "section",
    { "aria-labelledby": "runs-title" },
    el(
      "div",
      { class: "heading" },
      el("h2", { id: "runs-title" }, "Runs"),
      el("label", { class: "search", for: "search" }, el("span", {}, "Search"), search),
      comparing,
    ),
    found,
    none,
  );
  // Rows are kept, so that neither the focus nor a tick is lost when something changes.
  const rows = new Map();
  function row(run) {
    const tick = el("input", { type: "checkbox", "aria-label": `Compare ${run.name}` });
    tick.addEventListener("change", () => {
      if (tick.checked) compared.add(run.run);
      else compared.delete(run.run);
      reflect();
    });
    const parts = {
      tick,
      state: el("span", { class: "state" }),
      figure: el("span", { class: "figure" }),
      told: el("span", { class: "soft" }),
      name: el("strong", {}, ""),
    };
    const link = el("a", { href: `#/run/${encodeURIComponent(run.run)}` }, parts.name, parts.told);
    parts.element = el("li", {}, tick, link, parts.figure, parts.state);
    return parts;
  }

  function reflect() {
    comparing.disabled = compared.size < 2 || compared.size > 4;
    say(
      comparing,
      compared.size > 4
        ? "Compare at most four"
        : compared.size >= 2
          ? `Compare ${compared.size}`
          : "Compare",
    );
    comparing.title = "Tick two to four runs that have a model";
  }

  function outcome(run) {
    if (!run.verdict || !["done", "stopped"].includes(run.state)) return STATES[run.state];
    return `${run.verdict.word}${run.state === "stopped" ? ", stopped early" : ""}`;
  }

  // What a search looks in.
  function inWords(run) {
    const { size, metadata } = run.choices || { size: "", metadata: {} };
    const files = Object.values(run.recordings).map((recording) => recording.file);
    const said = [run.name, run.run, size, sizeName(size), outcome(run), STATES[run.state]];
    return [...said, ...files, ...Object.values(metadata)].join(" ").toLowerCase();
  }

  function list() {
    const asked = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = runs.filter((run) => asked.every((word) => inWords(run).includes(word)));
    for (const run of shown) {
      if (!rows.has(run.run)) rows.set(run.run, row(run));
      const parts = rows.get(run.run);
      say(parts.name, run.name);
      const size = run.choices ? `${sizeName(run.choices.size)}, ` : "";
      say(parts.told, `${size}${date(run.created)}`);
      say(parts.figure, run.best ? `ESR ${esr(run.best.esr)}` : "");
      const left =
        run.running && run.remaining !== null && run.remaining !== undefined
          ? `, ${duration(run.remaining)} left`
          : "";
      say(parts.state, `${outcome(run)}${left}`);
      const close = run.best && run.best.esr <= 0.03;
      parts.state.className = `state ${run.state} ${close ? "close" : ""}`;
      parts.tick.disabled = !run.model;
    }
    const wanted = shown.map((run) => rows.get(run.run).element);
    if (wanted.length !== found.children.length || wanted.some((e, i) => found.children[i] !== e))
      found.replaceChildren(...wanted);
    say(
      none,
      runs.length ? (shown.length ? "" : "No run matches.") : "None yet. The first two recordings make one.",
    );
    show(none, none.textContent !== "");
    reflect();
  }

  async function load() {
    runs = await get("/api/runs");
    const there = new Set(runs.map((run) => run.run));
    for (const run of compared) if (!there.has(run)) compared.delete(run);
    list();
  }

  return { element: section, load };
}
