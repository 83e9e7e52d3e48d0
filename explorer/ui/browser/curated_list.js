// Models as rows to choose from.
// data: {rows: [[id, title, what, millions, cost, here, masks]], chosen, label, most, hereWord, masksWord}
function build(parent) {
  const list = put(parent, "div", "shelf");
  list.setAttribute("role", "listbox");
  return { list, chosen: null };
}

export default function ({ data, parentElement, setTriggerValue }) {
  const view = kept(parentElement, build);
  view.list.setAttribute("aria-label", data.label);
  const mark = (id) => {
    view.chosen = id;
    select(
      rows,
      data.rows.findIndex((row) => row[0] === id),
    );
  };
  const rows = data.rows.map(([id, title, what, millions, cost, here, masks]) => {
    const bar = make("span", "shelf-bar");
    bar.style.setProperty("--share", `${Math.max(0.6, (100 * millions) / data.most)}%`);
    const name = make("span", "shelf-name", title);
    if (masks) put(name, "i", "", data.masksWord);
    if (here) put(name, "em", "", data.hereWord);
    const row = button("shelf-row", name, make("span", "shelf-what", what), bar, make("span", "shelf-cost", cost));
    row.dataset.id = id;
    row.setAttribute("role", "option");
    row.onclick = () => {
      mark(id);
      choose(parentElement, setTriggerValue, id);
    };
    return row;
  });
  view.list.replaceChildren(...rows);
  mark(answered(parentElement, data.seen) ? data.chosen : view.chosen);
  roving(view.list, rows);
}
