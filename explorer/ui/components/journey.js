// The poster: one token's way through the model. Clicks and keys choose token, layer and head; stations are links.
// data: bytes = length of a JSON header (uint32), the header (see journey.py), every vector and the matrix as float32.
function unpack(data) {
  const length = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const d = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + length)));
  const floats = new Float32Array(data.slice(4 + length).buffer);
  let offset = 0;
  for (const station of d.stations) {
    station.values = floats.subarray(offset, (offset += station.drawn));
  }
  d.matrix = floats.subarray(offset, offset + d.side ** 2);
  d.by = (name, layer = null) => d.stations.find((s) => s.name === name && (layer === null || s.layer === layer));
  return d;
}

function draw(root, d, act) {
  const { t } = d, c = palette(root.probe);
  const place = root.clientWidth < 700 ? tall(d) : wide(d);
  const here = `layer=${d.layer}&head=${d.head}&token=${d.token}`;
  const word = d.tokens[d.token - d.first];
  const svg = node("svg", { viewBox: `0 0 ${place.width} ${place.height}`, preserveAspectRatio: "xMinYMin", role: "group", "aria-label": d.alternative,
    "font-family": getComputedStyle(root).fontFamily, fill: c.ink });
  const add = (...children) => svg.append(...children);
  const line = (path, colour = c.rule, width = 1.5) =>
    add(node("path", { d: path, fill: "none", stroke: colour, "stroke-width": width, "stroke-linecap": "round" }));
  const band = (path, colour, opacity = 0.16) => add(node("path", { d: path, fill: colour, "fill-opacity": opacity }));
  const hover = (element, text) => {
    element.addEventListener("pointermove", (event) => root.tell(event, typeof text === "function" ? text(event) : text));
    element.addEventListener("pointerleave", () => root.tell(null));
    return element;
  };
  const link = (station, label, ...children) => {
    const page = d.pages[station];
    if (!page) return node("g", { role: "img", "aria-label": label }, ...children);
    const search = new URLSearchParams(location.search);
    new URLSearchParams(here).forEach((value, key) => search.set(key, value));
    const a = node("a", { href: `./${page}?${search}`, "aria-label": `${label}. ${fill(t.opens, { page: d.titles[page] })}` }, ...children);
    a.onclick = (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      act("page", page);
    };
    return a;
  };
  const opening = (station) => (d.pages[station] ? `\n${fill(t.opens, { page: d.titles[d.pages[station]] })}` : "");

  // A list in which arrows move and Enter or a click chooses.
  const list = (label, vertical, items) => {
    const group = node("g", { role: "listbox", "aria-label": label, "aria-orientation": vertical ? "vertical" : "horizontal" });
    const made = items.map(({ field, value, chosen, label: name, parts, text }) => {
      const item = node("g", { class: "choice", role: "option", tabindex: chosen ? 0 : -1, "aria-selected": chosen,
        "aria-label": name, "data-focus": `${field}-${value}` }, ...parts);
      item.onclick = () => act(field, value);
      return text ? hover(item, text) : item;
    });
    group.append(...made);
    group.onkeydown = (event) => {
      const at = made.findIndex((item) => item.contains(event.target));
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) (made[at + step] ?? made[at]).focus();
      else if (event.key === "Enter" || event.key === " ") act(items[at].field, items[at].value);
      else return;
      event.preventDefault();
      if (step && items[at + step]?.field === "token") act("token", items[at + step].value);
    };
    add(group);
  };

  // One station: its strip, its names above, its shape and range below, its hover, its link.
  function station(name, key, options = {}) {
    const s = d.by(key, options.layer ?? null), box = place.boxes[name];
    if (!s || !box) return;
    const [x, y, width, height] = box, middle = x + width / 2;
    const folded = fold(s, d.d_head, options.stretch);
    const title = t[`name.${name}`];
    const frame = node("rect", { class: "frame", x: x - 0.5, y: y - 0.5, width: width + 1, height: height + 1, fill: "none",
      stroke: options.colour ?? c.rule, "stroke-width": options.colour ? 1.5 : 1 });
    const parts = [picture(strip(s.values, folded, s.limit, c), box), frame];
    if (options.heads) {
      const cell = (width / folded.columns) * folded.perHead;
      parts.push(node("rect", { x: x + d.head * cell - 1, y: y - 2, width: cell + 2, height: height + 4, fill: "none",
        stroke: options.colour, "stroke-width": 2, rx: 1.5 }));
    }
    if (options.bar) parts.push(node("rect", { x, y: y - 5, width, height: 3, fill: options.bar }));
    parts.push(words(middle, y - (options.inline ? 8 : 25), title, { "text-anchor": "middle", "font-weight": 600, fill: options.colour ?? options.bar ?? c.ink }));
    if (!options.inline) parts.push(words(middle, y - 11, options.code ?? key, { "text-anchor": "middle", "font-size": 11, class: "code", fill: c.quiet, "font-family": "ui-monospace, Menlo, Consolas, monospace" }));
    const under = options.inline ? [place.tall ? `±${s.limit}` : `${s.size} · ±${s.limit}`] : [s.size, `±${s.limit}`];
    under.forEach((text, i) => parts.push(words(middle, y + height + 15 + 14 * i, text, { "text-anchor": "middle", "font-size": 12, fill: c.quiet })));
    const about = `${title} · ${key}${s.layer === null ? "" : ` · ${fill(t.layer_name, { layer: s.layer })}`}\n${s.shape}`;
    const label = `${title}: ${key}, ${s.shape}`;
    const whole = hover(link(key, label, ...parts), (event) => {
      const area = frame.getBoundingClientRect();
      const column = Math.floor(((event.clientX - area.left) / area.width) * folded.columns);
      const row = Math.floor(((event.clientY - area.top) / area.height) * folded.rows);
      const index = column * folded.rows + row;
      const inside = column >= 0 && row >= 0 && column < folded.columns && row < folded.rows && index < s.drawn;
      const head = options.heads && inside ? ` · ${fill(t.head_name, { head: Math.floor(index / d.d_head) })}` : "";
      const value = inside ? `\n[${index}]${head} = ${shown(s.values[index])}` : "";
      const cut = s.drawn < s.total ? `\n${fill(t.part, { drawn: s.drawn, total: s.total })}` : "";
      return `${about}${value}\n${s.about}${cut}${opening(key)}`;
    });
    add(whole);
  }

  const heading = (key, text, extra = "") => {
    const [x, y] = place.heads[key];
    const made = words(x, y, text, { "font-size": 16, "font-weight": 700 });
    const more = node("tspan", { fill: c.quiet, "font-weight": 400, "font-size": 14, dx: 8 });
    more.textContent = extra;
    made.append(more);
    add(made);
  };
  const edges = (name) => { const [x, y, w, h] = place.boxes[name]; return { l: [x, y, y + h], r: [x + w, y, y + h], t: [x, x + w, y], b: [x, x + w, y + h], m: [x + w / 2, y + h / 2] }; };
  const has = (name) => name === "input" || Boolean(d.by(name));

  // Word pieces with the open head's arcs.
  const p = place.pieces;
  const rowY = (i) => p.y + p.row * (i - d.first) + p.row / 2;
  heading("pieces", t.pieces, d.nTokens);
  add(words(p.right, 34, fill(t.from, { layer: d.layer, head: d.head }), { "font-size": 12, fill: c["attention-1"], "text-anchor": "end" }));
  const chosenY = rowY(d.token);
  d.weights.forEach((weight, i) => {
    const y = rowY(d.first + i), reach = Math.min(50, 12 + Math.abs(y - chosenY) * 0.22);
    if (weight < 0.005) return;
    const path = y === chosenY ? `M${p.x - 2} ${y - 5}C${p.x - 20} ${y - 12} ${p.x - 20} ${y + 12} ${p.x - 2} ${y + 5}` : `M${p.x - 2} ${chosenY}C${p.x - 2 - reach * 1.3} ${chosenY} ${p.x - 2 - reach * 1.3} ${y} ${p.x - 2} ${y}`;
    add(node("path", { d: path, fill: "none", stroke: c["attention-1"], "stroke-width": 0.6 + 7 * weight, "stroke-opacity": 0.25 + 0.75 * Math.sqrt(weight), "stroke-linecap": "round" }));
  });
  list(t.choose, true, d.tokens.map((token, i) => {
    const index = d.first + i, kind = d.kinds[i], chosen = index === d.token, y = rowY(index), weight = d.weights[i];
    const tint = kind === "special" ? "none" : c[`sentence-${kind.toLowerCase()}`];
    const height = Math.min(26, p.row - 3);
    return { field: "token", value: index, chosen, label: token,
      text: `${token}\n${fill(t.cell, { from: word, to: token, value: shown(weight) })}`,
      parts: [
        node("rect", { class: "mark", x: p.x, y: y - height / 2, width: p.width, height, rx: 6, fill: tint, stroke: chosen ? c.query : kind === "special" ? c.rule : "transparent", "stroke-width": chosen ? 2 : 1 }),
        words(p.x + 10, y + 5, brief(token, place.tall ? 18 : 10), { "font-size": 15, "font-weight": chosen ? 700 : 400, fill: kind === "special" ? c.quiet : c.ink, "font-family": "ui-monospace, Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace", direction: "ltr", style: "unicode-bidi: isolate" }),
        weight < 0.005 ? "" : words(p.right, y + 5, `${Math.round(100 * weight)}%`, { "font-size": 13, "text-anchor": "end", fill: c["attention-1"], "font-weight": weight > 0.2 ? 700 : 400, "fill-opacity": 0.45 + 0.55 * Math.min(1, 3 * weight) }),
      ] };
  }));
  const [above, below] = [d.first, d.nTokens - d.first - d.tokens.length];
  if (above) add(words(p.x + 10, p.y - 5, fill(t.above, { count: above }), { "font-size": 12, fill: c.quiet }));
  if (below) add(words(p.x + 10, p.y + d.tokens.length * p.row + 14, fill(t.below, { count: below }), { "font-size": 12, fill: c.quiet }));

  // The lens: the open layer, large.
  const open = place.layers[d.layer - d.firstLayer], [lx, ly, lw, lh] = place.lens;
  const tint = `rgb(${blend(channels(c.ground), channels(c["attention-1"]), 0.05).map(Math.round)})`;
  const beam = [open[0] - 3, open[0] + open[2] + 3, open[1] + TALL + (place.tall ? 24 : 24)];
  add(node("path", { d: fall(beam, [lx + 10, lx + lw - 10, ly + 1]), fill: tint }),
    node("rect", { x: lx, y: ly, width: lw, height: lh, rx: 12, fill: tint }));

  // Flow lines first, strips above them.
  if (!place.tall) {
    const [wx, wy, , wh] = place.boxes.word;
    line(`M206 ${chosenY}C${wx - 8} ${chosenY} ${wx - 34} ${wy + wh / 2} ${wx} ${wy + wh / 2}`, c.query, 2);
    line(`M${edges("embedding").r[0]} ${wy + wh / 2}H${place.layers.at(-1)[0]}`, c.rule, 2);
    const end = has("pooled") ? place.boxes.pooled[0] : place.side[0] - 8; // pooled is made of [CLS], not of this piece
    add(node("path", { d: `M${place.layers.at(-1)[0] + open[2]} ${wy + wh / 2}H${end}`, stroke: has("pooled") ? c.quiet : c.rule, "stroke-dasharray": has("pooled") ? "2 4" : null, "stroke-width": has("pooled") ? 1 : 2 }));
    const centre = edges("input").m[1];
    for (const path of place.bypasses) line(path, c.quiet);
    for (const [letter, colour] of [["q", c.query], ["k", c.key], ["v", c.value]]) band(ribbon(edges("input").r, edges(letter).l), colour);
    const m = place.boxes.probs, cell = 64 / d.n_heads, lane = (name) => edges(name).l[0] + (d.head + 0.5) * cell;
    const row = m[1] + ((Math.floor(d.token / d.step) + 0.5) / d.side) * m[3], high = Math.max(1.5, m[3] / d.side / 2);
    band(ribbon([edges("q").r[0], edges("q").r[1] + 8, edges("q").r[2] - 8], [m[0], row - high, row + high]), c.query, 0.22);
    band(`M${edges("k").r[0]} 446C404 446 ${m[0]} 530 ${m[0]} ${m[1] + m[3]}L${m[0] + m[2]} ${m[1] + m[3]}C${m[0] + m[2]} 530 420 506 ${edges("k").r[0]} 506Z`, c.key);
    const joined = place.boxes.context;
    band(ribbon([m[0] + m[2], row - high, row + high], [joined[0], joined[1], joined[1] + joined[3]]), c["attention-1"], 0.2);
    band(ribbon(edges("v").r, edges("context").l), c.value, 0.16);
    band(ribbon(edges("context").r, edges("attn_out").l), c.quiet, 0.14);
    line(`M${edges("attn_out").r[0]} ${centre}H${edges("attn_norm").l[0]}`, c.quiet);
    band(ribbon(edges("attn_norm").r, edges("ffn_act").l), c.ffn, 0.2);
    band(ribbon(edges("ffn_act").r, edges("ffn_out").l), c.ffn, 0.2);
    line(`M${edges("ffn_out").r[0]} ${centre}H${edges("hidden").l[0]}`, c.quiet);
  } else {
    const flowing = (from, to, colour, opacity) => band(fall(edges(from).b, edges(to).t), colour, opacity);
    for (const [letter, colour] of [["q", c.query], ["k", c.key], ["v", c.value]]) band(ribbon(edges("input").r, edges(letter).l), colour);
    flowing("q", "probs", c.query, 0.14);
    flowing("k", "probs", c.key, 0.14);
    flowing("v", "context", c.value, 0.14);
    band(ribbon(edges("probs").r, edges("context").l), c["attention-1"], 0.14);
    flowing("context", "attn_out", c.quiet, 0.1);
    line(`M${edges("attn_out").r[0]} ${edges("attn_out").m[1]}H${edges("attn_norm").l[0]}`, c.quiet);
    flowing("attn_norm", "ffn_act", c.ffn, 0.14);
    band(ribbon(edges("ffn_act").r, edges("ffn_out").l), c.ffn, 0.2);
    line(`M${edges("ffn_out").r[0]} ${edges("ffn_out").m[1]}H${edges("hidden").l[0]}`, c.quiet);
  }
  for (const [x, y, beside] of place.plus) add(node("circle", { cx: x, cy: y, r: 9, fill: tint, stroke: c.quiet, "stroke-width": 1.5 }), node("path", { d: `M${x - 5} ${y}H${x + 5}M${x} ${y - 5}V${y + 5}`, stroke: c.ink, "stroke-width": 1.5 }), words(x, y + beside, "LN", { "font-size": 12, fill: c.quiet, "text-anchor": "middle" }));

  // Embeddings: three look-ups, their sum, LayerNorm.
  heading("embeddings", t.embeddings);
  station("word", "word", { bar: c.word });
  station("position", "position", { bar: c.position });
  station("segment", "segment", { bar: c.segment });
  station("embedding_sum", "embedding_sum", { code: "sum" });
  station("embedding", "embedding");
  for (const [left, right, sign] of [["word", "position", "+"], ["position", "segment", "+"], ["segment", "embedding_sum", "="], ["embedding_sum", "embedding", "LN"]]) {
    if (!has(left) || !has(right)) continue;
    const x = (edges(left).r[0] + edges(right).l[0]) / 2;
    add(words(x, edges(left).m[1] + 6, sign, { "font-size": sign === "LN" ? 13 : 20, "text-anchor": "middle", fill: c.quiet }));
  }

  // The stack of layers: this token's state after each; one is open.
  heading("layers", t.layers, d.lastLayer - d.firstLayer < d.n_layers ? `${d.n_layers} · ${d.firstLayer}–${d.lastLayer - 1}` : d.n_layers);
  list(t.layers, false, place.layers.map((box, i) => {
    const layer = d.firstLayer + i, s = d.by("hidden", layer), chosen = layer === d.layer, [x, y, width, height] = box;
    const roomy = width > 16 || layer % 5 === 0 || chosen;
    return { field: "layer", value: layer, chosen, label: fill(t.open_layer, { layer }),
      text: `${fill(t.layer_name, { layer })} · hidden\n${s.shape}\n${fill(t.signed, { cosine: shown(d.turns[layer]) })}\n${fill(t.open_layer, { layer })}`,
      parts: [
        picture(strip(s.values, fold(s, d.d_head), s.limit, c), box),
        node("rect", { class: "mark", x: x - 0.5, y: y - 0.5, width: width + 1, height: height + 1, fill: "transparent", stroke: chosen ? c["attention-1"] : c.rule, "stroke-width": chosen ? 2.5 : 1 }),
        roomy ? words(x + width / 2, y - 11, layer, { "text-anchor": "middle", "font-weight": chosen ? 700 : 500, fill: chosen ? c["attention-1"] : c.ink }) : "",
        width > 28 ? words(x + width / 2, y + height + 15, `∠${Math.round((Math.acos(Math.max(-1, Math.min(1, d.turns[layer]))) * 180) / Math.PI)}°`, { "text-anchor": "middle", "font-size": 12, fill: c.quiet }) : "",
      ] };
  }));

  // Inside the open layer.
  const title = words(...place.title, fill(t.layer_name, { layer: d.layer }), { "font-size": 16, "font-weight": 700, fill: c["attention-1"] });
  const part = node("tspan", { dx: 10, "font-size": 14, "font-weight": 600, fill: c.ink });
  part.textContent = t.attention;
  title.append(part);
  add(title);
  if (place.ffnTitle) add(words(...place.ffnTitle, t.ffn, { "font-weight": 600, "text-anchor": "middle" }));
  for (const [index, [x, y]] of Object.entries(place.weights)) {
    const made = words(x, y, "W", { "text-anchor": "middle", "font-size": 13, "font-style": "italic", fill: c.ink });
    const low = node("tspan", { dy: 3, "font-size": 10 });
    low.textContent = /[qkvo]/.test(index) ? index.toUpperCase() : index;
    made.append(low);
    add(made);
  }
  station("input", d.layer ? "hidden" : "embedding", { layer: d.layer ? d.layer - 1 : null });
  station("q", "q", { colour: c.query, heads: true, inline: true });
  station("k", "k", { colour: c.key, heads: true, inline: true });
  station("v", "v", { colour: c.value, heads: true, inline: true });
  matrix();
  station("context", "context", { colour: c.value, heads: true });
  station("attn_out", "attn_out");
  station("attn_norm", "attn_norm");
  station("ffn_act", "ffn_act", { colour: c.ffn, stretch: 2 });
  station("ffn_out", "ffn_out");
  station("hidden", "hidden", { layer: d.layer });

  function matrix() {
    const box = place.boxes.probs, [x, y, size] = box, cell = size / d.side, at = Math.floor(d.token / d.step);
    const best = Math.floor(d.target / d.step);
    const name = (cellAt) => { const from = cellAt * d.step - d.first; return d.step === 1 && d.tokens[from] !== undefined ? brief(d.tokens[from], 13) : `#${cellAt * d.step}${d.step > 1 ? `–${Math.min(d.nTokens, (cellAt + 1) * d.step) - 1}` : ""}`; };
    const frame = node("rect", { class: "frame", x: x - 0.5, y: y - 0.5, width: size + 1, height: size + 1, fill: "none", stroke: c["attention-1"], "stroke-width": 1.5 });
    const parts = [picture(weights(d.matrix, d.side, c), box), frame,
      node("rect", { x: x - 2, y: y + at * cell - 1, width: size + 4, height: cell + 2, fill: "none", stroke: c.query, "stroke-width": 2, rx: 2 }),
      words(Math.max(x + 30, Math.min(x + size - 30, x + (best + 0.5) * cell)), y - 7, fill(t.to, { token: brief(d.targetToken, 13) }), { "text-anchor": "middle", "font-size": 13, "font-weight": 600, fill: c.key }),
      words(...place.formula, `softmax(q·kᵀ / √${d.d_head})`, { "text-anchor": "middle", fill: c.ink }),
      words(place.formula[0], place.formula[1] + 16, d.by("context") ? `${d.n_heads}×${d.nTokens}×${d.nTokens} · 0…1` : "", { "text-anchor": "middle", "font-size": 12, fill: c.quiet })];
    add(hover(link("probs", t.matrix_name, ...parts), (event) => {
      const area = frame.getBoundingClientRect();
      const [row, column] = [(event.clientY - area.top) / area.height, (event.clientX - area.left) / area.width].map((part) => Math.floor(part * d.side));
      const inside = row >= 0 && column >= 0 && row < d.side && column < d.side;
      const value = inside ? `\n${fill(t.cell, { from: name(row), to: name(column), value: shown(d.matrix[row * d.side + column]) })}` : "";
      return `${t.matrix_name} · probs\nB×H×T×T = 1×${d.n_heads}×${d.nTokens}×${d.nTokens}${value}${opening("probs")}`;
    }));
  }

  // The heads of the open layer.
  const { x: hx, y: hy, room } = place.choice, step = Math.min(24, room / d.n_heads);
  add(words(hx - 8, hy + 16, step < 18 ? fill(t.head_name, { head: d.head }) : t.head, { "text-anchor": "end", "font-weight": 600 }));
  list(t.choose_head, false, Array.from({ length: d.n_heads }, (_, head) => {
    const chosen = head === d.head;
    return { field: "head", value: head, chosen, label: fill(t.head_name, { head }), text: fill(t.head_name, { head }),
      parts: [node("rect", { class: "mark", x: hx + head * step, y: hy, width: Math.max(1, step - 3), height: 22, rx: 5, fill: chosen ? c["attention-1"] : c.ground, stroke: chosen ? "none" : c.rule }),
        step < 18 ? "" : words(hx + head * step + (step - 3) / 2, hy + 16, head, { "font-size": 13, "text-anchor": "middle", fill: chosen ? c.ground : c.quiet, "font-weight": chosen ? 700 : 400 })] };
  }));

  // Outputs.
  heading("outputs", t.outputs);
  station("pooled", "pooled", { code: "tanh(Wh+b)" });
  const [ox, oy, ow] = place.side;
  const rows = [...(d.words ?? d.classes ?? [])];
  if (d.follows !== null) rows.push([t.follows, d.follows]);
  if (!rows.length) lines(t.no_head, ow, 14).forEach((text, i) => add(words(ox, oy + 2 + 19 * i, text, { fill: c.quiet })));
  else add(words(ox, oy, t.predicted, { "font-weight": 600 }));
  rows.forEach(([name, share], i) => {
    const y = oy + 22 + 24 * i;
    add(node("rect", { x: ox, y: y - 14, width: Math.max(1, ow * share), height: 19, rx: 3, fill: c["attention-1"], "fill-opacity": 0.22 }),
      words(ox + 4, y, brief(name, 14)), words(ox + ow, y, share < 0.0005 ? "< 0.1%" : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`, { "text-anchor": "end", "font-size": 12, fill: c.quiet }));
  });

  // What the colours say.
  const [gx, gy, across] = place.legend, id = `g${Math.random().toString(36).slice(2)}`;
  const ramp = (name, stops) => node("linearGradient", { id: name }, ...stops.map((colour, i) => node("stop", { offset: i / (stops.length - 1), "stop-color": colour })));
  const [sx, sy] = across ? [gx + across, gy] : [gx, gy + 18];
  add(node("defs", {}, ramp(`${id}a`, [c["signed-0"], c["signed-1"], c["signed-2"]]), ramp(`${id}b`, [c["attention-0"], c["attention-1"]])),
    node("rect", { x: gx, y: gy - 10, width: 60, height: 10, fill: `url(#${id}a)`, stroke: c.rule }), words(gx + 68, gy, t.legend_signed, { "font-size": 13, fill: c.quiet }),
    node("rect", { x: sx, y: sy - 10, width: 60, height: 10, fill: `url(#${id}b)`, stroke: c.rule }), words(sx + 68, sy, t.probability, { "font-size": 13, fill: c.quiet }));

  const focused = root.parent.activeElement?.getAttribute?.("data-focus");
  root.querySelector("svg")?.remove();
  root.classList.toggle("tall", Boolean(place.tall));
  root.prepend(svg);
  root.ground = c.ground;
  if (focused) [...svg.querySelectorAll("[data-focus]")].find((e) => e.getAttribute("data-focus") === focused)?.focus({ preventScroll: true });
}

function frame(parent) {
  const root = document.createElement("div");
  root.className = "journey";
  root.innerHTML = '<span class="probe"></span><div class="save"></div><div class="tip" role="status" hidden></div>';
  root.parent = parent;
  root.probe = root.querySelector(".probe");
  const tip = root.querySelector(".tip");
  root.tell = (event, text) => {
    tip.hidden = !event;
    if (!event) return;
    tip.textContent = text;
    const area = root.getBoundingClientRect(), x = event.clientX - area.left, y = event.clientY - area.top;
    tip.style.left = `${Math.max(0, Math.min(x + 14, area.width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${y + 18 + tip.offsetHeight > innerHeight - area.top - 8 ? y - tip.offsetHeight - 12 : y + 18}px`;
  };
  for (const kind of ["png", "svg"]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = kind.toUpperCase();
    button.onclick = () => save(root.querySelector("svg"), kind, root.ground);
    root.querySelector(".save").append(button);
  }
  root.probe.addEventListener("transitionend", () => root.again?.()); // the theme has changed
  let width = 0;
  root.watch = new ResizeObserver(() => {
    if (width && width < 700 !== root.clientWidth < 700) root.again?.();
    width = root.clientWidth;
  });
  root.watch.observe(root);
  parent.append(root);
  return root;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".journey") ?? frame(parentElement);
  const d = unpack(data);
  root.querySelectorAll(".save button").forEach((b) => b.setAttribute("aria-label", fill(d.t.download, { kind: b.textContent })));
  root.again = () => draw(root, d, setTriggerValue);
  root.tell(null);
  root.again();
}
