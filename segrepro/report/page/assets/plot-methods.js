// Methods side by side: their intervals beside print, and how they learned.
"use strict";
{
  const { data, made, shown, label } = segrepro;
  const LINE = 30;

  segrepro.plots.intervals = {
    title: "Intervals beside print", needs: ["measure"], offered: () => data.tables.length > 0,
    told: "Point and bar: our mean with its 95 % interval (unadjusted); cross: the published mean.",
    nothing: "Nothing to draw: no table has this measure.",
    draw: async chosen => {
      const rows = data.tables.flatMap(table => table.rows.filter(row => (({ mean, published } = {}) => (mean ?? published ?? null) !== null)(row.cells[chosen.measure]))
        .map(row => ({ name: row.name, table: table.title, ...row.cells[chosen.measure] })));
      const values = rows.flatMap(row => [row.mean, row.low, row.high, row.published]).filter(value => value !== null);
      if (!values.length) return null;
      const title = data.measures[chosen.measure], height = (rows.length + data.tables.length) * LINE + 60;
      const chart = segrepro.chart({ xs: values, xTitle: title, height, from0: false, label: `${title}: intervals beside print` });
      let y = 4, former = "";
      for (const row of rows) {
        if (row.table !== former) { y += LINE; chart.svg.append(made("text", { x: chart.x.start, y: y - 6, class: "quiet" }, row.table)); former = row.table; }
        y += LINE;
        interval(chart, row, y - 10);
      }
      return chart.svg;
    },
  };

  const interval = ({ svg, x }, row, y) => {
    svg.append(made("text", { x: x.start, y: y - 9, class: "over" }, row.name));
    if (row.low !== null) svg.append(made("line", { x1: x(row.low), x2: x(row.high), y1: y, y2: y, class: "mean" }));
    if (row.mean !== null) svg.append(made("circle", { cx: x(row.mean), cy: y, r: 5, class: "mark", role: "img", "aria-label": `${row.name}: ${shown(row.mean)}` }));
    if (row.published === null) return;
    const p = x(row.published);
    svg.append(made("path", { d: `M${p - 5} ${y - 5}L${p + 5} ${y + 5}M${p - 5} ${y + 5}L${p + 5} ${y - 5}`, class: "printed", role: "img", "aria-label": `${row.name} in print: ${row.print}` }));
  };

  segrepro.plots.curves = {
    title: "Learning curves", needs: ["first"],
    told: "Loss after each epoch, mean over folds; blue: training, orange: validation, on one axis.",
    nothing: "Nothing to draw: this method did not learn in epochs.",
    draw: async chosen => {
      const curves = (await segrepro.curves())[chosen.first];
      if (!curves) return null;
      const series = [curves.train_loss, curves.validation_loss].filter(Boolean);
      const all = series.flat().filter(value => value !== null);
      if (!all.length) return null;
      const logY = Math.min(...all) > 0 && Math.max(...all) > 100 * Math.min(...all); // first epochs may be far above all others
      const chart = segrepro.chart({ xs: [1, Math.max(2, ...series.map(one => one.length))], ys: all, xTitle: "epoch", yTitle: "loss", logY, from0: false, label: `Learning curves of ${label(chosen.first)}` });
      series.forEach((one, i) => {
        const path = one.map((value, epoch) => value === null ? "" : `${epoch && one[epoch - 1] !== null ? "L" : "M"}${chart.x(epoch + 1)} ${chart.y(value)}`).join("");
        chart.svg.append(made("path", { d: path, class: `curve series${i}`, role: "img", "aria-label": i ? "validation loss" : "training loss" }));
      });
      return chart.svg;
    },
  };
  segrepro.startPlots();
}
