// The overview: how it is, in figures and curves; then servers, health, and what was logged last.

import { card, fill, make, set, write } from "./dom.js";
import { bytes, count, often, plain, rate, seconds } from "./format.js";
import { records } from "./errors.js";
import { lagOf } from "./model.js";
import { sparkline } from "./sparkline.js";
import { ServerTable } from "./servers.js";

export class Overview {
  static id = "overview";
  static title = "Overview";
  static section = "errors";
  static sections = [];

  constructor(root, model) {
    this.model = model;
    this.tiles = make("div", { class: "tiles" });
    this.figures = new Map();
    for (const [id, title, curve] of [
      ["health", "Health"],
      ["open", "Connections", "open"],
      ["in", "In", "in"],
      ["out", "Out", "out"],
      ["lag", "Loop lag", "lag"],
      ["pending", "Waiting for peers"],
      ["errors", "Warnings and errors"],
    ]) {
      this.add(id, title, curve);
    }
    this.servers = new ServerTable(model);
    this.health = make("ul", { class: "health" });
    this.healthNote = make("p", { class: "muted" });
    this.errors = make("ol", { class: "records" });
    this.errorsNote = make("p", { class: "muted" });
    root.append(
      this.tiles,
      card("Servers", this.servers.root),
      make("div", { class: "halves" }, card("Health", this.healthNote, this.health), card("Logged last", this.errorsNote, this.errors)),
    );
  }

  add(id, title, curve) {
    const value = make("strong");
    const note = make("span", { class: "muted" });
    const line = curve === undefined ? undefined : sparkline();
    const tile = make("div", { class: "tile", "data-tile": id }, make("span", { class: "label" }, title), value, note, line?.svg);
    this.figures.set(id, { tile, value, note, line, curve });
    this.tiles.append(tile);
  }

  tell(id, value, note = "", level = null) {
    const figure = this.figures.get(id);
    write(figure.value, value);
    write(figure.note, note);
    set(figure.tile, "data-level", level);
    figure.line?.draw(this.model.series[figure.curve]);
  }

  draw() {
    const { bodies } = this.model;
    const status = bodies.health?.status;
    this.tell("health", status ?? "–", this.model.hidden("health") ?? "", level(status));
    this.drawTraffic(bodies.servers);
    const lag = bodies.eventloop === undefined ? undefined : lagOf(bodies.eventloop);
    this.tell("lag", seconds(lag), this.model.hidden("eventloop") ?? loops(bodies.eventloop), lagLevel(lag));
    const recent = this.model.recent(60);
    this.tell("errors", count(recent), this.model.hidden("errors") ?? "in the last minute", recent ? "warn" : null);
    this.servers.draw();
    this.drawHealth(bodies.health);
    write(this.errorsNote, this.model.hidden("errors") ?? (this.model.errors.length ? "" : "Nothing at WARNING or above since the start."));
    records(this.errors, this.model.errors.slice(0, 5));
  }

  drawTraffic(body) {
    const why = this.model.hidden("servers") ?? "";
    const all = Object.values(body?.servers ?? {});
    const sum = (read) => (body === undefined ? undefined : all.reduce((total, each) => total + read(each), 0));
    const opened = Object.values(this.model.rates).reduce((total, each) => total + each.opened, 0);
    const unwritable = sum((each) => each.unwritable);
    this.tell("open", count(sum((each) => each.connections.open)), why || `${often(opened)} new a second`);
    this.tell("in", rate(this.model.last("in")), why || `${bytes(sum((each) => each.bytes.in))} in all`);
    this.tell("out", rate(this.model.last("out")), why || `${bytes(sum((each) => each.bytes.out))} in all`);
    this.tell("pending", bytes(sum((each) => each.pending)), why || `${count(unwritable)} above the water mark`, unwritable ? "warn" : null);
  }

  drawHealth(body) {
    const parts = Object.entries(body?.components ?? {});
    const why = this.model.hidden("health");
    const silent = body !== undefined && parts.length === 0 ? "Components are not shown: management.endpoint.health.show-components" : "";
    write(this.healthNote, why ?? silent);
    const flat = parts.flatMap(([name, part]) => [[name, part], ...Object.entries(part.components ?? {}).map(([inner, each]) => [`${name}/${inner}`, each])]);
    fill(
      this.health,
      flat,
      ([name]) => name,
      ([name]) => make("li", {}, make("span", { class: "badge" }), make("span", {}, name), make("span", { class: "muted detail" })),
      (item, [, part]) => {
        write(item.children[0], part.status);
        set(item.children[0], "data-level", level(part.status));
        const details = Object.entries(part.details ?? {}).map(([name, value]) => `${name} ${plain(name, value)}`);
        write(item.children[2], details.join(" · "));
      },
    );
  }
}

const LEVELS = { UP: "good", DOWN: "bad", OUT_OF_SERVICE: "bad", UNKNOWN: "warn" };
const level = (status) => (status === undefined ? null : (LEVELS[status] ?? "warn"));

function loops(body) {
  const many = Object.keys(body?.loops ?? {}).length;
  return many > 1 ? `the longest of ${many} loops` : "";
}

const lagLevel = (lag) => (lag > 0.25 ? "bad" : lag > 0.05 ? "warn" : null);
