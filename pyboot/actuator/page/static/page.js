// The page: which view is shown, what it looks at, and where news goes.

import { fill, make, set, write } from "./dom.js";
import { since } from "./format.js";
import { Model } from "./model.js";
import { use } from "./requests.js";
import { Stream } from "./stream.js";
import { Overview } from "./overview.js";
import { Servers } from "./servers.js";
import { Connections } from "./connections.js";
import { Pipelines } from "./pipelines.js";
import { Loops } from "./loops.js";
import { Clients, Workers } from "./listed.js";
import { Loggers } from "./loggers.js";
import { Errors } from "./errors.js";

// Looked at whatever is shown: the curves go on.
const ALWAYS = ["servers", "eventloop", "health", "errors"];
const VIEWS = [Overview, Servers, Connections, Pipelines, Loops, Clients, Workers, Loggers, Errors];
const THEMES = ["auto", "light", "dark"];
const STATES = { live: "live", lost: "connection lost", refused: "refused", hidden: "resting" };

const by = (id) => document.getElementById(id);
const model = new Model();
const links = new Map();
let view;

const stream = new Stream(
  (name, data) => {
    if (name === "hello") greet(data);
    else if (name === "section") model.take(data);
    else if (name === "errors") model.log(data);
    plan();
  },
  (state, why) => {
    const shown = by("state");
    set(shown, "data-state", state);
    write(shown, STATES[state]);
    notify(state === "lost" || state === "refused" ? why : "");
    if (state === "refused") by("who").hidden = false;
  },
);

// Tell something once, until it is told otherwise.
function notify(text) {
  write(by("notice"), text);
  by("notice").hidden = !text;
}

// Draw once for all that came together, and not while nobody sees it.
let planned = false;
function plan() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(() => {
    planned = false;
    view.draw();
    write(by("facts"), facts());
    write(by("silent"), silent());
    by("silent").hidden = !by("silent").textContent;
  });
}

function facts() {
  const told = model.hello;
  if (told === undefined) return "";
  const who = told.user === null ? "" : ` · ${told.user}`;
  const what = told.workers === null ? `process ${told.pid}` : `${told.workers.length} workers`;
  return `up ${since(told.since)} · ${what} · pyboot ${told.version}, ${told.core} core · Python ${told.python}${who}`;
}

function silent() {
  const found = model.silent;
  if (!found.length) return "";
  return found.length > 1 ? `Workers ${found.join(", ")} do not answer: what is shown is without them.` : `Worker ${found[0]} does not answer: what is shown is without it.`;
}

// Look at one worker from now on, or at all.
function choose(worker) {
  model.forget();
  model.worker = worker;
  stream.last = "";
  view.close?.();
  view.draw();
  look();
}

function greet(hello) {
  model.greet(hello);
  by("whose").hidden = hello.workers === null;
  set(by("facts"), "title", `served by process ${hello.pid}`);
  const slots = ["", ...model.workers.map(String)];
  fill(by("worker"), slots, (slot) => slot, (slot) => make("option", { value: slot }, slot ? `worker ${slot}` : "all workers"), () => {});
  if (!slots.includes(model.worker)) model.worker = ""; // they are fewer than they were
  by("worker").value = model.worker;
  write(by("application"), hello.application);
  document.title = `${hello.application} · pyboot`;
  for (const View of VIEWS) links.get(View.id).hidden = !model.has(View.section);
  const unknown = hello.user === null && Object.values(hello.sections).some((each) => each.hidden === "say who asks");
  by("who").hidden = !unknown;
}

function show(View) {
  for (const [id, link] of links) set(link, "aria-current", id === View.id ? "page" : null);
  view?.close?.();
  const root = make("div", { class: `view ${View.id}` });
  by("main").replaceChildren(make("h2", { class: "unseen" }, View.title), root);
  view = new View(root, model, look);
  view.draw();
  look();
}

// Ask for what the view shows now.
function look() {
  const query = new URLSearchParams({ sections: [...new Set([...ALWAYS, ...view.constructor.sections])].join(",") });
  for (const [name, value] of Object.entries(view.parameters?.() ?? {})) if (value) query.set(name, value);
  if (model.worker !== "") query.set("worker", model.worker);
  stream.open(query.toString());
}

function route() {
  const View = VIEWS.find((each) => `#${each.id}` === location.hash) ?? (view === undefined ? Overview : undefined);
  if (View !== undefined && View !== view?.constructor) show(View);
}

function theme(chosen) {
  document.documentElement.dataset.theme = chosen;
  write(by("theme"), `Theme: ${chosen}`);
  try {
    localStorage.setItem("theme", chosen);
  } catch {
    // A browser that keeps nothing forgets it with the tab.
  }
}

function remembered() {
  try {
    const kept = localStorage.getItem("theme");
    return THEMES.includes(kept) ? kept : "auto";
  } catch {
    return "auto";
  }
}

for (const View of VIEWS) {
  const link = make("a", { href: `#${View.id}` }, View.title);
  links.set(View.id, link);
  by("views").append(link);
}
theme(remembered());
by("theme").addEventListener("click", () => {
  const now = THEMES.indexOf(document.documentElement.dataset.theme);
  theme(THEMES[(now + 1) % THEMES.length]);
});
by("worker").addEventListener("change", () => choose(by("worker").value));
by("who").addEventListener("submit", (event) => {
  event.preventDefault();
  use(by("token").value);
  by("token").value = "";
  look();
});
addEventListener("hashchange", route);
route();
