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
  const list = make("nav", "ph-list");
  const summary = make("summary", "", data.words.pages);
  const menu = make("details", "ph-menu", summary, list);
  list.setAttribute("aria-label", data.words.pages);
  for (const [section, pages] of data.sections) {
    const links = make("ul", "");
    for (const [name, title] of pages) {
      const link = make("a", "", title);
      link.href = name === data.first ? "./" : `./${name}`;
      if (name === data.here) link.setAttribute("aria-current", "page");
      link.onclick = (event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        menu.open = false;
        setTriggerValue("page", name);
      };
      links.append(make("li", "", link));
    }
    list.append(make("h2", "", section), links);
  }
  menu.onkeydown = (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    summary.focus();
  };
  const write = button("ph-write", make("b", "", data.words.write), " ", make("bdi", "", data.text));
  write.onclick = open;
  put(parentElement, "div", "ph", menu, write);
}

// Streamlit keeps the text field in its sidebar, which a phone shows only when it is opened.
async function open() {
  const opener = document.querySelector('[data-testid="stExpandSidebarButton"]');
  /** @type {HTMLElement?} */ (opener)?.click();
  for (let tries = 0; tries < 40; tries++) {
    /** @type {HTMLElement?} */
    const field = document.querySelector('[data-testid="stSidebar"] textarea');
    if (field && field.getBoundingClientRect().right > 0) {
      field.scrollIntoView({ block: "center" });
      field.focus();
      return;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}
