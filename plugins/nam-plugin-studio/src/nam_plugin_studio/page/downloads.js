// Download the model, and what other exporters make of it; those that refuse say why.

import { download, get } from "./api.js";
import { act, announce, el, say, show } from "./dom.js";

export function downloads({ path }) {
  const list = el("ul", { class: "downloads" });
  const told = el("p", { class: "soft", role: "status" });
  const element = el(
    "section",
    { "aria-labelledby": "download-title", hidden: true },
    el("h2", { id: "download-title" }, "Download"),
    list,
    told,
  );
  let shown = null;

  function offer(made) {
    if (made.refused) {
      return el(
        "li",
        { class: "refused" },
        el("strong", {}, made.name),
        el("span", { class: "soft" }, made.told),
        el("span", { class: "reason" }, `Not for this model: ${made.refused}.`),
      );
    }
    const button = el(
      "button",
      { type: "button", class: made.name === "nam" ? "strong" : "quiet", "data-format": made.name },
      `Download ${made.suffix}`,
    );
    button.addEventListener("click", () =>
      act(button, async () => {
        say(told, made.name === "nam" ? "" : `Writing and proving ${made.name} ...`);
        try {
          const name = await download(`${path}/exports/${encodeURIComponent(made.name)}`);
          say(told, `${name} is downloaded.`);
          announce(`${name} is downloaded`);
        } catch (error) {
          say(told, "");
          throw error;
        }
      }),
    );
    return el("li", {}, el("strong", {}, made.name), el("span", { class: "soft" }, made.told), button);
  }

  return {
    element,
    async update(run) {
      show(element, Boolean(run.model));
      // What an exporter refuses depends on the net, which stays; the file is the newest at each click.
      if (!run.model || shown === path) return;
      shown = path;
      say(told, "Asking which formats can hold this model ...");
      try {
        list.replaceChildren(...(await get(`${path}/exports`)).map(offer));
        say(told, "");
      } catch (error) {
        shown = null;
        say(told, error.message);
      }
    },
  };
}
