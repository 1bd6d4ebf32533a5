// A player for sounds of the same moment: what to hear, where, and how loud.

import { bytes } from "./api.js";
import { el, say, show } from "./dom.js";
import { Mixer } from "./mixer.js";
import { clock, sentence } from "./words.js";

// Sounds are [{ name, label, address }]; they are loaded when somebody wants to hear.
export class Player {
  constructor(title) {
    this.mixer = new Mixer();
    this.sounds = [];
    this.loaded = new Map();
    this.refused = new Set();
    this.busy = null;
    this.build(title);
    this.timer = setInterval(() => this.tick(), 100);
  }

  build(title) {
    this.button = el("button", { type: "button", class: "play", onclick: () => this.toggle() }, "Play");
    this.place = el("input", {
      type: "range",
      min: "0",
      max: "1",
      step: "0.01",
      "aria-label": "Position in seconds",
    });
    this.place.value = 0;
    this.place.addEventListener("input", () => this.seek(Number(this.place.value)));
    this.time = el("output", { class: "time" }, "0:00");
    this.volume = el("input", {
      type: "range",
      min: "0",
      max: "1",
      step: "0.05",
      "aria-label": "Volume",
      class: "volume",
    });
    this.volume.value = this.mixer.volume;
    this.volume.addEventListener("input", () => {
      this.mixer.volume = Number(this.volume.value);
      if (this.mixer.context) this.mixer.level();
    });
    this.choices = el("div", { class: "voices", role: "radiogroup", "aria-label": title });
    this.told = el("p", { class: "soft told", role: "status" });
    this.group = `voice-${Math.random().toString(36).slice(2)}`;
    const line = el("div", { class: "transport" }, this.button, this.place, this.time);
    const loudness = el("label", { class: "loudness" }, "Volume", this.volume);
    this.element = el("div", { class: "player" }, this.choices, line, loudness, this.told);
    this.reflect();
  }

  // Tell what there is to hear; a new address of a voice replaces it, also while it plays. Until somebody chooses, what
  // is preferred is heard as soon as it is there.
  offer(sounds, rate, preferred = "model") {
    const same =
      sounds.length === this.sounds.length &&
      sounds.every((s, i) => this.sounds[i].name === s.name && this.sounds[i].label === s.label);
    this.sounds = sounds;
    this.rate = rate;
    if (!same) this.list();
    for (const sound of sounds) this.inputs.get(sound.name).disabled = !sound.address;
    const there = (name) => sounds.find((s) => s.name === name && s.address);
    if (!this.picked || !there(this.chosen)) {
      const first = there(preferred) || sounds.find((s) => s.address);
      if (first && first.name !== this.chosen) this.choose(first.name);
    }
    if (this.loaded.size) this.refresh().catch(() => undefined);
  }

  list() {
    this.inputs = new Map();
    this.choices.replaceChildren();
    for (const { name, label } of this.sounds) {
      const input = el("input", { type: "radio", name: this.group, value: name });
      input.checked = name === this.chosen;
      input.addEventListener("change", () => {
        this.picked = true;
        this.choose(name);
      });
      this.inputs.set(name, input);
      this.choices.append(el("label", { class: "voice" }, input, el("span", {}, label)));
    }
  }

  choose(name) {
    this.chosen = name;
    this.inputs.get(name).checked = true;
    this.mixer.choose(name);
    this.reflect();
  }

  async toggle() {
    if (this.mixer.playing) {
      this.mixer.pause();
      this.reflect();
      return;
    }
    try {
      this.mixer.open(this.rate);
      const waking = this.mixer.context.resume();
      await this.refresh(true);
      await waking;
      await this.mixer.play();
    } catch (error) {
      say(this.told, sentence(error.message));
    }
    this.reflect();
  }

  // Load what is new; only one loading at a time.
  async refresh(now = false) {
    if (this.busy) return this.busy;
    const old = (s) => this.loaded.get(s.name) === s.address || (!now && this.refused.has(s.address));
    const wanted = this.sounds.filter((s) => s.address && !old(s));
    const gone = [...this.loaded.keys()].filter((name) => !this.sounds.find((s) => s.name === name));
    if (gone.length) this.clear();
    if (!wanted.length && !gone.length) return undefined;
    // While a model is trained it changes often, and its sound costs the training time.
    if (!now && !gone.length && this.loadedAt && Date.now() - this.loadedAt < 5000) return undefined;
    this.busy = this.load(gone.length ? this.sounds.filter((s) => s.address) : wanted).finally(() => {
      this.busy = null;
    });
    return this.busy;
  }

  // Load sounds; one that cannot be had does not keep the others from being heard.
  async load(sounds) {
    say(this.told, this.loaded.size ? "" : "Rendering ...");
    let wrong = null;
    for (const sound of sounds) {
      try {
        const buffer = await this.mixer.decode(await bytes(sound.address));
        this.mixer.set(sound.name, buffer);
        this.loaded.set(sound.name, sound.address);
      } catch (error) {
        wrong = error;
        this.refused.add(sound.address);
      }
    }
    say(this.told, wrong ? sentence(wrong.message) : "");
    this.loadedAt = Date.now();
    this.reflect();
    if (!this.loaded.size && wrong) throw wrong;
  }

  clear() {
    if (this.mixer.playing) this.mixer.pause();
    this.mixer.voices.clear();
    this.mixer.offset = 0;
    this.loaded.clear();
  }

  async seek(seconds) {
    if (this.mixer.context) await this.mixer.seek(seconds);
  }

  tick() {
    if (!this.mixer.playing) return;
    const position = this.mixer.position;
    this.place.value = position;
    this.place.setAttribute("aria-valuetext", `${position.toFixed(0)} seconds`);
    say(this.time, `${clock(position)} / ${clock(this.mixer.duration)}`);
  }

  reflect() {
    say(this.button, this.mixer.playing ? "Pause" : "Play");
    this.button.setAttribute("aria-pressed", String(this.mixer.playing));
    this.element.dataset.playing = String(this.mixer.playing);
    this.element.dataset.voice = this.chosen || "";
    this.element.dataset.loaded = [...this.loaded.keys()].join(" ");
    if (this.mixer.duration) this.place.max = this.mixer.duration.toFixed(2);
    this.button.disabled = !this.sounds.some((s) => s.address);
    show(this.told, this.told.textContent !== "");
  }

  close() {
    clearInterval(this.timer);
    this.mixer.close();
  }
}
