// All pages and the way to the text, for a narrow screen.
// data: {sections: [[section, [[name, title]]]], here, first, text, words: {pages, write}}
const narrow = matchMedia("(max-width: 768px)"); // where Streamlit folds its menu

export default function (component) {
  narrow.onchange = () => draw(component);
  draw(component);
}

function draw({ data, parentElement, setTriggerValue }) {
  parentElement.querySelector(".ph")?.remove();
  if (!narrow.matches) return;
  const make = (tag, cls, text) => Object.assign(document.createElement(tag), { className: cls, textContent: text ?? "" });
  const bar = make("div", "ph"), menu = make("details", "ph-menu"), list = make("nav", "ph-list");
  menu.append(make("summary", "", data.words.pages), list);
  list.setAttribute("aria-label", data.words.pages);
  for (const [section, pages] of data.sections) {
    const links = make("ul", "");
    for (const [name, title] of pages) {
      const link = make("a", "", title), item = make("li", "");
      link.href = name === data.first ? "./" : `./${name}`;
      if (name === data.here) link.setAttribute("aria-current", "page");
      link.onclick = (event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        menu.open = false;
        setTriggerValue("page", name);
      };
      item.append(link);
      links.append(item);
    }
    list.append(make("h2", "", section), links);
  }
  menu.onkeydown = (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  };
  const write = make("button", "ph-write"), said = make("bdi", "", data.text);
  write.type = "button";
  write.append(make("b", "", data.words.write), " ", said);
  write.onclick = open;
  bar.append(menu, write);
  parentElement.append(bar);
}

// Streamlit keeps the text field in its sidebar, which a phone shows only when it is opened.
async function open() {
  document.querySelector('[data-testid="stExpandSidebarButton"]')?.click();
  for (let tries = 0; tries < 40; tries++) {
    const field = document.querySelector('[data-testid="stSidebar"] textarea');
    if (field && field.getBoundingClientRect().right > 0) {
      field.scrollIntoView({ block: "center" });
      field.focus();
      return;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}
