// The sentence as word pieces; a click, or Enter on the focused one, chooses a piece.
// data: {tokens: [string], kinds: ["A" | "B" | "special"], chosen: int, label: string}
export default function ({ data, parentElement, setStateValue }) {
  let list = parentElement.querySelector(".pieces");
  if (!list) {
    list = document.createElement("div");
    list.className = "pieces";
    list.setAttribute("role", "listbox");
    parentElement.appendChild(list);
  }
  list.setAttribute("aria-label", data.label);
  const choose = (index) => {
    [...list.children].forEach((child, i) => {
      child.setAttribute("aria-selected", String(i === index));
      child.tabIndex = i === index ? 0 : -1;
    });
    setStateValue("chosen", index);
  };
  list.replaceChildren(
    ...data.tokens.map((token, index) => {
      const piece = document.createElement("button");
      piece.type = "button";
      piece.className = `piece ${data.kinds[index]}`;
      piece.setAttribute("role", "option");
      piece.setAttribute("aria-selected", String(index === data.chosen));
      piece.tabIndex = index === data.chosen ? 0 : -1;
      const word = document.createElement("bdi");
      word.textContent = token; // text of a visitor: never as HTML
      piece.append(word);
      piece.onclick = () => choose(index);
      return piece;
    }),
  );
  list.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const now = [...list.children].indexOf(parentElement.activeElement ?? event.target);
    const next = list.children[Math.min(Math.max(now + step, 0), list.children.length - 1)];
    next.focus();
  };
}
