// Many small matrices in one canvas. data: bytes, header as in atlas.py, then the tiles one after the other.
// Keys: arrows move, Enter chooses, Space marks (where marking means something).
const FONT = "14px system-ui, 'Noto Sans', 'Noto Sans CJK SC', sans-serif";

export default function ({ data, parentElement, setTriggerValue }) {
  const view = kept(parentElement, build);
  view.send = (field, value) => choose(parentElement, setTriggerValue, value, field);
  const { header: h, body } = unframed(data);
  if (
    h.id === view.header?.id &&
    h.seen === view.header.seen &&
    h.chosen === view.header.chosen &&
    String(h.off) === String(view.header.off)
  )
    return;
  const fresh = h.id !== view.header?.id;
  Object.assign(view, { header: h }, answered(parentElement, h.seen) && { chosen: h.chosen, off: new Set(h.off) });
  if (fresh) Object.assign(view, { cells: body, sheet: null, at: null });
  view.canvas.setAttribute("aria-label", h.label);
  draw(view);
}

function build(parent) {
  const box = put(parent, "div", "at"),
    /** @type {any} */ view = { box, at: null };
  view.read = put(box, "div", "at-read");
  view.read.setAttribute("aria-live", "polite");
  view.scroll = put(box, "div", "at-scroll");
  view.canvas = put(view.scroll, "canvas");
  view.canvas.tabIndex = 0;
  view.canvas.setAttribute("role", "application");
  view.probe = put(box, "span", "at-probe");
  view.probe.ontransitionend = () => {
    view.sheet = null; // the theme has changed
    draw(view);
  };
  const place = (e) => {
    const at = pointed(view.canvas, e);
    const c = Math.floor((at.x - view.left) / view.step),
      r = Math.floor((at.y - view.top) / view.rise);
    const i = r * view.columns + c;
    return c < 0 || c >= view.columns || r < 0 || i >= view.header.n ? null : i;
  };
  const pick = (i) => {
    view.chosen = view.header.order[i];
    draw(view);
    view.send("chosen", view.chosen);
  };
  const point = (at) => {
    if (at === view.at) return;
    view.at = at;
    draw(view);
  };
  const mark = (i) => {
    const tile = view.header.order[i];
    if (!view.off.delete(tile)) view.off.add(tile);
    draw(view);
    view.send(
      "off",
      [...view.off].sort((a, b) => a - b),
    );
  };
  const act = (i, other) => (view.header.marks && other !== view.header.markFirst ? mark(i) : pick(i));
  view.canvas.onpointermove = (e) => point(place(e));
  view.canvas.onpointerleave = (e) => e.pointerType === "touch" || point(null); // after a tap its tile is still named
  view.canvas.onclick = (e) => {
    const at = place(e);
    if (at === null) return;
    view.at = at;
    act(at, e.altKey || e.ctrlKey || e.metaKey || e.shiftKey);
  };
  view.canvas.onkeydown = (e) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -view.columns, ArrowDown: view.columns }[e.key];
    const now = view.at ?? view.header.order.indexOf(view.chosen);
    if (move) view.at = Math.min(Math.max(now + move, 0), view.header.n - 1);
    else if (e.key === "Enter") act(now, e.altKey);
    else if (e.key === " " && view.header.marks) mark(now);
    else return;
    e.preventDefault();
    draw(view);
  };
  new ResizeObserver(() => view.header && draw(view)).observe(box);
  return view;
}

function paint(view) {
  const { h, w, n, root } = view.header;
  const stops = [`${view.header.scale}-0`, `${view.header.scale}-1`];
  view.c = palette(view.probe, ["ink", "quiet", "rule", "query", "changed-1", ...stops]);
  // A tile's cells are round(255 · √value).
  const colours = lookup(
    stops.map((name) => channels(view.c[name])),
    256,
    root ? undefined : (part) => part * part,
  );
  // One sheet with all tiles, `columns` side by side: a canvas for each would cost a millisecond a tile.
  const { columns } = view.header,
    wide = columns * w;
  view.sheet = pixelled(wide, Math.ceil(n / columns) * h, (pixels) => {
    for (let i = 0, from = 0; i < n; i++)
      for (let r = 0; r < h; r++) {
        const at = (Math.floor(i / columns) * h + r) * wide + (i % columns) * w;
        for (let c = 0; c < w; c++) pixels[at + c] = colours[view.cells[from++]];
      }
  });
}

function draw(view) {
  const { header: h } = view,
    room = view.scroll.clientWidth;
  if (!room) return;
  if (!view.sheet) paint(view);
  const gap = h.titles.length || room > 500 ? 6 : 4,
    title = h.titles.length ? 22 : 0;
  let g = pen(view.canvas);
  g.font = FONT;
  view.left = h.rows.length ? Math.max(...h.rows.map((r) => g.measureText(r).width)) + 10 : 2;
  view.top = h.heads.length ? 24 : 2;
  // Tiles with a title stand in fewer columns where there is little room; heads keep theirs, small.
  view.columns = h.titles.length ? Math.min(h.columns, Math.max(1, Math.floor(room / 150))) : h.columns;
  const lines = Math.ceil(h.n / view.columns);
  // Few heads fill the screen without running out of it.
  view.step = Math.max(
    Math.min(
      (room - view.left - 2) / view.columns,
      h.titles.length ? room : Math.max(90, (0.62 * innerHeight) / lines),
    ),
    24,
  );
  const wide = view.step - gap,
    high = Math.min((wide * h.h) / h.w, wide);
  view.rise = high + gap + title;
  const width = view.left + view.step * view.columns + 2,
    height = view.top + lines * view.rise + 2;
  view.canvas.style.width = `${width}px`;
  g = sized(view.canvas, width, height);
  g.font = FONT;
  g.textBaseline = "middle";
  g.fillStyle = view.c.quiet;
  h.rows.forEach((text, r) => g.fillText(text, 0, view.top + r * view.rise + high / 2));
  g.textAlign = "center";
  h.heads.forEach((text, c) => g.fillText(text, view.left + c * view.step + wide / 2, 11));
  h.order.forEach((tile, i) => {
    const x = view.left + (i % view.columns) * view.step,
      y = view.top + Math.floor(i / view.columns) * view.rise + title;
    g.imageSmoothingEnabled = h.w > wide * (window.devicePixelRatio || 1);
    const off = view.off.has(tile),
      framed = tile === view.chosen && !h.markFirst;
    g.globalAlpha = off ? 0.25 : 1;
    const [left, top] = [(tile % h.columns) * h.w, Math.floor(tile / h.columns) * h.h];
    g.drawImage(view.sheet, left, top, h.w, h.h, x, y, wide, high);
    g.globalAlpha = 1;
    g.strokeStyle = off ? view.c["changed-1"] : framed || i === view.at ? view.c.query : view.c.rule;
    g.lineWidth = framed ? 4 : i === view.at || off ? 2 : 1;
    g.strokeRect(x, y, wide, high);
    if (off) g.stroke(new Path2D(`M${x} ${y}L${x + wide} ${y + high}M${x + wide} ${y}L${x} ${y + high}`));
    g.fillStyle = framed ? view.c.query : view.c.ink;
    if (title) g.fillText(h.titles[tile], x + wide / 2, y - title / 2);
  });
  const shown = view.at == null ? view.chosen : h.order[view.at];
  view.read.textContent = h.captions[shown] + (view.off.has(shown) ? `  (${h.words.off})` : "");
}
