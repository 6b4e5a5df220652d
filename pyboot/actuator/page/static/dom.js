// Elements: made, changed only where something has changed, and never from text as HTML.

// make("td", {class: "number", "aria-label": "Age"}, "3 s"): attributes, listeners ("onclick"), children; null and undefined are left out.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else set(element, name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Set an attribute; false, null and undefined take it away.
export function set(element, name, value) {
  if (value === false || value === null || value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value === true ? "" : value);
}

// Write text, unless it stands there: what is selected stays so, and nothing is drawn again.
export function write(element, text) {
  const told = text === null || text === undefined ? "" : String(text);
  if (element.textContent !== told) element.textContent = told;
  return element;
}

// Make the children of parent those of items, by key: known ones are updated and moved, others made or removed. Focus stays where it is.
export function fill(parent, items, keyOf, create, update) {
  const known = (parent.known ??= new Map());
  const wanted = new Set();
  let place = parent.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    wanted.add(key);
    let child = known.get(key);
    if (child === undefined) {
      child = create(item);
      known.set(key, child);
    }
    update(child, item);
    if (child === place) place = place.nextSibling;
    else parent.insertBefore(child, place);
  }
  for (const [key, child] of known) {
    if (!wanted.has(key)) {
      child.remove();
      known.delete(key);
    }
  }
}

// What a name means: of several workers each entry has its own in front, "0/main".
export function named(name) {
  const [, slot, own] = /^(\d+)\/(.*)$/s.exec(name) ?? [null, null, name];
  return slot === null ? own : `${own}, worker ${slot}`;
}

// A card with a heading.
export function card(title, ...children) {
  return make("section", { class: "card" }, make("h2", {}, title), ...children);
}

// A table in a frame of its own, with its columns: [{title, class, sort}].
export function table(caption, columns) {
  const body = make("tbody");
  const heads = columns.map((column) => make("th", { scope: "col", class: column.class }, column.head ?? column.title));
  const whole = make("table", {}, make("caption", { class: "unseen" }, caption), make("thead", {}, make("tr", {}, ...heads)), body);
  return { frame: make("div", { class: "frame" }, whole), body, heads };
}

// A row for such a table: each cell knows its column's title, for narrow screens, where the head is not shown.
export function row(columns) {
  const cells = columns.map((column) => make("td", { class: column.class, "data-title": column.title }));
  const element = make("tr", {}, ...cells);
  element.cellsOf = cells;
  return element;
}
