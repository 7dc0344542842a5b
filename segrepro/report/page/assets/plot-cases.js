// Points of cases: a strip a method, or a strip a site.
"use strict";
{
  const { data, made, shown, label, thinned } = segrepro;
  const ROW = 62;

  // Points of one strip, from left to right; equal values are spread over its height.
  const strip = (chart, title, method, rows, index) => {
    const { svg, x } = chart, points = rows.filter(row => row.value !== null).sort((a, b) => a.value - b.value);
    const top = index * ROW + 14, middle = top + 26, lost = rows.length - points.length;
    const average = segrepro.mean(points.map(point => point.value));
    const facts = (points.length ? `mean ${shown(average)}, ` : "") + `${points.length} cases${segrepro.thinnedText(points)}` + (lost ? `, ${lost} undefined` : "");
    svg.append(made("text", { x: x.start, y: top, "font-weight": 600 }, title));
    svg.append(made("text", { x: x.end, y: top, class: "quiet", "text-anchor": "end" }, facts));
    svg.append(made("line", { x1: x.start, x2: x.end, y1: middle, y2: middle, class: "rule" }));
    segrepro.group(svg, thinned(points).map((row, i) => segrepro.point(row, method, x(row.value), middle + ((i * 7) % 11 - 5) * 2,
      `${row.case}, ${label(method)}: ${data.measures[segrepro.chosen.measure]} ${shown(row.value)}`)));
    if (points.length) svg.append(made("line", { x1: x(average), x2: x(average), y1: middle - 16, y2: middle + 16, class: "mean" }));
  };

  // strips: [title, method, rows]; what was not scored by this measure has none.
  const strips = (all, chosen) => {
    const parts = all.filter(([, , rows]) => rows.length);
    const values = parts.flatMap(([, , rows]) => rows.map(row => row.value)).filter(value => value !== null);
    if (!values.length) return null;
    const title = data.measures[chosen.measure];
    const chart = segrepro.chart({ xs: values, xTitle: title, height: parts.length * ROW + 50, label: `${title} of every case` });
    parts.forEach((part, index) => strip(chart, ...part, index));
    return chart.svg;
  };

  segrepro.plots.cases = {
    title: "Every case", needs: ["measure", "label"],
    told: "A point is a case, the bar is the mean. A point opens its case.",
    draw: async chosen => strips(await Promise.all(data.methods.map(async method =>
      [label(method), method, await segrepro.rows(segrepro.unitOf(method), chosen.measure, method, chosen.label)])), chosen),
  };

  segrepro.plots.sites = {
    title: "By site", needs: ["measure", "label", "first"], offered: () => data.index.with_sites.length > 0,
    told: "A strip is a site.", nothing: "Nothing to draw: the cases of this method name no site.",
    draw: async chosen => {
      const rows = await segrepro.rows(segrepro.unitOf(chosen.first), chosen.measure, chosen.first, chosen.label);
      const sites = [...new Set(rows.map(row => row.site))].sort();
      return sites.some(Boolean) ? strips(sites.map(site => [site || "no site", chosen.first, rows.filter(row => row.site === site)]), chosen) : null;
    },
  };
}
