// A curve of the last two minutes, drawn as SVG.

const SPACE = "http://www.w3.org/2000/svg";
const WIDTH = 120;
const HEIGHT = 32;

export function sparkline() {
  const svg = document.createElementNS(SPACE, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "sparkline");
  svg.setAttribute("aria-hidden", "true"); // the figure beside it says it
  const area = document.createElementNS(SPACE, "path");
  area.setAttribute("class", "area");
  const line = document.createElementNS(SPACE, "path");
  line.setAttribute("class", "line");
  svg.append(area, line);
  return { svg, draw: (values) => draw(area, line, values) };
}

function draw(area, line, values) {
  if (values.length < 2) return;
  const most = Math.max(...values, 1e-9);
  const first = WIDTH - values.length + 1;
  const points = values.map((value, place) => `${first + place},${(HEIGHT - 2 - (value / most) * (HEIGHT - 5)).toFixed(1)}`);
  line.setAttribute("d", `M${points.join("L")}`);
  area.setAttribute("d", `M${first},${HEIGHT}L${points.join("L")}L${WIDTH},${HEIGHT}Z`);
}
