// The page: which view the address names, and the ways between them.

import { get } from "./api.js";
import { compareView } from "./compare.js";
import { calm, el, say } from "./dom.js";
import { homeView } from "./home.js";
import { runView } from "./run.js";
import { sentence } from "./words.js";

const main = document.getElementById("main");
let view = null;
let about = null;
let first = true;

function route() {
  const [kind, ...names] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  if (kind === "run" && names[0]) return runView(about, names[0]);
  if (kind === "compare") return compareView(about, names);
  return homeView(about);
}

async function open() {
  if (view) view.close();
  view = null;
  calm();
  try {
    about = about || (await get("/api/studio"));
    say(document.getElementById("place"), about.folder);
    const made = route();
    view = made;
    main.replaceChildren(made.element);
    window.scrollTo(0, 0);
    await made.open();
    if (view !== made) return;
    document.title = `${made.title()} - nam-kernel studio`;
    // A reader hears where the way led; at the very beginning nothing was left behind.
    if (!first) main.focus({ preventScroll: true });
    first = false;
  } catch (error) {
    main.replaceChildren(
      el("h1", {}, "This cannot be shown"),
      el("p", { role: "alert" }, sentence(error.message)),
      el("p", {}, el("a", { href: "#/" }, "All runs")),
    );
  }
}

// A recording that is dropped beside its place must not replace the page.
for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
window.addEventListener("hashchange", open);

// The token stands in the cookie now, and need not stay in the history.
if (location.search) history.replaceState(null, "", location.pathname + location.hash);
open();
