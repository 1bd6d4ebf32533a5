// Sounds of the same moment that run together, one of them let through: all sources start at the same instant, and a choice
// moves nothing but their gains, so that switching has no gap.

const FADE = 0.015;
const SOON = 0.03;
const LOUDEST = 0.97;

export class Mixer {
  constructor() {
    this.context = null;
    this.voices = new Map();
    this.chosen = null;
    this.playing = false;
    this.offset = 0;
    this.began = 0;
    this.volume = 0.8;
  }

  open(rate) {
    if (this.context) return;
    try {
      this.context = new AudioContext({ sampleRate: rate });
    } catch {
      this.context = new AudioContext();
    }
    this.master = this.context.createGain();
    this.master.connect(this.context.destination);
  }

  get duration() {
    return Math.max(0, ...[...this.voices.values()].map((voice) => voice.buffer.duration));
  }

  get position() {
    if (!this.playing || !this.duration) return this.offset;
    return (this.offset + Math.max(0, this.context.currentTime - this.began)) % this.duration;
  }

  async decode(data) {
    return this.context.decodeAudioData(data);
  }

  // Put a sound in the place of a voice; while others play, it joins them at their moment.
  set(name, buffer) {
    const before = this.voices.get(name);
    const voice = { buffer, gain: null, source: null };
    this.voices.set(name, voice);
    this.level();
    if (!this.playing) return;
    const at = Math.max(this.context.currentTime + SOON, this.began);
    this.start(name, voice, at, (this.offset + at - this.began) % this.duration);
    // The one before goes while the new one comes.
    if (before && before.gain) this.fade(before, 0, at, true);
  }

  // One gain for all voices, so that they compare as they are, and none clips.
  level() {
    let peak = 0;
    for (const { buffer } of this.voices.values()) {
      const samples = buffer.getChannelData(0);
      for (let i = 0; i < samples.length; i += 1) peak = Math.max(peak, Math.abs(samples[i]));
    }
    const headroom = peak > LOUDEST ? LOUDEST / peak : 1;
    this.master.gain.setTargetAtTime(headroom * this.volume, this.context.currentTime, 0.01);
  }

  start(name, voice, at, offset) {
    voice.gain = this.context.createGain();
    voice.gain.connect(this.master);
    voice.source = this.context.createBufferSource();
    voice.source.buffer = voice.buffer;
    voice.source.loop = true;
    voice.source.connect(voice.gain);
    voice.gain.gain.setValueAtTime(0, at);
    voice.gain.gain.linearRampToValueAtTime(name === this.chosen ? 1 : 0, at + FADE);
    voice.source.start(at, offset);
  }

  fade(voice, to, at = this.context.currentTime, ends = false) {
    const gain = voice.gain.gain;
    gain.cancelScheduledValues(this.context.currentTime);
    gain.setValueAtTime(gain.value, this.context.currentTime);
    gain.setValueAtTime(gain.value, at);
    gain.linearRampToValueAtTime(to, at + FADE);
    if (ends) voice.source.stop(at + 2 * FADE);
  }

  choose(name) {
    this.chosen = name;
    if (!this.playing) return;
    for (const [other, voice] of this.voices) if (voice.gain) this.fade(voice, other === name ? 1 : 0);
  }

  async play() {
    await this.context.resume();
    if (this.playing || !this.voices.size) return;
    this.playing = true;
    this.began = this.context.currentTime + SOON;
    for (const [name, voice] of this.voices) this.start(name, voice, this.began, this.offset);
  }

  pause() {
    this.offset = this.position;
    this.playing = false;
    for (const voice of this.voices.values()) {
      if (voice.gain) this.fade(voice, 0, undefined, true);
      voice.gain = null;
    }
  }

  async seek(seconds) {
    const playing = this.playing;
    if (playing) this.pause();
    this.offset = Math.min(Math.max(0, seconds), Math.max(0, this.duration - 0.01));
    if (playing) await this.play();
  }

  close() {
    if (this.context) this.context.close();
    this.context = null;
  }
}
