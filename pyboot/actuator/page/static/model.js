// What is known: the last answer of each section, what was logged, and the rates and curves that are made of it.

const POINTS = 120;
const ERRORS = 200;

export class Model {
  constructor() {
    this.hello = undefined;
    this.worker = ""; // the one that is looked at, of several; all of them
    this.forget();
  }

  forget() {
    this.bodies = {};
    this.failures = {};
    this.rates = {};
    this.errors = [];
    this.series = { in: [], out: [], open: [], lag: [] };
    this.before = undefined;
  }

  greet(hello) {
    if (this.hello !== undefined && this.hello.run !== hello.run) this.forget(); // it is another run of the application
    this.hello = hello;
  }

  // Why the section is not shown; undefined where it is, or where nobody knows yet.
  hidden(section) {
    return this.hello?.sections[section]?.hidden ?? this.failures[section];
  }

  // The path of what a button asks for: of the worker that is looked at, or of all.
  path(path) {
    return this.worker === "" ? path : `${path}${path.includes("?") ? "&" : "?"}worker=${this.worker}`;
  }

  // The places of all workers; none where the process is alone.
  get workers() {
    const rows = this.bodies.workers?.workers?.map((each) => each.slot) ?? [];
    return [...new Set([...(this.hello?.workers ?? []), ...(this.hello?.workers ? rows : [])])].sort((a, b) => a - b);
  }

  // Those that did not answer in time, as far as the answers tell that are still looked at.
  get silent() {
    const told = Object.entries(this.bodies).filter(([section]) => !this.failures[section]);
    const rows = this.failures.workers ? [] : (this.bodies.workers?.workers ?? []);
    const found = [...told.flatMap(([, body]) => body.silentWorkers ?? []), ...rows.filter((each) => each.silent).map((each) => each.slot)];
    return [...new Set(found)].sort((a, b) => a - b);
  }

  fixed(section) {
    return this.hello?.sections[section]?.fixed;
  }

  // Tell whether the application has such a section at all.
  has(section) {
    return this.hello === undefined || section in this.hello.sections;
  }

  take({ section, at, body, failure }) {
    this.failures[section] = failure;
    if (failure !== undefined) return;
    this.bodies[section] = body;
    if (section === "servers") this.measure(at, body.servers, String(body.silentWorkers ?? ""));
    if (section === "eventloop") this.push("lag", lagOf(body));
  }

  log(records) {
    this.errors = [...records.toReversed(), ...this.errors].slice(0, ERRORS);
  }

  recent(seconds) {
    const bound = Date.now() - seconds * 1000;
    return this.errors.filter((each) => Date.parse(each.time) > bound).length;
  }

  measure(at, servers, silent) {
    // A sum that lacks a worker, and the next that has it again, are no rate.
    const before = this.before?.silent === silent ? this.before : undefined;
    this.before = { at, servers, silent };
    const total = { in: 0, out: 0, open: 0 };
    for (const [name, server] of Object.entries(servers)) {
      total.open += server.connections.open;
      const last = before?.servers[name];
      const passed = before === undefined ? 0 : at - before.at;
      if (last === undefined || passed <= 0 || passed > 30) {
        delete this.rates[name]; // a curve has no value for a time in which nobody looked
        continue;
      }
      const per = (now, then) => Math.max(0, now - then) / passed;
      this.rates[name] = {
        in: per(server.bytes.in, last.bytes.in),
        out: per(server.bytes.out, last.bytes.out),
        opened: per(server.connections.opened, last.connections.opened),
      };
      total.in += this.rates[name].in;
      total.out += this.rates[name].out;
    }
    this.push("open", total.open);
    if (before !== undefined && at - before.at <= 30) {
      this.push("in", total.in);
      this.push("out", total.out);
    }
  }

  push(name, value) {
    const series = this.series[name];
    series.push(value);
    if (series.length > POINTS) series.shift();
  }

  last(name) {
    return this.series[name].at(-1);
  }
}

// The longest time that any loop took to call back.
export function lagOf(body) {
  const lags = Object.values(body.loops).map((loop) => (loop.blocked ? 1 : (loop.lag?.p99 ?? loop.lag?.max ?? 0)));
  return Math.max(0, ...lags);
}
