// Where everything stands, for a wide screen and for a phone. Boxes are [x, y, width, height] in pixels of the drawing.
const S = 36,
  TALL = 128; // a strip of d_model values; d_ff values get an area larger by d_ff / d_model

function ffnBox(d, x, middle, height) {
  const [wide, narrow] = [d.by("ffn_act").total, (d.by("attn_norm") ?? d.by("attn_sum")).total];
  const width = Math.max(12, Math.min(84, (S * TALL * wide) / narrow / height));
  return [x - width / 2, middle - height / 2, width, height];
}

function stack(d, x, y, room, pitch) {
  const count = d.lastLayer - d.firstLayer;
  const step = Math.min(pitch, room / count);
  const width = Math.max(3, Math.min(S, step - (step > 16 ? 8 : 3)));
  return Array.from({ length: count }, (_, i) => [x + i * step, y, width, TALL]);
}

// What is added up before the first layer, spread evenly: not every model has all five.
function sum(d, from, to, at) {
  const all = ["word", "position", "segment", "embedding_sum", "embedding"],
    there = all.filter((name) => d.by(name));
  return Object.fromEntries(
    there.map((name, i) => [name, at(from + (i * (to - from)) / Math.max(1, there.length - 1))]),
  );
}

function wide(d) {
  const top = d.first ? 60 : 40; // room for the count of pieces that are not drawn
  const row = Math.min(33, (612 - top) / d.tokens.length),
    open = 358;
  const at = (centre, top = open) => [centre - S / 2, top, S, TALL];
  const centre = open + TALL / 2;
  return {
    width: 1060,
    height: 676,
    pieces: { x: 58, y: top, row, width: 108, right: 206 },
    heads: { pieces: [0, 14], embeddings: [240, 14], layers: [588, 14], outputs: [862, 14] },
    boxes: {
      ...sum(d, 258, 538, (centre) => at(centre, 48)),
      input: at(260),
      q: [318, 296, 64, 76],
      k: [318, 408, 64, 76],
      v: [318, 520, 64, 76],
      probs: [422, 300, 152, 152],
      context: at(634),
      attn_out: at(708),
      attn_norm: at(788),
      ffn_act: ffnBox(d, 872, centre, 236),
      ffn_out: at(954),
      hidden: at(1028),
      pooled: at(882, 48),
    },
    layers: stack(d, 588, 48, 248, 42),
    lens: [232, 236, 828, 384],
    // Where attention unfolds: below the heads, over the inside of the layer.
    unfold: [240, 270, 812, 346],
    more: [424, 476, 148],
    note: [240, 208],
    bypasses: [
      `M260 334V284Q260 274 270 274H738Q748 274 748 284V${centre - 9}`,
      `M788 508V592Q788 602 798 602H981Q991 602 991 592V${centre + 9}`,
    ],
    plus: [
      [748, centre, 26],
      [991, centre, -17],
    ],
    norms: [
      [294, 404],
      [818, centre - 26],
    ],
    weights: {
      Q: [301, 369],
      K: [297, 440],
      V: [297, 538],
      O: [671, centre + 4],
      1: [820, centre + 4],
      2: [924, centre + 4],
    },
    choice: { x: 490, y: 242, room: 299, lines: 1 },
    title: [250, 261],
    ffnTitle: [872, 261],
    formula: [498, 472],
    side: [916, 54, 144],
    legend: [232, 664, 330],
    tour: [0, 628, 1060, 46],
  };
}

function tall(d) {
  const row = 30,
    top = d.first ? 60 : 40,
    y = top + d.tokens.length * row + 40;
  const at = (centre, top) => [centre - S / 2, top, S, TALL];
  const rows = Math.min(4, Math.ceil(d.n_heads / 10)); // of heads, each wide enough for a finger
  const layers = y + 266,
    lens = layers + 208,
    a = lens + 84 + 27 * rows,
    b = a + 222,
    c = b + 322,
    f = c + 232,
    end = f + 326;
  return {
    width: 358,
    height: end + 298,
    tall: true,
    pieces: { x: 62, y: top, row, width: 190, right: 354 },
    heads: { pieces: [4, 14], embeddings: [4, y - 8], layers: [4, layers - 34], outputs: [4, end + 20] },
    boxes: {
      ...sum(d, 30, 328, (centre) => at(centre, y + 40)),
      input: at(44, a),
      q: [96, a, 64, TALL],
      k: [186, a, 64, TALL],
      v: [276, a, 64, TALL],
      probs: [30, b + 20, 200, 200],
      context: at(304, b + 56),
      attn_out: at(60, c),
      attn_norm: at(180, c),
      ffn_act: ffnBox(d, 70, f + 128, 256),
      ffn_out: at(180, f + 64),
      hidden: at(304, f + 64),
      pooled: at(30, end + 66),
    },
    layers: stack(d, 6, layers, 350, 58),
    lens: [0, lens, 358, end - lens - 12],
    bypasses: [],
    weights: {},
    plus: [
      [120, c + 64, 26],
      [242, f + 128, 26],
    ],
    norms: [
      [79, a + 64],
      [180, c + 186],
    ],
    choice: { x: 62, y: lens + 38, room: 284, lines: rows },
    title: [14, lens + 26],
    tour: null,
    formula: [130, b + 242],
    unfold: [0, a - 26, 358, 0],
    more: [52, b + 252, 156],
    note: [4, y + 198],
    side: [84, end + 70, 264],
    ffnTitle: null,
    legend: [4, end + 250, 0],
  };
}
