// Where two recordings are dropped or chosen: which is which, and their way to the studio.

import { send, upload } from "./api.js";
import { announce, chooser, complain, el, say, show } from "./dom.js";

const DRY = /(^|[^a-z])(di|dry|direct|input|guitar)([^a-z]|$)/i;

// failed: called when a recording was refused, and the run that was begun with it is gone
export function dropZone(about, failed) {
  const files = { di: null, amp: null };
  const slots = {};

  const progress = el("progress", { max: 1, value: 0, "aria-label": "Sending the recordings" });
  const sending = el(
    "p",
    { class: "sending", hidden: true },
    el("span", {}, "Sending the recordings "),
    progress,
  );
  const zone = el(
    "div",
    { class: "zone" },
    el("p", { class: "zone-told" }, "Drop both recordings here, or choose them:"),
  );
  const pair = el("div", { class: "slots" });
  for (const [role, label, told] of [
    ["di", "Guitar (DI)", "the dry signal that went into the amplifier"],
    ["amp", "Amplifier", "what came out of it, of the same take"],
  ]) {
    const name = el("span", { class: "chosen" }, "no file yet");
    const choose = chooser(`file-${role}`, (file) => give(role, file));
    choose[0].setAttribute("aria-label", `${label}: ${told}`);
    const line = el("div", { class: "inline" }, ...choose, name);
    const slot = el(
      "div",
      { class: `slot ${role}` },
      el("strong", {}, label),
      el("span", { class: "soft" }, told),
      line,
    );
    slot.addEventListener("drop", (event) => {
      const dropped = event.dataTransfer.files;
      if (dropped.length !== 1) return;
      event.preventDefault();
      event.stopPropagation();
      zone.classList.remove("over");
      give(role, dropped[0]);
    });
    slots[role] = name;
    pair.append(slot);
  }
  zone.append(pair, sending);
  zone.addEventListener("dragover", () => zone.classList.add("over"));
  zone.addEventListener(
    "dragleave",
    (event) => zone.contains(event.relatedTarget) || zone.classList.remove("over"),
  );
  zone.addEventListener("drop", (event) => {
    zone.classList.remove("over");
    const dropped = [...event.dataTransfer.files];
    if (dropped.length > 2)
      return complain(new Error("These are more than two files; drop the guitar and one amplifier."));
    if (dropped.length === 2) {
      const dry = dropped.findIndex((file) => DRY.test(file.name.replace(/[_-]/g, " ")));
      give("di", dropped[dry === 1 ? 1 : 0]);
      return give("amp", dropped[dry === 1 ? 0 : 1]);
    }
    return dropped.length ? give(files.di ? "amp" : "di", dropped[0]) : undefined;
  });

  async function give(role, file) {
    files[role] = file;
    say(slots[role], file.name);
    // What is given while something is sent waits for its end.
    while (files.di && files.amp && sending.hidden) await begin();
  }

  async function begin() {
    show(sending, true);
    announce("Sending the recordings");
    const given = { ...files };
    let made = null;
    let culprit = null;
    try {
      const { run } = await send("POST", "/api/runs", { name: given.amp.name.replace(/\.[^.]*$/, "") });
      made = run;
      const total = given.di.size + given.amp.size;
      let sent = 0;
      for (const role of ["di", "amp"]) {
        culprit = role;
        const before = sent;
        const told = (part) => {
          progress.value = (before + part * given[role].size) / total;
        };
        await upload(`/api/runs/${run}/recordings/${role}`, given[role], about.most, told);
        sent += given[role].size;
      }
      files.di = null;
      files.amp = null;
      location.hash = `#/run/${run}`;
    } catch (error) {
      complain(error);
      // The other file need not be chosen again, and half a run is none.
      for (const role of culprit ? [culprit] : ["di", "amp"]) {
        if (files[role] !== given[role]) continue;
        files[role] = null;
        say(slots[role], "no file yet");
      }
      if (made) await send("DELETE", `/api/runs/${made}`).catch(() => undefined);
      failed();
    } finally {
      show(sending, false);
    }
  }

  return zone;
}
