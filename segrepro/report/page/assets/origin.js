// From a number of a table to its origin: cases, runs, settings, files, and the command that makes it again.
"use strict";
{
  const { data, made, shown } = segrepro;
  const dialog = document.getElementById("origin"), body = dialog.querySelector(".body");
  const SHOWN = 200; // cases that are listed

  const inGroup = (row, group, volume) =>
    (!group.site || row.site === group.site) && (!group.ml || (volume >= group.ml[0] && volume < group.ml[1]));

  const casesOf = async origin => {
    const rows = await segrepro.rows(origin.unit, origin.measure, origin.method);
    const volumes = origin.group.ml ? await segrepro.rows(origin.unit, "reference_volume_ml", origin.method) : [];
    const volumeOf = new Map(volumes.map(row => [row.case, row.value]));
    const sign = segrepro.isLower(origin.measure) ? -1 : 1;
    // Undefined ones first: they are no better than the worst.
    return rows.filter(row => inGroup(row, origin.group, volumeOf.get(row.case)))
      .sort((a, b) => a.value === null ? -1 : b.value === null ? 1 : sign * (a.value - b.value));
  };

  const table = (titles, rows) => {
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

  const caseTable = async (origin, several) => {
    const rows = await casesOf(origin);
    const undefinedCount = rows.filter(row => row.value === null).length;
    const told = `${rows.length} ${origin.unit}s, worst first` + (undefinedCount ? `, ${undefinedCount} undefined` : "")
      + (rows.length > SHOWN ? `; the first ${SHOWN} are listed` : "");
    const titles = ["Case", "Patient", "Site", data.measures[origin.measure], ...(several ? ["Each seed"] : [])];
    const lines = rows.slice(0, SHOWN).map(row => [
      opener(row, origin.method), row.patient, row.site, shown(row.value), ...(several ? [row.seeds.map(shown).join(", ")] : []),
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
    made("h3", {}, run.differing.length ? "Settings that are not the paper's recipe" : "Settings: those of the paper's recipe"),
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

  const open = async button => {
    const name = button.dataset.cell, origin = data.origins[name], runs = origin.runs.map(run => data.runs[run]);
    const measure = data.measures[origin.measure] ?? origin.measure;
    dialog.querySelector("h2").textContent = `${runs[0].label}, ${measure}: ${button.textContent}`;
    body.replaceChildren(...await caseTable(origin, runs.length > 1), ...runTable(runs), ...settings(runs[0]), ...files(runs, name), ...command());
    dialog.showModal();
    dialog.scrollTop = 0;
  };

  for (const button of document.querySelectorAll("button.number"))
    button.addEventListener("click", () => open(button));
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
}
