// What is shown as its endpoint tells it: the clients, and the worker processes.

import { card, fill, make, named, set, write } from "./dom.js";
import { bytes, count, plain, seconds } from "./format.js";
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
      ({ key }) => key,
      ({ name }) => card(name, make("p", { class: "status" }), make("dl", { class: "facts" })),
      (element, { state, level, told }) => {
        const [, status, list] = element.children;
        write(status, state);
        set(status, "data-level", level);
        facts(list, told);
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
    const clients = Object.entries(body.clients ?? {}).map(([name, each]) => ({ key: `client ${name}`, name: named(name), ...state(each.state), told: ofClient(each) }));
    const pools = Object.entries(body.httpClients ?? {}).map(([name, each]) => ({ key: `http ${name}`, name: `${named(name)}, HTTP`, ...ofPool(each) }));
    return [...clients, ...pools];
  }
}

export class Workers extends Listed {
  static id = "workers";
  static title = "Workers";
  static section = "workers";
  static sections = ["workers"];

  entries(body) {
    const { silent } = this.model;
    return (body.workers ?? []).map((each) => {
      const found = each.silent || silent.includes(each.slot) ? { state: "does not answer", level: "bad" } : state(each.state);
      return { key: `${each.slot} ${each.pid}`, name: `Worker ${each.slot ?? each.pid}`, ...found, told: ofWorker(each) };
    });
  }
}

const LEVELS = { ready: "good", connected: "good", gave_up: "bad", vacant: "bad", waiting: "warn", connecting: "warn", draining: "warn", booting: "warn" };

const WORDS = { new: "has not begun to connect", waiting: "waits before it connects again", gave_up: "has given up", vacant: "has no process" };

function state(told) {
  const name = String(told ?? "unknown").toLowerCase();
  return { state: WORDS[name] ?? name.replaceAll("_", " "), level: LEVELS[name] ?? null };
}

const CLIENT = { where: "", state: "", connected: "", channel: "", connects: "", reconnects: "", lost: "", failed: "", attempts: "", queued: "", queuedBytes: "", error: "" };

function ofClient(each) {
  return {
    To: each.where,
    Connection: each.channel ?? "none",
    Connects: each.reconnects ? `${count(each.connects)}, ${count(each.reconnects)} of them again` : count(each.connects),
    "Lost, failed": `${count(each.lost)} lost, ${count(each.failed)} failed`,
    ...(each.connected ? {} : { Attempts: `${count(each.attempts)} since it was last connected` }),
    Queued: each.queued ? `${count(each.queued)} messages, ${bytes(each.queuedBytes)}` : "nothing",
    ...(each.error ? { "Last error": each.error } : {}),
    ...rest(each, CLIENT),
  };
}

function ofPool(each) {
  const told = { Connections: `${count(each.lent)} at work, ${count(each.idle)} idle`, Requests: each.waiting ? `${count(each.waiting)} wait for one` : "none waits" };
  return { state: each.waiting ? "requests wait" : each.lent ? "at work" : "idle", level: each.waiting ? "warn" : "good", told };
}

const WORKER = { slot: "", pid: "", state: "", generation: "", restarts: "", uptime: "", memory: "", connections: "", lag: "", beat: "", silent: "" };

function ofWorker(each) {
  return {
    Process: each.pid ?? "none",
    Up: seconds(each.uptime),
    Generation: `${count(each.generation)}, ${each.restarts ? `restarted ${count(each.restarts)} times` : "never restarted"}`,
    Connections: count(each.connections),
    "Loop lag": seconds(each.lag),
    ...("memory" in each ? { Memory: bytes(each.memory) } : {}),
    ...("beat" in each ? { "Last beat": `${seconds(each.beat)} ago` } : {}),
    ...rest(each, WORKER),
  };
}

// What else the endpoint tells, by the name it goes by.
function rest(each, known) {
  return Object.fromEntries(Object.entries(each).filter(([name]) => !(name in known)).map(([name, value]) => [words(name), plain(name, value)]));
}

const words = (name) => name.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/^./, (first) => first.toUpperCase());
