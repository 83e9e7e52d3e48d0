// What a marked term means, shown beside it: on hover, on keyboard focus, on a tap. Its text is the link's title, which
// the browser would show late, small, and never on a phone.
const TERM = 'a[href^="words#w-"]';

function explainTerms() {
  const tip = document.createElement("div");
  tip.id = "bx-tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  /** @type {HTMLElement?} */
  let shown = null;
  let pinned = false;
  let leaving = 0;

  /** @param {EventTarget?} target @returns {HTMLElement?} */
  const termAt = (target) => (target instanceof Element ? target.closest(TERM) : null);
  const hide = () => {
    clearTimeout(leaving);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    pinned = false;
    tip.hidden = true;
  };
  const place = () => {
    if (!shown) return;
    const at = shown.getClientRects()[0];
    if (!at || !shown.isConnected || at.bottom < 0 || at.top > innerHeight) return hide();
    const below = at.bottom + 8 + tip.offsetHeight <= innerHeight;
    tip.style.left = `${Math.max(8, Math.min(at.left, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${below ? at.bottom + 8 : Math.max(8, at.top - 8 - tip.offsetHeight)}px`;
  };
  /** @param {HTMLElement} term */
  const show = (term) => {
    clearTimeout(leaving);
    if (term !== shown) hide();
    if (term.title) {
      term.dataset.says = term.title;
      term.removeAttribute("title");
    }
    // In the app and not beside it: the theme's type and colours are the app's.
    document.querySelector(".stApp")?.append(tip);
    shown = term;
    tip.textContent = term.dataset.says ?? "";
    term.setAttribute("aria-describedby", tip.id);
    tip.hidden = false;
    place();
  };

  addEventListener("pointerover", (event) => {
    const term = termAt(event.target);
    if (term && event.pointerType === "mouse") show(term);
    else if (event.target === tip) clearTimeout(leaving);
  });
  addEventListener("pointerout", (event) => {
    if (event.pointerType !== "mouse" || pinned || (termAt(event.target) !== shown && event.target !== tip)) return;
    clearTimeout(leaving);
    leaving = setTimeout(() => document.activeElement !== shown && hide(), 250);
  });
  addEventListener("focusin", (event) => {
    const term = termAt(event.target);
    if (term?.matches(":focus-visible")) show(term);
    else if (shown && !pinned) hide();
  });
  addEventListener("focusout", (event) => {
    if (!pinned && termAt(event.target) === shown) hide();
  });
  // A tap or a click opens it to stay, and the next one closes it; with a key held it is a link like any other.
  addEventListener(
    "click",
    (event) => {
      const term = termAt(event.target);
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      if (!term) {
        if (event.target !== tip) hide();
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      if (term === shown && pinned) return hide();
      show(term);
      pinned = true;
    },
    true,
  );
  addEventListener("keydown", (event) => event.key === "Escape" && hide());
  addEventListener("scroll", place, true);
  addEventListener("resize", place);
}
