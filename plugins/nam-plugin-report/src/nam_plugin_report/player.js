/* Players of one group share a clock, so that one hears another from the same moment on, without a gap.
   Where the browser has no Web Audio, each stays a player of its own. */
(function () {
  "use strict";
  var Context = window.AudioContext || window.webkitAudioContext;
  if (!Context) { return; }
  var FADE = 0.008;
  var context = null, decks = [];

  function make(tag, properties, parent) {
    var element = document.createElement(tag);
    Object.keys(properties).forEach(function (key) {
      if (key.slice(0, 5) === "aria-") { element.setAttribute(key, properties[key]); } else { element[key] = properties[key]; }
    });
    if (parent) { parent.appendChild(element); }
    return element;
  }

  function bytes(address) {
    var text = atob(address.slice(address.indexOf(",") + 1)), array = new Uint8Array(text.length);
    for (var i = 0; i < text.length; i += 1) { array[i] = text.charCodeAt(i); }
    return array.buffer;
  }

  function clock(seconds) {
    var whole = Math.floor(seconds), tenths = Math.floor(10 * (seconds - whole));
    return Math.floor(whole / 60) + ":" + ("0" + whole % 60).slice(-2) + "." + tenths;
  }

  function Deck(group, number) {
    var deck = this;
    this.rows = Array.prototype.slice.call(group.querySelectorAll(".track"));
    this.players = this.rows.map(function (row) { return row.querySelector("audio"); });
    this.titles = this.rows.map(function (row) { return row.querySelector("h3").textContent; });
    this.chosen = 0;
    this.at = 0;
    this.length = 0;
    this.sources = [];
    this.gains = [];
    this.matched = false;

    var bar = make("div", { className: "deck" });
    this.play = make("button", { type: "button", className: "play", textContent: "Play" }, bar);
    this.seek = make("input", { type: "range", min: 0, max: 1000, value: 0, "aria-label": "Position" }, bar);
    this.time = make("span", { className: "time" }, bar);
    group.insertBefore(bar, group.firstChild);
    this.play.addEventListener("click", function () { if (deck.running) { deck.pause(); } else { deck.start(); } });
    this.seek.addEventListener("input", function () { deck.moveTo(deck.seek.value / 1000 * deck.length); });

    if (this.players.some(function (player) { return player.dataset.matched; })) {
      var label = make("label", { className: "match" }, bar);
      var box = make("input", { type: "checkbox" }, label);
      label.appendChild(document.createTextNode(" Match the levels"));
      box.addEventListener("change", function () { deck.matched = box.checked; deck.mix(); });
    }
    this.buttons = this.rows.map(function (row, index) {
      var button = make("button", { type: "button", className: "pick", "aria-pressed": "false" }, row);
      button.addEventListener("click", function () {
        if (deck.running && deck.chosen === index) { deck.pause(); return; }
        deck.choose(index);
        if (!deck.running) { deck.start(); }
      });
      return button;
    });
    this.players.forEach(function (player) {
      player.hidden = true;
      player.addEventListener("loadedmetadata", function () {
        deck.length = Math.max(deck.length, player.duration || 0);
        deck.show();
      });
    });
    this.number = number;
    this.show();
  }

  Deck.prototype.load = function () {
    var deck = this;
    if (!this.loading) {
      this.loading = Promise.all(this.players.map(function (player) {
        return context.decodeAudioData(bytes(player.src));
      })).then(function (buffers) {
        deck.buffers = buffers;
        deck.length = Math.max.apply(null, buffers.map(function (buffer) { return buffer.duration; }));
      });
    }
    return this.loading;
  };

  Deck.prototype.start = function () {
    var deck = this;
    context = context || new Context();
    decks.forEach(function (other) { if (other !== deck) { other.pause(); } });
    this.running = true;
    this.show();
    Promise.all([context.resume(), this.load()]).then(function () { if (deck.running) { deck.begin(); } });
  };

  Deck.prototype.begin = function () {
    var deck = this;
    this.silence();
    if (this.at >= this.length - 0.01) { this.at = 0; }
    this.origin = context.currentTime + 0.03 - this.at;
    this.buffers.forEach(function (buffer) {
      var source = context.createBufferSource(), gain = context.createGain();
      source.buffer = buffer;
      gain.gain.value = 0;
      source.connect(gain).connect(context.destination);
      source.start(deck.origin + deck.at, deck.at);
      deck.sources.push(source);
      deck.gains.push(gain);
    });
    this.mix();
    this.watch();
  };

  Deck.prototype.mix = function () {
    var deck = this;
    this.gains.forEach(function (gain, index) {
      var own = deck.matched ? parseFloat(deck.players[index].dataset.matched) || 1 : 1;
      gain.gain.setTargetAtTime(index === deck.chosen ? own : 0, context.currentTime, FADE);
    });
  };

  Deck.prototype.silence = function () {
    this.sources.forEach(function (source) { source.stop(); });
    this.sources = [];
    this.gains = [];
  };

  Deck.prototype.now = function () {
    return this.sources.length ? Math.max(this.at, context.currentTime - this.origin) : this.at;
  };

  Deck.prototype.pause = function () {
    if (!this.running) { return; }
    this.at = Math.min(this.now(), this.length);
    this.running = false;
    this.silence();
    this.show();
  };

  Deck.prototype.moveTo = function (seconds) {
    this.at = seconds;
    if (this.running && this.buffers) { this.begin(); } else { this.show(); }
  };

  Deck.prototype.choose = function (index) {
    this.chosen = index;
    this.mix();
    this.show();
  };

  Deck.prototype.watch = function () {
    var deck = this;
    if (!this.running || this.watching) { return; }
    this.watching = true;
    requestAnimationFrame(function () {
      deck.watching = false;
      if (!deck.running) { return; }
      if (deck.now() >= deck.length) {
        deck.pause();
        deck.at = 0;
        deck.show();
        return;
      }
      deck.show();
      deck.watch();
    });
  };

  Deck.prototype.show = function () {
    var deck = this, at = Math.min(this.now(), this.length);
    this.play.textContent = this.running ? "Pause" : "Play";
    this.seek.value = this.length ? 1000 * at / this.length : 0;
    this.seek.setAttribute("aria-valuetext", clock(at));
    this.time.textContent = clock(at) + " / " + clock(this.length);
    this.buttons.forEach(function (button, index) {
      var heard = index === deck.chosen;
      button.textContent = heard ? (deck.running ? "Playing" : "Chosen") : "Listen";
      button.setAttribute("aria-pressed", String(heard));
      button.setAttribute("aria-label", button.textContent + ": " + deck.titles[index]);
      deck.rows[index].classList.toggle("heard", heard);
    });
  };

  Array.prototype.forEach.call(document.querySelectorAll(".tracks"), function (group, number) {
    decks.push(new Deck(group, number));
  });
  document.addEventListener("keydown", function (event) {
    var deck = decks.filter(function (each) { return each.running; })[0], index = "123456789".indexOf(event.key);
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "range";
    if (deck && index >= 0 && index < deck.players.length && !event.ctrlKey && !event.metaKey && !typing) {
      deck.choose(index);
    }
  });
  window.namDecks = decks;
}());
