// The language of the page, for screen readers, hyphenation and the choice of Chinese glyphs; and what scrolls inside
// the page can be reached and read with the keyboard. data: {language: string}
export default function ({ data }) {
  document.documentElement.lang = data.language;
  if (document.bxWatched) return;
  document.bxWatched = true;
  let soon = 0;
  const later = () => { clearTimeout(soon); soon = setTimeout(reachable, 200); };
  new MutationObserver(later).observe(document.body, { childList: true, subtree: true });
  addEventListener("resize", later);
  later();
}

const SCROLLS = /auto|scroll/;

// Tables, texts and lists of the page that are larger than their place: a stop for Tab, named by the heading above.
function reachable() {
  const headings = [...document.querySelectorAll(".stMain :is(h1, h2, h3)")];
  for (const box of document.querySelectorAll(".stHtml :is(div, ol, ul, section), .stMarkdown :is(pre, table), .stCode pre")) {
    const over = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
    const style = over && getComputedStyle(box), scrolls = over && SCROLLS.test(style.overflowX + style.overflowY);
    if (!scrolls || box.tabIndex === 0) continue;
    box.tabIndex = 0;
    if (!box.hasAttribute("role") && ["DIV", "PRE", "SECTION"].includes(box.tagName)) box.setAttribute("role", "region");
    if (box.hasAttribute("aria-label")) continue;
    const above = headings.filter((h) => h.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING).pop();
    if (above) box.setAttribute("aria-label", above.textContent.trim());
  }
}
