// Attention as lines between two columns of tokens. data: bytes, see matrix.py (`framed`, `packed`).
const FONT = "15px ui-monospace, Menlo, Consolas, 'Noto Sans Mono', 'Noto Sans CJK SC', monospace";
const ROW = 24;

export default function ({ data, parentElement, setTriggerValue }) {
  const view = kept(parentElement, build);
  view.choose = (row) => choose(parentElement, setTriggerValue, row);
  const { header: h, body } = unframed(data);
  const row = answered(parentElement, h.seen) ? h.chosen : Math.min(view.row, h.q.length - 1);
  Object.assign(view, { header: h, values: unpacked(body, h.encoding), row, rows: Math.max(h.q.length, h.k.length) });
  view.caption.textContent = h.words.threshold;
  view.scroll.setAttribute("aria-label", h.words.alt);
  view.scroll.style.height = `${Math.min(h.height, view.rows * ROW + 40)}px`;
  view.spacer.style.height = `${view.rows * ROW + 40 - view.scroll.clientHeight}px`;
  colours(view);
  draw(view);
}

function build(parent) {
  const box = put(parent, "div", "ln"),
    top = put(box, "label", "ln-top"),
    /** @type {any} */ view = { over: null };
  view.caption = put(top, "span");
  view.slider = Object.assign(put(top, "input"), { type: "range", min: 0, max: 100, value: 45 });
  view.shown = put(top, "output");
  view.scroll = put(box, "div", "ln-scroll");
  view.scroll.tabIndex = 0;
  view.scroll.setAttribute("role", "application");
  view.canvas = put(view.scroll, "canvas");
  view.spacer = put(view.scroll, "div");
  view.probe = put(box, "span", "ln-probe");
  view.probe.ontransitionend = () => {
    colours(view); // the theme has changed
    draw(view);
  };
  view.slider.oninput = view.scroll.onscroll = () => draw(view);
  const row = (e) => {
    const { x, y } = pointed(view.canvas, e);
    const at = Math.floor((y + view.scroll.scrollTop - 32) / ROW),
      right = x > view.width / 2;
    return at < 0 || at >= (right ? view.header.k : view.header.q).length ? null : { right, at };
  };
  const point = (over) => {
    view.over = over;
    draw(view);
  };
  view.canvas.onpointermove = (e) => point(row(e));
  view.canvas.onpointerleave = (e) => e.pointerType === "touch" || point(null); // a tapped token stays lit
  const pick = (at) => {
    view.row = Math.min(Math.max(at, 0), view.header.q.length - 1);
    draw(view);
    view.choose(view.row);
  };
  view.canvas.onclick = (e) => {
    view.over = row(e);
    if (view.over && !view.over.right) pick(view.over.at);
    else draw(view);
  };
  view.scroll.onkeydown = (e) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    pick(view.row + step);
    view.scroll.scrollTop = Math.min(
      Math.max(view.scroll.scrollTop, (view.row + 3) * ROW - view.scroll.clientHeight),
      view.row * ROW,
    );
  };
  new ResizeObserver(() => view.header && draw(view)).observe(box);
  return view;
}

function colours(view) {
  view.c = palette(view.probe, ["ink", "quiet", "query", "key", "attention-1", "sentence-a", "sentence-b"]);
}

function draw(view) {
  const w = view.scroll.clientWidth,
    h = view.scroll.clientHeight;
  view.width = w;
  if (!w) return;
  const least = (view.slider.value / 100) ** 3 * 0.999 + 0.001; // fine steps where most weights are
  view.shown.textContent = least.toFixed(3);
  const g = sized(view.canvas, w, h),
    top = 32 - view.scroll.scrollTop,
    mid = (i) => top + (i + 0.5) * ROW;
  g.font = FONT;
  g.textBaseline = "middle";
  const room = Math.min(w * 0.3, 190),
    n = view.header.k.length,
    strong = view.over ?? { right: false, at: view.row };
  g.strokeStyle = view.c["attention-1"];
  view.header.q.forEach((_, i) => {
    for (let j = 0; j < n; j++) {
      const p = view.values[i * n + j];
      if (!(p >= least)) continue;
      const y0 = mid(i),
        y1 = mid(j);
      if (Math.max(y0, y1) < 0 || Math.min(y0, y1) > h) continue;
      const mine = strong.right ? strong.at === j : strong.at === i;
      g.globalAlpha = mine ? Math.max(0.25, Math.sqrt(p)) : 0.3 * Math.sqrt(p);
      g.lineWidth = mine ? 1.5 + 5 * p : 0.8 + 2 * p;
      g.beginPath();
      g.moveTo(room + 6, y0);
      g.bezierCurveTo(w / 2, y0, w / 2, y1, w - room - 6, y1);
      g.stroke();
    }
  });
  g.globalAlpha = 1;
  const column = (tokens, kinds, right) =>
    tokens.forEach((token, i) => {
      const y = mid(i);
      if (y < -ROW || y > h + ROW) return;
      const mine = strong.right === right && strong.at === i,
        chosen = !right && i === view.row;
      const linked = mine ? 0 : strong.right === right ? 0 : view.values[right ? strong.at * n + i : i * n + strong.at];
      g.fillStyle = kinds[i] === "B" ? view.c["sentence-b"] : view.c["sentence-a"];
      if (kinds[i] !== "special") g.fillRect(right ? w - room : 0, y - ROW / 2 + 1, room, ROW - 2);
      g.fillStyle = view.c["attention-1"];
      g.globalAlpha = 0.45;
      if (linked >= least) g.fillRect(right ? w - room : room - linked * room, y - ROW / 2 + 1, linked * room, ROW - 2);
      g.globalAlpha = 1;
      g.fillStyle =
        mine || chosen ? view.c[right ? "key" : "query"] : kinds[i] === "special" ? view.c.quiet : view.c.ink;
      g.font = (mine || chosen ? "bold " : "") + FONT;
      g.textAlign = right ? "left" : "right";
      g.fillText(token.slice(0, 20), right ? w - room + 8 : room - 8, y);
    });
  column(view.header.q, view.header.kq, false);
  column(view.header.k, view.header.kk, true);
  g.font = FONT;
  g.fillStyle = view.c.query;
  g.textAlign = "right";
  g.fillText(view.header.words.queries, room - 4, 14 - view.scroll.scrollTop, room - 6);
  g.fillStyle = view.c.key;
  g.textAlign = "left";
  g.fillText(view.header.words.keys, w - room + 4, 14 - view.scroll.scrollTop, room - 6);
}
