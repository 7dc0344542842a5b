// From a number of a table to its origin: cases, runs, settings, files, and the command that makes it again.
"use strict";
{
  const { data, made, shown } = segrepro;
  const dialog = document.getElementById("origin"), body = dialog.querySelector(".body");
  const SHOWN = 200; // cases that are listed

  const scoresOf = async ({ unit, measure, method, group }) =>
    (await segrepro.rows(unit, measure, method, group.labels, group.ml)).filter(row => !group.site || row.site === group.site);

  // The cases behind a mean, or behind its difference to another, with what they are sorted by.
  const casesOf = segrepro.casesOf = async (origin, other) => {
    const rivals = new Map(other ? (await scoresOf(other)).map(row => [row.case, row.value]) : []);
    const rows = (await scoresOf(origin)).map(row => ({ ...row, rival: rivals.get(row.case) ?? null }));
    for (const row of rows) row.by = !other ? row.value : row.value === null || row.rival === null ? null : row.value - row.rival;
    const sign = segrepro.isLower(origin.measure) ? -1 : 1;
    // Undefined ones first: they are no better than the worst.
    return rows.sort((a, b) => (a.by !== null) - (b.by !== null) || sign * (a.by - b.by));
  };

  // Columns in which nothing stands are left out.
  const table = (allTitles, allRows) => {
    const kept = allTitles.map((_, i) => i).filter(i => allRows.some(cells => cells[i] !== ""));
    const titles = kept.map(i => allTitles[i]), rows = allRows.map(cells => kept.map(i => cells[i]));
    const head = made("tr", {}, ...titles.map(title => made("th", { scope: "col" }, title)));
    const lines = rows.map(cells => made("tr", {}, ...cells.map(cell => made("td", {}, cell))));
    return made("div", { class: "wide", tabindex: 0, role: "region", "aria-label": titles.join(", ") },
      made("table", {}, made("thead", {}, head), made("tbody", {}, ...lines)));
  };

  const opener = (row, method) => {
    if (!segrepro.scriptOf(row)) return row.case;
    const button = made("button", { type: "button", class: "link" }, row.case);
    button.addEventListener("click", () => segrepro.open(row, method));
    return button;
  };

  const caseTable = async (origin, other, several) => {
    const rows = await casesOf(origin, other), measure = data.measures[origin.measure];
    const undefinedCount = rows.filter(row => row.by === null).length;
    const told = `${rows.length} ${origin.unit}s, worst first` + (undefinedCount ? `, ${undefinedCount} undefined` : "")
      + (rows.length > SHOWN ? `; the first ${SHOWN} are listed` : "");
    const scores = other ? [`${measure}, ${segrepro.label(origin.method)}`, segrepro.label(other.method), "Difference"] : [measure];
    const titles = ["Case", "Patient", "Site", ...scores, ...(several ? ["Each seed"] : [])];
    const lines = rows.slice(0, SHOWN).map(row => [
      opener(row, origin.method), row.patient, row.site, shown(row.value), ...(other ? [shown(row.rival), shown(row.by)] : []),
      ...(several ? [row.seeds.map(shown).join(", ")] : []),
    ]);
    return [made("h3", {}, told), table(titles, lines)];
  };

  const runTable = runs => {
    const rows = runs.flatMap(run => run.folds.map(fold => [
      made("code", {}, run.hash), run.seed, fold.fold, made("code", {}, fold.provenance.commit),
      `${fold.provenance.machine.cpu}, ${fold.device}`, fold.seconds.toFixed(1),
    ]));
    return [made("h3", {}, `${runs.length} run${runs.length > 1 ? "s" : ""}, ${rows.length} model${rows.length > 1 ? "s" : ""}`),
      table(["Run", "Seed", "Fold", "Commit", "Machine", "Seconds"], rows)];
  };

  const settings = run => [
    made("h3", {}, `${segrepro.label(run.name)}: settings ` + (run.differing.length ? "that are not the paper's recipe" : "are those of the paper's recipe")),
    made("ul", {}, ...run.differing.map(text => made("li", {}, text.replaceAll("`", "")))),
  ];

  const files = (runs, name) => {
    const own = Object.fromEntries(Object.entries(data.results).filter(([path]) => path.startsWith(`tables/${name.split("/")[0]}.`) || !path.startsWith("tables/") || path === "tables/scores.csv"));
    const found = Object.entries(Object.assign({}, own, ...runs.flatMap(run => run.folds.map(fold => fold.files))));
    return [made("h3", {}, "Files, in the study's results"),
      table(["File", "SHA-256"], found.map(([path, digest]) => [path, made("code", {}, digest)]))];
  };

  const command = () => [made("h3", {}, "To make it again, and to check it"),
    made("pre", { tabindex: 0 }, `${data.command}\nsegrepro verify results/${data.study}`)];

  const columnTitle = button => button.closest("table").tHead.rows[0].cells[button.closest("td").cellIndex].querySelector("button").textContent;

  // Of a mean, of the difference of two, or of what a method's runs alone tell.
  const open = async button => {
    const { cell, against, runs: ofRuns } = button.dataset, origins = [cell, against].filter(Boolean).map(name => data.origins[name]);
    const [origin, other] = origins, runs = origins.flatMap(one => one.runs).map(name => data.runs[name]);
    const methods = origins.map(one => data.runs[one.runs[0]]);
    const title = ofRuns === undefined ? data.measures[origin.measure] ?? origin.measure : columnTitle(button);
    dialog.querySelector("h2").textContent = `${methods.map(run => segrepro.label(run.name)).join(" − ")}, ${title}: ${button.textContent}`;
    const cases = ofRuns === undefined ? await caseTable(origin, other, origin.runs.length > 1) : [];
    body.replaceChildren(...cases, ...runTable(runs), ...methods.flatMap(settings), ...files(runs, cell), ...command());
    dialog.showModal();
    dialog.scrollTop = 0;
  };

  for (const button of document.querySelectorAll("button.number"))
    button.addEventListener("click", () => open(button));
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
}
