// Draw recordings: the envelope of the whole, and a close-up of one attack.

import { el, svg } from "./dom.js";

const HEIGHT = 100;

// An envelope as one closed shape; what is held out is tinted behind it.
export function wave(told, kind, label, heldOut) {
  const { peaks } = told;
  const reach = Math.max(0.05, ...peaks.map(([low, high]) => Math.max(-low, high)));
  const y = (value) => (HEIGHT / 2) * (1 - value / reach);
  const upper = peaks.map(([, high], i) => `${i},${y(high).toFixed(1)}`);
  const lower = peaks.map(([low], i) => `${i},${y(low).toFixed(1)}`).reverse();
  const picture = svg("svg", {
    viewBox: `0 0 ${peaks.length} ${HEIGHT}`,
    preserveAspectRatio: "none",
    class: `wave ${kind}`,
    role: "img",
    "aria-label": label,
  });
  for (const [from, to] of heldOut) {
    const part = { x: from * peaks.length, y: 0, width: (to - from) * peaks.length, height: HEIGHT };
    picture.append(svg("rect", { ...part, class: "held" }));
  }
  picture.append(svg("line", { x1: 0, x2: peaks.length, y1: HEIGHT / 2, y2: HEIGHT / 2, class: "axis" }));
  picture.append(svg("polygon", { points: [...upper, ...lower].join(" ") }));
  return picture;
}

export function closeUp(told) {
  const count = told.x.length;
  const points = (values) => values.map((v, i) => `${i},${(50 - 46 * v).toFixed(1)}`).join(" ");
  const picture = svg(
    "svg",
    {
      viewBox: `0 0 ${count} 100`,
      preserveAspectRatio: "none",
      class: "close-up",
      role: "img",
      "aria-label": "One attack of the guitar and of the amplifier over each other, the delay undone",
    },
    svg("line", { x1: 0, x2: count, y1: 50, y2: 50, class: "axis" }),
    svg("polyline", { points: points(told.x), class: "di" }),
    svg("polyline", { points: points(told.y), class: "amp" }),
  );
  const span = Math.round(count * told.step);
  return el(
    "figure",
    { class: "alignment" },
    picture,
    el(
      "figcaption",
      {},
      el("span", { class: "key di" }, "guitar"),
      el("span", { class: "key amp" }, "amplifier"),
      ` An attack at ${told.seconds.toFixed(1)} s, ${span} ms of it, the delay undone: both should begin together.`,
    ),
  );
}
