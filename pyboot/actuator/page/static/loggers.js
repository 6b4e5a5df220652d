// The log levels: read, and set where that is allowed; where not, the page says what it would take.

import { card, fill, make, row, set, table, write } from "./dom.js";
import { count } from "./format.js";
import { ask, change } from "./requests.js";

const COLUMNS = [{ title: "Logger" }, { title: "In effect" }, { title: "Set" }];
const MOST = 200;
const INHERITED = "";

export class Loggers {
  static id = "loggers";
  static title = "Log levels";
  static section = "loggers";
  static sections = ["loggers"];

  constructor(root, model) {
    this.model = model;
    this.filter = make("input", { id: "filter", type: "search", placeholder: "pyboot.netty", spellcheck: "false", oninput: () => this.draw() });
    this.note = make("p", { class: "muted" });
    this.fixed = make("p", { id: "fixed", class: "notice" });
    this.said = make("p", { role: "status" });
    const { frame, body } = table("Loggers", COLUMNS);
    [this.frame, this.body] = [frame, body];
    const bar = make("div", { class: "bar" }, make("label", {}, make("span", {}, "Names with"), this.filter));
    root.append(card("Log levels", this.fixed, bar, this.said, this.note, frame));
  }

  draw() {
    const body = this.model.bodies.loggers;
    const hidden = this.model.hidden("loggers");
    const fixed = hidden ? null : this.model.fixed("loggers");
    write(this.fixed, fixed ? `Levels can be read here, and not set: ${fixed}.` : "");
    this.fixed.hidden = !fixed;
    const wanted = this.filter.value.trim().toLowerCase();
    const all = Object.entries(body?.loggers ?? {}).filter(([name]) => name.toLowerCase().includes(wanted));
    const told = all.length > MOST ? `the first ${MOST} of ${count(all.length)}` : all.length === 1 ? "1 logger" : `${count(all.length)} loggers`;
    write(this.note, hidden ?? (body === undefined ? "…" : told));
    this.frame.hidden = all.length === 0;
    fill(
      this.body,
      all.slice(0, MOST),
      ([name]) => name,
      ([name]) => this.row(name, body.levels),
      (element, [, logger]) => this.write(element, logger, Boolean(fixed)),
    );
  }

  row(name, levels) {
    const element = row(COLUMNS);
    write(element.cellsOf[0], name);
    const options = [make("option", { value: INHERITED }, "as its parent"), ...levels.map((level) => make("option", { value: level }, level))];
    element.select = make("select", { "aria-label": `Level of ${name}`, "aria-describedby": "fixed", onchange: () => this.set(name, element.select.value) }, ...options);
    element.cellsOf[2].append(element.select);
    return element;
  }

  write(element, logger, isFixed) {
    write(element.cellsOf[1], logger.effectiveLevel);
    set(element.cellsOf[1], "data-log", logger.effectiveLevel);
    set(element.select, "disabled", isFixed);
    if (document.activeElement !== element.select) element.select.value = logger.configuredLevel ?? INHERITED;
  }

  async set(name, level) {
    try {
      const path = this.model.path(`../loggers/${encodeURIComponent(name)}`);
      await change(path, "POST", { configuredLevel: level || null });
      const response = await ask(path);
      if (response.ok) this.model.bodies.loggers.loggers[name] = await response.json();
      write(this.said, level ? `${name} is ${level} now.` : `${name} goes by its parent now.`);
    } catch (error) {
      write(this.said, `The level of ${name} was not set: ${error.message}.`);
    }
    document.activeElement?.blur();
    this.draw();
  }
}
