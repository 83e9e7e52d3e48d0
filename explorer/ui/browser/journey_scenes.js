// The steps of one attention weight as a moving picture. Each scene draws one step at a moment t, 0 … 1; at 1 it rests.
// g: {ctx, c: colours, W, H, narrow, x0, x1, row, n: chosen key, hot: what can be pointed at}

const ease = (t) => (t <= 0 ? 0 : t >= 1 ? 1 : t * t * (3 - 2 * t));
const within = (t, from, to) => ease((t - from) / (to - from));
const mix = (a, b, part) => a + (b - a) * part;
/** @returns {any} [x, y, width, height] on the way from one to another */
const box = (/** @type {any} */ a, /** @type {any} */ b, /** @type {number} */ part) =>
  a.map((x, i) => mix(x, b[i], part));

// Strips that were painted, by theme.
/** @type {WeakMap<object, WeakMap<object, any>>} */
const sheets = new WeakMap();
function painted(colours) {
  const found = sheets.get(colours) ?? new WeakMap();
  sheets.set(colours, found);
  return found;
}

/** What a scene is drawn with: where rows stand, for this size, and the colours as numbers. @returns {any} */
function sheetFor(ctx, { row, n, size, colours: c }, { ground, sans }) {
  const [W, H] = size;
  const narrow = W < 560;
  const stops = (name, count) => Array.from({ length: count }, (_, i) => channels(c[`${name}-${i}`]));
  const [x0, x1] = narrow ? [14, W - 4] : [100, W - 104];
  const each = (x1 - x0) / (row.at.length + (row.rest ? 1 : 0));
  return {
    ctx,
    c,
    ground,
    sans,
    mono: MONO,
    W,
    H,
    narrow,
    x0,
    x1,
    thick: narrow ? 26 : 34, // of a row
    leaf: narrow ? 60 : 52, // of a folded row, at most
    foot: each > 44 ? 24 : 66, // room for the tokens under their columns
    bands: narrow ? [26, 0.42 * H, 0.76 * H] : [12, 0.5 * H - 28, H - 60], // where three rows begin
    row,
    n,
    hot: [],
    sheets: painted(c),
    signed: stops("signed", 3),
    greys: [channels(c.ground), between([channels(c.ground), channels(c.quiet)], 0.75)],
    violet: stops("attention", 2),
    get hatch() {
      return hatching(ctx, c.masked);
    },
  };
}

// A signed value's colour on the range ±limit; `grey` takes the colour out: that is the step before.
function tone(g, value, limit, grey = 0) {
  const part = intensity(value, { low: -limit, high: limit, root: false, scale: "signed" });
  const colour = between(g.signed, part);
  if (!grey) return `rgb(${colour})`;
  const pale = between(g.greys, Math.abs(2 * part - 1));
  return `rgb(${between([colour, pale], grey)})`;
}

function write(
  g,
  text,
  x,
  y,
  { size = 14, ink = g.c.ink, align = "left", bold = false, mono = false, alpha = 1 } = {},
) {
  if (alpha <= 0) return;
  const { ctx } = g;
  ctx.globalAlpha = alpha;
  ctx.fillStyle = ink;
  ctx.textAlign = /** @type {CanvasTextAlign} */ (align);
  ctx.font = `${bold ? "600 " : ""}${size}px ${mono ? g.mono : g.sans}`;
  ctx.fillText(text, x, y);
  ctx.globalAlpha = 1;
}

// What a row is called: at its left, or above it where there is no room.
function label(g, y, height, name, below, ink, alpha = 1) {
  if (g.narrow) {
    write(g, name, g.x0, y - 6, { bold: true, ink, alpha });
    const past = g.x0 + g.ctx.measureText(name).width + 8;
    return write(g, below, past, y - 6, { ink: g.c.quiet, alpha });
  }
  const middle = y + height / 2;
  const room = g.x0 - 18;
  g.ctx.font = `600 15px ${g.sans}`;
  write(g, clipped(g.ctx, name, room), g.x0 - 14, middle - (below ? 3 : -5), {
    size: 15,
    bold: true,
    align: "right",
    ink,
    alpha,
  });
  if (below) write(g, clipped(g.ctx, below, room), g.x0 - 14, middle + 14, { align: "right", ink: g.c.quiet, alpha });
}

/** @param {((i: number) => number | null) | null} pick */
const points = (g, name, place, count, rect, tell, pick = null) => g.hot.push({ name, place, count, rect, tell, pick });

// A vector as a row of cells. at(m) may say where a cell is on its way: [x, y, width, height, alpha].
function strand(g, values, [x, y, width, height], limit, /** @type {any} */ { grey = 0, alpha = 1, at = null } = {}) {
  const { ctx } = g;
  const each = width / values.length;
  const gap = each > 6 ? 1 : 0;
  for (let m = 0; m < values.length; m++) {
    const [cx, cy, cw, ch, seen] = at ? at(m) : [x + m * each, y, each, height, 1];
    if (seen * alpha <= 0) continue;
    ctx.globalAlpha = seen * alpha;
    ctx.fillStyle = tone(g, values[m], limit, grey);
    ctx.fillRect(cx, cy, cw - gap, ch);
  }
  ctx.globalAlpha = 1;
  if (alpha > 0.5 && !at && height > 20) outlined(g, [x, y, width - gap, height], g.c.rule);
}

function outlined(g, /** @type {any} */ [x, y, width, height], ink, thick = 1, alpha = 1) {
  if (alpha <= 0) return;
  Object.assign(g.ctx, { strokeStyle: ink, lineWidth: thick, globalAlpha: alpha });
  g.ctx.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
  g.ctx.globalAlpha = 1;
}

/** @returns {any} */
const cell = ([x, y, width, height], count, m) => [x + (m * width) / count, y, width / count, height];
/** @returns {any} */
const strandAt = (g, y, count, height = g.thick) => [g.x0, y, Math.min(g.x1 - g.x0, 44 * count), height];

// A vector that is too long for a row, folded: the numbers of a block run down, block by block (as in the poster).
function folded(g, count, block) {
  const most = g.narrow ? 48 : 96;
  let rows = Math.ceil(count / most);
  while (rows < block && block % rows) rows++;
  rows = Math.max(1, Math.min(rows, Math.max(block, Math.ceil(count / most))));
  return { rows, columns: Math.ceil(count / rows) };
}

/** @returns {any} */
const sheetAt = (g, y, { columns, rows }) => {
  const width = Math.min(g.x1 - g.x0, 40 * columns);
  return [g.x0, y, width, Math.max(rows * 4, Math.min(g.leaf, (1.7 * rows * width) / columns))];
};

function sheet(g, values, fold, limit, place, { grey = 0, alpha = 1 } = {}) {
  const draw = (kind, seen) => {
    if (seen <= 0) return;
    g.ctx.globalAlpha = seen;
    g.ctx.imageSmoothingEnabled = false;
    g.ctx.drawImage(sheetOf(g, values, fold, limit, kind), ...place);
    g.ctx.globalAlpha = 1;
  };
  draw(0, alpha * (grey < 1 ? 1 : 0));
  draw(1, alpha * grey);
  outlined(g, place, g.c.rule, 1, alpha);
}

// Painted once for a theme and kept: later frames only place it.
function sheetOf(g, values, { rows, columns }, limit, grey) {
  const key = `${grey} ${limit} ${rows}`;
  if (!g.sheets.has(values)) g.sheets.set(values, {});
  const kept = g.sheets.get(values);
  kept[key] ??= pixelled(columns, rows, (pixels) => {
    for (let i = 0; i < pixels.length; i++) {
      const at = (i % columns) * rows + Math.floor(i / columns);
      if (at < values.length) pixels[i] = pixel(channels(tone(g, values[at], limit, grey)));
    }
  });
  return kept[key];
}

function sheetPoints(g, name, place, { rows, columns }, count, tell) {
  const [x, y, width, height] = place;
  const rect = (i) => [
    x + Math.floor(i / rows) * (width / columns),
    y + (i % rows) * (height / rows),
    width / columns,
    height / rows,
  ];
  points(g, name, place, count, rect, tell);
}

const times = (a, b, product) => `${shown(a)} × ${shown(b)} = ${shown(product)}`;

// --- The keys as columns: their scores, what the mask hides, their weights.

function columnsOf(g) {
  const { row } = g;
  const count = row.at.length + (row.rest ? 1 : 0);
  const each = Math.min(64, (g.x1 - g.x0) / count);
  return { count, each, x: (n) => g.x0 + n * each };
}

function tokenLabels(g, y, alpha = 1) {
  const { row, ctx } = g;
  const { each, x } = columnsOf(g);
  const flat = each > 44;
  const rest = row.rest ? [`+${row.rest}`] : [];
  [...row.tokens, ...rest].forEach((token, n) => {
    const own = n === g.n;
    const style = { size: 14, bold: own, ink: own ? g.c.key : n < row.at.length ? g.c.ink : g.c.quiet, alpha };
    ctx.font = `${own ? "600 " : ""}14px ${g.sans}`;
    if (flat) return write(g, clipped(ctx, token, each - 4), x(n) + each / 2, y + 15, { ...style, align: "center" });
    ctx.save();
    ctx.translate(x(n) + each / 2 + 4, y + 6);
    ctx.rotate(-Math.PI / 3.2);
    write(g, clipped(ctx, token, g.foot - 4), 0, 6, { ...style, align: "right" });
    ctx.restore();
  });
}

// Bars from 0 on one axis; values(n) may be on its way. Returns where a value lies.
function bars(
  g,
  /** @type {any} */ [top, bottom],
  /** @type {any} */ [low, high],
  values,
  { alpha = 1, ink = (n) => tone(g, values(n), reach([low, high])), hollow = false, thin = 0.3 } = {},
) {
  const { row, ctx } = g;
  const { each, x } = columnsOf(g);
  const y = (value) => bottom - ((value - low) / (high - low || 1)) * (bottom - top);
  for (let n = 0; n < row.at.length; n++) {
    if (!row.visible[n]) continue;
    const value = values(n);
    const place = [
      x(n) + (each * thin) / 2,
      Math.min(y(0), y(value)),
      each * (1 - thin),
      Math.max(1, Math.abs(y(value) - y(0))),
    ];
    if (hollow) {
      outlined(g, place, g.c.quiet, 1, 0.6 * alpha);
      continue;
    }
    ctx.globalAlpha = alpha;
    ctx.fillStyle = ink(n);
    ctx.fillRect(...place);
    ctx.globalAlpha = 1;
    outlined(g, place, n === g.n ? g.c.key : g.c.quiet, n === g.n ? 2 : 0.75, alpha);
  }
  ctx.globalAlpha = alpha;
  ctx.fillStyle = g.c.quiet;
  ctx.fillRect(g.x0, y(0), g.x1 - g.x0, 1);
  ctx.globalAlpha = 1;
  return y;
}

function hidden(g, /** @type {any} */ [top, bottom], alpha) {
  if (alpha <= 0) return;
  const { row, ctx } = g;
  const { each, x } = columnsOf(g);
  ctx.globalAlpha = alpha;
  ctx.fillStyle = g.hatch;
  row.visible.forEach((may, n) => {
    if (!may) ctx.fillRect(x(n) + 2, top, each - 4, bottom - top);
  });
  ctx.globalAlpha = 1;
}

/** The range of these and 0. @returns {any} */
function span0(...vectors) {
  let [low, high] = [0, 0];
  for (const vector of vectors)
    for (const x of vector) {
      if (x < low) low = x;
      if (x > high) high = x;
    }
  return high - low < 1e-9 ? [0, 1] : [low, high];
}

function dotted(g) {
  const { row } = g;
  return Array.from(row.dots, (dot, n) => (row.visible[n] ? dot : 0));
}

const scoreOf = (row, n) => (row.visible[n] ? row.scores[n] : 0);

function columnPoints(g, name, /** @type {any} */ [top, bottom], tell) {
  const { each, x } = columnsOf(g);
  const { at } = g.row;
  const place = [g.x0, top, each * at.length, bottom - top];
  points(
    g,
    name,
    place,
    at.length,
    (n) => [x(n), top, each, bottom - top],
    tell,
    (n) => n,
  );
}

// The scale step with its numbers, as this model does it.
function scaled(row, n, { dot = shown(row.dots[n]) } = {}) {
  const end = row.visible[n] ? shown(row.scores[n]) : shown(row.dots[n] * row.factor + row.added[n]);
  const { root, factor, added } = facts(row, n);
  const plus = added.replace(/^\+/, "+ ").replace(/^−/, "− ");
  return {
    root: `${dot} ÷ √${row.width} = ${dot} ÷ ${root} = ${end}`,
    factor: `${dot} × ${factor} = ${end}`,
    none: `${dot} = ${end}`,
    bias: `${dot} ${plus} = ${end}`,
    relative: `(${dot} ${plus}) × ${factor} = ${end}`,
    both: `${dot} ÷ ${root} ${plus} = ${end}`,
  }[row.scaling];
}

// --- The steps.

const SCENES = {
  // q and k unfold from their tokens.
  project(g, t) {
    const { row, c } = g;
    const limit = reach(row.q, row.k[g.n]);
    [
      ["q", row.q, row.queryToken, c.query, g.bands[0], 0],
      ["k", row.k[g.n], row.tokens[g.n], c.key, g.bands[1], 0.12],
    ].forEach(([name, values, token, ink, y, late]) => {
      const place = strandAt(g, y, values.length);
      const at = (m) => {
        const seen = within(t, late + (0.45 * m) / values.length, late + 0.4 + (0.45 * m) / values.length);
        const [x, , width, height] = cell(place, values.length, m);
        return [mix(g.x0 - 10, x, seen), y, width, height, seen];
      };
      strand(g, values, place, limit, t < 1 ? { at } : {});
      label(g, y, g.thick, name, token, ink, within(t, 0, 0.3));
      points(
        g,
        name,
        place,
        values.length,
        (m) => cell(place, values.length, m),
        (m) =>
          `${name}[${m}] = ${shown(values[m])}\n${fill(row.say["tell.project"], { m, token, name: name.toUpperCase() })}`,
      );
    });
  },

  // q slides over k; number times number, the products drop out.
  product(g, t) {
    const { row, c } = g;
    const k = row.k[g.n];
    const count = k.length;
    const limit = reach(row.q, k);
    const products = multiplied(row.q, k);
    const [first, second, third] = g.bands.map((y) => strandAt(g, y, count));
    const back = within(t, 0.78, 1);
    const over = within(t, 0, 0.3) * (1 - back);
    const grey = back;
    strand(g, k, second, limit, { grey });
    strand(g, row.q, box(first, second, over), limit, { grey, alpha: 1 - 0.5 * over });
    outlined(g, box(first, second, over), c.query, 1.5, over);
    const at = (m) => {
      const seen = within(t, 0.3 + (0.3 * m) / count, 0.48 + (0.3 * m) / count);
      const [x, , width, height] = cell(third, count, m);
      return [x, mix(second[1], third[1], seen), width, height, seen];
    };
    strand(g, products, third, reach(products), t < 1 ? { at } : {});
    label(
      g,
      mix(first[1], second[1], over),
      g.thick,
      "q",
      over > 0.5 ? "" : row.queryToken,
      c.query,
      over > 0.3 ? 0 : 1,
    );
    label(g, second[1], g.thick, "k", row.tokens[g.n], c.key);
    label(g, third[1], g.thick, "q ⊙ k", "", c.ink, within(t, 0.3, 0.5));
    const tell = (m) => `q[${m}] × k[${m}]\n${times(row.q[m], k[m], products[m])}`;
    for (const [name, place] of Object.entries({ q: first, k: second, "q ⊙ k": third }))
      points(g, name, place, count, (m) => cell(place, count, m), tell);
  },

  // The products fall into one number.
  sum(g, t) {
    const { row, c, ctx } = g;
    const products = multiplied(row.q, row.k[g.n]);
    const count = products.length;
    const sums = running(products);
    const up = within(t, 0, 0.14);
    const from = strandAt(g, g.bands[2], count);
    const above = strandAt(g, g.bands[0], count);
    const strip = box(from, above, up);
    const limit = reach(products);
    strand(g, products, strip, limit, { grey: within(t, 0.1, 0.3) });
    label(g, strip[1], g.thick, "q ⊙ k", "", c.ink);
    const [top, bottom] = [above[1] + g.thick + (g.narrow ? 34 : 14), g.H - 16];
    const [low, high] = span0(sums);
    const y = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
    const bar = (m) => {
      const [x, , width] = cell(above, count, m);
      const [a, b] = [y(sums[m] - products[m]), y(sums[m])];
      return [x, Math.min(a, b), width, Math.max(1.5, Math.abs(a - b))];
    };
    ctx.globalAlpha = up;
    ctx.fillStyle = c.rule;
    ctx.fillRect(g.x0, y(0), above[2], 1);
    ctx.globalAlpha = 1;
    let sum = 0;
    let level = 0;
    for (let m = 0; m < count; m++) {
      const seen = within(t, 0.14 + (0.66 * m) / count, 0.3 + (0.66 * m) / count);
      if (!seen) break;
      sum += seen * products[m];
      level = y(sum);
      const place = box(cell(above, count, m), bar(m), seen);
      ctx.fillStyle = tone(g, products[m], limit);
      ctx.fillRect(place[0], place[1], place[2] - 1, place[3]);
      outlined(g, [place[0], place[1], place[2] - 1, place[3]], c.quiet, 0.5);
    }
    if (t >= 1) [sum, level] = [row.dots[g.n], y(sums[count - 1])];
    const seen = within(t, 0.14, 0.25);
    if (g.narrow)
      write(g, `Σ = ${shown(sum)}`, g.x1, above[1] + g.thick + 24, {
        size: 19,
        bold: true,
        mono: true,
        align: "right",
        alpha: seen,
      });
    else {
      ctx.globalAlpha = 0.7 * seen;
      ctx.fillStyle = c.quiet;
      ctx.fillRect(above[0] + above[2], level, 8, 1.5);
      ctx.globalAlpha = 1;
      const at = Math.min(Math.max(level + 7, above[1] + g.thick + 24), g.H - 16);
      write(g, shown(sum), above[0] + above[2] + 12, at, { size: 20, bold: true, mono: true, alpha: seen });
      write(g, "Σ", above[0] + above[2] + 12, at - 22, { size: 15, ink: c.quiet, alpha: seen });
    }
    label(g, bottom - 40, 40, "q · k", "", c.ink, g.narrow ? 0 : seen);
    points(
      g,
      "q ⊙ k",
      above,
      count,
      (m) => cell(above, count, m),
      (m) => `q[${m}] × k[${m}]\n${times(row.q[m], row.k[g.n][m], products[m])}`,
    );
    points(
      g,
      "Σ",
      [above[0], top, above[2], bottom - top],
      count,
      (m) => bar(m),
      (m) => `${shown(sums[m] - products[m])} ${signed(products[m]).replace(/^([+−])/, "$1 ")} = ${shown(sums[m])}`,
    );
  },

  // √d divides: every product shrinks to its score.
  scale(g, t) {
    const { row, c } = g;
    if (t < 0.25) {
      SCENES.sum(g, 1);
      g.hot.length = 0;
      cover(g, within(t, 0, 0.22));
    }
    const dots = dotted(g);
    const range = span0(
      dots,
      Array.from(row.at, (_, n) => scoreOf(row, n)),
    );
    const area = [g.narrow ? 62 : 52, g.H - g.foot - 6];
    const rise = within(t, 0.25, 0.5);
    const shrink = within(t, 0.55, 0.95);
    equation(g, scaled(row, g.n), within(t, 0.15, 0.4));
    bars(g, area, range, (n) => dots[n] * rise, { hollow: true, alpha: rise });
    const limit = reach(Array.from(row.at, (_, n) => scoreOf(row, n)));
    bars(g, area, range, (n) => rise * mix(dots[n], scoreOf(row, n), shrink), {
      alpha: rise,
      ink: (n) => tone(g, scoreOf(row, n), limit),
    });
    tokenLabels(g, area[1], rise);
    label(g, area[1] - 60, 40, "s", "", c.ink, g.narrow ? 0 : rise);
    columnPoints(g, "s", area, (n) => `${row.tokens[n]}: ${row.visible[n] ? "" : "−∞\n"}${scaled(row, n)}`);
  },

  // What may not be looked at.
  mask(g, t) {
    const { row, c } = g;
    const scores = Array.from(row.at, (_, n) => scoreOf(row, n));
    const dots = dotted(g);
    const grow = row.scaling === "none" ? 1 : within(t, 0, 0.4);
    const [a, b] = [span0(dots, scores), span0(scores)];
    const area = [g.narrow ? 62 : 52, g.H - g.foot - 6];
    const limit = reach(scores);
    bars(g, area, [mix(a[0], b[0], grow), mix(a[1], b[1], grow)], (n) => scores[n], {
      ink: (n) => tone(g, scores[n], limit),
    });
    hidden(g, area, within(t, 0.4, 0.9));
    equation(
      g,
      row.visible[g.n]
        ? `${shown(row.scores[g.n])} + 0 = ${shown(row.scores[g.n])}`
        : `${shown(row.dots[g.n] * row.factor + row.added[g.n])} − ∞ = −∞`,
      within(t, 0.4, 0.8),
    );
    tokenLabels(g, area[1]);
    label(g, area[1] - 60, 40, "s", "", c.ink, g.narrow ? 0 : 1);
    columnPoints(g, "s", area, (n) => `${row.tokens[n]}: ${row.visible[n] ? shown(row.scores[n]) : "−∞"}`);
  },

  // The row squeezes through softmax: one bar of length 1, shared out.
  softmax(g, t) {
    const { row, c, ctx } = g;
    const { each, x, count } = columnsOf(g);
    const scores = Array.from(row.at, (_, n) => scoreOf(row, n));
    const up = within(t, 0, 0.25);
    const before = [g.narrow ? 62 : 52, g.H - g.foot - 6];
    const above = [10, 10 + 0.25 * (g.H - g.foot)];
    const area = box(before, above, up);
    const masked = row.nVisible < row.nKeys || row.scaling === "none";
    const wide0 = masked ? span0(scores) : span0(scores, dotted(g));
    const range = box(wide0, span0(scores), up);
    const limit = reach(scores);
    const pale = (n) => tone(g, scores[n], limit, up);
    bars(g, area, range, (n) => scores[n], { ink: pale });
    hidden(g, area, row.nVisible < row.nKeys ? 1 : 0);
    label(g, area[1] - 30, 30, "s", "", c.quiet, g.narrow ? 0 : 1);

    const seen = within(t, 0.22, 0.4);
    const weights = squeezed(row, within(t, 0.42, 1));
    const width = Math.min(g.x1 - g.x0, each * count);
    const [low, high] = [g.H - g.foot - 6, above[1] + 0.42 * (g.H - g.foot - above[1])];
    const gate = high - 8;
    const tall = low - gate - 30;
    let past = 0;
    const share = [...weights, ...(row.rest ? [row.restWeight] : [])];
    share.forEach((weight, n) => {
      if (row.visible[n] === false) return;
      const [gx, gw] = [g.x0 + past * width, weight * width];
      past += weight;
      const [cx, cw] = [x(n) + each * 0.15, each * 0.7];
      const y = low - weight * tall;
      const own = n === g.n;
      ctx.fillStyle = own ? c.key : c["attention-1"];
      ctx.globalAlpha = seen * (own ? 0.3 : 0.12);
      if (n < row.at.length && row.visible[n]) stream(ctx, [cx, cx + cw, area[1]], [gx, gx + gw, gate]);
      stream(ctx, [gx, gx + gw, gate + 12], [cx, cx + cw, y]);
      ctx.globalAlpha = seen;
      ctx.fillStyle = shadeOf(g, weight);
      ctx.fillRect(gx, gate, Math.max(0, gw - 1), 12);
      ctx.fillRect(cx, y, cw, low - y);
      ctx.globalAlpha = 1;
      outlined(g, [cx, y, cw, low - y], own ? c.key : c["attention-1"], own ? 2 : 0.75, seen);
      if (weight >= (g.narrow ? 0.15 : 0.03) || own)
        write(g, percent(weight), Math.max(cx + cw / 2, 20), y - 6, {
          bold: own,
          align: "center",
          alpha: seen,
          ink: own ? c.key : c.ink,
        });
    });
    outlined(g, [g.x0, gate, width, 12], c["attention-1"], 1, seen);
    label(g, gate, 12, "softmax", "Σ = 1", c["attention-1"], g.narrow ? 0 : seen);
    label(g, low - 36, 30, "a", "", c["attention-1"], g.narrow ? 0 : seen);
    tokenLabels(g, low);
    const tell = (n) =>
      row.visible[n]
        ? `${row.tokens[n]}: exp(${shown(scores[n])}) ÷ Σ exp = ${shown(row.weights[n])}`
        : `${row.tokens[n]}: −∞ → 0`;
    columnPoints(g, "s", above, tell);
    columnPoints(g, "a", [gate + 12, low], tell);
  },

  // As much of the value as the weight says.
  value(g, t) {
    const { row, c } = g;
    const v = row.v[g.n];
    const count = v.length;
    const weight = row.weights[g.n];
    const limit = reach(v);
    const up = within(t, 0, 0.22);
    const { each, x } = columnsOf(g);
    const base = mix(g.H - g.foot - 6, g.narrow ? 66 : 56, up);
    const tall = mix(0.4 * g.H, 44, up);
    row.at.forEach((_, n) => {
      const high = row.weights[n] * tall;
      g.ctx.fillStyle =
        n === g.n
          ? shadeOf(g, row.weights[n])
          : `rgb(${between([channels(shadeOf(g, row.weights[n])), g.greys[1]], up)})`;
      g.ctx.globalAlpha = n === g.n ? 1 : 0.6;
      g.ctx.fillRect(x(n) + each * 0.15, base - high, each * 0.7, high);
      g.ctx.globalAlpha = 1;
    });
    g.ctx.fillStyle = c.quiet;
    g.ctx.fillRect(g.x0, base, g.x1 - g.x0, 1);
    label(g, base - 30, 30, "a", "", c.quiet, g.narrow ? 0 : 1);
    const [cx, top] = [x(g.n) + each / 2, base - weight * tall - 6];
    const [first, second] = [strandAt(g, g.bands[1], count), strandAt(g, g.bands[2], count)];
    const fly = within(t, 0.3, 0.55);
    const end = g.narrow ? [g.x1, second[1] - 7] : [first[0] + first[2] + 12, second[1] - 14];
    write(g, `${fly > 0.5 ? "× " : ""}${percent(weight)}`, mix(cx, end[0], fly), mix(top, end[1], fly), {
      size: mix(14, 18, fly),
      bold: true,
      ink: c.key,
      align: g.narrow ? "right" : fly > 0.5 ? "left" : "center",
    });
    const shows = within(t, 0.15, 0.35);
    strand(g, v, first, limit, { alpha: shows, grey: within(t, 0.85, 1) * 0.7 });
    label(g, first[1], g.thick, "v", row.tokens[g.n], c.value, shows);
    const falls = within(t, 0.52, 0.8);
    const fades = within(t, 0.62, 1);
    const fetched = Float64Array.from(v, (value) => value * mix(1, weight, fades));
    strand(g, fetched, box(first, second, falls), limit, { alpha: falls > 0 ? 1 : 0 });
    label(g, second[1], g.thick, "a · v", "", c.value, falls);
    const tell = (m) => `a × v[${m}]\n${times(weight, v[m], weight * v[m])}`;
    points(g, "v", first, count, (m) => cell(first, count, m), tell);
    points(g, "a · v", second, count, (m) => cell(second, count, m), tell);
  },

  // What is fetched from all keys falls together.
  context(g, t) {
    const { row, c } = g;
    const parts = contributions(row);
    const count = row.valueWidth;
    const high = g.H - g.thick - (g.narrow ? 44 : 34);
    const each = Math.min(g.thick, high / parts.length);
    const last = strandAt(g, g.H - g.thick - 10, count);
    const own = row.joined.subarray(row.head * count, (row.head + 1) * count);
    const limit = mix(reach(row.v[g.n]), reach(own, ...parts.map((p) => p.values)), within(t, 0, 0.2));
    const grey = within(t, 0.85, 1);
    const sum = new Float64Array(count);
    // The chosen one is named, and of the others as many as there is room for, those that give most first.
    const order = parts.map((_, j) => j).sort((a, b) => parts[b].weight - parts[a].weight);
    /** @type {number[]} */
    const named = [];
    for (const j of [g.n, ...order]) if (named.every((other) => Math.abs(other - j) * each >= 13)) named.push(j);
    parts.forEach(({ values, weight, name }, j) => {
      const y = (g.narrow ? 22 : 8) + j * each;
      const mine = j === g.n;
      const there = strandAt(g, y, count, each - 1.5);
      const seen = mine ? 1 : within(t, 0.12, 0.36);
      const place = mine ? box(strandAt(g, g.bands[2], count), there, within(t, 0, 0.2)) : there;
      strand(g, values, place, limit, { alpha: seen, grey });
      if (!g.narrow) {
        const style = { bold: mine, alpha: seen };
        const bar = [there[0] + there[2] + 10, (g.W - there[0] - there[2] - 62) * weight];
        g.ctx.globalAlpha = seen;
        g.ctx.fillStyle = c["attention-1"];
        g.ctx.fillRect(bar[0], y + 1, Math.max(1, bar[1]), Math.max(2, each - 4));
        g.ctx.globalAlpha = 1;
        if (named.includes(j)) {
          g.ctx.font = `${mine ? "600 " : ""}14px ${g.sans}`;
          const text = clipped(g.ctx, name, g.x0 - 18);
          write(g, text, g.x0 - 14, y + each / 2 + 5, { ...style, align: "right", ink: mine ? c.key : c.ink });
          if (mine || weight > 0.01) write(g, percent(weight), bar[0] + bar[1] + 6, y + each / 2 + 5, style);
        }
      }
      const from = 0.38 + (0.36 * j) / parts.length;
      const falls = within(t, from, from + 0.18);
      for (let m = 0; m < count; m++) sum[m] += falls * values[m];
      if (falls > 0 && falls < 1) strand(g, values, box(there, last, falls), limit, { alpha: 0.75 });
    });
    const seen = within(t, 0.4, 0.55);
    strand(g, t < 1 ? sum : own, last, limit, { alpha: seen });
    label(g, last[1], g.thick, "c", fill(row.say["tell.head"], row), c.value, seen);
    parts.forEach(({ values, weight, name, raw }, j) => {
      const place = strandAt(g, (g.narrow ? 22 : 8) + j * each, count, each);
      const tell = (m) =>
        raw ? `${name}: a × v[${m}]\n${times(weight, raw[m], values[m])}` : `${name}: ${shown(values[m])}`;
      points(
        g,
        name,
        place,
        count,
        (m) => cell(place, count, m),
        tell,
        () => (raw ? j : null),
      );
    });
    points(
      g,
      "c",
      last,
      count,
      (m) => cell(last, count, m),
      (m) => `c[${m}] = Σ a × v[${m}] = ${shown(own[m])}`,
    );
  },

  // The head takes its place among the others.
  concat(g, t) {
    const { row, c } = g;
    const count = row.valueWidth;
    const own = row.joined.subarray(row.head * count, (row.head + 1) * count);
    const fold = folded(g, row.joined.length, count);
    const place = sheetAt(g, g.bands[1] + 10, fold);
    const [x, y, width, height] = place;
    const [cw, ch] = [width / fold.columns, height / fold.rows];
    const start = strandAt(g, g.H - g.thick - 10, count);
    const above = strandAt(g, g.bands[0], count);
    const up = within(t, 0, 0.2);
    const from = box(start, above, up);
    const limit = mix(reach(own), usual(row.joined), up);
    strand(g, own, from, limit, { grey: within(t, 0.2, 0.5) });
    label(g, from[1], g.thick, "c", fill(row.say["tell.head"], row), c.value);
    sheet(g, row.joined, fold, usual(row.joined), place, { alpha: within(t, 0.6, 1) });
    const at = (m) => {
      const moves = within(t, 0.2 + (0.25 * m) / count, 0.5 + (0.25 * m) / count);
      const index = row.head * count + m;
      const target = [x + Math.floor(index / fold.rows) * cw, y + (index % fold.rows) * ch, cw, ch];
      return [...box(cell(from, count, m), target, moves), moves > 0 ? 1 : 0];
    };
    if (t < 1) strand(g, own, from, usual(row.joined), { at });
    const seen = within(t, 0.55, 0.9);
    headFrame(g, place, seen);
    const block = width / row.heads;
    if (block > 13)
      for (let h = 0; h < row.heads; h++)
        write(g, String(h), x + (h + 0.5) * block, y + height + 18, {
          align: "center",
          bold: h === row.head,
          ink: h === row.head ? c.value : c.quiet,
          alpha: seen,
        });
    label(g, y, height, fill(row.say["tell.heads"], row), `[${row.joined.length}]`, c.ink, seen);
    points(
      g,
      "c",
      above,
      count,
      (m) => cell(above, count, m),
      (m) => `c[${m}] = ${shown(own[m])}`,
    );
    sheetPoints(
      g,
      "heads",
      place,
      fold,
      row.joined.length,
      (i) =>
        `${fill(row.say["tell.head"], { head: Math.floor(i / count) })}: c[${i % count}] = ${shown(row.joined[i])}`,
    );
  },

  // W_O: one of its rows makes one number of all heads; then all the others.
  output(g, t) {
    const { row, c, ctx } = g;
    const fold = folded(g, row.joined.length, row.valueWidth);
    const outFold = row.out === row.joined.length ? fold : folded(g, row.out, 1);
    const up = within(t, 0, 0.18);
    const place = box(sheetAt(g, g.bands[1] + 10, fold), sheetAt(g, g.bands[0], fold), up);
    const below = sheetAt(g, g.bands[1], fold);
    const last = sheetAt(g, g.bands[2], outFold);
    sheet(g, row.joined, fold, usual(row.joined), place, { grey: within(t, 0.75, 1) });
    headFrame(g, place, 1 - within(t, 0.75, 1) * 0.6);
    label(g, place[1], place[3], fill(row.say["tell.heads"], row), `[${row.joined.length}]`, c.ink);
    const seen = within(t, 0.18, 0.32);
    if (row.mixing) {
      const over = within(t, 0.32, 0.48) * (1 - within(t, 0.62, 0.78));
      const slid = box(below, place, 0.7 * over);
      sheet(g, row.mixing, fold, usual(row.mixing), slid, {
        alpha: seen * (1 - 0.4 * over),
        grey: within(t, 0.8, 1) * 0.8,
      });
      label(g, below[1], below[3], `W_O [${row.shown}]`, "", c.ink, seen);
    }
    const [x, y, width, height] = last;
    const [cw, ch] = [width / outFold.columns, height / outFold.rows];
    const target = [x + Math.floor(row.shown / outFold.rows) * cw, y + (row.shown % outFold.rows) * ch, cw, ch];
    const drop = within(t, 0.5, 0.68);
    if (drop > 0) {
      ctx.globalAlpha = 0.12 * drop * (1 - 0.6 * within(t, 0.85, 1));
      ctx.fillStyle = c.quiet;
      stream(ctx, [below[0], below[0] + below[2], below[1] + below[3]], [target[0], target[0] + cw, target[1]]);
      ctx.globalAlpha = 1;
    }
    sheet(g, row.attnOut, outFold, usual(row.attnOut), last, { alpha: within(t, 0.68, 1) });
    ctx.globalAlpha = drop;
    ctx.fillStyle = tone(g, row.attnOut[row.shown], usual(row.attnOut));
    ctx.fillRect(...target);
    ctx.globalAlpha = 1;
    outlined(g, target, c.ink, 2, drop);
    label(g, y, height, row.say["tell.out"], `[${row.out}]`, c.ink, within(t, 0.68, 0.9));
    write(g, shown(row.attnOut[row.shown]), g.narrow ? g.x1 : x + width + 12, g.narrow ? y - 6 : y + height / 2 + 6, {
      size: 17,
      bold: true,
      mono: true,
      align: g.narrow ? "right" : "left",
      alpha: drop,
    });
    const tell = (i) => {
      const name = `${fill(row.say["tell.head"], { head: Math.floor(i / row.valueWidth) })}: `;
      if (!row.mixing) return `${name}${shown(row.joined[i])}`;
      return `${name}W_O[${row.shown}, ${i}] × c[${i}]\n${times(row.mixing[i], row.joined[i], row.mixing[i] * row.joined[i])}`;
    };
    sheetPoints(g, "heads", sheetAt(g, g.bands[0], fold), fold, row.joined.length, tell);
    if (row.mixing) sheetPoints(g, "W_O", below, fold, row.joined.length, tell);
    sheetPoints(g, "attn_out", last, outFold, row.out, (i) => {
      const about = `attn_out[${i}] = ${shown(row.attnOut[i])}`;
      return i === row.shown && row.mixing
        ? `${about}\nΣ W_O × c ${signed(row.shift).replace(/^([+−])/, "$1 ")} (b_O)`
        : about;
    });
  },

  // The residual adds.
  residual(g, t) {
    const { row, c } = g;
    const fold = row.out === row.joined.length ? folded(g, row.out, row.valueWidth) : folded(g, row.out, 1);
    const [first, second, third] = g.bands.map((y) => sheetAt(g, y, fold));
    const limit = usual(row.state, row.attnOut, row.total);
    const comes = within(t, 0, 0.3);
    const move = within(t, 0, 0.25);
    const meet = within(t, 0.35, 0.55) * (1 - within(t, 0.7, 0.9));
    sheet(g, row.state, fold, limit, first, { alpha: comes });
    sheet(
      g,
      row.attnOut,
      fold,
      mix(usual(row.attnOut), limit, move > 0.5 ? 1 : 0),
      box(box(third, second, move), first, meet),
      { alpha: 1 - 0.45 * meet, grey: within(t, 0.75, 1) },
    );
    const adds = within(t, 0.55, 0.8);
    sheet(g, row.total, fold, limit, box(first, third, adds), { alpha: adds });
    label(g, first[1], first[3], row.say["tell.state"], row.queryToken, c.query, comes);
    label(g, mix(third[1], second[1], move), second[3], `+ ${row.say["tell.out"]}`, "", c.ink);
    label(g, third[1], third[3], "=", "", c.ink, adds);
    const tell = (i) =>
      `${shown(row.state[i])} ${signed(row.attnOut[i]).replace(/^([+−])/, "$1 ")} = ${shown(row.total[i])}\n[${i}]`;
    for (const [name, place] of Object.entries({ x: first, attn_out: second, total: third }))
      sheetPoints(g, name, place, fold, row.out, tell);
  },
};

// --- What several scenes draw.

function equation(g, text, alpha) {
  const size = g.narrow ? 15 : 19;
  write(g, text, g.x0, g.narrow ? 30 : 26, { size, bold: true, mono: true, alpha });
}

// A canvas has no groups: what fades is drawn, then covered by the ground.
function cover(g, alpha) {
  g.ctx.globalAlpha = alpha;
  g.ctx.fillStyle = g.ground;
  g.ctx.fillRect(0, 0, g.W, g.H);
  g.ctx.globalAlpha = 1;
}

function stream(ctx, [left1, right1, y1], [left2, right2, y2]) {
  const middle = (y1 + y2) / 2;
  ctx.beginPath();
  ctx.moveTo(left1, y1);
  ctx.bezierCurveTo(left1, middle, left2, middle, left2, y2);
  ctx.lineTo(right2, y2);
  ctx.bezierCurveTo(right2, middle, right1, middle, right1, y1);
  ctx.fill();
}

const shadeOf = (g, weight) => `rgb(${between(g.violet, Math.sqrt(weight))})`;

function headFrame(g, [x, y, width, height], alpha) {
  const block = width / g.row.heads;
  outlined(g, [x + g.row.head * block, y, block, height], g.c.value, 2.5, alpha);
}

/** What each key gives: a · v, and the others of a long text together. @returns {any[]} */
function contributions(row) {
  row.parts ??= [
    ...row.v.map((raw, n) => ({
      raw,
      weight: row.weights[n],
      name: row.tokens[n],
      values: Float64Array.from(raw, (x) => x * row.weights[n]),
    })),
    ...(row.rest ? [{ raw: null, weight: row.restWeight, name: `+${row.rest}`, values: row.restValue }] : []),
  ];
  return row.parts;
}

// A range that 98 % stay in: trained models have single numbers 20 times the rest.
function usual(...vectors) {
  const key = vectors[vectors.length - 1];
  if (!ranges.has(key)) {
    const all = vectors.flatMap((vector) => Array.from(vector, Math.abs)).sort((a, b) => a - b);
    ranges.set(key, Math.max(all[Math.floor(0.98 * (all.length - 1))], 1e-9));
  }
  return ranges.get(key);
}
/** @type {WeakMap<object, number>} */
const ranges = new WeakMap();
