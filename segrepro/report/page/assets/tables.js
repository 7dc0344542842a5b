// Tables: a click on a title sorts; the buttons above choose the measure that is shown in detail.
"use strict";
{
  const number = cell => parseFloat(cell.dataset.sort);

  // Numbers before text; cells without either come last in both directions.
  const compare = (a, b, up) => {
    const [x, y] = [number(a), number(b)], [s, t] = [a.textContent.trim(), b.textContent.trim()];
    if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1;
    if (!s !== !t) return s ? -1 : 1;
    return (isNaN(x) ? s.localeCompare(t) : x - y) * (up ? 1 : -1);
  };

  const sort = head => {
    const table = head.closest("table"), column = head.cellIndex;
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => compare(a.cells[column], b.cells[column], up));
    table.tBodies[0].append(...rows);
  };

  const choose = (result, measure) => {
    for (const cell of result.querySelectorAll("[data-measure]"))
      cell.hidden = measure ? cell.dataset.measure !== measure : "detail" in cell.dataset;
  };

  for (const button of document.querySelectorAll(".sortable th button"))
    button.addEventListener("click", () => sort(button.closest("th")));
  for (const choice of document.querySelectorAll(".choice[data-table]")) {
    choice.hidden = false;
    choose(choice.parentNode, "");
    choice.addEventListener("change", event => choose(choice.parentNode, event.target.value));
  }
}
