// A long list scrolls inside: after it is drawn again, stay where the visitor was, or go to where the chosen one is.
function inSight(list, scrolled, chosen) {
  list.scrollTop = scrolled;
  const there = list.children[chosen]?.getBoundingClientRect(), view = list.getBoundingClientRect();
  if (there && (there.top < view.top || there.bottom > view.bottom)) list.scrollTop += there.top - view.top - view.height / 2;
}
