// What the other scripts share: the page's data, the loader of files, and nodes.
"use strict";
window.segrepro = {};
{
  const data = segrepro.data = JSON.parse(document.getElementById("data").textContent);

  const waiting = new Map();
  window.segreproFile = content => waiting.get(document.currentScript)(content);

  // The content of a script of the report's folder: a page opened from disk may not fetch, but it may load a script.
  segrepro.load = path => new Promise((done, failed) => {
    const node = document.createElement("script");
    waiting.set(node, content => { waiting.delete(node); done(content); });
    node.src = path.split("/").map(encodeURIComponent).join("/");
    node.onload = () => node.remove();
    node.onerror = () => { node.remove(); failed(new Error(`${path} is missing`)); };
    document.head.append(node);
  });
  const kept = new Map();
  const loadOnce = path => {
    if (!kept.has(path)) kept.set(path, segrepro.load(path));
    return kept.get(path);
  };

  // A node of HTML or SVG with its attributes, and its text or children.
  const SVG = ["svg", "g", "line", "circle", "text", "path", "rect"];
  segrepro.made = (name, attributes = {}, ...content) => {
    const node = SVG.includes(name) ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...content);
    return node;
  };
  segrepro.shown = value => value === null || value === undefined ? "undefined" : value.toFixed(Math.abs(value) >= 100 ? 0 : 3).replace("-", "−");
  segrepro.label = method => data.labels[method] ?? method;
  segrepro.mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;

  // A choice of one of the options, [value, text]; changed(value) is called.
  segrepro.select = (name, options, value, changed) => {
    const node = segrepro.made("select", { "aria-label": name });
    for (const [key, text] of options) node.append(new Option(text, key));
    node.value = value;
    node.addEventListener("change", () => changed(node.value));
    return node;
  };

  // The file that shows a case, which may be named case/slice; undefined where the report has no pictures of it.
  const scripts = new Map(data.cases.map(entry => [`${entry.dataset} ${entry.case}`, entry.script]));
  segrepro.scriptOf = row => scripts.get(`${row.dataset} ${row.case.split("/")[0]}`);
  segrepro.open = (row, method) => {
    const script = segrepro.scriptOf(row);
    if (script) segrepro.openCase(script, method, row.case.split("/")[1]);
  };

  // The mean over the seeds, or over the labels: undefined (null) as soon as one of them is.
  const meanOf = values => values.includes(null) ? null : segrepro.mean(values);

  segrepro.labelsOf = (unit, method) => data.index.labels[unit]?.[method] ?? [];

  // The rows of a method in one measure, a row a case that was scored: the mean over these labels, or over all. ml: over
  // those whose own reference volume lies in it.
  segrepro.rows = async (unit, measure, method, label, ml) => {
    const folder = `scores/${data.study}`, dataset = data.index.datasets[method];
    if (!(data.index.measures[unit] ?? []).includes(measure)) return [];
    const files = [`cases-${unit}`, `${unit}-${measure}`, ...(ml ? [`${unit}-reference_volume_ml`] : [])];
    const [listed, scores, volumes] = await Promise.all(files.map(name => loadOnce(`${folder}/${name}.js`)));
    const own = scores[method] ?? {}, cases = listed[dataset];
    const names = label ? [label].flat().filter(name => own[name]) : Object.keys(own);
    if (!names.length || !cases) return [];
    const inside = volume => !ml || (typeof volume === "number" && volume >= ml[0] && volume < ml[1]);
    return cases.case.map((name, i) => {
      const kept = names.filter(one => own[one][0][i] !== "" && inside(volumes?.[method][one][0][i]));
      const seeds = own[names[0]].map((_, seed) => kept.map(one => own[one][seed][i]));
      if (!kept.length || seeds.flat().includes("")) return null;
      const bySeed = seeds.map(meanOf);
      return { dataset, case: name, patient: cases.patient[i], site: cases.site[i], seeds: bySeed, value: meanOf(bySeed) };
    }).filter(Boolean);
  };
  segrepro.curves = () => loadOnce(`scores/${data.study}/curves.js`);
  // What a study is scored by first: whole cases where there are any.
  segrepro.unit = data.index.measures.case ? "case" : "slice";
  segrepro.unitOf = method => ["case", "slice"].find(unit => segrepro.labelsOf(unit, method).length);
  segrepro.measuresOf = method =>
    (data.index.measures[segrepro.unitOf(method)] ?? []).filter(name => data.index.scored[method].includes(name));
  segrepro.firstMeasure = method => Object.keys(data.measures).find(name => segrepro.measuresOf(method).includes(name));
  // Whose scores are shown first: those of the paper's own method.
  segrepro.firstMethod = [data.proposed, ...data.methods.toReversed()].find(method => method && segrepro.unitOf(method));
  segrepro.isMeasured = measure => Object.values(data.index.measures).some(names => names.includes(measure));
  segrepro.isLower = measure => data.lower_is_better.includes(measure);
}
