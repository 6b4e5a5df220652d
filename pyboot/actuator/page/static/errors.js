// What was logged at WARNING and above, the last of it first.

import { card, fill, make, set, write } from "./dom.js";
import { clock } from "./format.js";

export class Errors {
  static id = "errors";
  static title = "Errors";
  static section = "errors";
  static sections = [];

  constructor(root, model) {
    this.model = model;
    this.note = make("p", { class: "muted" });
    this.list = make("ol", { class: "records" });
    root.append(card("Warnings and errors", this.note, this.list));
  }

  draw() {
    const found = this.model.errors;
    const told = found.length ? "The last 200 at most; secrets are masked." : "Nothing at WARNING or above since the start.";
    write(this.note, this.model.hidden("errors") ?? told);
    records(this.list, found);
  }
}

// Write records into a list; one that is there stays as it is, opened or not.
export function records(list, found) {
  fill(list, found, (each) => each.id, record, () => {});
}

function record(each) {
  const level = make("span", { class: "badge" }, each.level);
  set(level, "data-log", each.level);
  const place = each.worker === undefined ? null : make("span", { class: "chip" }, `worker ${each.worker}`);
  const trace = each.trace ? make("details", {}, make("summary", {}, "Traceback"), make("pre", { tabindex: "0" }, each.trace)) : null;
  const head = make("div", { class: "head" }, make("time", { datetime: each.time }, clock(each.time)), level, place, make("span", { class: "muted" }, each.logger));
  return make("li", {}, head, make("p", {}, each.text), trace);
}
