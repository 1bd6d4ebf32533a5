// Draw the ESR of one run or several, falling, on a logarithmic scale.

import { svg } from "./dom.js";
import { esr } from "./words.js";

const BANDS = [
  [0.5, "rough"],
  [0.1, "similar"],
  [0.03, "close"],
  [0.01, "very close"],
  [0.001, "identical"],
];
const LEFT = 52;
const RIGHT = 84;
const TOP = 12;
const BOTTOM = 34;

// curves: [{ name, points: [{ epoch, esr }], epochs }]; floor: what the noise allows, or null
export function drawCurves(picture, curves, floor = null) {
  const width = Math.max(280, picture.clientWidth || 600);
  const height = Math.max(220, Math.min(320, width * 0.5));
  const right = width < 480 ? 70 : RIGHT;
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.setAttribute("height", height);
  picture.replaceChildren();
  const kept = curves.map((c) => ({ ...c, points: c.points.filter((p) => p.esr > 0) }));
  const values = kept.flatMap((c) => c.points.map((p) => p.esr));
  if (!values.length) return;
  const lowest = Math.min(...values, floor || Infinity, 0.1) / 1.4;
  const highest = Math.min(Math.max(...values, 0.2) * 1.2, 3);
  const last = Math.max(2, ...kept.map((c) => Math.max(c.epochs || 0, ...c.points.map((p) => p.epoch))));
  const x = (epoch) => LEFT + ((epoch - 1) / (last - 1)) * (width - LEFT - right);
  const inside = (value) => Math.min(Math.max(value, lowest), highest);
  const part = (value) => Math.log(inside(value) / lowest) / Math.log(highest / lowest);
  const y = (value) => height - BOTTOM - part(value) * (height - TOP - BOTTOM);
  const line = (value, kind) =>
    svg("line", { x1: LEFT, x2: width - right, y1: y(value), y2: y(value), class: kind });
  const words = (text, at, kind, anchor) => {
    const made = svg("text", { x: at[0], y: at[1], class: kind, "text-anchor": anchor });
    made.textContent = text;
    return made;
  };
  for (const [value, word] of BANDS) {
    if (value < lowest || value > highest) continue;
    picture.append(line(value, "grid"));
    picture.append(words(esr(value), [LEFT - 8, y(value) + 4], "tick", "end"));
    picture.append(words(word, [width - right + 8, y(value) + 4], "tick", "start"));
  }
  if (floor) {
    picture.append(line(floor, "floor"));
    picture.append(words("noise", [width - right + 8, y(floor) + 4], "tick", "start"));
  }
  for (const epoch of ticks(last)) picture.append(words(epoch, [x(epoch), height - 14], "tick", "middle"));
  picture.append(words("epoch", [width - right + 16, height - 14], "tick", "start"));
  kept.forEach((curve, number) => drawCurve(picture, curve, `curve c${number}`, x, y));
}

function drawCurve(picture, curve, kind, x, y) {
  if (!curve.points.length) return;
  const points = curve.points.map((p) => `${x(p.epoch).toFixed(1)},${y(p.esr).toFixed(1)}`);
  picture.append(svg("polyline", { points: points.join(" "), class: kind }));
  const best = curve.points.reduce((a, b) => (b.esr < a.esr ? b : a));
  picture.append(svg("circle", { cx: x(best.epoch), cy: y(best.esr), r: 4.5, class: `${kind} best` }));
}

function ticks(last) {
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];
  const step = steps.find((s) => last / s <= 5) || last;
  const found = [1];
  for (let epoch = step; epoch <= last; epoch += step) if (epoch > 1) found.push(epoch);
  return found;
}

// What the picture shows, for those who do not see it.
export function describe(curves) {
  return curves
    .filter((c) => c.points.length)
    .map((c) => {
      const best = c.points.reduce((a, b) => (b.esr !== null && b.esr < a.esr ? b : a));
      const from = esr(c.points[0].esr);
      return `${c.name ? `${c.name}: ` : ""}ESR from ${from} down to ${esr(best.esr)} at epoch ${best.epoch}`;
    })
    .join("; ");
}
