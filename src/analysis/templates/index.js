// Narrows the list of areas to those whose name holds what is typed. Without scripts the box stays hidden
// and the whole list stands there.
const box = document.getElementById("name");
if (box) {
  const rows = [...document.querySelectorAll(".areas li")];
  const plain = (text) => text.normalize("NFKD").toLowerCase().replace(/[^a-z0-9 ]/g, "");
  const narrow = () => {
    const wanted = plain(box.value).trim();
    const left = rows.filter((row) => !(row.hidden = !plain(row.textContent).includes(wanted)));
    document.getElementById("found").textContent = wanted ? `${left.length} of ${rows.length}` : "";
    return left;
  };
  box.addEventListener("input", narrow);
  box.addEventListener("keydown", (event) => {
    const [first] = narrow();
    if (event.key === "Enter" && first) first.querySelector("a").click();
  });
  document.getElementById("search").hidden = false;
}
