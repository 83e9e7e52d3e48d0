// One head with the model's factor and with another one: matrices, histogram and one row, all following the slider.
// The visitor's hand never waits for the server: q·k is here, and softmax of a row is one line.
// data: bytes = uint32 header length, JSON {tokens, own, factor, low, row, words}, then q·k as float32, queries x keys, and as many
// numbers that are added after the factor: a bias for the distance, -1e30 where the query may not look.
export default function ({ data, parentElement, setTriggerValue }) {
  const view = (parentElement.bothWays ??= build(parentElement));
  view.send = (field, value) => choose(parentElement, setTriggerValue, value, field);
  view.known = (n) => answered(parentElement, n);
  view.load(data);
  return () => {};
}

const WINDOW = 48;

function build(host) {
  const make = (tag, cls, parent) => parent.appendChild(Object.assign(document.createElement(tag), { className: cls }));
  const root = make("div", "both bx", host);
  const probe = make("i", "probe", root);
  const top = make("div", "top", root);
  const dial = make("div", "dial", top), label = make("label", "", dial);
  const name = make("span", "", label), value = make("span", "value", label), says = make("span", "says", label);
  const slider = make("input", "", dial), marks = make("div", "marks", dial), switches = make("div", "switches", top);
  const modes = make("div", "modes", switches), zoom = make("button", "zoom", switches);
  Object.assign(slider, { type: "range", min: 0, max: 1000, step: 1, id: "factor" });
  label.htmlFor = "factor";
  const main = make("canvas", "", root), said = make("div", "said", root), lower = make("div", "lower", root);
  const left = make("div", "", lower), right = make("div", "", lower);
  const spreadTitle = make("h2", "", left), spread = make("canvas", "", left);
  const rowTitle = make("h2", "", right), bars = make("canvas", "", right);
  main.tabIndex = 0;
  main.setAttribute("role", "application");
  for (const picture of [spread, bars]) picture.setAttribute("role", "img");
  said.setAttribute("aria-live", "polite");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let d = null, raw, extra, n, own, now, f, mode = "probs", boxes = [], frame = 0, moving = 0, widest = 1, beside = 0, hover = null, near = false, r0 = 0, m = 1, labelWidth = 0, held = false;

  const colour = (css) => {
    probe.style.cssText = `transition: none; color: ${css}`;
    const found = getComputedStyle(probe).color;
    probe.style.cssText = "";
    return found;
  };
  const rgb = (css) => colour(`var(--bx-${css})`).match(/[\d.]+/g).slice(0, 3).map(Number);
  const lut = (...names) => {
    const stops = names.map(rgb), bytes = new Uint8ClampedArray(256 * 4).fill(255);
    for (let i = 0; i < 256; i++) {
      const at = (i / 255) * (stops.length - 1), a = Math.min(Math.floor(at), stops.length - 2);
      for (let c = 0; c < 3; c++) bytes[i * 4 + c] = stops[a][c] + (stops[a + 1][c] - stops[a][c]) * (at - a);
    }
    return new Uint32Array(bytes.buffer);
  };
  const softmax = (factor) => {
    const out = new Float32Array(n * n);
    for (let r = 0; r < n * n; r += n) {
      let most = -Infinity, sum = 0;
      for (let c = r; c < r + n; c++) most = Math.max(most, raw[c] * factor + extra[c]);
      for (let c = r; c < r + n; c++) sum += out[c] = Math.exp(raw[c] * factor + extra[c] - most);
      for (let c = r; c < r + n; c++) out[c] /= sum;
    }
    return out;
  };
  const seen = (i) => extra[i] > -1e29, score = (i, factor) => (seen(i) ? raw[i] * factor + extra[i] : 0);
  const position = (factor) => (1000 * Math.log(factor / d.low)) / Math.log(1 / d.low);
  const factorAt = (x) => {
    const near = d.marks.find((m) => Math.abs(position(m.at) - x) < 8);
    return near ? near.at : d.low ** (1 - x / 1000);
  };
  const set = (factor) => {
    f = factor;
    slider.value = position(f);
    value.textContent = f.toPrecision(3);
    slider.setAttribute("aria-valuetext", f.toPrecision(3));
    const hot = d.own / f, form = Math.abs(hot - 1) < 1e-4 ? d.words.same : d.words.temperature;
    says.textContent = form.replace("{t}", hot.toPrecision(3));
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  };
  const glide = (target) => {
    cancelAnimationFrame(moving);
    const from = Math.log(f), begun = performance.now();
    const step = (time) => {
      const x = calm ? 1 : Math.min((time - begun) / 350, 1);
      set(x === 1 ? target : Math.exp(from + (Math.log(target) - from) * (1 - (1 - x) ** 3)));
      if (x < 1) moving = requestAnimationFrame(step);
      else if (view.send) view.send("factor", +target.toPrecision(6));
    };
    moving = requestAnimationFrame(step);
  };
  const changed = () => d.words.changed.replace("{f}", f.toPrecision(3));
  const canvas = (el, width, height) => {
    const ratio = devicePixelRatio || 1;
    el.width = width * ratio; el.height = height * ratio; el.style.height = `${height}px`;
    const g = el.getContext("2d");
    g.scale(ratio, ratio);
    g.font = `14px ${getComputedStyle(root).fontFamily}`;
    return g;
  };
  const fit = (g, text, room) => {
    if (g.measureText(text).width <= room) return text;
    while (text.length > 1 && g.measureText(text + "…").width > room) text = [...text].slice(0, -1).join("");
    return text + "…";
  };
  // Where cells are finer than pixels, each pixel shows the most extreme value of its block: nothing averages away.
  const picture = (cells, low, high, table, pool) => {
    const p = Math.ceil(m / pool), best = new Float32Array(p * p), image = new ImageData(p, p);
    for (let r = 0; r < m; r++) {
      for (let c = 0; c < m; c++) {
        const v = cells((r0 + r) * n + r0 + c), b = Math.floor(r / pool) * p + Math.floor(c / pool);
        if (Math.abs(v) > Math.abs(best[b])) best[b] = v;
      }
    }
    const pixels = new Uint32Array(image.data.buffer), scale = 255 / (high - low);
    best.forEach((v, b) => { pixels[b] = table[Math.max(0, Math.min(255, Math.round((v - low) * scale)))]; });
    const off = new OffscreenCanvas(p, p);
    off.getContext("2d").putImageData(image, 0, 0);
    return off;
  };
  // What a query may not look at is hatched: it is not a zero.
  const hatch = (g, x, y, cell) => {
    const tile = new OffscreenCanvas(6, 6), ink = tile.getContext("2d");
    ink.strokeStyle = colour("var(--bx-masked)");
    ink.stroke(new Path2D("M-1 1L1 -1M0 6L6 0M5 7L7 5"));
    g.fillStyle = g.createPattern(tile, "repeat");
    for (let r = 0; r < m; r++)
      for (let c = 0, from = 0; c <= m; c++) {
        const hidden = c < m && !seen((r0 + r) * n + r0 + c);
        if (hidden) continue;
        if (c > from) g.fillRect(x + from * cell, y + r * cell, (c - from) * cell, cell);
        from = c + 1;
      }
  };
  function draw() {
    if (!d || !root.clientWidth) return;
    now = softmax(f);
    m = near && n > WINDOW ? WINDOW : n;
    r0 = Math.max(0, Math.min(d.row - m / 2, n - m));
    const width = root.clientWidth, narrow = width < 760, gap = 28, edge = 24;
    const ink = colour("var(--bx-ink)"), quiet = colour("var(--bx-quiet)"), rule = colour("var(--bx-rule)");
    const query = colour("var(--bx-query)"), purple = colour("var(--bx-attention-1)"), amber = colour("var(--bx-changed-1)");
    let g = canvas(main, width, 10);
    labelWidth = Math.min(110, 10 + Math.max(...d.tokens.map((w) => g.measureText(w).width)));
    const head = 40 + 0.87 * Math.min(84, labelWidth);
    const side = Math.floor(narrow ? width - labelWidth - edge : (width - labelWidth - 2 * gap - edge) / 3);
    const tall = head + side + 60;
    g = canvas(main, width, narrow ? 3 * tall : tall);
    boxes = [0, 1, 2].map((i) => (narrow ? [labelWidth, i * tall + head] : [labelWidth + i * (side + gap), head]).concat(side));
    const most = widest * Math.max(d.own, f) + beside, pool = Math.max(1, Math.ceil(m / side));
    const scores = mode === "scores", signed = lut("signed-0", "signed-1", "signed-2");
    const images = scores
      ? [picture((i) => score(i, d.own), -most, most, signed, pool), picture((i) => score(i, f), -most, most, signed, pool),
         picture((i) => score(i, f) - score(i, d.own), -most, most, signed, pool)]
      : [picture((i) => own[i], 0, 1, lut("attention-0", "attention-1"), pool), picture((i) => now[i], 0, 1, lut("attention-0", "attention-1"), pool),
         picture((i) => now[i] - own[i], -1, 1, signed, pool)];
    const titles = [d.words.own, changed(), d.words.difference];
    const cell = side / m, every = Math.ceil(17 / cell), low = scores ? -most : -1, high = scores ? most : 1;
    boxes.forEach(([x, y], i) => {
      g.imageSmoothingEnabled = false;
      g.drawImage(images[i], 0, 0, m / pool, m / pool, x, y, side, side);
      hatch(g, x, y, side / m);
      // One hue for both, so that equal values look equal: the changed one has its title and its frame in amber.
      g.strokeStyle = i === 1 ? amber : rule; g.lineWidth = i === 1 ? 2 : 1;
      g.strokeRect(x - 0.5, y - 0.5, side + 1, side + 1);
      g.strokeStyle = rule; g.lineWidth = 1;
      g.font = g.font.replace(/^.*14px/, "600 15px");
      g.fillStyle = [purple, amber, ink][i];
      g.fillText(fit(g, titles[i], side + (narrow ? 0 : gap - 6)), x, y - head + 18);
      g.font = g.font.replace(/^.*15px/, "14px");
      g.fillStyle = ink;
      for (let t = 0; t < m; t += every) {
        const centre = (t + 0.5) * cell;
        if (narrow || i === 0) {
          g.textAlign = "right"; g.textBaseline = "middle"; g.fillStyle = r0 + t === d.row ? query : ink;
          g.fillText(fit(g, d.tokens[r0 + t], labelWidth - 8), x - 6, y + centre);
        }
        g.save(); g.translate(x + centre + 4, y - 6); g.rotate(-Math.PI / 3);
        g.textAlign = "left"; g.textBaseline = "alphabetic"; g.fillStyle = ink;
        g.fillText(fit(g, d.tokens[r0 + t], 84), 0, 0); g.restore();
      }
      g.strokeStyle = query; g.lineWidth = 2;
      g.strokeRect(x, y + (d.row - r0) * cell, side, Math.max(cell, 2)); g.lineWidth = 1; g.strokeStyle = rule;
      const ramp = g.createLinearGradient(x, 0, x + side, 0);
      const stops = scores || i === 2 ? ["signed-0", "signed-1", "signed-2"] : ["attention-0", "attention-1"];
      stops.forEach((s, k) => ramp.addColorStop(k / (stops.length - 1), `rgb(${rgb(s)})`));
      g.fillStyle = ramp; g.fillRect(x, y + side + 14, side, 10); g.strokeRect(x, y + side + 14, side, 10);
      g.fillStyle = ink; g.textBaseline = "top";
      const ends = scores || i === 2 ? [low, 0, high] : [0, 0.5, 1];
      ends.forEach((v, k) => {
        g.textAlign = ["left", "center", "right"][k];
        g.fillText(Math.abs(v) < 10 ? String(+v.toFixed(2)) : v.toFixed(0), x + (k * side) / 2, y + side + 28);
      });
      g.textAlign = "left"; g.textBaseline = "alphabetic";
    });
    histogram(ink, quiet, purple, amber);
    row(ink, quiet, purple, amber);
    tell();
  }
  const reach = (factor) => raw.reduce((most, _, i) => Math.max(most, Math.abs(score(i, factor))), 0);
  function histogram(ink, quiet, purple, amber) {
    const width = left.clientWidth, height = 220, base = height - 44, bins = 61, g = canvas(spread, width, height);
    const most = widest + beside;
    const count = (factor) => {
      const out = new Float64Array(bins);
      for (let i = 0; i < raw.length; i++) if (seen(i)) out[Math.min(bins - 1, Math.floor((score(i, factor) / most + 1) * 0.5 * bins))] += 1 / raw.length;
      return out;
    };
    spread.setAttribute("aria-label", `${d.words.spread}. ${d.words.own}: ±${(reach(d.own)).toFixed(1)}. ${changed()}: ±${reach(f).toFixed(1)}.`);
    const both = [count(d.own), count(f)], peak = Math.max(...both[0], ...both[1]), wide = width / bins;
    both.forEach((counts, i) => {
      g.fillStyle = [purple, amber][i]; g.globalAlpha = 0.6;
      counts.forEach((c, b) => g.fillRect(b * wide, base - (c / peak) * (base - 8), wide - 0.5, (c / peak) * (base - 8)));
    });
    g.globalAlpha = 1; g.strokeStyle = quiet;
    g.beginPath(); g.moveTo(0, base + 0.5); g.lineTo(width, base + 0.5); g.stroke();
    g.fillStyle = ink;
    [-most, 0, most].forEach((v, k) => { g.textAlign = ["left", "center", "right"][k]; g.fillText(v.toFixed(0), (k * width) / 2, base + 18); });
    g.fillStyle = quiet; g.textAlign = "center"; g.fillText(d.words.score, width / 2, base + 38);
  }
  function row(ink, quiet, purple, amber) {
    const width = right.clientWidth, height = 220, base = height - 70, edge = 34, wide = (width - edge) / m, g = canvas(bars, width, height);
    rowTitle.textContent = d.words.row.replace("{token}", () => d.tokens[d.row]);
    const most = (p) => d.tokens[p.subarray(d.row * n, d.row * n + n).reduce((b, x, i, a) => (x > a[b] ? i : b), 0)];
    bars.setAttribute("aria-label", `${rowTitle.textContent}. ${d.words.own}: ${most(own)}. ${changed()}: ${most(now)}.`);
    g.fillStyle = ink; g.strokeStyle = quiet;
    [0, 0.5, 1].forEach((v) => {
      const y = base - v * (base - 12);
      g.textAlign = "right"; g.fillText(String(v), edge - 8, y + 5); g.globalAlpha = 0.35;
      g.beginPath(); g.moveTo(edge, y + 0.5); g.lineTo(width, y + 0.5); g.stroke(); g.globalAlpha = 1;
    });
    const thick = Math.max(0.5, Math.min(wide * 0.42, 20)), every = Math.ceil(18 / wide);
    for (let c = 0; c < m; c++) {
      const centre = edge + (c + 0.5) * wide, heights = [own, now].map((p) => p[d.row * n + r0 + c] * (base - 12));
      g.fillStyle = purple; g.fillRect(centre - thick, base - heights[0], thick, heights[0]);
      g.fillStyle = amber; g.fillRect(centre, base - heights[1], thick, heights[1]);
      if (c % every) continue;
      g.save(); g.translate(centre + 4, base + 12); g.rotate(-Math.PI / 4);
      g.fillStyle = ink; g.textAlign = "right"; g.fillText(fit(g, d.tokens[r0 + c], 78), 0, 0); g.restore();
    }
  }
  const at = (event) => {
    const { left: x0, top: y0 } = main.getBoundingClientRect();
    for (const [x, y, side] of boxes) {
      const c = Math.floor(((event.clientX - x0 - x) / side) * m), r = Math.floor(((event.clientY - y0 - y) / side) * m);
      if (c >= 0 && c < m && r >= 0 && r < m) return [r0 + r, r0 + c];
    }
    return null;
  };
  const plus = (i) => (seen(i) ? (extra[i] ? ` + ${extra[i].toFixed(2)}` : "") : " − ∞");
  const told = (i, factor) => (seen(i) ? score(i, factor).toFixed(2) : "−∞");
  const tell = () => {
    const [r, c] = hover ?? [d.row, own.subarray(d.row * n, d.row * n + n).reduce((b, x, i, a) => (x > a[b] ? i : b), 0)];
    const i = r * n + c;
    const part = (cls, text) => Object.assign(document.createElement("span"), { className: cls, textContent: text });
    said.replaceChildren(
      part("", `${d.tokens[r]} → ${d.tokens[c]}`), part("", `${d.words.product} = ${raw[i].toFixed(2)}`),
      part("purple", `· ${d.own.toPrecision(3)}${plus(i)} = ${told(i, d.own)} → p = ${own[i].toFixed(4)}`),
      part("amber", `· ${f.toPrecision(3)}${plus(i)} = ${told(i, f)} → p = ${now[i].toFixed(4)}`),
    );
  };
  const pick = (r) => {
    d.row = Math.min(Math.max(r, 0), n - 1);
    hover = null;
    draw();
    view.send("row", d.row);
  };
  main.onmousemove = (event) => { hover = at(event); main.style.cursor = hover ? "pointer" : ""; tell(); };
  main.onmouseleave = () => { hover = null; tell(); };
  main.onclick = (event) => { const hit = at(event); if (!hit) return; pick(hit[0]); hover = hit; tell(); };
  main.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); pick(d.row + step); }
  };
  zoom.type = "button";
  zoom.onclick = () => { near = !near; zoom.setAttribute("aria-pressed", String(near)); draw(); };
  zoom.setAttribute("aria-pressed", "false");
  slider.onpointerdown = () => { held = true; };
  slider.onpointerup = () => { held = false; };
  // A mark holds the pointer, not the keys: they could not leave it.
  slider.oninput = () => set(held ? factorAt(+slider.value) : d.low ** (1 - slider.value / 1000));
  slider.onchange = () => view.send("factor", +f.toPrecision(6));
  const view = {
    send: null,
    load(bytes) {
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
      const row = d?.row;
      d = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
      const known = view.known(d.seen); // the answer to an earlier move must not undo a later one
      if (!known) d.row = Math.min(row, d.tokens.length - 1);
      n = d.tokens.length;
      raw = new Float32Array(bytes.slice(4 + length, 4 + length + 4 * n * n).buffer);
      extra = new Float32Array(bytes.slice(4 + length + 4 * n * n, 4 + length + 8 * n * n).buffer);
      own = softmax(d.own);
      widest = raw.reduce((a, x, i) => (seen(i) ? Math.max(a, Math.abs(x)) : a), 1e-9);
      beside = extra.reduce((a, x, i) => (seen(i) ? Math.max(a, Math.abs(x)) : a), 0);
      name.textContent = d.words.factor;
      spreadTitle.textContent = d.words.spread;
      main.setAttribute("aria-label", d.words.label);
      marks.replaceChildren(...d.marks.map((m) => {
        const b = document.createElement("button");
        b.type = "button";
        b.style.left = `${position(m.at) / 10}%`;
        b.append(m.name, Object.assign(document.createElement("span"), { textContent: m.note }));
        b.onclick = () => glide(m.at);
        return b;
      }));
      modes.replaceChildren(...["probs", "scores"].map((m) => {
        const b = document.createElement("button");
        b.type = "button";
        b.textContent = d.words[m];
        b.setAttribute("aria-pressed", String(m === mode));
        b.onclick = () => {
          mode = m;
          [...modes.children].forEach((o) => o.setAttribute("aria-pressed", String(o === b)));
          draw();
        };
        return b;
      }));
      zoom.hidden = n <= WINDOW;
      zoom.textContent = d.words.near.replace("{n}", WINDOW);
      set(held || !known ? f : d.factor); // nor pull the slider out of the hand
    },
  };
  new ResizeObserver(() => { cancelAnimationFrame(frame); frame = requestAnimationFrame(draw); }).observe(root);
  probe.addEventListener("transitionend", draw); // the theme has changed
  return view;
}
