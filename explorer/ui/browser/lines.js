// Attention as lines between two columns of tokens. data: bytes, see matrix.py (`framed`, `packed`).
const held = new WeakMap();
const FONT = "15px ui-monospace, Menlo, Consolas, 'Noto Sans Mono', 'Noto Sans CJK SC', monospace";
const ROW = 24;

export default function ({ data, parentElement, setTriggerValue }) {
  let m = held.get(parentElement);
  if (!m) held.set(parentElement, (m = build(parentElement)));
  m.choose = (row) => choose(parentElement, setTriggerValue, row);
  const size = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const h = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + size)));
  const cells = data.slice(4 + size), exact = h.encoding === "exact";
  const v = exact ? new Float32Array(cells.buffer) : Float32Array.from(cells, (u) => (u === 255 ? 0 : (u / 254) ** 2));
  const row = answered(parentElement, h.seen) ? h.chosen : Math.min(m.row, h.q.length - 1);
  Object.assign(m, { h, v, row, rows: Math.max(h.q.length, h.k.length) });
  m.caption.textContent = h.words.threshold;
  m.scroll.setAttribute("aria-label", h.words.alt);
  m.scroll.style.height = Math.min(h.height, m.rows * ROW + 40) + "px";
  m.spacer.style.height = m.rows * ROW + 40 - m.scroll.clientHeight + "px";
  colours(m);
  draw(m);
}

function build(parent) {
  const make = (tag, cls, to) => {
    const e = Object.assign(document.createElement(tag), { className: cls });
    to.append(e);
    return e;
  };
  const box = make("div", "ln", parent), top = make("label", "ln-top", box), m = { over: null };
  m.caption = make("span", "", top);
  m.slider = Object.assign(make("input", "", top), { type: "range", min: 0, max: 100, value: 45 });
  m.shown = make("output", "", top);
  m.scroll = make("div", "ln-scroll", box);
  m.scroll.tabIndex = 0;
  m.scroll.setAttribute("role", "application");
  m.canvas = make("canvas", "", m.scroll);
  m.spacer = make("div", "", m.scroll);
  m.probe = make("span", "ln-probe", box);
  m.probe.ontransitionend = () => (colours(m), draw(m));
  m.slider.oninput = m.scroll.onscroll = () => draw(m);
  const row = (e) => {
    const at = Math.floor((e.offsetY + m.scroll.scrollTop - 32) / ROW), right = e.offsetX > m.width / 2;
    return at < 0 || at >= (right ? m.h.k : m.h.q).length ? null : { right, at };
  };
  m.canvas.onpointermove = (e) => ((m.over = row(e)), draw(m));
  m.canvas.onpointerleave = (e) => e.pointerType === "touch" || ((m.over = null), draw(m)); // a tapped token stays lit
  const pick = (at) => ((m.row = Math.min(Math.max(at, 0), m.h.q.length - 1)), draw(m), m.choose(m.row));
  m.canvas.onclick = (e) => {
    m.over = row(e);
    if (m.over && !m.over.right) pick(m.over.at);
    else draw(m);
  };
  m.scroll.onkeydown = (e) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    pick(m.row + step);
    m.scroll.scrollTop = Math.min(Math.max(m.scroll.scrollTop, (m.row + 3) * ROW - m.scroll.clientHeight), m.row * ROW);
  };
  new ResizeObserver(() => m.h && draw(m)).observe(box);
  return m;
}

function colours(m) {
  m.c = {};
  m.probe.style.transition = "none";
  for (const name of ["ink", "quiet", "query", "key", "attention-1", "sentence-a", "sentence-b"]) {
    m.probe.style.color = `var(--bx-${name})`;
    m.c[name] = getComputedStyle(m.probe).color;
  }
  m.probe.style.color = "";
  void getComputedStyle(m.probe).color;
  m.probe.style.transition = "";
}

function draw(m) {
  const dpr = window.devicePixelRatio || 1, w = (m.width = m.scroll.clientWidth), h = m.scroll.clientHeight;
  if (!w) return;
  const least = (m.slider.value / 100) ** 3 * 0.999 + 0.001; // fine steps where most weights are
  m.shown.textContent = least.toFixed(3);
  Object.assign(m.canvas, { width: w * dpr, height: h * dpr });
  m.canvas.style.height = h + "px";
  const g = m.canvas.getContext("2d"), top = 32 - m.scroll.scrollTop, mid = (i) => top + (i + 0.5) * ROW;
  g.scale(dpr, dpr);
  g.font = FONT;
  g.textBaseline = "middle";
  const room = Math.min(w * 0.3, 190), n = m.h.k.length, strong = m.over ?? { right: false, at: m.row };
  g.strokeStyle = m.c["attention-1"];
  m.h.q.forEach((_, i) => {
    for (let j = 0; j < n; j++) {
      const p = m.v[i * n + j];
      if (!(p >= least)) continue;
      const y0 = mid(i), y1 = mid(j);
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
      const mine = strong.right === right && strong.at === i, chosen = !right && i === m.row;
      const linked = mine ? 0 : strong.right === right ? 0 : m.v[right ? strong.at * n + i : i * n + strong.at];
      g.fillStyle = kinds[i] === "B" ? m.c["sentence-b"] : m.c["sentence-a"];
      if (kinds[i] !== "special") g.fillRect(right ? w - room : 0, y - ROW / 2 + 1, room, ROW - 2);
      g.fillStyle = m.c["attention-1"];
      g.globalAlpha = 0.45;
      if (linked >= least) g.fillRect(right ? w - room : room - linked * room, y - ROW / 2 + 1, linked * room, ROW - 2);
      g.globalAlpha = 1;
      g.fillStyle = mine || chosen ? m.c[right ? "key" : "query"] : kinds[i] === "special" ? m.c.quiet : m.c.ink;
      g.font = (mine || chosen ? "bold " : "") + FONT;
      g.textAlign = right ? "left" : "right";
      g.fillText(token.slice(0, 20), right ? w - room + 8 : room - 8, y);
    });
  column(m.h.q, m.h.kq, false);
  column(m.h.k, m.h.kk, true);
  g.font = FONT;
  g.fillStyle = m.c.query;
  g.textAlign = "right";
  g.fillText(m.h.words.queries, room - 4, 14 - m.scroll.scrollTop, room - 6);
  g.fillStyle = m.c.key;
  g.textAlign = "left";
  g.fillText(m.h.words.keys, w - room + 4, 14 - m.scroll.scrollTop, room - 6);
}
