// Hear a run: the passage that was held out, and an own DI.

import { upload } from "./api.js";
import { chooser, complain, el, say, show } from "./dom.js";
import { Player } from "./player.js";

export const VOICES = [
  ["guitar", "Guitar"],
  ["original", "Original"],
  ["model", "Model"],
  ["difference", "Difference"],
];

export function listening({ about, path, changed }) {
  const held = el("input", { type: "radio", name: "material", value: "held" });
  held.checked = true;
  const own = el("input", { type: "radio", name: "material", value: "own", disabled: true });
  const told = el("span", { class: "soft" });
  const ownName = el("span", {}, "a DI of your own");
  const material = el(
    "fieldset",
    { class: "material" },
    el("legend", {}, "What is played"),
    el("label", {}, held, "the passage that was held out"),
    el("label", {}, own, ownName),
    el("p", { class: "inline" }, ...chooser("own-file", bring, "Choose your own DI"), told),
  );
  const place = el("div");
  const element = el(
    "section",
    { "aria-labelledby": "listen-title", hidden: true },
    el("h2", { id: "listen-title" }, "Listen"),
    el(
      "p",
      { class: "soft" },
      "All of them run together, so that a choice switches at once; each is as loud as it was recorded. " +
        "The difference is what the model misses.",
    ),
    place,
    material,
  );
  let player = null;
  let playing = "";
  let latest = null;
  let rate = 48000;

  const heard = (event) => {
    rate = event.detail.sample_rate || rate;
    element.dataset.usable = String(Boolean(event.detail.held_out));
    if (latest) update(latest);
  };
  document.addEventListener("analysed", heard);
  held.addEventListener("change", () => update(latest));
  own.addEventListener("change", () => update(latest));
  async function bring(file) {
    try {
      const answer = await upload(`${path}/recordings/own`, file, about.most, (part) =>
        say(told, `${Math.round(100 * part)} %`),
      );
      own.disabled = false;
      own.checked = true;
      changed(answer);
    } catch (error) {
      complain(error);
    } finally {
      say(told, "");
    }
  }

  function update(run) {
    latest = run;
    const there = element.dataset.usable === "true";
    show(element, there);
    if (!there) return;
    const mine = run.recordings.own;
    own.disabled = !mine;
    say(ownName, mine ? mine.file : "a DI of your own, once you have chosen one");
    show(material, Boolean(run.model));
    const kind = own.checked && mine ? `own ${mine.file} ${mine.received}` : "held";
    if (kind !== playing) {
      if (player) player.close();
      player = new Player("What you hear");
      place.replaceChildren(player.element);
      playing = kind;
    }
    const of = kind === "held" ? "" : "of=own&";
    const version = (name) =>
      name === "model" || name === "difference" ? run.model : encodeURIComponent(kind);
    const ready = (name) => run.model || name === "guitar" || name === "original";
    const voices = VOICES.filter(([name]) => kind === "held" || name === "guitar" || name === "model");
    player.offer(
      voices.map(([name, label]) => ({
        name,
        label,
        address: ready(name) ? `${path}/sound/${name}?${of}v=${version(name)}` : null,
      })),
      kind === "held" ? rate : mine.sample_rate,
    );
  }

  return {
    element,
    update,
    close() {
      document.removeEventListener("analysed", heard);
      if (player) player.close();
    },
  };
}
