// The parts of the poster, in the order in which they lie on each other.

// Word pieces with the open head's arcs from the chosen piece to those that it looks at.
function pieces(on) {
  const { d, t, c, place } = on,
    p = place.pieces,
    violet = c["attention-1"];
  const rowY = (index) => p.y + p.row * (index - d.first) + p.row / 2,
    y0 = rowY(d.token);
  on.wires("attention");
  on.add(words(p.right, 34, fill(t.from, d), { "font-size": 12, fill: violet, "text-anchor": "end" }));
  d.weights.forEach((weight, i) => {
    if (weight < 0.005) return; // would round to 0 %
    const x = p.x - 2,
      y = rowY(d.first + i),
      reach = x - 1.3 * Math.min(50, 12 + Math.abs(y - y0) * 0.22);
    const path =
      y === y0
        ? `M${x} ${y - 5}C${x - 18} ${y - 12} ${x - 18} ${y + 12} ${x} ${y + 5}`
        : `M${x} ${y0}C${reach} ${y0} ${reach} ${y} ${x} ${y}`;
    on.add(
      node("path", {
        d: path,
        fill: "none",
        stroke: violet,
        "stroke-width": 0.6 + 7 * weight,
        "stroke-opacity": 0.25 + 0.75 * Math.sqrt(weight),
        "stroke-linecap": "round",
      }),
    );
  });
  on.part("pieces");
  on.heading("pieces", "pieces", t.pieces, d.nTokens);
  on.list(
    "token",
    t.choose,
    true,
    d.tokens.map((token, i) => {
      const index = d.first + i,
        kind = d.kinds[i],
        chosen = index === d.token,
        y = rowY(index),
        weight = d.weights[i];
      const special = kind === "special",
        height = Math.min(26, p.row - 3);
      const share = words(p.right, y + 5, `${Math.round(100 * weight)}%`, {
        "data-wires": "attention",
        "font-size": 13,
        "text-anchor": "end",
        fill: violet,
        "font-weight": weight > 0.2 ? 700 : 400,
        "fill-opacity": 0.65 + 0.35 * Math.min(1, 3 * weight),
      });
      return {
        value: index,
        label: token,
        text: `${token}\n${fill(t.cell, { from: d.tokens[d.token - d.first], to: token, value: shown(weight) })}`,
        parts: [
          node("rect", {
            class: "mark",
            x: p.x,
            y: y - height / 2,
            width: p.width,
            height,
            rx: 6,
            "stroke-width": chosen ? 2 : 1,
            fill: special ? c.ground : c[`sentence-${kind.toLowerCase()}`],
            stroke: chosen ? c.query : special ? c.rule : "transparent",
          }),
          words(p.x + 10, y + 5, brief(token, place.tall ? 18 : 10), {
            "font-size": 15,
            "font-weight": chosen ? 700 : 400,
            fill: special ? c.quiet : c.ink,
            "font-family": MONO,
            style: "unicode-bidi: isolate",
          }),
          weight < 0.005 ? "" : share,
        ],
      };
    }),
    true,
  );
  const [above, below] = [d.first, d.nTokens - d.first - d.tokens.length],
    small = { "font-size": 12, fill: c.quiet };
  if (above) on.add(words(p.x + 10, p.y - 5, fill(t.above, { count: above }), small));
  if (below) on.add(words(p.x + 10, p.y + d.tokens.length * p.row + 14, fill(t.below, { count: below }), small));
  return y0;
}

// The lens: the ground on which the open layer is drawn large.
function lens(on) {
  const { d, place } = on;
  on.wires("layers");
  const [x, y, width, height] = place.lens,
    [left, top, across] = place.layers[d.layer - d.firstLayer];
  on.add(
    node("path", {
      d: fall([left - 3, left + across + 3, top + TALL + 24], [x + 10, x + width - 10, y + 1]),
      fill: on.tint,
    }),
    node("rect", { x, y, width, height, rx: 12, fill: on.tint }),
  );
}

function flow(on, y0) {
  const { c, place, edges, band, line } = on;
  on.wires("qkv");
  for (const [letter, colour] of Object.entries({ q: c.query, k: c.key, v: c.value }))
    band(ribbon(edges("input").r, edges(letter).l), colour);
  on.wires("ffn");
  line(`M${edges("attn_out").r[0]} ${edges("attn_out").m[1]}H${edges("attn_norm").l[0]}`, c.quiet);
  line(`M${edges("ffn_out").r[0]} ${edges("ffn_out").m[1]}H${edges("hidden").l[0]}`, c.quiet);
  band(ribbon(edges("ffn_act").r, edges("ffn_out").l), c.ffn, 0.2);
  if (place.tall) flowDown(on);
  else flowAcross(on, y0);
  on.wires("ffn");
  for (const [x, y, beside] of place.plus) {
    on.add(
      node("circle", { cx: x, cy: y, r: 9, fill: on.tint, stroke: c.quiet, "stroke-width": 1.5 }),
      node("path", { d: `M${x - 5} ${y}H${x + 5}M${x} ${y - 5}V${y + 5}`, stroke: c.ink, "stroke-width": 1.5 }),
    );
    if (!on.d.pre) on.add(words(x, y + beside, "LN", { "font-size": 12, fill: c.quiet, "text-anchor": "middle" }));
  }
  // Pre-LN: what the two blocks read is normalised, what is added up is not.
  if (on.d.pre)
    for (const [x, y] of place.norms)
      on.add(
        node("rect", { x: x - 11, y: y - 10, width: 22, height: 20, rx: 5, fill: on.tint, stroke: c.quiet }),
        words(x, y + 4, "LN", { "font-size": 12, "font-weight": 600, fill: c.ink, "text-anchor": "middle" }),
      );
}

function flowAcross(on, y0) {
  const { d, c, place, edges, band, line } = on,
    [wx, wy] = place.boxes.word,
    spine = wy + TALL / 2;
  on.wires("sum");
  line(`M206 ${y0}C${wx - 8} ${y0} ${wx - 34} ${spine} ${wx} ${spine}`, c.query, 2);
  const last = place.layers.at(-1);
  on.wires("layers");
  line(`M${edges("embedding").r[0]} ${spine}H${last[0]}`, c.rule, 2);
  on.wires("outputs");
  // The pooled vector is made of the first piece, not of the chosen piece: a dashed line.
  if (on.has("pooled")) line(`M${last[0] + last[2]} ${spine}H${place.boxes.pooled[0]}`, c.quiet, 1, "2 4");
  else line(`M${last[0] + last[2]} ${spine}H${place.side[0] - 8}`, c.rule, 2);
  on.wires("ffn");
  for (const path of place.bypasses) line(path, c.quiet);
  on.wires("attention");
  const [mx, my, side] = place.boxes.probs,
    row = my + ((Math.floor(d.token / d.step) + 0.5) / d.side) * side;
  const thick = Math.max(1.5, side / d.side / 2),
    [qx, top, bottom] = edges("q").r,
    [kx, high, low] = edges("k").r;
  band(ribbon([qx, top + 8, bottom - 8], [mx, row - thick, row + thick]), c.query, 0.22);
  const [from, to] = [`${mx} 500 ${mx} ${my + side}`, `${mx + side} 500 420 ${low - 8}`];
  band(`M${kx} ${high + 8}C404 ${high + 8} ${from}H${mx + side}C${to} ${kx} ${low - 8}Z`, c.key);
  on.wires("mixed");
  band(ribbon([mx + side, row - thick, row + thick], edges("context").l), c["attention-1"], 0.2);
  band(ribbon(edges("v").r, edges("context").l), c.value);
  band(ribbon(edges("context").r, edges("attn_out").l), c.quiet, 0.14);
  on.wires("ffn");
  band(ribbon(edges("attn_norm").r, edges("ffn_act").l), c.ffn, 0.2);
}

function flowDown({ c, edges, band, wires }) {
  const down = (from, to, colour, opacity = 0.14) => band(fall(edges(from).b, edges(to).t), colour, opacity);
  wires("attention");
  down("q", "probs", c.query);
  down("k", "probs", c.key);
  wires("mixed");
  down("v", "context", c.value);
  band(ribbon(edges("probs").r, edges("context").l), c["attention-1"], 0.14);
  down("context", "attn_out", c.quiet, 0.1);
  wires("ffn");
  down("attn_norm", "ffn_act", c.ffn);
}

function embeddings(on) {
  const { c, edges } = on;
  on.part("sum");
  on.heading("embeddings", "embedding", on.t.embeddings);
  for (const name of ["word", "position", "segment"]) station(on, name, name, { bar: c[name] });
  station(on, "embedding_sum", "embedding_sum");
  station(on, "embedding", "embedding");
  const there = ["word", "position", "segment", "embedding_sum", "embedding"].filter((name) => on.has(name));
  const signs = { embedding_sum: "=", embedding: { norm: "LN", widened: "LN, W", plain: "=" }[on.d.entrance] };
  for (const [at, left] of there.slice(0, -1).entries()) {
    const right = there[at + 1],
      sign = signs[right] ?? "+";
    const x = (edges(left).r[0] + edges(right).l[0]) / 2;
    on.add(
      words(x, edges(left).m[1] + 6, sign, {
        "font-size": sign.startsWith("LN") ? 13 : 20,
        "text-anchor": "middle",
        fill: c.quiet,
      }),
    );
  }
  on.add(words(...on.place.note, on.t.folded, { "font-size": 13, fill: c.quiet }));
}

// The stack of layers: the piece's state after each, and by how far the layer turned it; one is open.
function layers(on) {
  const { d, t, c, place } = on,
    windowed = d.lastLayer - d.firstLayer < d.n_layers;
  on.part("layers");
  on.heading(
    "layers",
    "hidden",
    t.layers,
    windowed ? `${d.n_layers} · ${d.firstLayer}–${d.lastLayer - 1}` : d.n_layers,
  );
  on.list(
    "layer",
    t.layers,
    false,
    place.layers.map((box, i) => {
      const layer = d.firstLayer + i,
        s = d.by("hidden", layer),
        chosen = layer === d.layer,
        [x, y, width, height] = box;
      const angle = (Math.acos(Math.max(-1, Math.min(1, d.turns[layer]))) * 180) / Math.PI,
        violet = c["attention-1"];
      const middle = { x: x + width / 2, "text-anchor": "middle" };
      return {
        value: layer,
        label: fill(t.open_layer, { layer }),
        text: [
          `${fill(t.layer_name, { layer })} · hidden`,
          s.shape,
          fill(t.turned, { angle: Math.round(angle) }),
          fill(t.open_layer, { layer }),
        ].join("\n"),
        parts: [
          node("rect", { x, y, width, height, fill: "none" }),
          picture(strip(s.values, fold(s, d.d_head), s.limit, c), box),
          node("rect", {
            class: "mark",
            x: x - 0.5,
            y: y - 0.5,
            width: width + 1,
            height: height + 1,
            fill: "transparent",
            stroke: chosen ? violet : c.rule,
            "stroke-width": chosen ? 2.5 : 1,
          }),
          width > 16 || layer % 5 === 0 || chosen
            ? words(0, y - 11, layer, { ...middle, "font-weight": chosen ? 700 : 500, fill: chosen ? violet : c.ink })
            : "",
          width > 28
            ? words(0, y + height + 15, `∠${Math.round(angle)}°`, { ...middle, "font-size": 12, fill: c.quiet })
            : "",
        ],
      };
    }),
  );
}

function inside(on) {
  const { d, t, c, place } = on;
  const title = words(...place.title, fill(t.layer_name, d), {
    "font-size": 16,
    "font-weight": 700,
    fill: c["attention-1"],
  });
  title.append(span(t.attention, { dx: 10, "font-size": 14, "font-weight": 600, fill: c.ink }));
  const weight = (index) => {
    if (!place.weights[index]) return;
    const made = words(...place.weights[index], "W", {
      "text-anchor": "middle",
      "font-size": 13,
      "font-style": "italic",
    });
    made.append(span(index, { dy: 3, "font-size": 10 }));
    on.add(made);
  };
  on.part("qkv");
  on.add(title);
  station(on, "input", d.layer ? "hidden" : "embedding", { layer: d.layer ? d.layer - 1 : null });
  for (const [letter, colour] of Object.entries({ q: c.query, k: c.key, v: c.value })) {
    station(on, letter, letter, { colour, heads: true, bare: true });
    weight(letter.toUpperCase());
  }
  on.part("attention");
  heads(on);
  matrix(on);
  on.part("mixed");
  station(on, "context", "context", { colour: c.value, heads: true });
  station(on, "attn_out", "attn_out");
  weight("O");
  on.part("ffn");
  if (place.ffnTitle) on.add(words(...place.ffnTitle, t.ffn, { "font-weight": 600, "text-anchor": "middle" }));
  station(on, "attn_norm", d.pre ? "attn_sum" : "attn_norm");
  station(on, "ffn_act", "ffn_act", { colour: c.ffn, stretch: 2 });
  station(on, "ffn_out", "ffn_out");
  station(on, "hidden", "hidden", { layer: d.layer });
  for (const index of ["1", "2"]) weight(index);
}

// The open head's matrix, the chosen piece's row framed, the piece it looks at most named.
function matrix(on) {
  const { d, t, c, place } = on,
    [x, y, size] = place.boxes.probs,
    cell = size / d.side,
    [fx, fy] = place.formula;
  const column = (token) => Math.floor(token / d.step),
    centred = { "text-anchor": "middle" };
  const name = (at) => {
    const token = d.tokens[at * d.step - d.first];
    if (d.step === 1) return token ?? `#${at}`;
    return `#${at * d.step}–${Math.min(d.nTokens, (at + 1) * d.step) - 1}`;
  };
  const frame = node("rect", {
    class: "frame",
    x: x - 0.5,
    y: y - 0.5,
    width: size + 1,
    height: size + 1,
    fill: "none",
    stroke: c["attention-1"],
    "stroke-width": 1.5,
  });
  const looked = Math.max(x + 30, Math.min(x + size - 30, x + (column(d.target) + 0.5) * cell));
  const shape = `${d.n_heads}×${d.nTokens}×${d.nTokens}`;
  const made = on.link(
    "probs",
    t.matrix_name,
    picture(weights(d.matrix, d.side, c), place.boxes.probs),
    frame,
    node("rect", {
      x: x - 2,
      y: y + column(d.token) * cell - 1,
      width: size + 4,
      height: cell + 2,
      fill: "none",
      stroke: c.query,
      "stroke-width": 2,
      rx: 2,
    }),
    words(looked, y - 7, `↓ ${brief(d.targetToken, 13)}`, {
      ...centred,
      "font-size": 13,
      "font-weight": 600,
      fill: c.key,
    }),
  );
  const formula = words(fx, fy, d.formula, { ...centred, class: "topic" });
  on.add(
    d.pages.scores
      ? on.hover(
          on.link("scores", "", around(fx, fy, formula.textContent, "middle"), formula),
          `${formula.textContent}${on.opening("scores")}`,
        )
      : formula,
  );
  on.add(
    on.hover(made, (event) => {
      const area = frame.getBoundingClientRect();
      const across = Math.floor(((event.clientX - area.left) / area.width) * d.side);
      const down = Math.floor(((event.clientY - area.top) / area.height) * d.side);
      const within = Math.min(across, down) >= 0 && Math.max(across, down) < d.side;
      const value = within
        ? `\n${fill(t.cell, { from: name(down), to: name(across), value: shown(d.matrix[down * d.side + across]) })}`
        : "";
      return `${t.matrix_name} · probs${value}\nB×H×T×T = 1×${shape}${on.opening("probs")}`;
    }),
  );
  more(on);
}

// The way into the ten steps, said in words.
function more(on) {
  const { t, c, place } = on,
    [x, y, width] = place.more;
  const made = node(
    "g",
    { class: "more", role: "button", tabindex: 0, "aria-label": t.unfold, "data-focus": "unfold" },
    node("rect", { class: "mark", x, y, width, height: 28, rx: 14, fill: c.ground, stroke: c["attention-1"] }),
    node("path", { d: `M${x + 12} ${y + 9}v10l8.5-5z`, fill: c["attention-1"] }),
    words(x + 28, y + 19, t.unfold, { "font-weight": 600, fill: c["attention-1"] }),
  );
  made.onclick = () => on.root.unfold();
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    on.root.unfold();
  });
  on.add(made);
}

function heads(on) {
  const { d, t, c, place } = on,
    { x, y, room, lines } = place.choice,
    each = Math.ceil(d.n_heads / lines);
  const step = Math.min(28, room / each),
    numbered = step >= 18;
  on.add(words(x - 8, y + 17, numbered ? t.head : fill(t.head_name, d), { "text-anchor": "end", fill: c.quiet }));
  on.list(
    "head",
    t.choose_head,
    false,
    Array.from({ length: d.n_heads }, (_, head) => {
      const chosen = head === d.head,
        text = fill(t.head_name, { head }),
        left = x + (head % each) * step,
        width = Math.max(1, step - 0.9);
      const top = y + 27 * Math.floor(head / each);
      return {
        value: head,
        label: text,
        text,
        parts: [
          node("rect", {
            class: "mark",
            x: left,
            y: top,
            width,
            height: 25,
            rx: 5,
            fill: chosen ? c["attention-1"] : c.ground,
            stroke: chosen ? "none" : c.rule,
          }),
          numbered
            ? words(left + width / 2, top + 17, head, {
                "font-size": 13,
                "text-anchor": "middle",
                fill: chosen ? c.ground : c.quiet,
                "font-weight": chosen ? 700 : 400,
              })
            : "",
        ],
      };
    }),
  );
}

function outputs(on) {
  const { d, t, c, place } = on,
    [x, y, width] = place.side;
  on.part("outputs");
  on.heading("outputs", d.words ? "words" : "pooled", t.outputs);
  station(on, "pooled", "pooled");
  if (d.rows.length) on.add(words(x, y, d.said, { "font-weight": 600 }));
  else lines(t.no_head, width, 14).forEach((text, i) => on.add(words(x, y + 2 + 19 * i, text, { fill: c.quiet })));
  d.rows.forEach(([name, share, text], i) => {
    const at = y + 22 + 24 * i;
    if (share !== null)
      on.add(
        node("rect", {
          x,
          y: at - 14,
          width: Math.max(1, width * share),
          height: 19,
          rx: 3,
          fill: c["attention-1"],
          "fill-opacity": 0.22,
        }),
      );
    on.add(
      words(x + 4, at, brief(name, 14)),
      words(x + width, at, text, { "text-anchor": "end", "font-size": 12, fill: c.quiet }),
    );
  });
}

// What the colours say, and whose numbers these are.
function legend(on) {
  const { d, t, c, place } = on,
    [x, y, across] = place.legend,
    id = `bx${Math.random().toString(36).slice(2)}`;
  on.part("legend");
  const ramps = [
    [t.legend_signed, ["signed-0", "signed-1", "signed-2"]],
    [t.probability, ["attention-0", "attention-1"]],
  ];
  ramps.forEach(([text, names], i) => {
    const [left, base] = across ? [x + i * across, y] : [x, y + 20 * i];
    const stops = names.map((name, at) => node("stop", { offset: at / (names.length - 1), "stop-color": c[name] }));
    on.add(
      node("defs", {}, node("linearGradient", { id: `${id}${i}` }, ...stops)),
      node("rect", { x: left, y: base - 10, width: 60, height: 10, fill: `url(#${id}${i})`, stroke: c.rule }),
      words(left + 68, base, text, { "font-size": 13, fill: c.quiet }),
    );
  });
  on.add(
    words(across ? place.width : x, across ? y : y + 40, d.model, {
      "font-size": 13,
      "text-anchor": across ? "end" : "start",
      fill: c.quiet,
    }),
  );
}
