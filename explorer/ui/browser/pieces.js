// The sentence as word pieces; a click, or Enter on the focused one, chooses a piece.
// data: {tokens: [string], kinds: ["A" | "B" | "special"], chosen: int, label: string}
// Several at once: {several: [int], hidden: string} in place of chosen; those pieces show `hidden` and their own word.
export default function ({ data, parentElement, setTriggerValue }) {
  let list = parentElement.querySelector(".pieces");
  if (!list) {
    list = document.createElement("div");
    list.className = "pieces";
    list.setAttribute("role", "listbox");
    parentElement.appendChild(list);
  }
  list.setAttribute("aria-label", data.label);
  // What was chosen here and the server does not know yet stays as it is.
  if (answered(parentElement, data.seen)) Object.assign(list, { chosen: data.chosen, several: data.several });
  let several = list.several && [...list.several];
  list.setAttribute("aria-multiselectable", String(Boolean(several)));
  const toggle = (index) => {
    several = several.includes(index) ? several.filter((i) => i !== index) : [...several, index].sort((a, b) => a - b);
    list.children[index].setAttribute("aria-selected", String(several.includes(index)));
    list.several = several;
    choose(parentElement, setTriggerValue, several, "several");
  };
  const pick = (index) => {
    if (several) return toggle(index);
    [...list.children].forEach((child, i) => {
      child.setAttribute("aria-selected", String(i === index));
      child.tabIndex = i === index ? 0 : -1;
    });
    list.chosen = index;
    choose(parentElement, setTriggerValue, index);
  };
  const scrolled = list.scrollTop;
  list.replaceChildren(
    ...data.tokens.map((token, index) => {
      const piece = document.createElement("button");
      piece.type = "button";
      piece.className = `piece ${data.kinds[index]}`;
      piece.setAttribute("role", "option");
      piece.setAttribute("aria-selected", String(several ? several.includes(index) : index === list.chosen));
      piece.tabIndex = index === (list.chosen ?? 0) || several ? 0 : -1;
      const word = document.createElement("bdi");
      word.textContent = token; // text of a visitor: never as HTML
      piece.append(word);
      if (several) piece.prepend(Object.assign(document.createElement("b"), { textContent: data.hidden }));
      piece.disabled = Boolean(several) && data.kinds[index] === "special";
      piece.onclick = () => pick(index);
      return piece;
    }),
  );
  inSight(list, scrolled, list.chosen);
  list.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const now = [...list.children].indexOf(parentElement.activeElement ?? event.target);
    const next = list.children[Math.min(Math.max(now + step, 0), list.children.length - 1)];
    next.focus();
  };
}
