// The matrix in another unit, or beside a baseline. Without script it shows tokens per sentence.
{
  const section = document.getElementById("matrix");
  const form = section.querySelector("form");
  const table = section.querySelector("table");
  const data = JSON.parse(document.getElementById("matrix-data").textContent);
  const rows = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll(".cell")]);
  const note = document.getElementById("matrix-note");
  const caption = table.caption;

  const decimal = (value, digits) =>
    value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const inUnit = (unit, value) => unit.isShare ? `${decimal(100 * value, unit.digits)}%` : decimal(value, unit.digits);
  const change = (ratio) => {
    const text = decimal(100 * (ratio - 1), 1);
    return `${text.startsWith("-") ? text.replace("-", "\u2212") : `+${text}`}%`.replace(/^[+\u2212]0\.0%$/, "0.0%");
  };

  const element = (tag, name, ...content) => {
    const made = document.createElement(tag);
    made.className = name;
    made.append(...content);
    return made;
  };

  // The tokenizers that are best in a row, of those that lose no text.
  const bestOf = (unit, figures) => {
    const values = figures.map((figure, place) => figure && data.ranked[place] ? figure[0] : NaN);
    const known = values.filter((value) => !Number.isNaN(value));
    const best = unit.best === "least" ? Math.min(...known) : Math.max(...known);
    return values.map((value) => unit.best !== "" && value === best);
  };

  const fill = (cell, unit, row, place, figures, isBest, base, withIntervals) => {
    const figure = figures[place];
    cell.replaceChildren();
    cell.classList.remove("pale");
    cell.dataset.value = "";
    if (!figure || (base !== null && !(figures[base]?.[0] > 0))) {
      cell.append("\u2013");
      return;
    }
    const value = base === null ? figure[0] : figure[0] / figures[base][0];
    cell.dataset.value = value;
    let shown = document.createTextNode(base === null ? inUnit(unit, value) : change(value));
    if (isBest) {
      shown = element("span", "best", shown, element("span", "hidden", " (best)"));
    } else if (unit.fromTokens && data.level[row][place]) {
      shown = element("span", "level", shown, element("span", "hidden", " (may be as good)"));
    }
    cell.append(shown);
    if (base === null) {
      if (withIntervals && figure.length === 3) {
        cell.append(" ", element("small", "between", `${inUnit(unit, figure[1])}\u2013${inUnit(unit, figure[2])}`));
      }
    } else if (unit.fromTokens && place !== base && data.sure[data.names[base]][row][place] === false) {
      cell.classList.add("pale");
      cell.append(element("span", "hidden", " (may be chance)"));
    }
  };

  const show = () => {
    const unit = data.units[form.elements.unit.value];
    const base = form.elements.baseline.value === "" ? null : data.names.indexOf(form.elements.baseline.value);
    const withIntervals = form.elements.intervals?.checked ?? false;
    table.restore();
    rows.forEach((cells, row) => {
      const best = bestOf(unit, unit.values[row]);
      cells.forEach((cell, place) => fill(cell, unit, row, place, unit.values[row], best[place], base, withIntervals));
    });
    // Its means are of tokens per sentence.
    table.tFoot.hidden = unit !== data.units[0] || base !== null;
    const beside = base === null ? "" : `, beside ${data.names[base]}`;
    caption.textContent = `${unit.label}${beside}, by language and tokenizer`;
    const chance = base === null ? "" : unit.fromTokens
      ? "; pale where the difference may be chance" : "; whether a difference is more than chance was not tested";
    note.textContent = `${unit.label}${beside}: ${unit.definition}${chance}.`;
  };

  form.hidden = false;
  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  // A browser that remembers the choice of an earlier visit shows it.
  if (form.elements.unit.value !== "0" || form.elements.baseline.value !== "" || form.elements.intervals?.checked) show();
}
