// A list of numbered titles, or on a phone a box that opens; one is chosen. data: {titles: [string], chosen: int, breaks: [int], label}
export default function ({ data, parentElement, setTriggerValue }) {
  let list = parentElement.querySelector(".ch");
  if (!list) {
    list = document.createElement("div");
    list.className = "ch";
    list.setAttribute("role", "listbox");
    const box = Object.assign(document.createElement("div"), { className: "ch-box" }), label = document.createElement("label");
    label.append("", document.createElement("select"));
    box.append(list, label);
    parentElement.append(box);
  }
  const label = parentElement.querySelector("label"), select = label.querySelector("select");
  label.firstChild.data = data.label;
  select.replaceChildren(...data.titles.map((title, index) => new Option(`${index + 1}. ${title}`, index)));
  select.onchange = () => { mark(+select.value); choose(parentElement, setTriggerValue, +select.value); };
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
    select.value = index;
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
