// Many small matrices in one canvas. data: bytes, header as in atlas.py, then the tiles one after the other.
// Keys: arrows move, Enter chooses, Space marks (where marking means something).
const held = new WeakMap();
const FONT = "14px system-ui, 'Noto Sans', 'Noto Sans CJK SC', sans-serif";

export default function ({ data, parentElement, setTriggerValue }) {
  let m = held.get(parentElement);
  if (!m) held.set(parentElement, (m = build(parentElement)));
  m.send = (field, value) => choose(parentElement, setTriggerValue, value, field);
  const size = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const h = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + size)));
  if (h.id === m.h?.id && h.seen === m.h.seen && h.chosen === m.h.chosen && String(h.off) === String(m.h.off)) return;
  const fresh = h.id !== m.h?.id;
  Object.assign(m, { h }, answered(parentElement, h.seen) && { chosen: h.chosen, off: new Set(h.off) });
  if (fresh) Object.assign(m, { cells: data.slice(4 + size), sheet: null, at: null });
  m.canvas.setAttribute("aria-label", h.label);
  draw(m);
}

function build(parent) {
  const make = (tag, cls, to) => {
    const e = Object.assign(document.createElement(tag), { className: cls });
    to.append(e);
    return e;
  };
  const box = make("div", "at", parent), m = { box, at: null };
  m.read = make("div", "at-read", box);
  m.read.setAttribute("aria-live", "polite");
  m.scroll = make("div", "at-scroll", box);
  m.canvas = make("canvas", "", m.scroll);
  m.canvas.tabIndex = 0;
  m.canvas.setAttribute("role", "application");
  m.probe = make("span", "at-probe", box);
  m.probe.ontransitionend = () => ((m.sheet = null), draw(m));
  const place = (e) => {
    const c = Math.floor((e.offsetX - m.left) / m.step), r = Math.floor((e.offsetY - m.top) / m.rise);
    const i = r * m.columns + c;
    return c < 0 || c >= m.columns || r < 0 || i >= m.h.n ? null : i;
  };
  const pick = (i) => ((m.chosen = m.h.order[i]), draw(m), m.send("chosen", m.chosen));
  const mark = (i) => {
    const tile = m.h.order[i];
    if (!m.off.delete(tile)) m.off.add(tile);
    draw(m);
    m.send("off", [...m.off].sort((a, b) => a - b));
  };
  const act = (i, other) => (m.h.marks && other !== m.h.markFirst ? mark(i) : pick(i));
  m.canvas.onpointermove = (e) => {
    const at = place(e);
    if (at !== m.at) (m.at = at), draw(m);
  };
  m.canvas.onpointerleave = (e) => e.pointerType === "touch" || ((m.at = null), draw(m)); // after a tap its tile is still named
  m.canvas.onclick = (e) => {
    const at = place(e);
    if (at != null) act((m.at = at), e.altKey || e.ctrlKey || e.metaKey || e.shiftKey);
  };
  m.canvas.onkeydown = (e) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -m.columns, ArrowDown: m.columns }[e.key];
    const now = m.at ?? m.h.order.indexOf(m.chosen);
    if (move) m.at = Math.min(Math.max(now + move, 0), m.h.n - 1);
    else if (e.key === "Enter") act(now, e.altKey);
    else if (e.key === " " && m.h.marks) mark(now);
    else return;
    e.preventDefault();
    draw(m);
  };
  new ResizeObserver(() => m.h && draw(m)).observe(box);
  return m;
}

function paint(m) {
  const { h, w, n, root } = m.h;
  m.c = Object.fromEntries(["ink", "quiet", "rule", "ground", "query", "changed-1"].map((x) => [x, `rgb(${colour(m, x)})`]));
  const [a, b] = [colour(m, `${m.h.scale}-0`), colour(m, `${m.h.scale}-1`)], lut = new Uint32Array(256);
  for (let u = 0; u < 256; u++) {
    const s = root ? u / 255 : (u / 255) ** 2, [r, g, bl] = a.map((x, i) => Math.round(x + (b[i] - x) * s));
    lut[u] = (255 << 24) | (bl << 16) | (g << 8) | r;
  }
  // One sheet with all tiles, `columns` side by side: a canvas for each would cost a millisecond a tile.
  const { columns } = m.h, wide = columns * w;
  m.sheet = Object.assign(document.createElement("canvas"), { width: wide, height: Math.ceil(n / columns) * h });
  const ctx = m.sheet.getContext("2d"), img = ctx.createImageData(wide, m.sheet.height);
  const to = new Uint32Array(img.data.buffer);
  for (let i = 0, from = 0; i < n; i++)
    for (let r = 0; r < h; r++) {
      const at = (Math.floor(i / columns) * h + r) * wide + (i % columns) * w;
      for (let c = 0; c < w; c++) to[at + c] = lut[m.cells[from++]];
    }
  ctx.putImageData(img, 0, 0);
}

function draw(m) {
  const { h } = m, room = m.scroll.clientWidth, dpr = window.devicePixelRatio || 1;
  if (!room) return;
  if (!m.sheet) paint(m);
  const gap = h.titles.length || room > 500 ? 6 : 4, title = h.titles.length ? 22 : 0;
  const g = m.canvas.getContext("2d");
  g.font = FONT;
  m.left = h.rows.length ? Math.max(...h.rows.map((r) => g.measureText(r).width)) + 10 : 2;
  m.top = h.heads.length ? 24 : 2;
  // Tiles with a title stand in fewer columns where there is little room; heads keep theirs, small.
  m.columns = h.titles.length ? Math.min(h.columns, Math.max(1, Math.floor(room / 150))) : h.columns;
  const lines = Math.ceil(h.n / m.columns);
  // Few heads fill the screen without running out of it.
  m.step = Math.max(Math.min((room - m.left - 2) / m.columns, h.titles.length ? room : Math.max(90, (0.62 * innerHeight) / lines)), 24);
  const wide = m.step - gap, high = Math.min((wide * h.h) / h.w, wide);
  m.rise = high + gap + title;
  const width = m.left + m.step * m.columns + 2, height = m.top + lines * m.rise + 2;
  Object.assign(m.canvas, { width: width * dpr, height: height * dpr });
  Object.assign(m.canvas.style, { width: width + "px", height: height + "px" });
  g.scale(dpr, dpr);
  g.font = FONT;
  g.textBaseline = "middle";
  g.fillStyle = m.c.quiet;
  h.rows.forEach((text, r) => g.fillText(text, 0, m.top + r * m.rise + high / 2));
  g.textAlign = "center";
  h.heads.forEach((text, c) => g.fillText(text, m.left + c * m.step + wide / 2, 11));
  h.order.forEach((tile, i) => {
    const x = m.left + (i % m.columns) * m.step, y = m.top + Math.floor(i / m.columns) * m.rise + title;
    g.imageSmoothingEnabled = h.w > wide * dpr;
    const off = m.off.has(tile), framed = tile === m.chosen && !h.markFirst;
    g.globalAlpha = off ? 0.25 : 1;
    const from = [(tile % h.columns) * h.w, Math.floor(tile / h.columns) * h.h, h.w, h.h];
    g.drawImage(m.sheet, ...from, x, y, wide, high);
    g.globalAlpha = 1;
    g.strokeStyle = off ? m.c["changed-1"] : framed || i === m.at ? m.c.query : m.c.rule;
    g.lineWidth = framed ? 4 : i === m.at || off ? 2 : 1;
    g.strokeRect(x, y, wide, high);
    if (off) g.stroke(new Path2D(`M${x} ${y}L${x + wide} ${y + high}M${x + wide} ${y}L${x} ${y + high}`));
    g.fillStyle = framed ? m.c.query : m.c.ink;
    if (title) g.fillText(h.titles[tile], x + wide / 2, y - title / 2);
  });
  const shown = m.at == null ? m.chosen : h.order[m.at];
  m.read.textContent = h.captions[shown] + (m.off.has(shown) ? `  (${h.words.off})` : "");
}
