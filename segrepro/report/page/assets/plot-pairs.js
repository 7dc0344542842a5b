// Two numbers a case: two methods, two volumes, or a score and the size of what was to be found.
"use strict";
{
  const { data, made, shown, label, thinned } = segrepro;
  const VOLUME = "reference_volume_ml";

  const scoresOf = (method, measure, name) => segrepro.rows(segrepro.unitOf(method), measure, method, name);
  const joined = (one, other) => {
    const values = new Map(other.map(row => [`${row.dataset} ${row.case}`, row.value]));
    return one.map(row => ({ ...row, other: values.get(`${row.dataset} ${row.case}`) ?? null }))
      .filter(row => row.value !== null && row.other !== null);
  };
  const deviation = (values, mean) => Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));

  segrepro.plots.differences = {
    title: "Paired differences", needs: ["measure", "label", "first", "second"], offered: () => data.methods.filter(segrepro.unitOf).length > 1,
    told: "A point is a case: the first method's score minus the other's, from the least to the largest.",
    nothing: "Nothing to draw: no case was scored by both methods.",
    draw: async chosen => {
      const { first, second, measure } = chosen;
      const rows = joined(await scoresOf(first, measure, chosen.label), await scoresOf(second, measure, chosen.label))
        .map(row => ({ ...row, value: row.value - row.other })).sort((a, b) => a.value - b.value);
      if (!rows.length) return null;
      const title = `${data.measures[measure]}: ${label(first)} − ${label(second)}`;
      const chart = segrepro.chart({ xs: [0, rows.length], ys: [...rows.map(row => row.value), 0], xTitle: `${rows.length} cases, in order of the difference`, yTitle: data.measures[measure], from0: false, label: title });
      segrepro.level(chart, 0, "", "zero");
      segrepro.level(chart, segrepro.mean(rows.map(row => row.value)), `${label(first)} − ${label(second)}: mean`, "mean");
      rows.forEach((row, i) => { row.place = i + 0.5; });
      segrepro.group(chart.svg, thinned(rows).map(row => segrepro.point(row, first, chart.x(row.place), chart.y(row.value), `${row.case}: ${shown(row.value)}`)));
      return chart.svg;
    },
  };

  segrepro.plots.agreement = {
    title: "Agreement in volume (Bland-Altman)", needs: ["label", "first"], offered: () => segrepro.isMeasured("prediction_volume_ml"),
    told: "Volume found minus reference volume against the mean of both; dashed: mean ± 1.96 standard deviations.",
    nothing: "Nothing to draw: this method has no volumes.",
    draw: async chosen => {
      const rows = joined(await scoresOf(chosen.first, "prediction_volume_ml", chosen.label), await scoresOf(chosen.first, VOLUME, chosen.label));
      if (!rows.length) return null;
      const differences = rows.map(row => row.value - row.other), mean = segrepro.mean(differences);
      const limits = rows.length > 1 ? [-1.96, 1.96].map(z => mean + z * deviation(differences, mean)) : [];
      const chart = segrepro.chart({ xs: rows.map(row => (row.value + row.other) / 2), ys: [...differences, ...limits, 0], xTitle: "mean of both volumes (ml)", yTitle: "found − reference (ml)", label: `Agreement in volume of ${label(chosen.first)}` });
      segrepro.level(chart, 0, "", "zero");
      segrepro.level(chart, mean, "mean", "mean");
      limits.forEach(limit => segrepro.level(chart, limit, "", "limit"));
      segrepro.group(chart.svg, thinned(rows).map(row => segrepro.point(row, chosen.first, chart.x((row.value + row.other) / 2), chart.y(row.value - row.other),
        `${row.case}: ${shown(row.value)} ml found, ${shown(row.other)} ml in the reference`)));
      return chart.svg;
    },
  };

  segrepro.plots.volume = {
    title: "Score against volume", needs: ["measure", "label", "first", "second"], offered: () => segrepro.isMeasured(VOLUME),
    told: "A score against the reference volume; blue: the first method, orange: the other.",
    nothing: "Nothing to draw: no case has a reference volume.",
    draw: async chosen => {
      const series = await Promise.all([...new Set([chosen.first, chosen.second])].map(async method => ({
        method, rows: joined(await scoresOf(method, chosen.measure, chosen.label), await scoresOf(method, VOLUME, chosen.label)).filter(row => row.other > 0),
      })));
      const rows = series.flatMap(one => one.rows);
      if (!rows.length) return null;
      const title = data.measures[chosen.measure];
      const chart = segrepro.chart({ xs: rows.map(row => row.other), ys: rows.map(row => row.value), xTitle: "reference volume (ml)", yTitle: title, log: true, label: `${title} against volume` });
      series.forEach((one, i) => segrepro.group(chart.svg, thinned(one.rows.sort((a, b) => a.other - b.other)).map(row =>
        segrepro.point(row, one.method, chart.x(row.other), chart.y(row.value), `${row.case}, ${label(one.method)}: ${title} ${shown(row.value)}, ${shown(row.other)} ml`, i))));
      return chart.svg;
    },
  };
}
