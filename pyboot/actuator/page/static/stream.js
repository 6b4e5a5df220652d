// The stream: one request that is answered with events for as long as somebody looks. It comes back by itself, and is closed while the tab
// is hidden. It is read by fetch and not by EventSource, which can neither say who asks nor tell why it was refused.

import { ask, reason } from "./requests.js";

const SILENCE = 10_000; // milliseconds: each second brings something
const WAITS = [500, 1000, 2000, 5000, 10_000];

export class Stream {
  // handle(name, data) is called with each event; tell(state, why) with "live", "lost", "refused" or "hidden".
  constructor(handle, tell) {
    this.handle = handle;
    this.tell = tell;
    this.query = "";
    this.last = "";
    this.failures = 0;
    this.timer = undefined;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.hide() : this.open(this.query)));
  }

  // Look at what the query says from now on.
  open(query) {
    this.query = query;
    this.close();
    if (!document.hidden) this.read(new AbortController());
  }

  close() {
    clearTimeout(this.timer);
    this.reading?.abort();
    this.reading = undefined;
  }

  hide() {
    this.close();
    this.tell("hidden");
  }

  async read(controller) {
    this.reading = controller;
    let why = "the stream has ended";
    let state = "lost";
    try {
      const headers = { accept: "text/event-stream" };
      if (this.last) headers["last-event-id"] = this.last;
      const response = await ask(`stream?${this.query}`, { headers, signal: controller.signal });
      if (response.ok) await this.events(response, controller);
      else {
        state = response.status === 401 || response.status === 403 ? "refused" : "lost";
        why = await reason(response);
      }
    } catch (error) {
      why = error.message;
    }
    if (this.reading !== controller) return; // another one has taken its place
    clearTimeout(this.watch);
    if (state === "lost" && this.stopped !== undefined) [state, why, this.stopped] = ["refused", this.stopped, undefined];
    this.tell(state, why);
    this.timer = setTimeout(() => this.open(this.query), WAITS[Math.min(this.failures, WAITS.length - 1)]);
    this.failures += 1;
  }

  async events(response, controller) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      clearTimeout(this.watch);
      this.watch = setTimeout(() => controller.abort(new Error("nothing was heard for 10 s")), SILENCE);
      const { value, done } = await reader.read();
      if (done || this.reading !== controller) return;
      rest += value;
      for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
        this.event(rest.slice(0, end));
        rest = rest.slice(end + 2);
      }
    }
  }

  event(text) {
    const fields = {};
    for (const line of text.split("\n")) {
      const colon = line.indexOf(": ");
      if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2);
    }
    if (fields.id) this.last = fields.id;
    if (fields.data === undefined) return;
    const data = JSON.parse(fields.data);
    if (fields.event === "refused") this.stopped = data.reason;
    else if (fields.event !== "bye") {
      this.failures = 0;
      this.tell("live");
    }
    this.handle(fields.event, data);
  }
}
