// What a page is easier to use with. Without scripts everything stands there all the same.
const narrow = () => window.innerWidth < 1100;
const contents = document.querySelector("details.contents");
if (contents && narrow()) contents.open = false;

// A region is a stop for the keyboard only where it scrolls.
const watch = new ResizeObserver((changes) => changes.forEach(({ target }) => {
  const scrolls = target.scrollWidth > target.clientWidth + 1 || target.scrollHeight > target.clientHeight + 1;
  if (scrolls) target.tabIndex = 0;
  else if (target.clientWidth && document.activeElement !== target) target.removeAttribute("tabindex");
}));
document.querySelectorAll(".scroll, pre").forEach((region) => watch.observe(region));

// Long tables can be narrowed to rows that hold some words, and sorted by a column.
const number = (text) => {
  const found = text.replace(/[,£%]/g, "").replace("\u2212", "-").match(/^-?\d+(\.\d+)?/);
  return found ? Number(found[0]) : NaN;
};
const order = (a, b) => {
  const [x, y] = [number(a), number(b)];
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return Number.isNaN(x) ? a.localeCompare(b) : x - y;
};
for (const table of document.querySelectorAll("main table")) {
  const rows = [...table.tBodies[0].rows];
  if (rows.length < 12 || !table.tHead) continue;
  const label = document.createElement("label");
  const box = document.createElement("input");
  const told = document.createElement("span");
  box.type = "search";
  told.setAttribute("role", "status");
  label.append("Rows with ", box, " ", told);
  label.className = "narrow";
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/);
    const left = rows.filter((row) => !(row.hidden = !words.every((w) => row.textContent.toLowerCase().includes(w))));
    told.textContent = box.value ? `${left.length} of ${rows.length}` : "";
  });
  table.closest(".scroll").before(label);
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      rows.sort((a, b) => (down ? -1 : 1) * order(a.cells[column].textContent, b.cells[column].textContent));
      table.tBodies[0].append(...rows);
    });
  });
}
