// The loops: how soon each calls back, and where its tasks wait; and the memory that buffers have.

import { card, fill, make, named, write } from "./dom.js";
import { bytes, count, plain, seconds } from "./format.js";
import { facts } from "./servers.js";
import { sparkline } from "./sparkline.js";

export class Loops {
  static id = "loops";
  static title = "Loops";
  static section = "eventloop";
  static sections = ["eventloop", "buffers"];

  constructor(root, model) {
    this.model = model;
    this.note = make("p", { class: "muted" });
    this.line = sparkline();
    this.most = make("p", { class: "muted" });
    this.cards = make("div", { class: "cards" });
    this.buffers = make("dl", { class: "facts" });
    this.buffersNote = make("p", { class: "muted" });
    root.append(card("Longest lag of any loop", this.note, this.line.svg, this.most), this.cards, card("Buffers", this.buffersNote, this.buffers));
    this.line.svg.classList.add("tall");
  }

  draw() {
    const { bodies, series } = this.model;
    write(this.note, this.model.hidden("eventloop") ?? "");
    this.line.draw(series.lag);
    write(this.most, series.lag.length ? `now ${seconds(series.lag.at(-1))}, at most ${seconds(Math.max(...series.lag))} while you look` : "");
    fill(
      this.cards,
      Object.entries(bodies.eventloop?.loops ?? {}),
      ([name]) => name,
      ([name]) => card(`Loop ${named(name)}`, make("dl", { class: "facts" }), make("h3", {}, "Where tasks wait"), make("ol", { class: "stacks" })),
      (element, [, loop]) => this.write(element, loop),
    );
    const buffers = bodies.buffers;
    write(this.buffersNote, this.model.hidden("buffers") ?? "");
    const told = Object.entries(buffers?.allocators ?? {}).map(([name, each]) => [named(name), plain("", each)]);
    const leaks = buffers === undefined ? [] : [["Leaks", buffers.leaks.map((each) => (each.worker === undefined ? each.allocated : `${each.allocated}, worker ${each.worker}`)).join(", ") || `none (detection ${buffers.leakDetection})`]];
    facts(this.buffers, Object.fromEntries([...told, ...leaks]));
  }

  write(element, loop) {
    const [, list, , stacks] = element.children;
    const lag = loop.blocked ? "it does not call back" : loop.lag ? Object.entries(loop.lag).map(([name, each]) => `${name} ${seconds(each)}`).join(", ") : "–";
    facts(list, { Lag: lag, Implementation: loop.implementation, Tasks: count(loop.tasks.total), ...(loop.ready ? { Ready: count(loop.ready) } : {}) });
    fill(
      stacks,
      loop.tasks.groups,
      (group) => group.stack.join("\n"),
      (group) => make("li", {}, make("strong"), make("code", {}, group.stack.join("\n← "))),
      (item, group) => write(item.firstChild, `${count(group.count)} ×`),
    );
  }
}
