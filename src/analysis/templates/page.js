// What a page is easier to use with. Without scripts everything stands there all the same.
const narrow = () => window.innerWidth < 1100;
for (const list of document.querySelectorAll("details.contents")) {
  if (narrow()) list.open = false;
  window.addEventListener("beforeprint", () => { list.open = true; });
}

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
const field = (name, box, told = "") => {
  const label = document.createElement("label");
  label.append(name, " ", box, " ", told);
  return label;
};
const search = (status) => {
  const box = document.createElement("input");
  box.type = "search";
  status.setAttribute("role", "status");
  return box;
};
// All words of one of the parts that commas divide: "south west, dorset" finds a region and a county besides.
const holds = (row, words) => {
  const text = row.textContent.toLowerCase();
  const parts = words.toLowerCase().split(",").map((part) => part.trim()).filter(Boolean);
  return !parts.length || parts.some((part) => part.split(/\s+/).every((word) => text.includes(word)));
};
for (const table of document.querySelectorAll("main table")) {
  const rows = [...table.tBodies[0].rows];
  if (rows.length < 20 || !table.tHead) continue;
  const told = document.createElement("span");
  const box = search(told);
  const label = field("Rows with", box, told);
  label.className = "narrow";
  box.addEventListener("input", () => {
    const left = rows.filter((row) => !(row.hidden = !holds(row, box.value)));
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

// A long list of cards can be narrowed to words, and by what each card is; what is left can be taken away as CSV.
const columns = (card) => {
  const text = (what) => card.querySelector(what)?.textContent ?? "";
  const kinds = [...card.querySelectorAll(".place b")].map((e) => e.textContent);
  const place = card.querySelector(".place").lastChild.textContent.replace(/^, /, "");
  return [text("blockquote"), text(".verdict"), text("blockquote + p"), text("details p"), place, ...kinds];
};
const csv = (rows) => rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join()).join("\r\n");
for (const list of document.querySelectorAll(".cards")) {
  const cards = [...list.children];
  if (cards.length < 12) continue;
  const names = list.dataset.columns.split(";");
  const own = new Map(cards.map((card) => [card, columns(card)]));
  const told = document.createElement("span");
  const box = search(told);
  const tools = document.createElement("div");
  tools.className = "narrow";
  tools.append(field("Cards with", box));
  const chosen = [];
  names.forEach((name, column) => {
    const number = new Map();
    for (const row of own.values()) number.set(row[column], (number.get(row[column]) ?? 0) + 1);
    if ((column !== 1 && column < 5) || number.size < 2) return;
    const select = document.createElement("select");
    select.append(new Option("All", ""));
    for (const [kind, n] of [...number].sort()) select.append(new Option(`${kind} (${n})`, kind));
    tools.append(field(name, select));
    chosen.push([select, column]);
  });
  const fits = (card) => holds(card, box.value) && chosen.every(([s, n]) => !s.value || own.get(card)[n] === s.value);
  tools.addEventListener("input", () => {
    const left = cards.filter((card) => !(card.hidden = !fits(card)));
    told.textContent = left.length < cards.length ? `${left.length} of ${cards.length}` : "";
  });
  const take = document.createElement("button");
  take.textContent = "Download these as CSV";
  take.addEventListener("click", () => {
    const file = new Blob(["\ufeff", csv([names, ...cards.filter(fits).map(columns)])], { type: "text/csv" });
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: "cards.csv" });
    link.click();
  });
  tools.append(told, " ", take);
  list.before(tools);
}
