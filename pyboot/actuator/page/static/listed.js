// What is shown as its endpoint tells it: the clients, and the worker processes.

import { card, fill, make, set, write } from "./dom.js";
import { plain } from "./format.js";
import { facts } from "./servers.js";

class Listed {
  constructor(root, model) {
    this.model = model;
    this.note = make("p", { class: "muted" });
    this.cards = make("div", { class: "cards" });
    root.append(this.note, this.cards);
  }

  draw() {
    const { section, title } = this.constructor;
    const body = this.model.bodies[section];
    const found = body === undefined ? [] : this.entries(body);
    write(this.note, this.model.hidden(section) ?? (body === undefined ? "…" : found.length ? "" : `There are no ${title.toLowerCase()}.`));
    fill(
      this.cards,
      found,
      ([name]) => name,
      ([name]) => card(name, make("dl", { class: "facts" })),
      (element, [, each]) => {
        facts(element.lastChild, Object.fromEntries(Object.entries(each).map(([key, value]) => [words(key), plain(key, value)])));
        set(element, "data-level", LEVELS[String(each.state).toLowerCase()]);
      },
    );
  }
}

export class Clients extends Listed {
  static id = "clients";
  static title = "Clients";
  static section = "clients";
  static sections = ["clients"];

  entries(body) {
    return Object.entries(body.clients ?? body);
  }
}

export class Workers extends Listed {
  static id = "workers";
  static title = "Workers";
  static section = "workers";
  static sections = ["workers"];

  entries(body) {
    return (body.workers ?? []).map((each) => [`Worker ${each.slot ?? each.pid}`, each]);
  }
}

const LEVELS = { ready: "good", connected: "good", lost: "bad", failed: "bad", draining: "warn", backing_off: "warn", waiting: "warn" };

const words = (name) => name.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/^./, (first) => first.toUpperCase());
