// All pages as small pictures, by section.
// data: {sections: [[section, [{name, title, asks, picture}]]], first}
export default function ({ data, parentElement, setTriggerValue }) {
  parentElement.querySelector(".ar")?.remove();
  const parts = data.sections.map(([section, cards]) => {
    const list = make("ul", "");
    for (const card of cards) {
      const picture = make("span", "ar-picture");
      picture.innerHTML = card.picture; // a file of the app
      picture.setAttribute("aria-hidden", "true");
      const link = make("a", "", picture, make("b", "", card.title), make("span", "ar-asks", card.asks));
      link.href = card.name === data.first ? "./" : `./${card.name}`;
      link.onclick = (event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        setTriggerValue("page", card.name);
      };
      list.append(make("li", "", link));
    }
    return make("section", "", make("h2", "", section), list);
  });
  put(parentElement, "div", "ar", ...parts);
}
