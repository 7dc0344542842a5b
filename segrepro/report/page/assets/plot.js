// The scores of every case: a strip of points for each run. A point opens its case.
"use strict";
{
  const data = JSON.parse(document.getElementById("data").textContent);
  const place = document.getElementById("plot");
  // By run and case, since two data sets may use the same case id.
  const scripts = new Map(data.cases.flatMap(entry => [...entry.runs, ...entry.synthesised].map(run => [`${run} ${entry.case}`, entry.script])));
  const ROW = 62, SIDE = 12, TOP = 6, RADIUS = matchMedia("(pointer: coarse)").matches ? 7 : 5;
  const labels = [...new Set(data.scores.map(row => row.label))];
  const scored = (measure, label) => data.scores.some(row => row.label === label && row[measure] !== null);
  const firstScored = measure => labels.find(label => scored(measure, label)) ?? labels[0];
  const firstMeasure = Object.keys(data.measures).find(measure => labels.some(label => scored(measure, label)));
  const chosen = { measure: firstMeasure, label: firstScored(firstMeasure) };

  const made = (name, attributes = {}, text = "") => {
    const svg = ["svg", "g", "line", "circle", "text"].includes(name);
    const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.textContent = text;
    return node;
  };
  const shown = value => Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(3);

  // Round limits and steps around the values; 0 to 1 where all lie in it.
  const scaleOf = values => {
    const low = Math.min(0, ...values), high = values.every(v => v >= 0 && v <= 1) ? 1 : Math.max(...values, low + 1e-9);
    const raw = (high - low) / 5, power = 10 ** Math.floor(Math.log10(raw));
    const step = power * [1, 2, 5, 10].find(factor => factor * power >= raw * 0.999);
    const first = Math.floor(low / step + 1e-9), last = Math.ceil(high / step - 1e-9);
    return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  };

  const select = (name, options, key) => {
    const node = made("select", { "aria-label": name });
    for (const [value, text] of options) node.append(made("option", { value }, text));
    node.value = chosen[key];
    node.addEventListener("change", () => { chosen[key] = node.value; draw(); });
    return node;
  };
  const measureSelect = select("Measure", Object.entries(data.measures), "measure");
  const labelSelect = select("Label", labels.map(label => [label, label]), "label");
  // A measure of another label: without this the plot would be empty.
  measureSelect.addEventListener("change", () => {
    if (scored(chosen.measure, chosen.label)) return;
    labelSelect.value = chosen.label = firstScored(chosen.measure);
    draw();
  });

  const status = made("p", { role: "status" });
  const holder = made("div");
  const describe = point => `${point.case}, ${point.run}: ${data.measures[chosen.measure]} ${shown(point.value)}`;

  const mark = name => {
    for (const circle of holder.querySelectorAll("circle")) circle.classList.toggle("same", circle.dataset.name === name);
  };

  const circleOf = (point, x, y) => {
    const [name, slice] = point.case.split("/"), script = scripts.get(`${point.run} ${name}`);
    const circle = made("circle", { cx: x, cy: y, r: RADIUS, tabindex: -1, role: "button", "data-name": point.case, "data-run": point.run });
    circle.setAttribute("aria-label", describe(point) + (script ? "" : ", no pictures"));
    if (!script) circle.classList.add("hollow");
    const tell = () => { status.textContent = describe(point) + (script ? "" : " (no pictures in this report)"); mark(point.case); };
    circle.addEventListener("pointerenter", tell);
    circle.addEventListener("focus", tell);
    circle.addEventListener("click", () => { tell(); if (script) segrepro.openCase(script, point.run, slice); });
    return circle;
  };

  // Points of a run, from left to right; equal values are spread over the strip's height.
  const strip = (svg, run, index, x) => {
    const own = data.scores.filter(row => row.experiment === run && row.label === chosen.label);
    const points = own.filter(row => row[chosen.measure] !== null)
      .map(row => ({ case: row.case, run, value: row[chosen.measure] })).sort((a, b) => a.value - b.value);
    const middle = TOP + index * ROW + 40, undefinedCount = own.length - points.length;
    const mean = points.reduce((sum, point) => sum + point.value, 0) / points.length;
    const facts = own.length && !points.length && data.scores.every(row => row.experiment !== run || row[chosen.measure] === null)
      ? "not scored" : (points.length ? `mean ${shown(mean)}, ` : "") + `${points.length} cases` + (undefinedCount ? `, ${undefinedCount} undefined` : "");
    svg.append(made("text", { x: SIDE, y: TOP + index * ROW + 14, "font-weight": 600 }, run));
    svg.append(made("text", { x: x.right, y: TOP + index * ROW + 14, class: "quiet", "text-anchor": "end" }, facts));
    svg.append(made("line", { x1: x.left, x2: x.right, y1: middle, y2: middle, class: "rule" }));
    if (points.length) svg.append(made("line", { x1: x(mean), x2: x(mean), y1: middle - 16, y2: middle + 16, class: "mean" }));
    const group = svg.appendChild(made("g"));
    points.forEach((point, i) => group.append(circleOf(point, x(point.value), middle + ((i * 7) % 11 - 5) * 2)));
  };

  const draw = () => {
    const width = Math.max(300, place.clientWidth), height = TOP + data.runs.length * ROW + 40;
    const values = data.scores.filter(row => row.label === chosen.label).map(row => row[chosen.measure]).filter(v => v !== null);
    const ticks = scaleOf(values), [low, high] = [ticks[0], ticks[ticks.length - 1]];
    const x = value => x.left + (value - low) / (high - low) * (x.right - x.left);
    [x.left, x.right] = [SIDE, width - SIDE];
    const svg = made("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `${data.measures[chosen.measure]} of every case` });
    for (const tick of ticks) {
      svg.append(made("line", { x1: x(tick), x2: x(tick), y1: TOP + 22, y2: height - 34, class: "rule" }));
      svg.append(made("text", { x: x(tick), y: height - 18, class: "quiet", "text-anchor": "middle" }, +tick.toPrecision(6)));
    }
    svg.append(made("text", { x: (x.left + x.right) / 2, y: height - 2, class: "quiet", "text-anchor": "middle" }, data.measures[chosen.measure]));
    data.runs.forEach((run, index) => strip(svg, run, index, x));
    holder.replaceChildren(svg);
    svg.querySelector("circle")?.setAttribute("tabindex", 0);
  };

  // The same case in the next strip that has points; the point nearest to it where that run has other cases.
  const across = (here, step) => {
    const groups = [...holder.querySelectorAll("g")].filter(group => group.children.length);
    const points = [...(groups[groups.indexOf(here.parentNode) + step]?.children ?? [])];
    const distance = circle => Math.abs(circle.cx.baseVal.value - here.cx.baseVal.value);
    return points.find(c => c.dataset.name === here.dataset.name) ?? points.sort((a, b) => distance(a) - distance(b))[0];
  };

  // One point is in the Tab order; arrows go along its strip or across to the next.
  const move = event => {
    const here = event.target.closest("circle");
    if (!here) return;
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); here.dispatchEvent(new Event("click")); return; }
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const along = { ArrowRight: here.nextElementSibling, ArrowLeft: here.previousElementSibling };
    const target = along[event.key] ?? { ArrowDown: across(here, 1), ArrowUp: across(here, -1) }[event.key];
    if (!target) return;
    here.setAttribute("tabindex", -1);
    target.setAttribute("tabindex", 0);
    target.focus();
  };

  if (data.scores.length) {
    const head = made("div", { class: "head" });
    head.append(measureSelect);
    if (labels.length > 1) head.append(labelSelect);
    place.append(head, status, holder);
    holder.addEventListener("keydown", move);
    let width = 0;
    new ResizeObserver(() => { if (width !== place.clientWidth) { width = place.clientWidth; draw(); } }).observe(place);
    addEventListener("beforeprint", draw);
  }
}
