// One head with the model's factor and with another one: matrices, histogram and one row, all following the slider.
// The visitor's hand never waits for the server: q·k is here, and softmax of a row is one line.
// data: a frame; header {tokens, own, factor, low, row, words}, body q·k as float32, queries x keys, and as many
// numbers that are added after the factor: a bias for the distance, -1e30 where the query may not look.
const WINDOW = 48;
const SIGNED = ["signed-0", "signed-1", "signed-2"];
const CHANCE = ["attention-0", "attention-1"];
/** @type {CanvasTextAlign[]} */
const ALIGN = ["left", "center", "right"];
const COLOURS = ["ink", "quiet", "rule", "query", "masked", "changed-1", ...SIGNED, ...CHANCE];

export default function ({ data, parentElement, setTriggerValue }) {
  const view = kept(parentElement, build);
  view.send = (field, value) => choose(parentElement, setTriggerValue, value, field);
  load(view, data, parentElement);
}

function build(parent) {
  const root = put(parent, "div", "both bx");
  const probe = put(root, "i", "probe");
  const top = put(root, "div", "top");
  const dial = put(top, "div", "dial");
  const label = put(dial, "label");
  const name = put(label, "span");
  const value = put(label, "span", "value");
  const says = put(label, "span", "says");
  const slider = Object.assign(put(dial, "input"), { type: "range", min: 0, max: 1000, step: 1, id: "factor" });
  const marks = put(dial, "div", "marks");
  const switches = put(top, "div", "switches");
  const modes = put(switches, "div", "modes");
  const zoom = button("zoom");
  switches.append(zoom);
  label.htmlFor = "factor";
  const main = put(root, "canvas");
  const said = put(root, "div", "said");
  const lower = put(root, "div", "lower");
  const left = put(lower, "div");
  const right = put(lower, "div");
  const spreadTitle = put(left, "h2");
  const spread = put(left, "canvas");
  const rowTitle = put(right, "h2");
  const bars = put(right, "canvas");
  main.tabIndex = 0;
  main.setAttribute("role", "application");
  for (const picture of [spread, bars]) picture.setAttribute("role", "img");
  said.setAttribute("aria-live", "polite");
  /** @type {any} */
  const view = {
    ...{ root, probe, name, value, says, slider, marks, modes, zoom, main, said },
    ...{ left, right, spreadTitle, spread, rowTitle, bars },
    mode: "probs",
    boxes: [], // of the three panels: left, top, side
    frame: 0, // the picture that is asked for
    moving: 0, // the step of a glide that is asked for
    hover: null, // row and column under the pointer
    near: false, // only WINDOW tokens around the chosen one
    held: false, // the slider is in the visitor's hand
  };
  listen(view);
  new ResizeObserver(() => later(view)).observe(root);
  probe.addEventListener("transitionend", () => {
    view.colours = palette(probe, COLOURS); // the theme has changed
    draw(view);
  });
  return view;
}

function load(view, data, parent) {
  const { header, body } = unframed(data);
  const known = answered(parent, header.seen); // the answer to an earlier move must not undo a later one
  const n = header.tokens.length;
  const numbers = new Float32Array(body.buffer);
  const row = known ? header.row : Math.min(view.row, n - 1);
  if (n !== view.n) view.hover = null; // it pointed into another text
  Object.assign(view, { header, n, row, products: numbers.subarray(0, n * n), added: numbers.subarray(n * n) });
  view.colours = palette(view.probe, COLOURS);
  view.own = softmax(view, header.own);
  const most = (values, least) => values.reduce((a, x, i) => (seen(view, i) ? Math.max(a, Math.abs(x)) : a), least);
  view.widest = most(view.products, 1e-9);
  view.beside = most(view.added, 0);
  view.name.textContent = header.words.factor;
  view.spreadTitle.textContent = header.words.spread;
  view.main.setAttribute("aria-label", header.words.label);
  view.marks.replaceChildren(
    ...header.marks.map((mark) => {
      const made = button("", mark.name, make("span", "", mark.note));
      made.style.left = `${position(view, mark.at) / 10}%`;
      made.onclick = () => glide(view, mark.at);
      return made;
    }),
  );
  view.modes.replaceChildren(
    ...["probs", "scores"].map((mode) => {
      const made = button("", header.words[mode]);
      made.setAttribute("aria-pressed", String(mode === view.mode));
      made.onclick = () => {
        view.mode = mode;
        for (const each of view.modes.children) each.setAttribute("aria-pressed", String(each === made));
        draw(view);
      };
      return made;
    }),
  );
  view.zoom.hidden = n <= WINDOW;
  view.zoom.textContent = header.words.near.replace("{n}", WINDOW);
  set(view, view.held || !known ? view.factor : header.factor); // nor pull the slider out of the hand
}

// --- The numbers.

function softmax({ n, products, added }, factor) {
  const out = new Float32Array(n * n);
  for (let r = 0; r < n * n; r += n) {
    let most = -Infinity;
    let sum = 0;
    for (let c = r; c < r + n; c++) most = Math.max(most, products[c] * factor + added[c]);
    for (let c = r; c < r + n; c++) sum += out[c] = Math.exp(products[c] * factor + added[c] - most);
    for (let c = r; c < r + n; c++) out[c] /= sum;
  }
  return out;
}

const seen = (view, i) => view.added[i] > -1e29;
const score = (view, i, factor) => (seen(view, i) ? view.products[i] * factor + view.added[i] : 0);
const reach = (view, factor) =>
  view.products.reduce((most, _, i) => Math.max(most, Math.abs(score(view, i, factor))), 0);
const rowOf = (view, probs) => probs.subarray(view.row * view.n, (view.row + 1) * view.n);
const strongest = (view, probs) => rowOf(view, probs).reduce((best, p, i, row) => (p > row[best] ? i : best), 0);

// --- The factor. The slider is logarithmic, from 0 to 1000.

const position = (view, factor) => (1000 * Math.log(factor / view.header.low)) / Math.log(1 / view.header.low);
const factorAt = (view, x) => view.header.low ** (1 - x / 1000);

function set(view, factor) {
  const { own, words } = view.header;
  view.factor = factor;
  view.slider.value = position(view, factor);
  view.value.textContent = factor.toPrecision(3);
  view.slider.setAttribute("aria-valuetext", factor.toPrecision(3));
  const hot = own / factor;
  const form = Math.abs(hot - 1) < 1e-4 ? words.same : words.temperature;
  view.says.textContent = form.replace("{t}", hot.toPrecision(3));
  later(view);
}

function later(view) {
  cancelAnimationFrame(view.frame);
  view.frame = requestAnimationFrame(() => draw(view));
}

function glide(view, target) {
  cancelAnimationFrame(view.moving);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const from = Math.log(view.factor);
  const begun = performance.now();
  const step = (time) => {
    const x = calm ? 1 : Math.min((time - begun) / 350, 1);
    set(view, x === 1 ? target : Math.exp(from + (Math.log(target) - from) * (1 - (1 - x) ** 3)));
    if (x < 1) view.moving = requestAnimationFrame(step);
    else view.send("factor", +target.toPrecision(6));
  };
  view.moving = requestAnimationFrame(step);
}

// --- The pictures.

const changed = ({ header, factor }) => header.words.changed.replace("{f}", factor.toPrecision(3));

function canvas(view, element, width, height) {
  const g = sized(element, width, height);
  g.font = font(view);
  return g;
}

const font = (view, weight = "", size = 14) => `${weight} ${size}px ${getComputedStyle(view.root).fontFamily}`;

// Where cells are finer than pixels, each pixel shows the most extreme value of its block: nothing averages away.
function picture(view, cells, low, high, stops, pool) {
  const { n, start, shown } = view;
  const side = Math.ceil(shown / pool);
  const best = new Float32Array(side * side);
  for (let r = 0; r < shown; r++)
    for (let c = 0; c < shown; c++) {
      const value = cells((start + r) * n + start + c);
      const block = Math.floor(r / pool) * side + Math.floor(c / pool);
      if (Math.abs(value) > Math.abs(best[block])) best[block] = value;
    }
  const colours = lookup(
    stops.map((name) => channels(view.colours[name])),
    256,
  );
  return pixelled(side, side, (pixels) => {
    best.forEach((value, i) => {
      pixels[i] = colours[Math.max(0, Math.min(255, Math.round(((value - low) * 255) / (high - low))))];
    });
  });
}

// What a query may not look at is hatched, in runs of cells.
function hatch(view, g, x, y, cell) {
  const { n, start, shown } = view;
  g.fillStyle = hatching(g, view.colours.masked, 1);
  for (let r = 0; r < shown; r++)
    for (let c = 0, from = 0; c <= shown; c++) {
      if (c < shown && !seen(view, (start + r) * n + start + c)) continue;
      if (c > from) g.fillRect(x + from * cell, y + r * cell, (c - from) * cell, cell);
      from = c + 1;
    }
}

function draw(view) {
  if (!view.header || !view.root.clientWidth) return;
  view.now = softmax(view, view.factor);
  view.shown = view.near && view.n > WINDOW ? WINDOW : view.n;
  view.start = Math.max(0, Math.min(view.row - view.shown / 2, view.n - view.shown));
  panels(view);
  histogram(view);
  row(view);
  tell(view);
}

function panels(view) {
  const { header, colours: c, shown, own, now, factor, mode } = view;
  const width = view.root.clientWidth;
  const narrow = width < 760;
  const gap = 28;
  const edge = 24;
  const measured = canvas(view, view.main, width, 10);
  const labels = Math.min(110, 10 + Math.max(...header.tokens.map((text) => measured.measureText(text).width)));
  const head = 40 + 0.87 * Math.min(84, labels);
  const side = Math.floor(narrow ? width - labels - edge : (width - labels - 2 * gap - edge) / 3);
  const tall = head + side + 60;
  const g = canvas(view, view.main, width, narrow ? 3 * tall : tall);
  const corner = (i) => (narrow ? [labels, i * tall + head] : [labels + i * (side + gap), head]);
  view.boxes = [0, 1, 2].map((i) => [...corner(i), side]);
  const most = view.widest * Math.max(header.own, factor) + view.beside;
  const before = (i) => score(view, i, header.own);
  const after = (i) => score(view, i, factor);
  const scored = [
    { title: header.words.own, value: before, stops: SIGNED, ends: [-most, 0, most] },
    { title: changed(view), value: after, stops: SIGNED, ends: [-most, 0, most] },
    { title: header.words.difference, value: (i) => after(i) - before(i), stops: SIGNED, ends: [-most, 0, most] },
  ];
  const looked = [
    { title: header.words.own, value: (i) => own[i], stops: CHANCE, ends: [0, 0.5, 1] },
    { title: changed(view), value: (i) => now[i], stops: CHANCE, ends: [0, 0.5, 1] },
    { title: header.words.difference, value: (i) => now[i] - own[i], stops: SIGNED, ends: [-1, 0, 1] },
  ];
  const pool = Math.max(1, Math.ceil(shown / side));
  (mode === "scores" ? scored : looked).forEach(({ title, value, stops, ends }, i) => {
    const [x, y] = view.boxes[i];
    g.imageSmoothingEnabled = false;
    const image = picture(view, value, ends[0], ends[2], stops, pool);
    g.drawImage(image, 0, 0, shown / pool, shown / pool, x, y, side, side);
    hatch(view, g, x, y, side / shown);
    // One hue for both, so that equal values look equal: the changed one has its title and its frame in amber.
    g.strokeStyle = i === 1 ? c["changed-1"] : c.rule;
    g.lineWidth = i === 1 ? 2 : 1;
    g.strokeRect(x - 0.5, y - 0.5, side + 1, side + 1);
    g.lineWidth = 1;
    g.font = font(view, "600", 15);
    g.fillStyle = [c["attention-1"], c["changed-1"], c.ink][i];
    g.fillText(clipped(g, title, side + (narrow ? 0 : gap - 6)), x, y - head + 18);
    g.font = font(view);
    labelled(view, g, x, y, side / shown, narrow || i === 0 ? labels : 0);
    g.strokeStyle = c.query;
    g.lineWidth = 2;
    g.strokeRect(x, y + ((view.row - view.start) * side) / shown, side, Math.max(side / shown, 2));
    legend(view, g, x, y + side + 14, side, stops, ends);
  });
}

// The tokens above a panel, and at its left where `room` is given.
function labelled(view, g, x, y, cell, room) {
  const { header, start, shown, colours: c } = view;
  for (let t = 0; t < shown; t += Math.ceil(17 / cell)) {
    const text = header.tokens[start + t];
    const centre = (t + 0.5) * cell;
    if (room) {
      g.textAlign = "right";
      g.textBaseline = "middle";
      g.fillStyle = start + t === view.row ? c.query : c.ink;
      g.fillText(clipped(g, text, room - 8), x - 6, y + centre);
    }
    g.save();
    g.translate(x + centre + 4, y - 6);
    g.rotate(-Math.PI / 3);
    g.textAlign = "left";
    g.textBaseline = "alphabetic";
    g.fillStyle = c.ink;
    g.fillText(clipped(g, text, 84), 0, 0);
    g.restore();
  }
}

function legend(view, g, x, y, side, stops, ends) {
  const ramp = g.createLinearGradient(x, 0, x + side, 0);
  stops.forEach((name, i) => ramp.addColorStop(i / (stops.length - 1), view.colours[name]));
  g.fillStyle = ramp;
  g.fillRect(x, y, side, 10);
  g.strokeStyle = view.colours.rule;
  g.lineWidth = 1;
  g.strokeRect(x, y, side, 10);
  g.fillStyle = view.colours.ink;
  g.textBaseline = "top";
  ends.forEach((value, i) => {
    g.textAlign = ALIGN[i];
    g.fillText(Math.abs(value) < 10 ? String(+value.toFixed(2)) : value.toFixed(0), x + (i * side) / 2, y + 14);
  });
  g.textAlign = "left";
  g.textBaseline = "alphabetic";
}

function histogram(view) {
  const { header, colours: c, products } = view;
  const width = view.left.clientWidth;
  const height = 220;
  const base = height - 44;
  const bins = 61;
  const g = canvas(view, view.spread, width, height);
  const most = view.widest + view.beside;
  const count = (factor) => {
    const out = new Float64Array(bins);
    for (let i = 0; i < products.length; i++) {
      const bin = Math.floor((score(view, i, factor) / most + 1) * 0.5 * bins);
      if (seen(view, i)) out[Math.min(bins - 1, bin)] += 1 / products.length;
    }
    return out;
  };
  const { spread, own } = header.words;
  const ranges = [header.own, view.factor].map((factor) => `±${reach(view, factor).toFixed(1)}.`);
  view.spread.setAttribute("aria-label", `${spread}. ${own}: ${ranges[0]} ${changed(view)}: ${ranges[1]}`);
  const both = [count(header.own), count(view.factor)];
  const peak = Math.max(...both[0], ...both[1]);
  const wide = width / bins;
  g.globalAlpha = 0.6;
  both.forEach((counts, i) => {
    g.fillStyle = [c["attention-1"], c["changed-1"]][i];
    counts.forEach((share, bin) => {
      const tall = (share / peak) * (base - 8);
      g.fillRect(bin * wide, base - tall, wide - 0.5, tall);
    });
  });
  g.globalAlpha = 1;
  g.strokeStyle = c.quiet;
  g.beginPath();
  g.moveTo(0, base + 0.5);
  g.lineTo(width, base + 0.5);
  g.stroke();
  g.fillStyle = c.ink;
  [-most, 0, most].forEach((value, i) => {
    g.textAlign = ALIGN[i];
    g.fillText(value.toFixed(0), (i * width) / 2, base + 18);
  });
  g.fillStyle = c.quiet;
  g.textAlign = "center";
  g.fillText(header.words.score, width / 2, base + 38);
}

function row(view) {
  const { header, colours: c, start, shown, own, now } = view;
  const width = view.right.clientWidth;
  const height = 220;
  const base = height - 70;
  const edge = 34;
  const wide = (width - edge) / shown;
  const g = canvas(view, view.bars, width, height);
  const title = header.words.row.replace("{token}", () => header.tokens[view.row]);
  view.rowTitle.textContent = title;
  const [most, mostNow] = [own, now].map((probs) => header.tokens[strongest(view, probs)]);
  view.bars.setAttribute("aria-label", `${title}. ${header.words.own}: ${most}. ${changed(view)}: ${mostNow}.`);
  g.fillStyle = c.ink;
  g.strokeStyle = c.quiet;
  g.textAlign = "right";
  for (const level of [0, 0.5, 1]) {
    const y = base - level * (base - 12);
    g.fillText(String(level), edge - 8, y + 5);
    g.globalAlpha = 0.35;
    g.beginPath();
    g.moveTo(edge, y + 0.5);
    g.lineTo(width, y + 0.5);
    g.stroke();
    g.globalAlpha = 1;
  }
  const thick = Math.max(0.5, Math.min(wide * 0.42, 20));
  const every = Math.ceil(18 / wide);
  for (let column = 0; column < shown; column++) {
    const centre = edge + (column + 0.5) * wide;
    const [tall, tallNow] = [own, now].map((probs) => rowOf(view, probs)[start + column] * (base - 12));
    g.fillStyle = c["attention-1"];
    g.fillRect(centre - thick, base - tall, thick, tall);
    g.fillStyle = c["changed-1"];
    g.fillRect(centre, base - tallNow, thick, tallNow);
    if (column % every) continue;
    g.save();
    g.translate(centre + 4, base + 12);
    g.rotate(-Math.PI / 4);
    g.fillStyle = c.ink;
    g.fillText(clipped(g, header.tokens[start + column], 78), 0, 0);
    g.restore();
  }
}

// --- What is pointed at, or the chosen row's strongest cell, in numbers.

function tell(view) {
  const { header, products, added, own, now, factor } = view;
  const [r, c] = view.hover ?? [view.row, strongest(view, own)];
  const i = r * view.n + c;
  const plus = seen(view, i) ? (added[i] ? ` + ${added[i].toFixed(2)}` : "") : " − ∞";
  const sum = (by) => (seen(view, i) ? score(view, i, by).toFixed(2) : "−∞");
  const line = (by, probs) => `· ${by.toPrecision(3)}${plus} = ${sum(by)} → p = ${probs[i].toFixed(4)}`;
  view.said.replaceChildren(
    make("span", "", `${header.tokens[r]} → ${header.tokens[c]}`),
    make("span", "", `${header.words.product} = ${products[i].toFixed(2)}`),
    make("span", "purple", line(header.own, own)),
    make("span", "amber", line(factor, now)),
  );
}

function listen(view) {
  const { main, slider, zoom } = view;
  const at = (event) => {
    const on = pointed(main, event);
    for (const [x, y, side] of view.boxes) {
      const c = Math.floor(((on.x - x) / side) * view.shown);
      const r = Math.floor(((on.y - y) / side) * view.shown);
      if (c >= 0 && c < view.shown && r >= 0 && r < view.shown) return [view.start + r, view.start + c];
    }
    return null;
  };
  const point = (hit) => {
    view.hover = hit;
    tell(view);
  };
  const pick = (r) => {
    view.row = Math.min(Math.max(r, 0), view.n - 1);
    view.hover = null;
    draw(view);
    view.send("row", view.row);
  };
  main.onmousemove = (event) => {
    point(at(event));
    main.style.cursor = view.hover ? "pointer" : "";
  };
  main.onmouseleave = () => point(null);
  main.onclick = (event) => {
    const hit = at(event);
    if (!hit) return;
    pick(hit[0]);
    point(hit);
  };
  main.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    pick(view.row + step);
  };
  zoom.onclick = () => {
    view.near = !view.near;
    zoom.setAttribute("aria-pressed", String(view.near));
    draw(view);
  };
  zoom.setAttribute("aria-pressed", "false");
  slider.onpointerdown = () => {
    view.held = true;
  };
  slider.onpointerup = () => {
    view.held = false;
  };
  // A mark holds the pointer, not the keys: they could not leave it.
  slider.oninput = () => {
    const x = +slider.value;
    const mark = view.held && view.header.marks.find(({ at }) => Math.abs(position(view, at) - x) < 8);
    set(view, mark ? mark.at : factorAt(view, x));
  };
  slider.onchange = () => view.send("factor", +view.factor.toPrecision(6));
}
