// A matrix on a canvas. data: bytes, see matrix.py (`framed`, `packed`). Zoom, pan, pointer and chosen row live here.
// Keys: arrows move, Enter chooses the row, + - 0 zoom.
const FONT = "14px ui-monospace, Menlo, Consolas, 'Noto Sans Mono', 'Noto Sans CJK SC', monospace";

export default function ({ data, parentElement, setTriggerValue }) {
  const view = kept(parentElement, build);
  view.choose = (row) => choose(parentElement, setTriggerValue, row);
  if (read(view, data, parentElement)) show(view);
}

function read(view, data, parent) {
  const { header: h, body } = unframed(data);
  const had = view.header;
  // Nothing new: the row that was clicked stays.
  if (h.id === had?.id && h.seen === had.seen && h.chosen === had.chosen) return false;
  const known = answered(parent, h.seen);
  const [rows, cols] = [h.q.length, h.k.length];
  if (!view.header || view.rows !== rows || view.cols !== cols) Object.assign(view, { zoom: 1, x: 0, y: 0, at: null });
  Object.assign(view, { header: h, rows, cols, row: known ? h.chosen : Math.min(view.row, rows - 1) });
  Object.assign(view, { values: unpacked(body, h.encoding, h.low, h.high), images: {}, widths: null });
  return true;
}

function build(parent) {
  const box = put(parent, "div", "mx");
  const top = put(box, "div", "mx-top");
  const view = { box, zoom: 1, x: 0, y: 0, at: null };
  view.read = put(top, "div", "mx-read");
  view.read.setAttribute("aria-live", "polite");
  view.legend = put(top, "div", "mx-scale");
  view.buttons = ["+", "−", "⤢", "PNG", "SVG"].map((sign) => {
    const made = button("", sign);
    top.append(made);
    return made;
  });
  view.canvas = put(box, "canvas");
  view.canvas.tabIndex = 0;
  view.canvas.setAttribute("role", "application");
  view.probe = put(box, "span", "mx-probe");
  view.probe.ontransitionend = () => {
    view.images = {}; // the theme has changed
    show(view);
  };
  listen(view);
  new ResizeObserver(() => view.header && draw(view)).observe(box);
  return view;
}

function show(view) {
  const { header: h } = view;
  const names = ["ink", "quiet", "rule", "ground", "query", "key", "masked"];
  names.push("on-light", "on-dark", "sentence-a", "sentence-b");
  const stops = (h.scale === "signed" ? [0, 1, 2] : [0, 1]).map((i) => `${h.scale}-${i}`);
  view.c = palette(view.probe, [...names, ...stops]);
  view.stops = stops.map((name) => channels(view.c[name]));
  const words = [h.words.zoom_in, h.words.zoom_out, h.words.fit, h.words.png, h.words.svg];
  view.buttons.forEach((each, i) => {
    each.title = words[i];
    each.setAttribute("aria-label", words[i]);
  });
  view.canvas.setAttribute("aria-label", h.label);
  view.legend.replaceChildren(number(h.low), make("span", "mx-bar"), number(h.high));
  const steps = [...Array(9).keys()].map((i) => `rgb(${shade(view, h.low + ((h.high - h.low) * i) / 8)})`);
  view.legend.children[0].style.background = `linear-gradient(to right, ${steps})`;
  if (h.levels.length)
    view.legend.replaceChildren(); // the page has one legend for all its panels
  else if (view.values.some(Number.isNaN)) {
    view.legend.append(make("span", "mx-hatch"), h.words.masked);
  }
  draw(view);
}

const number = (x) => String(Math.abs(x) >= 100 || Number.isInteger(x) ? Math.round(x) : +x.toPrecision(3));
const digits = (x, h) => (h.encoding === "exact" ? x.toFixed(4) : `≈ ${x.toFixed(3)}`);

const shade = (view, x) => between(view.stops, intensity(x, view.header));

// The cells as an image, one pixel each; when cells are smaller than pixels, the largest of f x f, so none is lost.
function image(view, f) {
  if (view.images[f]) return view.images[f];
  const w = Math.ceil(view.cols / f),
    n = Math.ceil(view.rows / f);
  const { low, high } = view.header,
    k = 1023 / (high - low || 1);
  const colours = lookup(view.stops, 1024, (part) => intensity(part, { ...view.header, low: 0, high: 1 }));
  let best = view.values; // NaN stays transparent: the hatch below shows
  if (f > 1) {
    best = new Float32Array(w * n).fill(NaN);
    for (let r = 0, i = 0; r < view.rows; r++)
      for (let c = 0, o = Math.floor(r / f) * w; c < view.cols; c++, i++) {
        const j = o + Math.floor(c / f);
        if (!Number.isNaN(view.values[i]) && !(Math.abs(best[j]) >= Math.abs(view.values[i]))) best[j] = view.values[i];
      }
  }
  view.images[f] = pixelled(w, n, (pixels) => {
    best.forEach((x, i) => {
      if (!Number.isNaN(x)) pixels[i] = colours[Math.round((Math.min(Math.max(x, low), high) - low) * k)];
    });
  });
  return view.images[f];
}

// Returns the height that is needed: less than asked for when the width decides how large a cell is.
function place(view, ctx, w, h) {
  ctx.font = FONT;
  const widest = (tokens) => tokens.reduce((most, x) => Math.max(most, ctx.measureText(x.slice(0, 24)).width), 0);
  view.widths ??= [widest(view.header.q), widest(view.header.k)];
  view.left = Math.min(view.widths[0] + 24, w * 0.3, 150);
  view.top = Math.min(view.widths[1] * 0.87 + 20, 120);
  const fit = Math.min((w - view.left - 34) / view.cols, (h - view.top - 2) / view.rows, 64);
  view.cell = fit * view.zoom;
  h = Math.min(h, view.top + fit * view.rows + 4);
  view.w = Math.min(w - view.left - 34, view.cell * view.cols);
  view.hgt = Math.min(h - view.top - 2, view.cell * view.rows);
  view.x = Math.min(Math.max(view.x, 0), view.cols * view.cell - view.w);
  view.y = Math.min(Math.max(view.y, 0), view.rows * view.cell - view.hgt);
  return h;
}

function draw(view) {
  const w = view.box.clientWidth;
  if (!w) return;
  const ctx = sized(view.canvas, w, Math.ceil(place(view, pen(view.canvas), w, view.header.height)));
  view.canvas.classList.toggle("zoomed", view.zoom > 1);
  ctx.save();
  ctx.beginPath();
  ctx.rect(view.left, view.top, view.w, view.hgt);
  ctx.clip();
  hatch(view, ctx);
  const f = Math.max(1, Math.ceil(1 / (view.cell * (window.devicePixelRatio || 1))));
  ctx.imageSmoothingEnabled = false;
  const src = image(view, f);
  ctx.drawImage(src, view.left - view.x, view.top - view.y, src.width * f * view.cell, src.height * f * view.cell);
  if (view.cell >= 10) grid(view, ctx);
  if (view.cell >= 34 && !view.header.levels.length) figures(view, ctx);
  ctx.restore();
  ctx.strokeStyle = view.c.rule;
  ctx.strokeRect(view.left - 0.5, view.top - 0.5, view.w + 1, view.hgt + 1);
  marks(view, ctx);
  labels(view, ctx);
  say(view);
}

function hatch(view, ctx) {
  if (!view.pattern || view.pattern.ink !== view.c.masked) {
    view.pattern = { ink: view.c.masked, fill: hatching(ctx, view.c.masked) };
  }
  ctx.fillStyle = view.pattern.fill;
  ctx.fillRect(view.left, view.top, view.w, view.hgt);
}

function grid(view, ctx) {
  ctx.beginPath();
  for (let c = 1; c < view.cols; c++) ctx.rect(view.left - view.x + c * view.cell, view.top, 0, view.hgt);
  for (let r = 1; r < view.rows; r++) ctx.rect(view.left, view.top - view.y + r * view.cell, view.w, 0);
  ctx.strokeStyle = view.c.rule;
  ctx.globalAlpha = 0.5;
  ctx.lineWidth = 0.5;
  ctx.stroke();
  ctx.globalAlpha = 1;
}

const range = (from, size, cell, n) => [
  Math.max(0, Math.floor(from / cell)),
  Math.min(n, Math.ceil((from + size) / cell)),
];

function figures(view, ctx) {
  const [r0, r1] = range(view.y, view.hgt, view.cell, view.rows),
    [c0, c1] = range(view.x, view.w, view.cell, view.cols);
  ctx.font = FONT.replace("14px", `${Math.min(14, view.cell * 0.36)}px`);
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (let r = r0; r < r1; r++)
    for (let c = c0; c < c1; c++) {
      const x = view.values[r * view.cols + c];
      if (Number.isNaN(x) || Math.abs(x) < 0.005) continue;
      const [red, green, blue] = shade(view, x);
      ctx.fillStyle = 0.3 * red + 0.59 * green + 0.11 * blue > 140 ? view.c["on-light"] : view.c["on-dark"];
      const text = (Math.abs(x) < 10 ? x.toFixed(2) : x.toFixed(0)).replace(/^(-?)0\./, "$1.");
      ctx.fillText(text, view.left - view.x + (c + 0.5) * view.cell, view.top - view.y + (r + 0.5) * view.cell);
    }
}

function marks(view, ctx) {
  const y = (r) => view.top - view.y + r * view.cell,
    x = (c) => view.left - view.x + c * view.cell,
    size = Math.max(view.cell, 2);
  ctx.save();
  ctx.beginPath();
  ctx.rect(view.left - 1, view.top - 1, view.w + 2, view.hgt + 2);
  ctx.clip();
  ctx.lineWidth = 2;
  ctx.strokeStyle = view.c.query;
  if (view.row != null) ctx.strokeRect(view.left - 1, y(view.row), view.w + 2, size);
  if (view.at) {
    ctx.lineWidth = 1.5;
    ctx.strokeRect(view.left, y(view.at[0]), view.w, size);
    ctx.strokeStyle = view.c.key;
    ctx.strokeRect(x(view.at[1]), view.top, size, view.hgt);
  }
  ctx.restore();
}

function labels(view, ctx) {
  const every = Math.max(1, Math.ceil(17 / view.cell));
  const tint = { A: view.c["sentence-a"], B: view.c["sentence-b"] },
    band = Math.max(view.cell * every - 1, 15);
  const side = (tokens, kinds, size, offset, strong, colour, put) => {
    const [a, b] = range(offset, size, view.cell, tokens.length);
    for (let i = a; i < b; i++) {
      const bold = strong.includes(i),
        near = strong.some((s) => s != null && Math.abs(s - i) * view.cell < (band + 17) / 2);
      const at = (i + 0.5) * view.cell - offset;
      if (at < 0 || at > size || !(bold || (i % every === 0 && !near))) continue;
      ctx.font = (bold ? "bold " : "") + FONT;
      put(tokens[i], at, bold ? colour : kinds?.[i] === "special" ? view.c.quiet : view.c.ink, tint[kinds?.[i]]);
    }
  };
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  side(
    view.header.q,
    view.header.kq,
    view.hgt,
    view.y,
    [view.row, view.at?.[0]],
    view.c.query,
    (text, at, ink, ground) => {
      ctx.fillStyle = ground ?? ink;
      if (ground && view.cell >= 15) ctx.fillRect(0, view.top + at - band / 2, view.left - 6, band);
      ctx.fillStyle = ink;
      ctx.fillText(clipped(ctx, text, view.left - 16), view.left - 10, view.top + at);
    },
  );
  ctx.textAlign = "left";
  side(view.header.k, view.header.kk, view.w, view.x, [view.at?.[1]], view.c.key, (text, at, ink) => {
    ctx.save();
    ctx.translate(view.left + at + 4, view.top - 8);
    ctx.rotate(-Math.PI / 3);
    ctx.fillStyle = ink;
    ctx.fillText(clipped(ctx, text, (view.top - 14) / 0.87), 0, 0);
    ctx.restore();
  });
}

function say(view) {
  if (!view.at) return view.read.replaceChildren();
  const [r, c] = view.at,
    x = view.values[r * view.cols + c];
  const level = view.header.levels.find(([y]) => Math.abs(y - x) < 0.01)?.[1];
  const value = Number.isNaN(x) ? view.header.words.masked : (level ?? digits(x, view.header));
  view.read.replaceChildren(
    make("bdi", "q", view.header.q[r]),
    ` ${r} → `,
    make("bdi", "k", view.header.k[c]),
    ` ${c}   ${value}`,
  );
}

function listen(view) {
  const { canvas } = view,
    fingers = new Map();
  const cell = (e) => {
    const on = pointed(canvas, e),
      x = on.x - view.left,
      y = on.y - view.top;
    if (x < 0 || y < 0 || x >= view.w || y >= view.hgt)
      return x < 0 && y >= 0 && y < view.hgt ? [Math.floor((y + view.y) / view.cell), view.at?.[1] ?? 0] : null;
    return [Math.floor((y + view.y) / view.cell), Math.floor((x + view.x) / view.cell)];
  };
  const point = (at) => {
    if (String(at) === String(view.at)) return;
    view.at = at;
    later(view);
  };
  const zoom = (by, px = view.w / 2, py = view.hgt / 2) => {
    const max = Math.max(1, (64 * view.zoom) / view.cell),
      next = Math.min(Math.max(view.zoom * by, 1), Math.max(max, 4));
    const k = next / view.zoom;
    Object.assign(view, { zoom: next, x: (view.x + px) * k - px, y: (view.y + py) * k - py });
    draw(view);
  };
  const pick = (at) => {
    if (!at) return;
    view.row = at[0];
    draw(view);
    view.choose(view.row);
  };
  let way = 0; // of a finger since it touched
  canvas.onpointerdown = (e) => {
    fingers.set(e.pointerId, e);
    way = 0;
    canvas.setPointerCapture(e.pointerId);
  };
  canvas.onpointermove = (e) => {
    const was = fingers.get(e.pointerId);
    if (!was) return point(cell(e));
    const other = [...fingers.values()].find((f) => f.pointerId !== e.pointerId);
    way += Math.abs(e.clientX - was.clientX) + Math.abs(e.clientY - was.clientY);
    if (other) {
      const gap = (f) => Math.hypot(f.clientX - other.clientX, f.clientY - other.clientY);
      zoom(gap(e) / (gap(was) || 1));
    } else if (view.zoom > 1) {
      const scale = enlarged(canvas);
      view.x -= (e.clientX - was.clientX) / scale;
      view.y -= (e.clientY - was.clientY) / scale;
      later(view);
    }
    fingers.set(e.pointerId, e);
  };
  canvas.onpointerup = (e) => {
    fingers.delete(e.pointerId);
    if (way >= 5) return;
    point(cell(e)); // a finger says where it points only here
    pick(cell(e));
  };
  canvas.onpointercancel = (e) => fingers.delete(e.pointerId);
  // What a finger has pointed at stays to be read when the finger is gone.
  canvas.onpointerleave = (e) => e.pointerType === "touch" || fingers.size || point(null);
  canvas.addEventListener(
    "wheel",
    (e) => {
      if (!e.ctrlKey && !e.metaKey && view.zoom === 1) return; // the page scrolls
      e.preventDefault();
      const { x, y } = pointed(canvas, e);
      zoom(Math.exp(-e.deltaY / 300), x - view.left, y - view.top);
    },
    { passive: false },
  );
  canvas.ondblclick = (e) => {
    const { x, y } = pointed(canvas, e);
    zoom(2, x - view.left, y - view.top);
  };
  canvas.onkeydown = (e) => {
    const move = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[e.key];
    const now = view.at ?? [view.row ?? 0, 0];
    if (move) {
      const at = [
        Math.min(Math.max(now[0] + move[0], 0), view.rows - 1),
        Math.min(Math.max(now[1] + move[1], 0), view.cols - 1),
      ];
      view.y = Math.min(Math.max(view.y, (at[0] + 1) * view.cell - view.hgt), at[0] * view.cell);
      view.x = Math.min(Math.max(view.x, (at[1] + 1) * view.cell - view.w), at[1] * view.cell);
      point(at);
    } else if (e.key === "Enter" || e.key === " ") pick(now);
    else if (e.key === "+" || e.key === "=") zoom(1.5);
    else if (e.key === "-") zoom(1 / 1.5);
    else if (e.key === "0") zoom(0);
    else return;
    e.preventDefault();
  };
  const [more, less, fit, png, svg] = view.buttons;
  more.onclick = () => zoom(1.5);
  less.onclick = () => zoom(1 / 1.5);
  fit.onclick = () => zoom(0);
  png.onclick = () => {
    const { width, height } = canvas,
      sheet = Object.assign(make("canvas"), { width, height });
    const ctx = pen(sheet);
    ctx.fillStyle = view.c.ground;
    ctx.fillRect(0, 0, width, height);
    ctx.drawImage(canvas, 0, 0);
    sheet.toBlob((blob) => download(blob, `${view.header.name}.png`));
  };
  svg.onclick = () => download(new Blob([drawing(view)], { type: "image/svg+xml" }), `${view.header.name}.svg`);
}

function later(view) {
  view.frame ??= requestAnimationFrame(() => {
    view.frame = null;
    draw(view);
  });
}

// The whole matrix: cells as an image of exact pixels, labels as text.
function drawing(view) {
  const size = 18,
    left = 160,
    top = 140;
  const box = { x: left, y: top, width: view.cols * size, height: view.rows * size };
  const line = node("path", { d: "M0 6L6 0", stroke: view.c.masked, "stroke-width": 1.5 });
  const label = (text, attributes) => node("text", { fill: view.c.ink, ...attributes }, text);
  const svg = node(
    "svg",
    { viewBox: `0 0 ${left + box.width + 70} ${top + box.height + 4}`, "font-family": "monospace", "font-size": 14 },
    node("rect", { width: "100%", height: "100%", fill: view.c.ground }),
    node("defs", {}, node("pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse" }, line)),
    node("rect", { ...box, fill: "url(#hatch)" }),
    node("image", {
      ...box,
      href: image(view, 1).toDataURL(),
      preserveAspectRatio: "none",
      style: "image-rendering: pixelated",
    }),
    ...view.header.q.map((text, i) => label(text, { x: left - 8, y: top + i * size + 14, "text-anchor": "end" })),
    ...view.header.k.map((text, i) =>
      label(text, { transform: `translate(${left + i * size + 13} ${top - 8}) rotate(-60)` }),
    ),
  );
  return new XMLSerializer().serializeToString(svg);
}
