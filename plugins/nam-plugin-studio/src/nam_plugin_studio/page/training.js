// A training that goes on, or is over: its figure, its curve, the time that is left, and its end.

import { get, send, text } from "./api.js";
import { act, el, say, show, svg } from "./dom.js";
import { describe, drawCurves } from "./curve.js";
import { duration, esr, sentence, sizeName } from "./words.js";

export function training({ path, changed }) {
  const figure = el("p", { class: "figure-large" });
  const meaning = el("p", { class: "soft" });
  const progress = el("progress", { max: 1, "aria-label": "Progress of the training" });
  const numbers = el("dl", { class: "facts" });
  const picture = svg("svg", { class: "curves", role: "img" });
  const legend = el("ul", { class: "legend" });
  const stop = el("button", { type: "button", class: "strong" }, "Stop and keep the best");
  const more = el("input", { type: "number", min: "1", step: "1", id: "more" });
  const goOn = el("button", { type: "button", class: "quiet" }, "Go on");
  const longer = el(
    "p",
    { class: "inline" },
    el("label", { for: "more" }, "Train until epoch "),
    more,
    " ",
    goOn,
  );
  const report = el(
    "a",
    { href: `${path}/report`, target: "_blank", rel: "noopener" },
    "The report of this training",
  );
  const wrong = el("p", { class: "wrong", role: "alert" });
  const log = el("pre", { tabIndex: 0, "aria-label": "What the training prints" });
  const details = el("details", { class: "log" }, el("summary", {}, "What the training prints"), log);
  const heading = el("h2", { id: "training-title", tabIndex: -1 }, "Training");
  const element = el(
    "section",
    { "aria-labelledby": "training-title", hidden: true },
    heading,
    wrong,
    figure,
    meaning,
    progress,
    numbers,
    picture,
    legend,
    el("p", {}, stop),
    longer,
    el("p", {}, report),
    details,
  );
  let latest = null;
  let floor = null;
  let shownBefore = null;
  const cells = new Map();

  stop.addEventListener("click", () => act(stop, async () => changed(await send("POST", `${path}/stop`))));
  goOn.addEventListener("click", () =>
    act(goOn, async () =>
      changed(await send("POST", `${path}/resume`, more.value === "" ? {} : { epochs: Number(more.value) })),
    ),
  );
  details.addEventListener("toggle", readLog);
  const heard = (event) => {
    floor = event.detail.lowest_esr || null;
    if (latest) draw();
  };
  document.addEventListener("analysed", heard);
  const watcher = new ResizeObserver(() => latest && draw());
  watcher.observe(element);

  async function readLog() {
    if (!details.open) return;
    try {
      say(log, (await text(`${path}/log`)) || "nothing yet");
    } catch (error) {
      say(log, error.message);
    }
  }

  function cell(label, value) {
    if (!cells.has(label)) {
      const told = el("dd");
      cells.set(label, { told, element: el("div", {}, el("dt", {}, label), told) });
      numbers.append(cells.get(label).element);
    }
    const { told, element: place } = cells.get(label);
    say(told, value || "");
    show(place, Boolean(value));
  }

  let drawn = "";
  function draw() {
    const curves = outlines(latest);
    const key = JSON.stringify([curves, floor, picture.clientWidth]);
    if (key === drawn || element.hidden) return;
    show(
      picture,
      curves.some((c) => c.points.length),
    );
    // Hidden elements have no width, and drawing needs it.
    drawn = JSON.stringify([curves, floor, picture.clientWidth]);
    drawCurves(picture, curves, floor);
    legend.replaceChildren(
      ...(curves.length > 1
        ? curves.map((c, i) => el("li", { class: `key c${i}` }, `the ${c.name} size`))
        : []),
    );
    picture.setAttribute("aria-label", `The error after each epoch. ${describe(curves)}`);
  }

  function update(run) {
    latest = run;
    const there = run.running || run.resumable || ["done", "stopped", "failed", "cut"].includes(run.state);
    const began = there && element.hidden && there !== shownBefore && shownBefore !== null;
    shownBefore = there;
    show(element, there);
    // What was pressed to start it is gone, and whoever uses the keyboard should not be sent to the top.
    if (began) heading.focus();
    if (!there) return;
    say(wrong, run.error ? `The training failed: ${run.error}` : "");
    show(wrong, Boolean(run.error));
    say(
      figure,
      run.best
        ? `ESR ${esr(run.best.esr)}${run.verdict ? `, ${run.verdict.word}` : ""}`
        : run.running
          ? "Preparing: the first figure comes with the first epoch"
          : "",
    );
    show(figure, figure.textContent !== "");
    say(meaning, run.verdict ? sentence(run.verdict.meaning) : "");
    show(progress, run.running);
    if (run.steps && run.step) progress.value = run.step / run.steps;
    else progress.removeAttribute("value");
    cell("size", run.choices ? sizeName(run.choices.size) : "");
    cell("epoch", run.epoch ? `${run.epoch} of ${run.epochs}` : "");
    cell("best at epoch", run.best ? String(run.best.epoch) : "");
    cell("time", run.seconds != null ? duration(run.seconds) : "");
    cell("time left", run.running && run.remaining != null ? `about ${duration(run.remaining)}` : "");
    cell("noise allows", floor ? `ESR ${esr(floor)}` : "");
    cell("ended", run.stopped || "");
    show(stop.parentElement, run.running);
    // Asked twice is asked again: the first time may have come at a moment at which nobody listened.
    stop.disabled = run.state === "finishing";
    say(stop, run.state === "stopping" ? "Ask again to stop" : "Stop and keep the best");
    show(longer, run.resumable);
    if (run.resumable && document.activeElement !== more && more.value === "") more.value = suggestion(run);
    if (run.running) more.value = "";
    show(report.parentElement, run.report && !run.running);
    draw();
    if (run.running) readLog();
  }

  // Twice as long as a training that came to its end; the rest of one that did not.
  function suggestion(run) {
    const done = run.points.length ? run.points.at(-1).epoch : 0;
    const planned = run.points.length && run.epochs ? run.epochs : 0;
    if (run.state === "done") return 2 * Math.max(done, 1);
    return Math.max(planned, (run.choices && run.choices.epochs) || 0, done + 1) || "";
  }

  return {
    element,
    update,
    close() {
      document.removeEventListener("analysed", heard);
      watcher.disconnect();
    },
  };
}

// The curves of a run: one, or one for each size in it.
export function outlines(run, name = "") {
  const sizes = Object.keys(run.points.length ? run.points.at(-1).sizes : {});
  if (!sizes.length)
    return [
      {
        name,
        points: run.points.map(({ epoch, esr: value }) => ({ epoch, esr: value })),
        epochs: run.epochs,
      },
    ];
  return sizes.reverse().map((size) => ({
    name: name ? `${name}, ${size}` : size,
    points: run.points.map((p) => ({ epoch: p.epoch, esr: p.sizes[size] })),
    epochs: run.epochs,
  }));
}
