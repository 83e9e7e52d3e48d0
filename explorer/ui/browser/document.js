// The language of the page, for screen readers, hyphenation and the choice of Chinese glyphs; and what scrolls inside
// the page can be reached and read with the keyboard; the section in the menu that is open is marked; the browser's
// history; and the terms that a page explains (terms.js). data: {language: string, section: string}
export default function ({ data }) {
  document.documentElement.lang = data.language;
  document.bxSection = data.section;
  here();
  window.bxHistory ??= oneEntryForOneGesture();
  if (document.bxWatched) return;
  document.bxWatched = true;
  explainTerms();
  let soon = 0;
  const later = () => {
    clearTimeout(soon);
    soon = setTimeout(() => {
      here();
      reachable();
    }, 200);
  };
  new MutationObserver(later).observe(document.body, { childList: true, subtree: true });
  addEventListener("resize", later);
  later();
}

// Streamlit's menu says in which list the open page is only when that list is open.
function here() {
  for (const button of document.querySelectorAll('[data-testid="stTopNavSection"]')) {
    const open = button.textContent?.trim() === document.bxSection;
    if (open) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

const SCROLLS = /auto|scroll/;
const BOXES = ".stHtml :is(div, ol, ul, section), .stMarkdown :is(pre, table), .stCode pre";

// Tables, texts and lists of the page that are larger than their place: a stop for Tab, named by the heading above.
function reachable() {
  const headings = [...document.querySelectorAll(".stMain :is(h1, h2, h3)")];
  /** @type {NodeListOf<HTMLElement>} */
  const boxes = document.querySelectorAll(BOXES);
  for (const box of boxes) {
    const over = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
    if (!over || box.tabIndex === 0) continue;
    const style = getComputedStyle(box);
    if (!SCROLLS.test(style.overflowX + style.overflowY)) continue;
    box.tabIndex = 0;
    if (!box.hasAttribute("role") && ["DIV", "PRE", "SECTION"].includes(box.tagName))
      box.setAttribute("role", "region");
    if (box.hasAttribute("aria-label")) continue;
    const above = headings.filter((h) => h.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING).pop();
    if (above) box.setAttribute("aria-label", above.textContent.trim());
  }
}

// Streamlit pushes an entry for every message about the address: the bare page that the menu opens, then its
// parameters, then what a second part of the page adds. Back would have to be pressed for each of them. So only the
// first push after the visitor has done something makes an entry; the others complete it.
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
