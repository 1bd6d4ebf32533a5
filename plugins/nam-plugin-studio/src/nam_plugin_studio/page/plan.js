// Choose size and time, and what the model file says; then start.

import { send } from "./api.js";
import { act, el, say, show } from "./dom.js";
import { CHOICES, FIELDS, SIZES, sizeName } from "./words.js";

export function planning({ about, path, changed }) {
  const sizes = new Map();
  const sizeBox = el("div", { class: "cards" });
  for (const size of about.sizes) {
    const input = el("input", { type: "radio", name: "size", value: size });
    sizes.set(size, input);
    const told = SIZES[size] ? SIZES[size][1] : "";
    sizeBox.append(
      el(
        "label",
        { class: "card" },
        input,
        el("span", {}, el("strong", {}, sizeName(size)), el("span", { class: "soft" }, told)),
      ),
    );
  }
  const times = {};
  const timeBox = el("div", { class: "cards" });
  const epochs = el("input", { type: "number", min: "1", step: "1", id: "epochs", value: "100" });
  const minutes = el("input", { type: "number", min: "0.5", step: "any", id: "minutes", value: "10" });
  for (const [kind, label, field] of [
    ["usual", "As long as is usual", null],
    ["minutes", "Minutes", minutes],
    ["epochs", "Epochs", epochs],
  ]) {
    const input = el("input", { type: "radio", name: "time", value: kind });
    times[kind] = input;
    if (field) {
      field.setAttribute("aria-label", label);
      field.addEventListener("focus", () => {
        input.checked = true;
      });
    }
    timeBox.append(el("div", { class: "card" }, el("label", {}, input, el("strong", {}, label)), field));
  }
  const name = el("input", { type: "text", id: "model-name", maxlength: "60", autocomplete: "off" });
  const fields = {};
  const said = el("div", { class: "fields" }, el("label", { for: "model-name" }, "Name", name));
  for (const key of Object.keys(about.metadata)) {
    if (key === "name") continue;
    const choices = CHOICES[key];
    const field = choices
      ? el("select", {})
      : el(
          "input",
          key.endsWith("_dbu") ? { type: "number", step: "any" } : { type: "text", autocomplete: "off" },
        );
    if (choices)
      for (const choice of ["", ...choices])
        field.append(el("option", { value: choice }, choice.replace(/_/g, " ")));
    fields[key] = field;
    said.append(el("label", {}, FIELDS[key] || key, field));
  }
  const anyway = el("input", { type: "checkbox", id: "anyway" });
  const anywayLine = el(
    "p",
    { class: "inline tick" },
    anyway,
    el("label", { for: "anyway" }, " Train anyway: what was found is a guess, and I know better"),
  );
  const start = el("button", { type: "submit", class: "strong" }, "Start the training");
  const told = el("p", { class: "soft" });
  const form = el(
    "form",
    {},
    el("fieldset", {}, el("legend", {}, "Size"), sizeBox),
    el("fieldset", {}, el("legend", {}, "Time"), timeBox),
    el("details", {}, el("summary", {}, "What the model file says"), said),
    anywayLine,
    el("p", {}, start),
  );
  const remove = el("button", { type: "button", class: "quiet" }, "Remove this run");
  const element = el(
    "section",
    { "aria-labelledby": "plan-title", hidden: true },
    el("h2", { id: "plan-title" }, "Train"),
    form,
    told,
    el("p", {}, remove),
  );
  let filled = false;
  let analysis = null;

  function fill(run) {
    const choices = run.choices || { size: about.sizes.at(-1), epochs: null, minutes: null, metadata: {} };
    sizes.get(choices.size).checked = true;
    times[choices.epochs ? "epochs" : choices.minutes ? "minutes" : "usual"].checked = true;
    if (choices.epochs) epochs.value = choices.epochs;
    if (choices.minutes) minutes.value = choices.minutes;
    name.value = run.name;
    for (const [key, field] of Object.entries(fields)) field.value = choices.metadata[key] ?? "";
    filled = true;
  }

  function reflect() {
    const usable = Boolean(analysis && analysis.usable);
    const refused = Boolean(analysis && analysis.refused);
    show(anywayLine, usable && refused);
    show(form, usable);
    start.disabled = !usable || (refused && !anyway.checked);
    say(
      told,
      !analysis
        ? ""
        : !usable
          ? "These recordings cannot be trained; see what is said about them."
          : refused && !anyway.checked
            ? "Put right what is said above, or tick the box."
            : "",
    );
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(start, async () => {
      await send("PATCH", path, { name: name.value });
      const metadata = {};
      for (const [key, field] of Object.entries(fields)) {
        if (field.value !== "") metadata[key] = field.type === "number" ? Number(field.value) : field.value;
      }
      const chosen = { size: [...sizes].find(([, input]) => input.checked)[0], metadata };
      if (analysis && analysis.refused) chosen.anyway = anyway.checked;
      if (times.epochs.checked) chosen.epochs = Number(epochs.value);
      if (times.minutes.checked) chosen.minutes = Number(minutes.value);
      changed(await send("POST", `${path}/train`, chosen));
    }).then(reflect);
  });
  remove.addEventListener("click", () =>
    act(remove, async () => {
      await send("DELETE", path);
      location.hash = "#/";
    }),
  );
  anyway.addEventListener("change", reflect);
  const heard = (event) => {
    analysis = event.detail;
    reflect();
  };
  document.addEventListener("analysed", heard);

  return {
    element,
    update(run) {
      const open =
        run.recordings.di && run.recordings.amp && !run.running && !run.resumable && run.state !== "new";
      show(element, Boolean(open));
      if (open && !filled) fill(run);
      if (run.running) filled = false;
    },
    close: () => document.removeEventListener("analysed", heard),
  };
}
