// A matrix on a canvas. data: bytes, see matrix.py (`framed`, `packed`). Zoom, pan, pointer and chosen row live here.
// Keys: arrows move, Enter chooses the row, + - 0 zoom.
const held = new WeakMap();
const FONT = "14px ui-monospace, Menlo, Consolas, 'Noto Sans Mono', 'Noto Sans CJK SC', monospace";

export default function ({ data, parentElement, setTriggerValue }) {
  let m = held.get(parentElement);
  if (!m) held.set(parentElement, (m = build(parentElement)));
  m.choose = (row) => choose(parentElement, setTriggerValue, row);
  if (read(m, data, parentElement)) show(m);
}

function read(m, data, parent) {
  const size = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const h = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + size)));
  if (h.id === m.h?.id && h.seen === m.h.seen && h.chosen === m.h.chosen) return false; // nothing new: the row that was clicked stays
  const known = answered(parent, h.seen);
  const cells = data.slice(4 + size);
  const [rows, cols] = [h.q.length, h.k.length];
  if (!m.h || m.rows !== rows || m.cols !== cols) Object.assign(m, { zoom: 1, x: 0, y: 0, at: null });
  Object.assign(m, { h, rows, cols, row: known ? h.chosen : Math.min(m.row, rows - 1) });
  const v = new Float32Array(h.encoding === "exact" ? cells.buffer : rows * cols);
  if (h.encoding !== "exact")
    for (let i = 0; i < v.length; i++) {
      const u = cells[i] / 254;
      v[i] = cells[i] === 255 ? NaN : h.low + (h.high - h.low) * (h.encoding === "root" ? u * u : u);
    }
  Object.assign(m, { v, images: {}, widths: null });
  return true;
}

function build(parent) {
  const make = (tag, cls, to) => {
    const e = document.createElement(tag);
    if (cls) e.className = cls;
    to?.append(e);
    return e;
  };
  const box = make("div", "mx", parent);
  const top = make("div", "mx-top", box);
  const m = { box, zoom: 1, x: 0, y: 0, at: null };
  m.read = make("div", "mx-read", top);
  m.read.setAttribute("aria-live", "polite");
  m.legend = make("div", "mx-scale", top);
  m.buttons = ["+", "−", "⤢", "PNG", "SVG"].map((sign) => {
    const b = make("button", "", top);
    b.type = "button";
    b.textContent = sign;
    return b;
  });
  m.canvas = make("canvas", "", box);
  m.canvas.tabIndex = 0;
  m.canvas.setAttribute("role", "application");
  m.probe = make("span", "mx-probe", box);
  m.probe.ontransitionend = () => ((m.images = {}), show(m)); // the theme has changed
  listen(m);
  new ResizeObserver(() => m.h && draw(m)).observe(box);
  return m;
}

function show(m) {
  const { h } = m;
  const names = ["ink", "quiet", "rule", "ground", "query", "key", "masked", "sentence-a", "sentence-b"];
  m.c = Object.fromEntries(names.map((n) => [n, `rgb(${colour(m, n)})`]));
  m.stops = (h.scale === "signed" ? [0, 1, 2] : [0, 1]).map((i) => colour(m, `${h.scale}-${i}`));
  const words = [h.words.zoom_in, h.words.zoom_out, h.words.fit, h.words.png, h.words.svg];
  m.buttons.forEach((b, i) => ((b.title = words[i]), b.setAttribute("aria-label", words[i])));
  m.canvas.setAttribute("aria-label", h.label);
  m.legend.replaceChildren(
    number(h.low), Object.assign(document.createElement("span"), { className: "mx-bar" }), number(h.high));
  const steps = [...Array(9).keys()].map((i) => `rgb(${shade(m, h.low + ((h.high - h.low) * i) / 8)})`);
  m.legend.children[0].style.background = `linear-gradient(to right, ${steps})`;
  if (h.levels.length) return m.legend.replaceChildren(), draw(m); // the page has one legend for all its panels
  if (m.v.some((x) => x !== x)) {
    const hatch = document.createElement("span");
    hatch.className = "mx-hatch";
    m.legend.append(hatch, h.words.masked);
  }
  draw(m);
}

const number = (x) => String(Math.abs(x) >= 100 || Number.isInteger(x) ? Math.round(x) : +x.toPrecision(3));
const digits = (x, h) => (h.encoding === "exact" ? x.toFixed(4) : "≈ " + x.toFixed(3));

function shade(m, x) {
  const { low, high, root, scale } = m.h;
  let u = Math.min(Math.max((x - low) / (high - low || 1), 0), 1);
  if (root) u = scale === "signed" ? 0.5 + Math.sign(u - 0.5) * Math.sqrt(Math.abs(2 * u - 1)) / 2 : Math.sqrt(u);
  const at = u * (m.stops.length - 1), i = Math.min(Math.floor(at), m.stops.length - 2);
  return m.stops[i].map((a, j) => Math.round(a + (m.stops[i + 1][j] - a) * (at - i)));
}

// The cells as an image, one pixel each; when cells are smaller than pixels, the largest of f x f, so none is lost.
function image(m, f) {
  if (m.images[f]) return m.images[f];
  const w = Math.ceil(m.cols / f), n = Math.ceil(m.rows / f);
  const off = Object.assign(document.createElement("canvas"), { width: w, height: n });
  const ctx = off.getContext("2d"), img = ctx.createImageData(w, n);
  const to = new Uint32Array(img.data.buffer), { low, high } = m.h, k = 1023 / (high - low || 1);
  const lut = Uint32Array.from({ length: 1024 }, (_, i) => {
    const [r, g, b] = shade(m, low + i / k);
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
  let best = m.v; // NaN stays transparent: the hatch below shows
  if (f > 1) {
    best = new Float32Array(w * n).fill(NaN);
    for (let r = 0, i = 0; r < m.rows; r++)
      for (let c = 0, o = Math.floor(r / f) * w; c < m.cols; c++, i++) {
        const j = o + Math.floor(c / f);
        if (m.v[i] === m.v[i] && !(Math.abs(best[j]) >= Math.abs(m.v[i]))) best[j] = m.v[i];
      }
  }
  for (let i = 0; i < to.length; i++) {
    const x = best[i];
    if (x === x) to[i] = lut[Math.round((Math.min(Math.max(x, low), high) - low) * k)];
  }
  ctx.putImageData(img, 0, 0);
  return (m.images[f] = off);
}

function clip(ctx, text, room) {
  if (ctx.measureText(text).width <= room) return text;
  let letters = [...text];
  while (letters.length > 1 && ctx.measureText(letters.join("") + "…").width > room) letters.pop();
  return letters.join("") + "…";
}

// Returns the height that is needed: less than asked for when the width decides how large a cell is.
function place(m, ctx, w, h) {
  ctx.font = FONT;
  const widest = (tokens) => tokens.reduce((most, x) => Math.max(most, ctx.measureText(x.slice(0, 24)).width), 0);
  m.widths ??= [widest(m.h.q), widest(m.h.k)];
  m.left = Math.min(m.widths[0] + 24, w * 0.3, 150);
  m.top = Math.min(m.widths[1] * 0.87 + 20, 120);
  const fit = Math.min((w - m.left - 34) / m.cols, (h - m.top - 2) / m.rows, 64);
  m.cell = fit * m.zoom;
  h = Math.min(h, m.top + fit * m.rows + 4);
  m.w = Math.min(w - m.left - 34, m.cell * m.cols);
  m.hgt = Math.min(h - m.top - 2, m.cell * m.rows);
  m.x = Math.min(Math.max(m.x, 0), m.cols * m.cell - m.w);
  m.y = Math.min(Math.max(m.y, 0), m.rows * m.cell - m.hgt);
  return h;
}

function draw(m) {
  const dpr = window.devicePixelRatio || 1, w = m.box.clientWidth, ctx = m.canvas.getContext("2d");
  if (!w) return;
  const h = Math.ceil(place(m, ctx, w, m.h.height));
  m.canvas.style.height = h + "px";
  m.canvas.width = w * dpr;
  m.canvas.height = h * dpr;
  ctx.scale(dpr, dpr);
  m.canvas.classList.toggle("zoomed", m.zoom > 1);
  ctx.save();
  ctx.beginPath();
  ctx.rect(m.left, m.top, m.w, m.hgt);
  ctx.clip();
  hatch(m, ctx);
  const f = Math.max(1, Math.ceil(1 / (m.cell * dpr)));
  ctx.imageSmoothingEnabled = false;
  const src = image(m, f);
  ctx.drawImage(src, m.left - m.x, m.top - m.y, src.width * f * m.cell, src.height * f * m.cell);
  if (m.cell >= 10) grid(m, ctx);
  if (m.cell >= 34 && !m.h.levels.length) figures(m, ctx);
  ctx.restore();
  ctx.strokeStyle = m.c.rule;
  ctx.strokeRect(m.left - 0.5, m.top - 0.5, m.w + 1, m.hgt + 1);
  marks(m, ctx);
  labels(m, ctx);
  say(m);
}

function hatch(m, ctx) {
  if (!m.pattern || m.pattern.ink !== m.c.masked) {
    const p = Object.assign(document.createElement("canvas"), { width: 6, height: 6 }), g = p.getContext("2d");
    g.strokeStyle = m.c.masked;
    g.lineWidth = 1.6;
    g.stroke(new Path2D("M-1 1L1 -1M0 6L6 0M5 7L7 5"));
    m.pattern = { ink: m.c.masked, fill: ctx.createPattern(p, "repeat") };
  }
  ctx.fillStyle = m.pattern.fill;
  ctx.fillRect(m.left, m.top, m.w, m.hgt);
}

function grid(m, ctx) {
  ctx.beginPath();
  for (let c = 1; c < m.cols; c++) ctx.rect(m.left - m.x + c * m.cell, m.top, 0, m.hgt);
  for (let r = 1; r < m.rows; r++) ctx.rect(m.left, m.top - m.y + r * m.cell, m.w, 0);
  ctx.strokeStyle = m.c.rule;
  ctx.globalAlpha = 0.5;
  ctx.lineWidth = 0.5;
  ctx.stroke();
  ctx.globalAlpha = 1;
}

const range = (from, size, cell, n) => [Math.max(0, Math.floor(from / cell)), Math.min(n, Math.ceil((from + size) / cell))];

function figures(m, ctx) {
  const [r0, r1] = range(m.y, m.hgt, m.cell, m.rows), [c0, c1] = range(m.x, m.w, m.cell, m.cols);
  ctx.font = FONT.replace("14px", Math.min(14, m.cell * 0.36) + "px");
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  const [onLight, onDark] = ["on-light", "on-dark"].map((name) => `rgb(${colour(m, name)})`);
  for (let r = r0; r < r1; r++)
    for (let c = c0; c < c1; c++) {
      const x = m.v[r * m.cols + c];
      if (Number.isNaN(x) || Math.abs(x) < 0.005) continue;
      const [red, green, blue] = shade(m, x);
      ctx.fillStyle = 0.3 * red + 0.59 * green + 0.11 * blue > 140 ? onLight : onDark;
      const text = (Math.abs(x) < 10 ? x.toFixed(2) : x.toFixed(0)).replace(/^(-?)0\./, "$1.");
      ctx.fillText(text, m.left - m.x + (c + 0.5) * m.cell, m.top - m.y + (r + 0.5) * m.cell);
    }
}

function marks(m, ctx) {
  const y = (r) => m.top - m.y + r * m.cell, x = (c) => m.left - m.x + c * m.cell, size = Math.max(m.cell, 2);
  ctx.save();
  ctx.beginPath();
  ctx.rect(m.left - 1, m.top - 1, m.w + 2, m.hgt + 2);
  ctx.clip();
  ctx.lineWidth = 2;
  ctx.strokeStyle = m.c.query;
  if (m.row != null) ctx.strokeRect(m.left - 1, y(m.row), m.w + 2, size);
  if (m.at) {
    ctx.lineWidth = 1.5;
    ctx.strokeRect(m.left, y(m.at[0]), m.w, size);
    ctx.strokeStyle = m.c.key;
    ctx.strokeRect(x(m.at[1]), m.top, size, m.hgt);
  }
  ctx.restore();
}

function labels(m, ctx) {
  const every = Math.max(1, Math.ceil(17 / m.cell));
  const tint = { A: m.c["sentence-a"], B: m.c["sentence-b"] }, band = Math.max(m.cell * every - 1, 15);
  const side = (tokens, kinds, size, offset, strong, colour, put) => {
    const [a, b] = range(offset, size, m.cell, tokens.length);
    for (let i = a; i < b; i++) {
      const bold = strong.includes(i), near = strong.some((s) => s != null && Math.abs(s - i) * m.cell < (band + 17) / 2);
      const at = (i + 0.5) * m.cell - offset;
      if (at < 0 || at > size || !(bold || (i % every === 0 && !near))) continue;
      ctx.font = (bold ? "bold " : "") + FONT;
      put(tokens[i], at, bold ? colour : kinds?.[i] === "special" ? m.c.quiet : m.c.ink, tint[kinds?.[i]]);
    }
  };
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  side(m.h.q, m.h.kq, m.hgt, m.y, [m.row, m.at?.[0]], m.c.query, (text, at, ink, ground) => {
    if (ground && m.cell >= 15) (ctx.fillStyle = ground), ctx.fillRect(0, m.top + at - band / 2, m.left - 6, band);
    ctx.fillStyle = ink;
    ctx.fillText(clip(ctx, text, m.left - 16), m.left - 10, m.top + at);
  });
  ctx.textAlign = "left";
  side(m.h.k, m.h.kk, m.w, m.x, [m.at?.[1]], m.c.key, (text, at, ink) => {
    ctx.save();
    ctx.translate(m.left + at + 4, m.top - 8);
    ctx.rotate(-Math.PI / 3);
    ctx.fillStyle = ink;
    ctx.fillText(clip(ctx, text, (m.top - 14) / 0.87), 0, 0);
    ctx.restore();
  });
}

function say(m) {
  if (!m.at) return m.read.replaceChildren();
  const span = (cls, text) => Object.assign(document.createElement("bdi"), { className: cls, textContent: text });
  const [r, c] = m.at, x = m.v[r * m.cols + c];
  const level = m.h.levels.find(([y]) => Math.abs(y - x) < 0.01)?.[1];
  const value = Number.isNaN(x) ? m.h.words.masked : level ?? digits(x, m.h);
  m.read.replaceChildren(span("q", m.h.q[r]), ` ${r} → `, span("k", m.h.k[c]), ` ${c}   ${value}`);
}

function listen(m) {
  const { canvas } = m, fingers = new Map();
  const cell = (e) => {
    const box = canvas.getBoundingClientRect(), x = e.clientX - box.left - m.left, y = e.clientY - box.top - m.top;
    if (x < 0 || y < 0 || x >= m.w || y >= m.hgt) return x < 0 && y >= 0 && y < m.hgt ? [Math.floor((y + m.y) / m.cell), m.at?.[1] ?? 0] : null;
    return [Math.floor((y + m.y) / m.cell), Math.floor((x + m.x) / m.cell)];
  };
  const point = (at) => (String(at) === String(m.at) ? 0 : ((m.at = at), later(m)));
  const zoom = (by, px = m.w / 2, py = m.hgt / 2) => {
    const max = Math.max(1, (64 * m.zoom) / m.cell), next = Math.min(Math.max(m.zoom * by, 1), Math.max(max, 4));
    const k = next / m.zoom;
    Object.assign(m, { zoom: next, x: (m.x + px) * k - px, y: (m.y + py) * k - py });
    draw(m);
  };
  const pick = (at) => {
    if (!at) return;
    m.row = at[0];
    draw(m);
    m.choose(m.row);
  };
  let moved = 0;
  canvas.onpointerdown = (e) => (fingers.set(e.pointerId, e), (moved = 0), canvas.setPointerCapture(e.pointerId));
  canvas.onpointermove = (e) => {
    const was = fingers.get(e.pointerId);
    if (!was) return point(cell(e));
    const other = [...fingers.values()].find((f) => f.pointerId !== e.pointerId);
    moved += Math.abs(e.clientX - was.clientX) + Math.abs(e.clientY - was.clientY);
    if (other) {
      const gap = (f) => Math.hypot(f.clientX - other.clientX, f.clientY - other.clientY);
      zoom(gap(e) / (gap(was) || 1));
    } else if (m.zoom > 1) {
      m.x -= e.clientX - was.clientX;
      m.y -= e.clientY - was.clientY;
      later(m);
    }
    fingers.set(e.pointerId, e);
  };
  canvas.onpointerup = (e) => {
    fingers.delete(e.pointerId);
    if (moved >= 5) return;
    point(cell(e)); // a finger says where it points only here
    pick(cell(e));
  };
  canvas.onpointercancel = (e) => fingers.delete(e.pointerId);
  // What a finger has pointed at stays to be read when the finger is gone.
  canvas.onpointerleave = (e) => e.pointerType === "touch" || fingers.size || point(null);
  canvas.addEventListener("wheel", (e) => {
    if (!e.ctrlKey && !e.metaKey && m.zoom === 1) return; // the page scrolls
    e.preventDefault();
    const box = canvas.getBoundingClientRect();
    zoom(Math.exp(-e.deltaY / 300), e.clientX - box.left - m.left, e.clientY - box.top - m.top);
  }, { passive: false });
  canvas.ondblclick = (e) => zoom(2, e.offsetX - m.left, e.offsetY - m.top);
  canvas.onkeydown = (e) => {
    const move = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[e.key];
    const now = m.at ?? [m.row ?? 0, 0];
    if (move) {
      const at = [Math.min(Math.max(now[0] + move[0], 0), m.rows - 1), Math.min(Math.max(now[1] + move[1], 0), m.cols - 1)];
      m.y = Math.min(Math.max(m.y, (at[0] + 1) * m.cell - m.hgt), at[0] * m.cell);
      m.x = Math.min(Math.max(m.x, (at[1] + 1) * m.cell - m.w), at[1] * m.cell);
      point(at);
    } else if (e.key === "Enter" || e.key === " ") pick(now);
    else if (e.key === "+" || e.key === "=") zoom(1.5);
    else if (e.key === "-") zoom(1 / 1.5);
    else if (e.key === "0") zoom(0);
    else return;
    e.preventDefault();
  };
  const [more, less, fit, png, svg] = m.buttons;
  more.onclick = () => zoom(1.5);
  less.onclick = () => zoom(1 / 1.5);
  fit.onclick = () => zoom(0);
  png.onclick = () => {
    const { width, height } = canvas, sheet = Object.assign(document.createElement("canvas"), { width, height });
    const ctx = sheet.getContext("2d");
    ctx.fillStyle = m.c.ground;
    ctx.fillRect(0, 0, width, height);
    ctx.drawImage(canvas, 0, 0);
    sheet.toBlob((blob) => save(blob, m.h.name + ".png"));
  };
  svg.onclick = () => save(new Blob([drawing(m)], { type: "image/svg+xml" }), m.h.name + ".svg");
}

function later(m) {
  m.frame ??= requestAnimationFrame(() => ((m.frame = null), draw(m)));
}

function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// The whole matrix: cells as an image of exact pixels, labels as text.
function drawing(m) {
  const size = 18, left = 160, top = 140, ns = "http://www.w3.org/2000/svg";
  const add = (to, tag, attributes, text) => {
    const e = document.createElementNS(ns, tag);
    for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
    if (text != null) e.textContent = text;
    to.append(e);
    return e;
  };
  const box = { width: m.cols * size, height: m.rows * size };
  const svg = document.createElementNS(ns, "svg");
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${left + box.width + 70} ${top + box.height + 4}`, "font-family": "monospace", "font-size": 14 }))
    svg.setAttribute(name, value);
  add(svg, "rect", { width: "100%", height: "100%", fill: m.c.ground });
  const p = add(add(svg, "defs", {}), "pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse" });
  add(p, "path", { d: "M0 6L6 0", stroke: m.c.masked, "stroke-width": 1.5 });
  add(svg, "rect", { x: left, y: top, ...box, fill: "url(#hatch)" });
  add(svg, "image", { x: left, y: top, ...box, href: image(m, 1).toDataURL(), preserveAspectRatio: "none", style: "image-rendering: pixelated" });
  m.h.q.forEach((token, i) => add(svg, "text", { x: left - 8, y: top + i * size + 14, "text-anchor": "end", fill: m.c.ink }, token));
  m.h.k.forEach((token, i) => add(svg, "text", { transform: `translate(${left + i * size + 13} ${top - 8}) rotate(-60)`, fill: m.c.ink }, token));
  return new XMLSerializer().serializeToString(svg);
}
