// A list of numbered titles, or on a phone a box that opens; one is chosen.
// data: {titles: [string], chosen: int, breaks: [int], label}
function build(parent) {
  const box = put(parent, "div", "ch-box");
  const list = put(box, "div", "ch");
  list.setAttribute("role", "listbox");
  const name = new Text();
  return { list, name, box: put(put(box, "label", "", name), "select"), chosen: 0 };
}

export default function ({ data, parentElement, setTriggerValue }) {
  const view = kept(parentElement, build);
  view.name.data = data.label;
  view.list.setAttribute("aria-label", data.label);
  view.box.replaceChildren(...data.titles.map((title, index) => new Option(`${index + 1}. ${title}`, index)));
  const titles = data.titles.map((title, index) => {
    const made = button("", make("span", "", String(index + 1)), make("span", "", title));
    made.setAttribute("role", "option");
    made.onclick = () => pick(index);
    return made;
  });
  const mark = (index) => {
    view.chosen = index;
    view.box.value = String(index);
    select(titles, index);
  };
  const pick = (index) => {
    mark(index);
    choose(parentElement, setTriggerValue, index);
  };
  view.box.onchange = () => pick(+view.box.value);
  const rows = titles.flatMap((made, index) => {
    if (!data.breaks.includes(index)) return [made];
    const gap = make("div", "gap");
    gap.setAttribute("role", "presentation");
    return [gap, made];
  });
  view.list.replaceChildren(...rows);
  mark(answered(parentElement, data.seen) ? data.chosen : view.chosen);
  roving(view.list, titles);
}
