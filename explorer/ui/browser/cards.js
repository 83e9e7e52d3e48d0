// Tokens as cards. data: {cards: [[token, id, segment, characters, kind]], chosen, label, words: [4], pair,
// full: [places, text]}
function build(parent) {
  const box = put(parent, "div", "cards");
  const list = put(box, "div", "cards-list");
  const full = put(box, "div", "cards-full");
  list.setAttribute("role", "listbox");
  return { list, bar: put(full, "div", "cards-bar"), places: put(full, "span", "cards-places"), chosen: 0 };
}

export default function ({ data, parentElement, setTriggerValue }) {
  const view = kept(parentElement, build);
  const { list } = view;
  const [wordId, wordSegment, wordPosition, wordCharacters] = data.words;
  list.setAttribute("aria-label", data.label);
  const mark = (index) => {
    view.chosen = index;
    select(cards, index);
  };
  const cards = data.cards.map(([token, id, segment, characters, kind], index) => {
    // Shown: what tells one card from another. The rest is told on hover, and stands in the table.
    const all = [
      [wordId, id],
      [wordPosition, index],
      [wordSegment, segment],
      [wordCharacters, kind === "special" ? "–" : characters],
    ];
    const facts = all
      .filter(([name]) => name === wordId || (data.pair && name === wordSegment))
      .flatMap(([name, value]) => [make("dt", "", name), make("dd", "", String(value))]);
    const card = button(`card ${kind}`, make("bdi", "card-piece", token), make("dl", "", ...facts));
    card.setAttribute("role", "option");
    card.title = all.map(([name, value]) => `${name} ${value}`).join(" · ");
    if (token === "[UNK]") card.classList.add("unknown");
    card.onclick = () => {
      mark(index);
      choose(parentElement, setTriggerValue, index);
    };
    return card;
  });
  const scrolled = list.scrollTop;
  list.replaceChildren(...cards);
  mark(answered(parentElement, data.seen) ? data.chosen : view.chosen);
  inSight(list, scrolled, view.chosen);
  roving(list, cards);
  const [places, text] = data.full;
  view.bar.style.setProperty("--share", `${(100 * data.cards.length) / places}%`);
  view.places.textContent = text;
}
