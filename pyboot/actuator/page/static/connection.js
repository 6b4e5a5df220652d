// One connection: its figures, its pipeline, and its end, where that may be asked for.

import { make, set, write } from "./dom.js";
import { bytes, plain, rate, since } from "./format.js";
import { ask, change, reason } from "./requests.js";
import { drawn } from "./pipelines.js";
import { facts } from "./servers.js";

const EVERY = 2000; // milliseconds

export class Connection {
  constructor(id, model, gone) {
    [this.id, this.model, this.gone] = [id, model, gone];
    this.path = model.path(`../channels/${encodeURIComponent(id)}`);
    this.facts = make("dl", { class: "facts" });
    this.pipeline = make("div");
    this.note = make("p", { role: "status" });
    this.end = make("button", { type: "button", onclick: () => this.finish("") }, "Close it");
    this.cut = make("button", { type: "button", class: "danger", onclick: () => this.finish("?abort=true") }, "Cut it off");
    const leave = make("button", { type: "button", onclick: () => this.close() }, "Back");
    this.dialog = make(
      "dialog",
      { "aria-labelledby": "connection-title", onclose: () => this.closed() },
      make("h2", { id: "connection-title" }, `Connection ${id}`),
      this.facts,
      make("h3", {}, "Pipeline, from the network on"),
      this.pipeline,
      this.note,
      make("div", { class: "bar" }, leave, this.end, this.cut),
    );
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.draw();
    this.look();
  }

  draw() {
    const fixed = this.model.fixed("channels");
    for (const button of [this.end, this.cut]) set(button, "disabled", Boolean(fixed) || this.over);
    if (fixed && !this.over) write(this.note, `It cannot be closed from here: ${fixed}.`);
  }

  async look() {
    try {
      const response = await ask(this.path);
      if (response.ok) this.show(await response.json());
      else if (response.status === 404) this.leave("It is closed.");
      else write(this.note, await reason(response));
    } catch (error) {
      write(this.note, error.message);
    }
    if (this.dialog.open && !this.over) this.timer = setTimeout(() => this.look(), EVERY);
  }

  show(told) {
    facts(this.facts, {
      Server: told.server,
      Peer: told.remote,
      "This side": told.local,
      Open: since(told.since),
      In: `${bytes(told.bytesIn)}, ${rate(told.rateIn)}`,
      Out: `${bytes(told.bytesOut)}, ${rate(told.rateOut)}`,
      Waiting: `${bytes(told.pending)}${told.waterMark ? ` of ${bytes(told.waterMark.high)}` : ""}`,
      State: `${told.writable ? "writable" : "over the water mark"}, ${told.reading ? "reading" : "not reading"}`,
      Options: options(told.options ?? {}),
    });
    this.pipeline.replaceChildren(drawn(told.pipeline, this.id));
  }

  async finish(how) {
    try {
      await change(this.model.path(`../channels/${encodeURIComponent(this.id)}${how}`), "DELETE");
      this.leave(how ? "It was cut off." : "It closes.");
    } catch (error) {
      write(this.note, error.message);
    }
  }

  leave(why) {
    this.over = true;
    write(this.note, why);
    this.draw();
  }

  close() {
    this.dialog.close();
  }

  closed() {
    clearTimeout(this.timer);
    this.dialog.remove();
    this.gone();
  }
}

// What is set, but for objects and for what stands above.
function options(told) {
  const shown = Object.entries(told).filter(([name, value]) => !String(value).startsWith("<") && name !== "WRITE_BUFFER_WATER_MARK");
  return shown.map(([name, value]) => `${name.replaceAll("_", " ").toLowerCase()} ${plain(name, value)}`).join(" · ");
}
