// The language of the page, for screen readers, hyphenation and the choice of Chinese glyphs; and the browser's history.
// data: {language: string}
export default function ({ data }) {
  document.documentElement.lang = data.language;
  window.bxHistory ??= oneEntryForOneGesture();
}

// Streamlit pushes an entry for every message about the address: the bare page that the menu opens, then its parameters,
// then what a second part of the page adds. Back would have to be pressed for each of them. So only the first push after
// the visitor has done something makes an entry; the others complete it.
function oneEntryForOneGesture() {
  const push = history.pushState.bind(history);
  let gesture = false;
  for (const kind of ["pointerdown", "keydown", "click", "change", "input"])
    addEventListener(kind, (event) => (gesture ||= event.isTrusted), true);
  addEventListener("popstate", () => (gesture = false), true);
  history.pushState = (state, title, url) => {
    if (gesture) push(state, title, url);
    else history.replaceState(state, title, url);
    gesture = false;
  };
  return true;
}
