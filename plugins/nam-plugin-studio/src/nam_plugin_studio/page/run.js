// The view of one run, from its recordings to its downloads. Each part shows itself when it has something to say.

import { get, send } from "./api.js";
import { act, announce, el, say } from "./dom.js";
import { downloads } from "./downloads.js";
import { listening } from "./listen.js";
import { recordings } from "./recordings.js";
import { training } from "./training.js";
import { planning } from "./plan.js";
import { STATES, duration, esr } from "./words.js";

const OFTEN = 1000;
const SELDOM = 4000;

export function runView(about, run) {
  const path = `/api/runs/${encodeURIComponent(run)}`;
  const title = el("h1", {}, "...");
  const state = el("p", { class: "lead" });
  const again = el("button", { type: "button", class: "quiet" }, "Another run with these recordings");
  const context = { about, path, changed };
  const parts = [
    recordings(context),
    planning(context),
    training(context),
    listening(context),
    downloads(context),
  ];
  const further = el(
    "section",
    { class: "further" },
    again,
    el("p", { class: "soft" }, "To try another size or more time beside this one, and compare the two."),
  );
  const element = el(
    "div",
    { class: "run" },
    el("p", {}, el("a", { href: "#/" }, "All runs")),
    title,
    state,
    ...parts.map((p) => p.element),
    further,
  );
  let arranged = "0,1,2,3,4";
  let known = null;
  let timer = null;
  let closed = false;
  let polling = false;

  again.addEventListener("click", () =>
    act(again, async () => {
      const made = await send("POST", "/api/runs", { like: run });
      location.hash = `#/run/${made.run}`;
    }),
  );

  // Once there is a training, it comes first, and the recordings that it was made of last.
  function arrange(trained, failed) {
    const order = trained ? [2, 3, 4, 1, 0] : failed ? [2, 0, 1, 3, 4] : [0, 1, 2, 3, 4];
    if (String(order) === arranged) return;
    arranged = String(order);
    for (const number of order) element.insertBefore(parts[number].element, further);
  }

  // Take what the studio told, and show it.
  function changed(told) {
    if (closed) return;
    const before = known;
    known = told;
    say(title, told.name);
    document.title = `${told.name} - nam-kernel studio`;
    const left = told.running && told.remaining != null ? `, about ${duration(told.remaining)} left` : "";
    say(state, `${STATES[told.state]}${left}`);
    state.className = `lead state ${told.state}`;
    if (before && before.state !== told.state) announce(`${told.name}: ${STATES[told.state]}`);
    else if (before && told.verdict && (!before.verdict || before.verdict.word !== told.verdict.word)) {
      announce(`ESR ${esr(told.best.esr)}, ${told.verdict.word}`);
    }
    arrange(told.running || told.resumable, told.state === "failed");
    for (const part of parts) part.update(told);
    further.hidden =
      !(told.recordings.di && told.recordings.amp) || told.state === "new" || told.state === "ready";
  }

  async function poll() {
    if (polling) return;
    polling = true;
    clearTimeout(timer);
    let wait = SELDOM;
    try {
      if (!document.hidden) {
        changed(await get(path));
        wait = known.running ? OFTEN : SELDOM;
      }
    } catch (error) {
      say(state, error.message);
    }
    polling = false;
    if (!closed) timer = setTimeout(poll, wait);
  }

  return {
    element,
    title: () => (known ? known.name : "Run"),
    async open() {
      changed(await get(path));
      document.addEventListener("visibilitychange", poll);
      timer = setTimeout(poll, known.running ? OFTEN : SELDOM);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", poll);
      for (const part of parts) if (part.close) part.close();
    },
  };
}
