// The sentence as word pieces; a click, or Enter on the focused one, chooses a piece.
// data: {tokens: [string], kinds: ["A" | "B" | "special"], chosen: int, label: string}
// Several at once: {several: [int], hidden: string, covered: bool} in place of chosen; those pieces show `hidden` and,
// unless covered, their own word.
function build(parent) {
  const list = put(parent, "div", "pieces");
  list.setAttribute("role", "listbox");
  return { list, chosen: -1, several: /** @type {number[]?} */ (null) };
}

export default function ({ data, parentElement, setTriggerValue }) {
  const view = kept(parentElement, build);
  const { list } = view;
  list.setAttribute("aria-label", data.label);
  // What was chosen here and the server does not know yet stays as it is.
  if (answered(parentElement, data.seen)) {
    view.chosen = data.chosen ?? -1;
    view.several = data.several ?? null;
  }
  list.setAttribute("aria-multiselectable", String(Boolean(view.several)));
  list.classList.toggle("covered", Boolean(data.covered));
  const toggle = (several, index) => {
    const on = !several.includes(index);
    view.several = on ? [...several, index].sort((a, b) => a - b) : several.filter((i) => i !== index);
    pieces[index].setAttribute("aria-selected", String(on));
    choose(parentElement, setTriggerValue, view.several, "several");
  };
  const pick = (index) => {
    view.chosen = index;
    select(pieces, index);
    choose(parentElement, setTriggerValue, index);
  };
  const pieces = data.tokens.map((token, index) => {
    const piece = button(`piece ${data.kinds[index]}`, make("bdi", "", token));
    piece.setAttribute("role", "option");
    if (view.several) {
      piece.prepend(make("b", "", data.hidden));
      piece.setAttribute("aria-selected", String(view.several.includes(index)));
      piece.disabled = data.kinds[index] === "special";
    }
    piece.onclick = () => (view.several ? toggle(view.several, index) : pick(index));
    return piece;
  });
  const scrolled = list.scrollTop;
  list.replaceChildren(...pieces);
  if (!view.several) select(pieces, view.chosen);
  inSight(list, scrolled, view.chosen);
  roving(list, pieces);
}
