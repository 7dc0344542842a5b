// Every case of a study in a table: searched, filtered, sorted; a case with pictures opens.
"use strict";
{
  const { data, made, shown, label, select } = segrepro;
  const place = document.getElementById("case-table"), PAGE = 50;
  const methods = data.methods.filter(segrepro.unitOf), chosen = { method: segrepro.firstMethod, search: "", site: "", sort: "value", up: true, shown: PAGE };
  let rows = [];

  const keyOf = row => `${row.dataset} ${row.case}`;
  const spread = values => values.length > 1 && !values.includes(null) ? Math.max(...values) - Math.min(...values) : null;

  const COLUMNS = [
    ["case", "Case"], ["patient", "Patient"], ["site", "Site"], ["volume", "Volume (ml)"], ["value", ""],
    ["seeds", "Between seeds"], ["methods", "Between methods"],
  ];

  // The chosen method's scores with the volume, and how far seeds and methods lie apart on each case.
  const read = async () => {
    const unit = segrepro.unitOf(chosen.method), measure = segrepro.firstMeasure(chosen.method);
    const rivals = methods.filter(method => data.index.datasets[method] === data.index.datasets[chosen.method] && segrepro.unitOf(method) === unit);
    const volumes = new Map((await segrepro.rows(unit, "reference_volume_ml", chosen.method)).map(row => [keyOf(row), row]));
    const labels = segrepro.labelsOf(unit, chosen.method).length;
    const scores = await Promise.all(rivals.map(async method => new Map((await segrepro.rows(unit, measure, method)).map(row => [keyOf(row), row.value]))));
    rows = (await segrepro.rows(unit, measure, chosen.method)).map(row => ({
      ...row, seeds: spread(row.seeds),
      volume: (value => value === undefined || value === null ? null : value * labels)(volumes.get(keyOf(row))?.value),
      methods: spread(scores.map(own => own.get(keyOf(row))).filter(value => value !== undefined)),
    }));
    chosen.measure = measure;
  };

  const kept = () => rows.filter(row => (!chosen.site || row.site === chosen.site)
    && (!chosen.search || `${row.case} ${row.patient}`.toLowerCase().includes(chosen.search.toLowerCase())));
  const sorted = list => {
    const key = chosen.sort, way = chosen.up ? 1 : -1;
    const order = (a, b) => typeof a === "string" ? a.localeCompare(b, undefined, { numeric: true }) : a - b;
    return [...list].sort((a, b) => a[key] === null ? 1 : b[key] === null ? -1 : way * order(a[key], b[key]));
  };

  const cell = (row, key) => {
    if (key === "case" && segrepro.scriptOf(row)) {
      const button = made("button", { type: "button", class: "link", "data-case": segrepro.scriptOf(row) }, row.case);
      button.addEventListener("click", () => segrepro.open(row, chosen.method));
      return made("th", { scope: "row" }, button);
    }
    if (key === "volume" && row.volume !== null) return made("td", {}, row.volume.toFixed(2));
    const text = row[key] === null ? key === "value" ? "undefined" : "" : typeof row[key] === "number" ? shown(row[key]) : row[key];
    return made(key === "case" ? "th" : "td", key === "case" ? { scope: "row" } : {}, text);
  };

  const table = made("table", { class: "numbers" }), more = made("button", { type: "button" }), told = made("p", { role: "status" });
  const show = () => {
    const list = sorted(kept()), columns = COLUMNS.filter(([key]) => rows.some(row => row[key] !== null && row[key] !== ""));
    const heads = columns.map(([key, title]) => {
      const button = made("button", { type: "button" }, key === "value" ? data.measures[chosen.measure] : title);
      button.addEventListener("click", () => { Object.assign(chosen, { up: chosen.sort === key ? !chosen.up : true, sort: key }); show(); table.querySelector(`[data-key="${key}"] button`).focus(); });
      const head = made("th", { scope: "col", "data-key": key }, button);
      if (chosen.sort === key) head.setAttribute("aria-sort", chosen.up ? "ascending" : "descending");
      return head;
    });
    const lines = list.slice(0, chosen.shown).map(row => made("tr", {}, ...columns.map(([key]) => cell(row, key))));
    table.replaceChildren(made("thead", {}, made("tr", {}, ...heads)), made("tbody", {}, ...lines));
    told.textContent = `${list.length} of ${rows.length} ${segrepro.unitOf(chosen.method)}s of ${label(chosen.method)}`;
    more.textContent = `Show ${Math.min(PAGE, list.length - chosen.shown)} more`;
    more.hidden = list.length <= chosen.shown;
  };

  const choose = async method => { chosen.method = method; await read(); fillSites(); show(); };
  const sites = select("Site", [["", "All sites"]], "", value => { chosen.site = value; show(); });
  const fillSites = () => {
    const names = [...new Set(rows.map(row => row.site))].filter(Boolean).sort();
    chosen.site = "";
    sites.replaceChildren(new Option("All sites", ""), ...names.map(name => new Option(name, name)));
    sites.hidden = names.length < 2;
  };

  const begin = async () => {
    const search = made("input", { type: "search", placeholder: "Case or patient", "aria-label": "Search for a case or patient" });
    search.addEventListener("input", () => { Object.assign(chosen, { search: search.value, shown: PAGE }); show(); });
    more.addEventListener("click", () => { chosen.shown += PAGE; show(); });
    const method = select("Method of the table", methods.map(name => [name, label(name)]), chosen.method, choose);
    place.append(made("div", { class: "head" }, method, sites, search), told,
      made("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "All cases" }, table), more);
    await choose(chosen.method);
  };
  if (methods.length)
    new IntersectionObserver((found, observer) => { if (found[0].isIntersecting) { observer.disconnect(); begin(); } }, { rootMargin: "400px" }).observe(place);
}
