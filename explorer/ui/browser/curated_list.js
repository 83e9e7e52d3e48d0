// Models as rows to choose from. data: {rows: [[id, title, what, millions, cost, here]], chosen, label, most, hereWord}
export default function ({ data, parentElement, setTriggerValue }) {
  const make = (tag, cls, text) => Object.assign(document.createElement(tag), { className: cls, textContent: text ?? "" });
  let box = parentElement.querySelector(".shelf");
  if (!box) {
    box = make("div", "shelf");
    box.setAttribute("role", "listbox");
    parentElement.append(box);
  }
  box.setAttribute("aria-label", data.label);
  const mark = (id) => {
    box.chosen = id;
    [...box.children].forEach((row, i) => {
      const on = row.dataset.id === id;
      row.setAttribute("aria-selected", String(on));
      row.tabIndex = on || (i === 0 && !data.rows.some((r) => r[0] === id)) ? 0 : -1;
    });
  };
  box.replaceChildren(
    ...data.rows.map(([id, title, what, millions, cost, here]) => {
      const row = make("button", "shelf-row");
      row.type = "button";
      row.dataset.id = id;
      row.setAttribute("role", "option");
      const bar = make("span", "shelf-bar"), name = make("span", "shelf-name", title);
      bar.style.setProperty("--share", `${Math.max(0.6, (100 * millions) / data.most)}%`);
      if (here) name.append(make("em", "", data.hereWord));
      row.append(name, make("span", "shelf-what", what), bar, make("span", "shelf-cost", cost));
      row.onclick = () => { mark(id); choose(parentElement, setTriggerValue, id); };
      return row;
    }),
  );
  mark(answered(parentElement, data.seen) ? data.chosen : box.chosen);
  box.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const now = [...box.children].indexOf(event.target.closest(".shelf-row"));
    box.children[Math.min(Math.max(now + step, 0), box.children.length - 1)].focus();
  };
}
