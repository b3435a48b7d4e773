// The calculator of cost and context: its numbers become fields. Without script it shows the figures of the page.
{
  const section = document.getElementById("cost");
  const table = section.querySelector(".costs");
  const data = JSON.parse(document.getElementById("cost-data").textContent);
  const rows = [...table.tBodies[0].rows];
  const fields = {};

  const field = (span, label, step) => {
    const input = document.createElement("input");
    input.type = "number";
    input.min = 0;
    input.step = step;
    input.value = span.textContent.replaceAll(",", "");
    input.setAttribute("aria-label", label);
    span.replaceWith(input);
    input.addEventListener("input", () => calculate());
    return input;
  };
  const number = (input) => input.value.trim() === "" || !(Number(input.value) >= 0) ? NaN : Number(input.value);
  const decimal = (value, digits) =>
    value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });

  const put = (cell, value, words) => {
    cell.dataset.value = Number.isFinite(value) ? value : "";
    cell.textContent = Number.isFinite(value) ? words : "\u2013";
  };

  const calculate = () => {
    const [read, written, window] = ["read", "written", "window"].map((name) => number(fields[name]));
    table.restore();
    rows.forEach((row, language) => {
      for (const cell of row.querySelectorAll("[data-cost]")) {
        const perWord = data.perWord[language][cell.dataset.cost] ?? NaN;
        const [input, output] = fields.prices[cell.dataset.cost].map(number);
        const dollars = perWord * (read * input + written * output) / 1e6;
        put(cell, dollars, `$${decimal(dollars, 2)}`);
        const fits = perWord > 0 ? window / perWord : NaN;
        put(row.querySelector(`[data-fits="${cell.dataset.cost}"]`), fits, decimal(fits, 0));
      }
    });
  };

  const names = { read: "Words read", written: "Words written", window: "Tokens of the context window" };
  for (const [name, label] of Object.entries(names)) fields[name] = field(section.querySelector(`[data-setting=${name}]`), label, 1);
  fields.prices = [...section.querySelectorAll(".prices tbody tr")].map((row) =>
    [...row.querySelectorAll("[data-price]")].map((span) =>
      field(span, `Price of ${row.cells[0].textContent.trim()}, ${span.dataset.price}`, "any")));
  section.querySelector(".needs-script").hidden = false;
}
