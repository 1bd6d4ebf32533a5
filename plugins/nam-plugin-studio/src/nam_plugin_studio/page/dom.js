// Make elements: text is always text, never markup.

export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  assign(made, attributes);
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function assign(made, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && typeof value !== "string") made[key] = value;
    else made.setAttribute(key, value);
  }
}

// Change a text only where it differs, so that nothing is read out twice.
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element, shown) {
  // Pictures have the attribute only.
  element.toggleAttribute("hidden", !shown);
}

export function announce(text) {
  say(document.getElementById("live"), text);
}

export function complain(error) {
  const told = el("div", { class: "notice" }, el("p", {}, error.message || String(error)));
  told.append(el("button", { type: "button", class: "plain", onclick: () => told.remove() }, "Close"));
  document.getElementById("notices").replaceChildren(told);
}

export function calm() {
  document.getElementById("notices").replaceChildren();
}

// A field for a recording: the system's own button is hidden, and remains what the keyboard reaches.
export function chooser(id, given, words = "Choose a file") {
  const input = el("input", {
    type: "file",
    id,
    class: "hidden",
    accept: ".wav,.wave,.flac,.aif,.aiff,audio/*",
  });
  input.addEventListener("change", () => {
    const [file] = input.files;
    input.value = "";
    if (file) given(file);
  });
  return [input, el("label", { class: "button", for: id }, words)];
}

// Run an action of a button: it cannot be pressed twice, and what goes wrong is told.
export async function act(button, action) {
  button.disabled = true;
  calm();
  try {
    return await action();
  } catch (error) {
    complain(error);
    return undefined;
  } finally {
    button.disabled = false;
  }
}
