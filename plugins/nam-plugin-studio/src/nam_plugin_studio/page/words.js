// Numbers and states in words.

export const STATES = {
  new: "waiting for recordings",
  ready: "not trained yet",
  preparing: "preparing",
  training: "training",
  finishing: "writing the model and the report",
  stopping: "stopping; the best model is kept",
  done: "done",
  stopped: "stopped; the best model is kept",
  failed: "failed",
  cut: "cut off; its process ended without a word",
};

export const SIZES = {
  tiny: ["Tiny", "trains in minutes, for a first impression"],
  nano: ["Nano", "for the smallest players"],
  feather: ["Feather", "light, for older computers"],
  lite: ["Lite", "a little less exact than standard"],
  standard: ["Standard", "the usual size of the older nets"],
  a2: ["A2", "two sizes in one file; a good choice"],
};

export const FIELDS = {
  modeled_by: "Modeled by",
  gear_type: "Kind of gear",
  gear_make: "Make",
  gear_model: "Model",
  tone_type: "Tone",
  input_level_dbu: "Input level (dBu)",
  output_level_dbu: "Output level (dBu)",
};

export const CHOICES = {
  gear_type: ["amp", "pedal", "pedal_amp", "amp_cab", "amp_pedal_cab", "preamp", "studio"],
  tone_type: ["clean", "overdrive", "crunch", "hi_gain", "fuzz"],
};

export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function esr(value) {
  if (value === null || value === undefined) return "not a number";
  if (value >= 0.001)
    return value
      .toPrecision(3)
      .replace(/(\.\d*?)0+$/, "$1")
      .replace(/\.$/, "");
  return value === 0 ? "0" : value.toExponential(1);
}

export function date(seconds) {
  return new Date(1000 * seconds).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

export function megabytes(bytes) {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}

export function sentence(text) {
  // The name of a file stays as it is.
  const first = text.split(" ")[0].includes(".") ? text[0] : text[0].toUpperCase();
  return `${first}${text.slice(1)}${/[.?]$/.test(text) ? "" : "."}`;
}

export function sizeName(size) {
  return SIZES[size] ? SIZES[size][0] : size;
}
