// The servers: what listens, how full it is, what it carries, and why connections ended.

import { card, fill, make, row, set, table, write } from "./dom.js";
import { bytes, count, often, rate } from "./format.js";

const COLUMNS = [
  { title: "Server" },
  { title: "Address" },
  { title: "Connections", class: "number" },
  { title: "New/s", class: "number" },
  { title: "In", class: "number" },
  { title: "Out", class: "number" },
  { title: "Waiting", class: "number" },
  { title: "Over mark", class: "number" },
  { title: "Errors", class: "number" },
];

export class ServerTable {
  constructor(model) {
    this.model = model;
    this.note = make("p", { class: "muted" });
    const { frame, body } = table("Servers", COLUMNS);
    [this.frame, this.body] = [frame, body];
    this.root = make("div", {}, this.note, frame);
  }

  draw() {
    const servers = Object.entries(this.model.bodies.servers?.servers ?? {});
    write(this.note, this.model.hidden("servers") ?? (servers.length || !this.model.bodies.servers ? "" : "No server listens."));
    this.frame.hidden = servers.length === 0;
    fill(this.body, servers, ([name]) => name, () => row(COLUMNS), (element, [name, server]) => this.write(element.cellsOf, name, server));
  }

  write(cells, name, server) {
    const flow = this.model.rates[name];
    const { open, max } = server.connections;
    const told = [
      name,
      server.address,
      max ? `${count(open)} of ${count(max)}` : count(open),
      often(flow?.opened),
      rate(flow?.in),
      rate(flow?.out),
      bytes(server.pending),
      count(server.unwritable),
      count(server.errors),
    ];
    told.forEach((text, place) => write(cells[place], text));
    set(cells[2], "data-level", max && open >= max ? "bad" : null);
    set(cells[7], "data-level", server.unwritable ? "warn" : null);
  }
}

export class Servers {
  static id = "servers";
  static title = "Servers";
  static section = "servers";
  static sections = ["servers"];

  constructor(root, model) {
    this.model = model;
    this.table = new ServerTable(model);
    this.cards = make("div", { class: "cards" });
    root.append(card("Servers", this.table.root), this.cards);
  }

  draw() {
    this.table.draw();
    fill(
      this.cards,
      Object.entries(this.model.bodies.servers?.servers ?? {}),
      ([name]) => name,
      ([name]) => card(name, make("dl", { class: "facts" })),
      (element, [name, server]) => facts(element.lastChild, told(server)),
    );
  }
}

function told(server) {
  const { connections } = server;
  const listed = (counts) => Object.entries(counts).map(([name, each]) => `${name.replaceAll("_", " ").toLowerCase()} ${count(each)}`).join(", ") || "none";
  const closed = Object.values(connections.closed).reduce((total, each) => total + each, 0);
  return {
    Transport: server.transport,
    "Opened": count(connections.opened),
    "Closed": closed ? `${count(closed)}: ${listed(connections.closed)}` : "none",
    "Refused": listed(connections.rejected),
    "Bytes": `${bytes(server.bytes.in)} in, ${bytes(server.bytes.out)} out`,
    "Messages": `${count(server.messages.in)} in, ${count(server.messages.out)} out`,
    "Pipeline": server.pipeline.join(" → "),
  };
}

// Write names and values into a list of terms.
export function facts(list, values) {
  fill(
    list,
    Object.entries(values),
    ([name]) => name,
    ([name]) => make("div", {}, make("dt", {}, name), make("dd")),
    (element, [, value]) => write(element.lastChild, value),
  );
}
