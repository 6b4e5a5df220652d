// The connections: the first of them by what they are sorted by, of one server or all, live or held still.

import { card, fill, make, row, set, table, write } from "./dom.js";
import { bytes, count, rate, seconds, since } from "./format.js";
import { Connection } from "./connection.js";

const SORTS = { rate: "rate", pending: "waiting bytes", age: "age", idle: "idleness" };
const LIMITS = [25, 50, 100, 200];

const COLUMNS = [
  { title: "Connection" },
  { title: "Server" },
  { title: "Peer" },
  { title: "Age", class: "number", sort: "age" },
  { title: "In", class: "number" },
  { title: "Out", class: "number" },
  { title: "Rate in", class: "number", sort: "rate" },
  { title: "Rate out", class: "number" },
  { title: "Idle", class: "number", sort: "idle" },
  { title: "Waiting", class: "number mark", sort: "pending" },
  { title: "State" },
];

export class Connections {
  static id = "connections";
  static title = "Connections";
  static section = "channels";
  static sections = ["channels"];

  constructor(root, model, look) {
    this.model = model;
    this.look = look;
    this.wanted = { sort: "rate", limit: "100", server: "", remote: "" };
    this.held = undefined;
    this.note = make("p", { class: "muted", role: "status" });
    const columns = COLUMNS.map((column) => (column.sort ? { ...column, head: this.sorter(column) } : column));
    const { frame, body, heads } = table("Connections", columns);
    [this.frame, this.body, this.heads] = [frame, body, heads];
    root.append(card("Connections", this.bar(), this.note, frame));
  }

  sorter({ title, sort }) {
    return make("button", { type: "button", class: "sorter", onclick: () => this.want({ sort }) }, title);
  }

  bar() {
    const option = (value, text) => make("option", { value }, text);
    this.sort = make("select", { id: "sort", onchange: () => this.want({ sort: this.sort.value }) }, ...Object.entries(SORTS).map(([id, text]) => option(id, text)));
    this.server = make("select", { id: "server", onchange: () => this.want({ server: this.server.value }) }, option("", "all servers"));
    this.limit = make("select", { id: "limit", onchange: () => this.want({ limit: this.limit.value }) }, ...LIMITS.map((each) => option(each, `${each} rows`)));
    this.limit.value = this.wanted.limit;
    this.remote = make("input", { id: "remote", type: "search", placeholder: "10.0.", spellcheck: "false", onchange: () => this.want({ remote: this.remote.value.trim() }) });
    this.hold = make("button", { type: "button", "aria-pressed": "false", onclick: () => this.toggle() }, "Hold still");
    const field = (text, control) => make("label", {}, make("span", {}, text), control);
    return make("div", { class: "bar" }, field("Most by", this.sort), field("Of", this.server), field("Peers from", this.remote), field("Show", this.limit), this.hold);
  }

  parameters() {
    return this.wanted;
  }

  want(changed) {
    Object.assign(this.wanted, changed);
    this.held = undefined;
    set(this.hold, "aria-pressed", "false");
    this.look();
    this.draw();
  }

  toggle() {
    this.held = this.held === undefined ? this.model.bodies.channels : undefined;
    set(this.hold, "aria-pressed", String(this.held !== undefined));
    this.draw();
  }

  close() {
    this.dialog?.close();
  }

  draw() {
    this.sort.value = this.wanted.sort;
    COLUMNS.forEach((column, place) => set(this.heads[place], "aria-sort", column.sort === this.wanted.sort ? "descending" : null));
    const names = ["", ...Object.keys(this.model.bodies.servers?.servers ?? {})];
    fill(this.server, names, (name) => name, (name) => make("option", { value: name }, name || "all servers"), () => {});
    const body = this.held ?? this.model.bodies.channels;
    const rows = body?.channels ?? [];
    write(this.note, this.model.hidden("channels") ?? (body === undefined ? "…" : this.told(rows.length, body.total)));
    this.frame.hidden = rows.length === 0;
    fill(this.body, rows, (each) => each.id, (each) => this.row(each), (element, each) => this.write(element.cellsOf, each));
    this.dialog?.draw();
  }

  told(shown, total) {
    const what = shown === total ? `${count(total)} open` : `${count(shown)} of ${count(total)} open`;
    return `${what}, most by ${SORTS[this.wanted.sort]}${this.held === undefined ? "" : ", held still"}`;
  }

  row(each) {
    const element = row(COLUMNS);
    const open = make("button", { type: "button", class: "link", onclick: () => this.inspect(each.id) }, each.id);
    element.cellsOf[0].append(open);
    element.cellsOf[9].append(make("span"), make("meter", { min: 0, max: 1, low: 0.5, high: 0.99, optimum: 0, "aria-label": "of the high water mark" }));
    return element;
  }

  inspect(id) {
    this.dialog?.close();
    this.dialog = new Connection(id, this.model, () => (this.dialog = undefined));
  }

  write(cells, each) {
    const told = [undefined, each.server, each.remote, since(each.since), bytes(each.bytesIn), bytes(each.bytesOut), rate(each.rateIn), rate(each.rateOut), seconds(each.idle)];
    told.forEach((text, place) => text !== undefined && write(cells[place], text));
    const [text, meter] = cells[9].children;
    write(text, bytes(each.pending));
    const high = each.waterMark?.high;
    meter.hidden = !high || !each.pending;
    if (high) meter.value = Math.min(1, each.pending / high);
    write(cells[10], state(each));
    set(cells[10], "data-level", each.writable ? null : "warn");
  }
}

function state(each) {
  const found = [];
  if (!each.writable) found.push("over the water mark");
  if (!each.reading) found.push("not reading");
  if (each.mailbox) found.push(`${count(each.mailbox)} events wait`);
  if (each.suspendedIn) found.push(`in ${each.suspendedIn}`);
  return found.join(", ") || "fine";
}
