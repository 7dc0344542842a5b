// The pieces that plots are made of: axes, points that open a case, lines.
"use strict";
{
  const { made, shown } = segrepro;
  const SIDE = 14, LEFT = 64, BOTTOM = 44, TOP = 10, MOST = 500; // points of one method that are drawn
  const RADIUS = matchMedia("(pointer: coarse)").matches ? 7 : 5;

  // Not Math.min(...values): a call cannot take a hundred thousand arguments.
  const extent = values => values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);

  // Round steps around the values; 0 to 1 where all lie in it, unless they need not reach 0.
  const ticksOf = (values, from0 = true) => {
    const [least, most] = extent(values);
    const low = from0 ? Math.min(0, least) : least;
    const high = from0 && values.every(v => v >= 0 && v <= 1) ? 1 : Math.max(most, low + 1e-9);
    const raw = (high - low) / 5, power = 10 ** Math.floor(Math.log10(raw));
    const step = power * [1, 2, 5, 10].find(factor => factor * power >= raw * 0.999);
    const first = Math.floor(low / step + 1e-9), last = Math.ceil(high / step - 1e-9);
    return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  };

  const decades = values => {
    const [least, most] = extent(values), low = Math.floor(Math.log10(least)), high = Math.ceil(Math.log10(most * 1.0001));
    return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  };

  const scaleOf = (ticks, start, end, log) => {
    const place = log ? Math.log10 : value => value, [low, high] = [place(ticks[0]), place(ticks.at(-1))];
    const scale = value => start + (place(value) - low) / (high - low || 1) * (end - start);
    return Object.assign(scale, { ticks, start, end });
  };

  // An empty picture with a scale along x and, if ys are given, along y; log, logY: of powers of ten.
  segrepro.chart = ({ xs, ys = null, xTitle, yTitle = "", log = false, logY = false, height = 360, from0 = true, label }) => {
    const width = Math.max(300, document.getElementById("plot").clientWidth), left = ys ? LEFT : SIDE;
    const svg = made("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": label });
    const x = scaleOf(log ? decades(xs) : ticksOf(xs, from0), left, width - SIDE, log);
    const y = ys && scaleOf(logY ? decades(ys) : ticksOf(ys, from0), height - BOTTOM, TOP, logY);
    const text = (value, attributes) => svg.append(made("text", { class: "quiet", ...attributes }, value));
    for (const tick of x.ticks) {
      svg.append(made("line", { x1: x(tick), x2: x(tick), y1: TOP, y2: height - BOTTOM + 6, class: "rule" }));
      text(+tick.toPrecision(6), { x: x(tick), y: height - BOTTOM + 22, "text-anchor": "middle" });
    }
    text(xTitle, { x: (x.start + x.end) / 2, y: height - 4, "text-anchor": "middle" });
    if (y) {
      for (const tick of y.ticks) {
        svg.append(made("line", { x1: left, x2: width - SIDE, y1: y(tick), y2: y(tick), class: "rule" }));
        text(+tick.toPrecision(6), { x: left - 6, y: y(tick) + 4, "text-anchor": "end" });
      }
      text(yTitle, { x: 0, y: 0, "text-anchor": "middle", transform: `translate(12 ${(y.start + y.end) / 2}) rotate(-90)` });
    }
    return { svg, x, y, width, height };
  };

  // At most MOST of the rows, which are in order: the ends stay.
  segrepro.thinned = rows => rows.length <= MOST ? rows
    : Array.from({ length: MOST }, (_, i) => rows[Math.round(i * (rows.length - 1) / (MOST - 1))]);
  segrepro.thinnedText = rows => rows.length > MOST ? `, ${MOST} of them drawn` : "";

  // A point of a case; it opens the case where the report has pictures of it.
  segrepro.point = (row, method, x, y, text, series = 0) => {
    const pictures = segrepro.scriptOf(row), told = text + (pictures ? "" : " (no pictures in this report)");
    const circle = made("circle", {
      cx: x, cy: y, r: RADIUS, tabindex: -1, role: "button", class: `series${series}${pictures ? "" : " hollow"}`,
      "aria-label": told, "data-name": row.case, "data-run": method,
    });
    circle.addEventListener("click", () => segrepro.open(row, method));
    return circle;
  };
  segrepro.group = (svg, circles) => svg.appendChild(made("g", { class: "points" }, ...circles));
  segrepro.level = ({ svg, x, y }, value, text, kind) => {
    svg.append(made("line", { x1: x.start, x2: x.end, y1: y(value), y2: y(value), class: kind }));
    svg.append(made("text", { x: x.end, y: y(value) - 4, "text-anchor": "end", class: "quiet" }, `${text} ${shown(value)}`));
  };
}
