// The two recordings of a run: how they look, how they are aligned, and what is wrong with them.

import { get, send, upload } from "./api.js";
import { act, announce, chooser, complain, el, say, show } from "./dom.js";
import { sentence } from "./words.js";
import { closeUp, wave } from "./wave.js";

const LABELS = { di: "Guitar (DI)", amp: "Amplifier" };
const DONE = new Set(["delay", "level"]);
const MARKS = { error: "Stop", warning: "Warning", note: "Note", info: "Fact" };

export function recordings({ about, path, changed }) {
  const title = el("h2", { id: "recordings-title" }, "Recordings");
  const pictures = { di: el("div"), amp: el("div") };
  const facts = el("dl", { class: "facts" });
  const alignment = el("div");
  const findings = el("ul", { class: "findings" });
  const more = el("ul", { class: "findings" });
  const details = el("details", {}, el("summary", {}, "Everything that was found"), more);
  const busy = el("p", { class: "soft", role: "status" }, "Listening to the recordings ...");
  const swap = el("button", { type: "button", class: "quiet" }, "Swap the two");
  const delay = el("input", { type: "number", step: "1", id: "delay", placeholder: "automatic" });
  const setDelay = el("button", { type: "button", class: "quiet" }, "Use this delay");
  const corrections = el("details", { class: "corrections" }, el("summary", {}, "Correct something"));
  const delayLine = el(
    "p",
    { class: "inline" },
    el("label", { for: "delay" }, "Delay in samples "),
    delay,
    " ",
    setDelay,
  );
  corrections.append(el("p", { class: "inline" }, swap), delayLine);
  const replaced = {};
  for (const role of ["di", "amp"]) {
    const told = el("span", { class: "soft" });
    replaced[role] = told;
    const words = `Choose another ${role === "di" ? "guitar" : "amplifier"} file`;
    corrections.append(
      el("p", { class: "inline" }, ...chooser(`replace-${role}`, (file) => replace(role, file), words), told),
    );
  }
  const element = el(
    "section",
    { "aria-labelledby": "recordings-title" },
    title,
    pictures.di,
    pictures.amp,
    busy,
    findings,
    facts,
    alignment,
    details,
    corrections,
  );
  let shown = "";
  let latest = null;

  swap.addEventListener("click", () => act(swap, async () => changed(await send("POST", `${path}/swap`))));
  setDelay.addEventListener("click", () =>
    act(setDelay, async () =>
      changed(await send("PATCH", path, { delay: delay.value === "" ? null : Number(delay.value) })),
    ),
  );

  async function replace(role, file) {
    try {
      const told = await upload(`${path}/recordings/${role}`, file, about.most, (part) =>
        say(replaced[role], `${Math.round(100 * part)} %`),
      );
      changed(told);
    } catch (error) {
      complain(error);
    } finally {
      say(replaced[role], "");
    }
  }

  function picture(role, told, analysis) {
    const known = told.recordings[role];
    const place = pictures[role];
    place.className = "recording";
    place.replaceChildren();
    if (!known) return place.append(el("p", { class: "soft" }, `${LABELS[role]}: not there yet`));
    const levels = analysis && analysis.waves && analysis.waves[role];
    const loud = levels
      ? `peak ${levels.peak_db} dBFS, RMS ${levels.rms_db} dBFS`
      : `${known.seconds.toFixed(1)} s`;
    const head = el(
      "p",
      { class: "head" },
      el("strong", { class: `key ${role}` }, LABELS[role]),
      ` ${known.file} `,
      el("span", { class: "soft" }, loud),
    );
    place.append(head);
    if (known.channels > 1) place.append(channel(role, told, known));
    if (!levels) return undefined;
    const length = known.seconds * known.sample_rate;
    const lag = role === "amp" ? analysis.delay || 0 : 0;
    const held = analysis.held_out
      ? [analysis.held_out.map((sample) => Math.min(1, Math.max(0, (sample + lag) / length)))]
      : [];
    return place.append(wave(levels, role, `Waveform of ${known.file}: ${loud}`, held));
  }

  function channel(role, told, known) {
    const id = `channel-${role}`;
    const select = el("select", { id, disabled: frozen(told) });
    select.append(el("option", { value: "" }, "all are equal"));
    for (let i = 1; i <= Math.min(known.channels, 32); i += 1)
      select.append(el("option", { value: String(i) }, `channel ${i}`));
    select.value = known.channel === null ? "" : String(known.channel);
    select.addEventListener("change", () =>
      act(select, async () =>
        changed(
          await send("PATCH", path, {
            channels: { [role]: select.value === "" ? null : Number(select.value) },
          }),
        ),
      ),
    );
    return el("p", { class: "inline" }, el("label", { for: id }, "Which channel "), select);
  }

  function frozen(told) {
    return !["new", "ready", "failed"].includes(told.state) || told.resumable;
  }

  function finding(told, analysis) {
    const made = el(
      "li",
      { class: told.severity },
      el("span", { class: "mark" }, MARKS[told.severity]),
      el(
        "span",
        {},
        sentence(told.sentence),
        told.remedy ? el("span", { class: "remedy" }, ` ${sentence(told.remedy)}`) : "",
      ),
    );
    if (told.kind === "exchanged" && !frozen(latest)) {
      const button = el("button", { type: "button", class: "quiet" }, "Swap them");
      button.addEventListener("click", () =>
        act(button, async () => changed(await send("POST", `${path}/swap`))),
      );
      made.append(button);
    }
    return made;
  }

  function fill(told, analysis) {
    picture("di", told, analysis);
    picture("amp", told, analysis);
    facts.replaceChildren();
    for (const [label, value] of [
      ...(analysis.rows || []),
      ...(analysis.split ? [["split", analysis.split]] : []),
    ]) {
      facts.append(el("div", {}, el("dt", {}, label), el("dd", {}, value)));
    }
    alignment.replaceChildren(
      ...(analysis.close_up && !analysis.refused ? [closeUp(analysis.close_up)] : []),
    );
    const all = analysis.findings.filter((f) => !(f.severity === "info" && DONE.has(f.kind)));
    const serious = all.filter((f) => f.severity === "error" || f.severity === "warning");
    findings.replaceChildren(...serious.map((f) => finding(f, analysis)));
    if (!serious.length)
      findings.append(
        el(
          "li",
          { class: "good" },
          el("span", { class: "mark" }, "Good"),
          el("span", {}, "Nothing speaks against these recordings."),
        ),
      );
    const rest = all.filter((f) => !serious.includes(f));
    more.replaceChildren(...rest.map((f) => finding(f, analysis)));
    show(details, rest.length > 0);
    announce(
      serious.length ? serious.map((f) => f.sentence).join(". ") : "Nothing speaks against these recordings.",
    );
  }

  async function update(told) {
    latest = told;
    const key = JSON.stringify([told.recordings.di, told.recordings.amp, told.delay, frozen(told)]);
    if (key === shown) return;
    shown = key;
    show(corrections, !frozen(told));
    delay.value = told.delay === null ? "" : String(told.delay);
    const whole = told.recordings.di && told.recordings.amp;
    show(busy, Boolean(whole));
    findings.replaceChildren();
    facts.replaceChildren();
    alignment.replaceChildren();
    show(details, false);
    picture("di", told, null);
    picture("amp", told, null);
    if (!whole) return;
    try {
      const analysis = await get(`${path}/analysis`);
      if (key !== shown) return;
      show(busy, false);
      fill(told, analysis);
      element.dispatchEvent(new CustomEvent("analysed", { bubbles: true, detail: analysis }));
    } catch (error) {
      show(busy, false);
      complain(error);
      shown = "";
    }
  }

  return { element, update };
}
