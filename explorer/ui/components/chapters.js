// A list of numbered titles; one is chosen. data: {titles: [string], chosen: int, breaks: [int], label}
export default function ({ data, parentElement, setTriggerValue }) {
  let list = parentElement.querySelector(".ch");
  if (!list) {
    list = document.createElement("div");
    list.className = "ch";
    list.setAttribute("role", "listbox");
    parentElement.append(list);
  }
  list.setAttribute("aria-label", data.label);
  const buttons = data.titles.map((title, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("role", "option");
    for (const text of [String(index + 1), title]) button.append(Object.assign(document.createElement("span"), { textContent: text }));
    button.onclick = () => { mark(index); choose(parentElement, setTriggerValue, index); };
    return button;
  });
  const mark = (index) => {
    list.chosen = index;
    buttons.forEach((button, i) => {
      button.setAttribute("aria-selected", String(i === index));
      button.tabIndex = i === index ? 0 : -1;
    });
    // On a phone the titles are one line that scrolls: the chosen one is brought into it, without moving the page.
    const place = buttons[index];
    list.scrollLeft = place.offsetLeft - list.offsetLeft - (list.clientWidth - place.clientWidth) / 2;
  };
  list.replaceChildren(...buttons.flatMap((button, index) => {
    const gap = Object.assign(document.createElement("div"), { className: "gap" });
    gap.setAttribute("role", "presentation");
    return data.breaks.includes(index) ? [gap, button] : [button];
  }));
  mark(answered(parentElement, data.seen) ? data.chosen : list.chosen);
  list.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const now = buttons.indexOf(event.target.closest("button"));
    buttons[Math.min(Math.max(now + step, 0), buttons.length - 1)].focus();
  };
}
