// Numbers as people read them.

const BYTES = ["B", "KiB", "MiB", "GiB", "TiB"];

export function bytes(value) {
  if (typeof value !== "number") return "–";
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < BYTES.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return `${unit === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${BYTES[unit]}`;
}

export const rate = (value) => (typeof value === "number" ? `${bytes(value)}/s` : "–");

export const count = (value) => (typeof value === "number" ? value.toLocaleString("en") : "–");

export function seconds(value) {
  if (typeof value !== "number") return "–";
  if (value === 0) return "0 s";
  if (value < 0.001) return `${Math.round(value * 1e6)} µs`;
  if (value < 1) return `${(value * 1000).toFixed(value < 0.01 ? 1 : 0)} ms`;
  if (value < 60) return `${value < 10 ? value.toFixed(1) : Math.round(value)} s`;
  if (value < 3600) return `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`;
  if (value < 86400) return `${Math.floor(value / 3600)} h ${Math.floor((value % 3600) / 60)} min`;
  return `${Math.floor(value / 86400)} d ${Math.floor((value % 86400) / 3600)} h`;
}

// How often a second: 0, 0.3, 12.
export const often = (value) => (typeof value === "number" ? value.toFixed(value > 0 && value < 10 ? 1 : 0) : "–");

export const since = (time) => (time ? seconds(Math.max(0, (Date.now() - Date.parse(time)) / 1000)) : "–");

export const clock = (time) => new Date(time).toLocaleTimeString("en-GB");

// A value of an endpoint whose form the page does not know, by the name it goes by.
export function plain(name, value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") {
    if (/bytes|memory|buffer_limit|^(total|free|threshold)$/i.test(name)) return bytes(value);
    if (/^(lag|age|echo|delay|idle)|seconds|timeout/i.test(name)) return seconds(value);
    return /port|pid/i.test(name) ? String(value) : count(value);
  }
  if (typeof value === "string") return /^(since|at|until|time|next)/i.test(name) && !Number.isNaN(Date.parse(value)) ? clock(value) : value;
  if (Array.isArray(value)) return value.map((each) => plain(name, each)).join(", ") || "–";
  return Object.entries(value).map(([key, each]) => `${key} ${plain(key, each)}`).join(", ") || "–";
}
