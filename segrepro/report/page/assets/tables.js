// Tables: a click on a title sorts; the buttons above choose what is shown; rows that were not run open by a line.
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
    for (const body of table.querySelectorAll("tbody:not(.fold)")) {
      const rows = [...body.rows];
      rows.sort((a, b) => compare(a.cells[column], b.cells[column], up));
      body.append(...rows);
    }
  };

  const choose = (result, choice) => {
    for (const cell of result.querySelectorAll("th[data-of], td[data-of]"))
      cell.hidden = choice ? cell.dataset.of !== choice : "detail" in cell.dataset;
  };

  const fold = line => {
    const button = line.querySelector("button"), rows = line.nextElementSibling;
    const show = open => { button.setAttribute("aria-expanded", open); rows.classList.toggle("closed", !open); };
    line.hidden = false;
    button.addEventListener("click", () => show(button.getAttribute("aria-expanded") === "false"));
    show(!line.parentNode.tBodies[0].rows.length); // where nothing was run there is nothing else to see
  };

  const copied = async (text, status) => {
    const area = document.body.appendChild(document.createElement("textarea"));
    area.value = text;
    area.select();
    // Where a browser keeps the clipboard from pages on disk, the older way may still work.
    const done = await navigator.clipboard?.writeText(text).then(() => true, () => false) || document.execCommand("copy");
    area.remove();
    status.textContent = done ? "Copied." : "This browser does not let the page copy; use the files.";
  };

  // Paper has no line to open.
  const closed = new Set();
  addEventListener("beforeprint", () => { for (const part of document.querySelectorAll("details:is(.claim, .differs, .methods):not([open])")) { closed.add(part); part.open = true; } });
  addEventListener("afterprint", () => { for (const part of closed) part.open = false; closed.clear(); });

  for (const button of document.querySelectorAll(".sortable thead button"))
    button.addEventListener("click", () => sort(button.closest("th")));
  for (const line of document.querySelectorAll("tbody.fold")) fold(line);
  const phone = matchMedia("(max-width: 40rem)").matches;
  for (const choice of document.querySelectorAll(".choice")) {
    const inputs = choice.querySelectorAll("input");
    choice.hidden = false;
    if (phone) inputs[1].checked = true;
    choose(choice.parentNode, choice.querySelector("input:checked").value);
    choice.addEventListener("change", event => choose(choice.parentNode, event.target.value));
  }
  for (const tools of document.querySelectorAll(".copy")) {
    const status = tools.parentNode.querySelector("[role=status]");
    tools.hidden = false;
    tools.addEventListener("click", event => {
      const kind = event.target.dataset.copy;
      if (kind) copied(segrepro.data.copies[tools.dataset.table][kind], status);
    });
  }
}
