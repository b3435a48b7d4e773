// Sorting on demand: every sortable header becomes a button. Without script the tables read as they are.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const original = [...body.rows];
  for (const header of table.querySelectorAll("th[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      // Languages start at A, numbers at the largest; the next click turns round, the third restores.
      const steps = header.dataset.sort === "text" ? ["ascending", "descending", ""] : ["descending", "ascending", ""];
      const next = steps[(steps.indexOf(header.getAttribute("aria-sort") ?? "") + 1) % 3];
      table.querySelectorAll("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
      if (next) header.setAttribute("aria-sort", next);
      const column = header.cellIndex;
      const value = (row) => row.cells[column].dataset.value ?? "";
      const compare = header.dataset.sort === "text"
        ? (a, b) => value(a).localeCompare(value(b), "en")
        : (a, b) => Number(value(a)) - Number(value(b));
      const sign = next === "descending" ? -1 : 1;
      body.append(...(next ? [...original].sort((a, b) => sign * compare(a, b)) : original));
    });
  }
}
