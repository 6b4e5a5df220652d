// The pipelines: what connections of each listener go through, drawn from the network to the application.

import { card, fill, make, write } from "./dom.js";

export class Pipelines {
  static id = "pipelines";
  static title = "Pipelines";
  static section = "pipelines";
  static sections = ["pipelines"];

  constructor(root, model) {
    this.model = model;
    this.note = make("p", { class: "muted" });
    this.cards = make("div");
    root.append(this.note, this.cards);
  }

  draw() {
    const body = this.model.bodies.pipelines;
    write(this.note, this.model.hidden("pipelines") ?? (body === undefined ? "…" : ""));
    const all = ["servers", "clients"].flatMap((kind) => Object.entries(body?.[kind] ?? {}).flatMap(([name, each]) => of(kind, name, each)));
    fill(
      this.cards,
      all,
      ([title]) => title,
      ([title]) => card(title, make("div")),
      (element, [title, handlers]) => {
        const told = JSON.stringify(handlers);
        if (element.told === told) return;
        element.told = told;
        element.lastChild.replaceChildren(drawn(handlers, title));
      },
    );
  }
}

// The pipelines of one server or client: one for each listener, or one.
function of(kind, name, pipelines) {
  const title = kind === "servers" ? name : `${name}, a client`;
  if (Array.isArray(pipelines)) return [[title, pipelines]];
  return Object.entries(pipelines).map(([listener, handlers]) => [listener === "default" ? title : `${title}, ${listener}`, handlers]);
}

// Draw handlers, head to tail, as a list that reads the same aloud.
export function drawn(handlers, what) {
  const cap = (text) => make("li", { class: "cap" }, text);
  return make("ol", { class: "pipeline", "aria-label": `pipeline of ${what}` }, cap("network"), ...handlers.map(box), cap("application"));
}

function box(handler) {
  const types = handler.types ?? [handler.type];
  const marks = [];
  if (handler.codec) marks.push(make("span", { class: "chip" }, `codec ${handler.codec}`));
  if (handler.sharable) marks.push(make("span", { class: "chip" }, "shared"));
  if (handler.waiting) marks.push(make("span", { class: "chip warn" }, `${handler.waiting} waiting`));
  if (handler.atWork) marks.push(make("span", { class: "chip busy" }, "at work"));
  const events = handler.events?.length ? make("span", { class: "muted" }, handler.events.join(", ")) : null;
  const own = (type) => !handler.name.startsWith(type.split(".").at(-1)); // a handler without a name is called after its type
  const short = types.filter(Boolean).filter(own).map((type) => make("span", { class: "type", title: type }, type.split(".").at(-1)));
  return make("li", { class: handler.atWork ? "handler busy" : "handler" }, make("strong", {}, handler.name), ...short, events, ...marks);
}
