// Sorting on demand: every sortable header becomes a button. Without script the tables read as they are.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const original = [...body.rows];
  const headers = [...table.querySelectorAll("th[data-sort]")];
  // Other scripts call it when they put other numbers into the cells.
  table.restore = () => {
    headers.forEach((header) => header.removeAttribute("aria-sort"));
    body.append(...original);
  };
  for (const header of headers) {
    const isText = header.dataset.sort === "text";
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      // Languages start at A, numbers at the largest; the next click turns round, the third restores.
      const steps = isText ? ["ascending", "descending", ""] : ["descending", "ascending", ""];
      const next = steps[(steps.indexOf(header.getAttribute("aria-sort") ?? "") + 1) % 3];
      table.restore();
      if (!next) return;
      header.setAttribute("aria-sort", next);
      const value = (row) => row.cells[header.cellIndex].dataset.value ?? "";
      const sign = next === "descending" ? -1 : 1;
      // An empty cell is no zero: it comes last, whichever way round.
      const compare = (one, other) => one === "" || other === ""
        ? (one === "") - (other === "")
        : sign * (isText ? one.localeCompare(other, "en") : Number(one) - Number(other));
      body.append(...[...original].sort((one, other) => compare(value(one), value(other))));
    });
  }
}
