// The first view: drop two recordings, and find the runs that there are.

import { complain, el } from "./dom.js";
import { dropZone } from "./drop.js";
import { runList } from "./runs.js";

const POLL = 3000;

export function homeView(about) {
  const list = runList();
  let timer = null;
  const element = el(
    "div",
    { class: "home" },
    el("h1", {}, "From two recordings to a model"),
    el(
      "p",
      { class: "lead" },
      "The dry guitar and the same take through your amplifier. Everything stays on this computer.",
    ),
    dropZone(about, () => list.load().catch(complain)),
    list.element,
  );

  return {
    element,
    title: () => "Runs",
    async open() {
      await list.load();
      timer = setInterval(() => document.hidden || list.load().catch(() => undefined), POLL);
    },
    close: () => clearInterval(timer),
  };
}
