// The plots of a study: which one is shown, for which measure, label and methods. Each plot registers itself.
"use strict";
{
  const { data, made, label, select } = segrepro;
  const place = document.getElementById("plot"), head = made("div", { class: "head" });
  const status = made("p", { role: "status" }), holder = made("div"), methods = data.methods.filter(segrepro.unitOf);
  const plots = segrepro.plots = {}; // name -> {title, needs, draw(chosen) -> a node, told: what it shows, offered() where not every study has it}
  let drawing = 0;

  const chosen = segrepro.chosen = { plot: "cases", measure: "", label: undefined, first: "", second: "" };
  const labelsOf = () => [...new Set(methods.flatMap(method => segrepro.labelsOf(segrepro.unitOf(method), method)))];

  // Methods of which this is the same were scored on the same cases and labels.
  const scoredAs = method => {
    const unit = segrepro.unitOf(method);
    return [data.index.datasets[method], data.runs[method]?.protocol, unit, ...segrepro.labelsOf(unit, method)].join(" ");
  };

  const start = () => {
    chosen.first = segrepro.firstMethod;
    chosen.measure = segrepro.firstMeasure(chosen.first);
    chosen.second = methods.findLast(method => method !== chosen.first && scoredAs(method) === scoredAs(chosen.first)) ?? methods[0];
  };

  const controls = () => {
    const needs = plots[chosen.plot].needs, labels = labelsOf(), named = methods.map(method => [method, label(method)]);
    const offered = Object.entries(plots).filter(([, plot]) => plot.offered?.() ?? true);
    const nodes = [select("Plot", offered.map(([name, plot]) => [name, plot.title]), chosen.plot, to("plot"))];
    if (needs.includes("measure")) nodes.push(select("Measure", Object.entries(data.measures), chosen.measure, to("measure")));
    if (needs.includes("label") && labels.length > 1)
      nodes.push(select("Label", [["", "mean of labels"], ...labels.map(name => [name, name])], chosen.label ?? "", to("label")));
    if (needs.includes("first")) nodes.push(select("Method", named, chosen.first, to("first")));
    if (needs.includes("second")) nodes.push(made("span", {}, "and"), select("Other method", named, chosen.second, to("second")));
    const save = made("button", { type: "button" }, "SVG");
    save.addEventListener("click", () => segrepro.saveSvg(holder.querySelector("svg"), `${data.study}-${chosen.plot}`));
    head.replaceChildren(...nodes, save);
  };
  const to = key => value => { chosen[key] = value || undefined; draw(key); };

  const draw = async changed => {
    const turn = ++drawing;
    controls();
    if (changed) head.querySelector(`select[aria-label="${{ plot: "Plot", measure: "Measure", label: "Label", first: "Method", second: "Other method" }[changed]}"]`)?.focus();
    const plot = plots[chosen.plot], node = await plot.draw(chosen).catch(error => made("p", {}, `It cannot be drawn: ${error.message}.`));
    if (turn !== drawing) return;
    holder.replaceChildren(node ?? made("p", {}, plot.nothing ?? "Nothing to draw: no case has these scores."));
    status.textContent = plot.told;
    holder.querySelector("circle")?.setAttribute("tabindex", 0);
  };

  // A point that is looked at is told, and the same case is marked wherever it stands.
  const tell = circle => {
    status.textContent = circle.getAttribute("aria-label");
    for (const other of holder.querySelectorAll("circle")) other.classList.toggle("same", other.dataset.name === circle.dataset.name);
  };
  for (const kind of ["pointerover", "focusin", "click"])
    holder.addEventListener(kind, event => { const circle = event.target.closest("circle"); if (circle) tell(circle); });

  // The same case in the next group that has points; the point nearest to it where that method has other cases.
  const across = (here, step) => {
    const groups = [...holder.querySelectorAll("g.points")].filter(group => group.children.length);
    const points = [...(groups[groups.indexOf(here.parentNode) + step]?.children ?? [])];
    const distance = circle => Math.abs(circle.cx.baseVal.value - here.cx.baseVal.value);
    return points.find(c => c.dataset.name === here.dataset.name) ?? points.sort((a, b) => distance(a) - distance(b))[0];
  };

  // One point is in the Tab order; arrows go along its group or across to the next.
  holder.addEventListener("keydown", event => {
    const here = event.target.closest("circle");
    if (!here) return;
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); here.dispatchEvent(new Event("click", { bubbles: true })); return; }
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const along = { ArrowRight: here.nextElementSibling, ArrowLeft: here.previousElementSibling };
    const target = along[event.key] ?? { ArrowDown: across(here, 1), ArrowUp: across(here, -1) }[event.key];
    if (!target) return;
    here.setAttribute("tabindex", -1);
    target.setAttribute("tabindex", 0);
    target.focus();
  });

  // Drawn when it comes near: scores of many cases are not read before somebody looks.
  segrepro.startPlots = () => {
    if (!methods.length) return;
    start();
    place.append(head, status, holder);
    let width = 0, seen = false;
    const redraw = () => { if (seen && width !== place.clientWidth) { width = place.clientWidth; draw(); } };
    new ResizeObserver(redraw).observe(place);
    new IntersectionObserver(found => { if (found[0].isIntersecting) { seen = true; redraw(); } }, { rootMargin: "400px" }).observe(place);
    addEventListener("beforeprint", () => { if (seen) draw(); });
  };

  const PAINT = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-family"];
  // A picture of the page as a file of its own: the styles that it has here go with it.
  segrepro.saveSvg = (svg, name) => {
    const copy = svg.cloneNode(true), nodes = [...svg.querySelectorAll("*")];
    [...copy.querySelectorAll("*")].forEach((node, i) => {
      const style = getComputedStyle(nodes[i]);
      for (const key of PAINT) node.setAttribute(key, style.getPropertyValue(key));
    });
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    segrepro.save(new Blob([copy.outerHTML], { type: "image/svg+xml" }), `${name}.svg`);
  };
  segrepro.save = (blob, name) => {
    const link = made("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
}
