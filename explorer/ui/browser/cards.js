// Tokens as cards. data: {cards: [[token, id, segment, characters, kind]], chosen, label, words: [4], full: [places, text]}
export default function ({ data, parentElement, setTriggerValue }) {
  const make = (tag, cls, text) => Object.assign(document.createElement(tag), { className: cls, textContent: text ?? "" });
  let box = parentElement.querySelector(".cards");
  if (!box) {
    box = make("div", "cards");
    const list = make("div", "cards-list"), full = make("div", "cards-full");
    list.setAttribute("role", "listbox");
    full.append(make("div", "cards-bar"), make("span", "cards-places"));
    box.append(list, full);
    parentElement.append(box);
  }
  const list = box.querySelector(".cards-list"), [wordId, wordSegment, wordPosition, wordCharacters] = data.words;
  list.setAttribute("aria-label", data.label);
  const mark = (index) => {
    list.chosen = index;
    [...list.children].forEach((card, i) => {
      card.setAttribute("aria-selected", String(i === index));
      card.tabIndex = i === index ? 0 : -1;
    });
  };
  const scrolled = list.scrollTop;
  list.replaceChildren(
    ...data.cards.map(([token, id, segment, characters, kind], index) => {
      const card = make("button", `card ${kind}`);
      card.type = "button";
      card.setAttribute("role", "option");
      const piece = make("bdi", "card-piece", token); // text of a visitor: never as HTML
      if (token === "[UNK]") card.classList.add("unknown");
      const facts = make("dl", "");
      [[wordId, id], [wordPosition, index], [wordSegment, segment], [wordCharacters, kind === "special" ? "–" : characters]]
        .forEach(([name, value]) => facts.append(make("dt", "", name), make("dd", "", String(value))));
      card.append(piece, facts);
      card.onclick = () => { mark(index); choose(parentElement, setTriggerValue, index); };
      return card;
    }),
  );
  mark(answered(parentElement, data.seen) ? data.chosen : list.chosen);
  inSight(list, scrolled, list.chosen);
  list.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const now = [...list.children].indexOf(event.target.closest(".card"));
    list.children[Math.min(Math.max(now + step, 0), list.children.length - 1)].focus();
  };
  const [places, text] = data.full;
  box.querySelector(".cards-bar").style.setProperty("--share", `${(100 * data.cards.length) / places}%`);
  box.querySelector(".cards-places").textContent = text;
}
