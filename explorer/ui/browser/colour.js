// A colour of the house as [red, green, blue], read from a probe element that stands in the component (m.probe).
// The probe's own transition tells of a change of theme, so it is off while we read.
function colour(m, name) {
  m.probe.style.transition = "none";
  m.probe.style.color = `var(--bx-${name})`;
  const c = getComputedStyle(m.probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  m.probe.style.color = "";
  void getComputedStyle(m.probe).color;
  m.probe.style.transition = "";
  return c;
}
