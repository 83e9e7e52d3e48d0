// One attention weight in numbers: what journey_weight.py has packed, and what the steps say of it. Nothing is drawn here.

/**
 * The row of a query, as head_row.py describes it; vectors are views into the frame.
 * @param {any} h its header @param {Float32Array} floats
 */
function weighed(h, floats) {
  let offset = 0;
  const take = (/** @type {number} */ count) => {
    offset += count;
    return floats.subarray(offset - count, offset);
  };
  const rows = (/** @type {number} */ width) => Array.from({ length: h.at.length }, () => take(width));
  const row = {
    ...h,
    q: take(h.width),
    k: rows(h.width),
    v: rows(h.valueWidth),
    dots: take(h.at.length),
    added: take(h.at.length),
    scores: take(h.at.length),
    weights: take(h.at.length),
    restValue: take(h.valueWidth),
    joined: take(h.heads * h.valueWidth),
    mixing: h.mixes ? take(h.heads * h.valueWidth) : null,
    attnOut: take(h.out),
    state: h.adds ? take(h.out) : null,
  };
  // The model's own sum: of two float32 there is one nearest.
  return { ...row, total: row.state?.map((x, i) => x + row.attnOut[i]) ?? null };
}

/** @param {Float32Array} a @param {Float32Array} b */
const multiplied = (a, b) => Float64Array.from(a, (x, m) => x * b[m]);

/** What has been added up after each number. @param {ArrayLike<number>} values */
function running(values) {
  let sum = 0;
  return Float64Array.from(values, (x) => {
    sum += x;
    return sum;
  });
}

/**
 * Weights of the held keys when the scores are multiplied by `part`: 0 is an even row, 1 the model's own.
 * What the keys that are not held weigh keeps its share.
 */
function squeezed(row, part) {
  if (part >= 1) return row.weights;
  const raised = Array.from(row.scores, (s, n) => (row.visible[n] ? Math.exp(part * (s - row.top)) : 0));
  const sum = raised.reduce((a, b) => a + b, 0) || 1;
  return raised.map((x) => ((1 - row.restWeight) * x) / sum);
}

/** The angle between two vectors, in degrees. */
function angle(a, b) {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return (Math.acos(Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb || 1)))) * 180) / Math.PI;
}

const percent = (share) => (share < 0.0005 ? "< 0.1%" : `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)}%`);

/** The end of a colour range, symmetric around 0, that all of these stay in. */
function reach(...vectors) {
  let most = 1e-9;
  for (const vector of vectors) for (const x of vector) if (Math.abs(x) > most) most = Math.abs(x);
  return most;
}

/** What the sentences may say; n: the place of the key among those that are held. */
function facts(row, n) {
  const product = multiplied(row.q, row.k[n]);
  const positive = product.filter((x) => x > 0).length;
  return {
    query: row.queryToken,
    key: row.tokens[n],
    width: row.width,
    valueWidth: row.valueWidth,
    positive,
    negative: product.filter((x) => x < 0).length,
    dot: shown(row.dots[n]),
    root: shown(Math.sqrt(row.width)),
    factor: shown(row.factor),
    added: signed(row.scaling === "relative" ? row.added[n] / row.factor : row.added[n]),
    score: row.visible[n] ? shown(row.scores[n]) : "−∞",
    weight: percent(row.weights[n]),
    even: percent(1 / row.nVisible),
    keys: row.nKeys,
    visible: row.nVisible,
    hidden: row.nKeys - row.nVisible,
    head: row.head,
    heads: row.heads,
    joined: row.joined.length,
    out: row.out,
    shown: row.shown,
    value: shown(row.attnOut[row.shown]),
    angle: row.adds ? Math.round(angle(row.state, row.total)) : "",
  };
}

const signed = (value) => (value < 0 ? shown(value) : `+${shown(value)}`);

/** The sentence of a step. @param {string} step */
function says(row, step, n) {
  const own =
    step === "scale"
      ? `.${row.scaling}`
      : step === "project" && row.rotary
        ? ".rotary"
        : step === "residual" && row.normed
          ? ".normed"
          : step === "softmax" && !row.visible[n]
            ? ".masked"
            : "";
  return fill(row.say[step + own] ?? row.say[step], facts(row, n));
}
