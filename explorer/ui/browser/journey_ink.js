// Ink: colours of the theme as plain rgb (so that a saved picture keeps them), SVG nodes, strips of real values.
const COLOURS = [
  "ink",
  "quiet",
  "rule",
  "ground",
  "query",
  "key",
  "value",
  "ffn",
  "word",
  "position",
  "segment",
  "sentence-a",
  "sentence-b",
  "masked",
  "attention-0",
  "attention-1",
  "signed-0",
  "signed-1",
  "signed-2",
];

const MONO = "ui-monospace, Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace";

const words = (x, y, text, attributes = {}) => {
  const made = node("text", { x, y, "font-size": 14, ...attributes });
  made.textContent = text; // a visitor's text is never read as HTML
  return made;
};

const span = (text, attributes) => {
  const made = node("tspan", attributes);
  made.textContent = text;
  return made;
};

// An image with one pixel a cell; `colour(index)` gives [r, g, b], or null for a cell that holds nothing.
function raster(columns, rows, colour) {
  const sheet = pixelled(columns, rows, (pixels) => {
    for (let i = 0; i < pixels.length; i++) {
      const rgb = colour(i);
      if (rgb) pixels[i] = pixel(rgb);
    }
  });
  return sheet.toDataURL();
}

const picture = (href, [x, y, width, height]) =>
  node("image", { href, x, y, width, height, preserveAspectRatio: "none", style: "image-rendering: pixelated" });

// A vector folded into columns of one head's width, so that head h is column h of q, k, v and of the joined context.
function fold(station, dHead, stretch = 1) {
  let rows = dHead;
  for (let parts = 2; rows > 64 && parts <= dHead; parts++) if (dHead % parts === 0) rows = dHead / parts;
  rows = Math.max(1, Math.min(rows * stretch, station.drawn));
  return { rows, columns: Math.ceil(station.drawn / rows), perHead: Math.max(1, dHead / rows) };
}

function strip(values, { rows, columns }, limit, colours) {
  const stops = [0, 1, 2].map((i) => channels(colours[`signed-${i}`]));
  return raster(columns, rows, (cell) => {
    const index = (cell % columns) * rows + Math.floor(cell / columns);
    if (index >= values.length) return null;
    return between(stops, intensity(values[index], { low: -limit, high: limit, root: false, scale: "signed" }));
  });
}

// √ keeps small weights visible; the scale stays fixed to 0 … 1.
function weights(values, side, colours) {
  const stops = [0, 1].map((i) => channels(colours[`attention-${i}`]));
  return raster(side, side, (cell) => between(stops, Math.sqrt(values[cell])));
}

// A band from one vertical edge to another; a line is a band without height.
function ribbon([x1, top1, bottom1], [x2, top2, bottom2]) {
  const middle = (x1 + x2) / 2;
  return (
    `M${x1} ${top1}C${middle} ${top1} ${middle} ${top2} ${x2} ${top2}L${x2} ${bottom2}` +
    `C${middle} ${bottom2} ${middle} ${bottom1} ${x1} ${bottom1}Z`
  );
}

function fall([left1, right1, y1], [left2, right2, y2]) {
  const middle = (y1 + y2) / 2;
  return (
    `M${left1} ${y1}C${left1} ${middle} ${left2} ${middle} ${left2} ${y2}L${right2} ${y2}` +
    `C${right2} ${middle} ${right1} ${middle} ${right1} ${y1}Z`
  );
}

// Lines of at most `width` pixels; Chinese may break after any character.
function lines(text, width, size) {
  const made = [""];
  let used = 0;
  for (const part of text.match(/[\u2e80-\uffff]|[^\s\u2e80-\uffff]+\s*|\s+/g) ?? []) {
    const long = [...part].reduce((sum, c) => sum + (c > "\u2e80" ? size : size * 0.56), 0);
    if (used + long > width && used && !/^[，。、；：）”]/.test(part)) {
      made.push("");
      used = 0;
    }
    made[made.length - 1] += part;
    used += long;
  }
  return made;
}

// What is written among these nodes, and the nodes with spaces between them, so that a name can begin with it.
const written = (nodes) =>
  nodes
    .filter((each) => each.tagName === "text")
    .map((each) => each.textContent)
    .join(" ");
const spaced = (nodes) => nodes.flatMap((each) => (each.tagName === "text" ? [each, " "] : [each]));
const named = (nodes, name) => {
  const said = written(nodes);
  return name.includes(said) ? name : name && name !== said.split(" ")[0] ? `${said}, ${name}` : said;
};

// Room for a finger around words: a rectangle that nobody sees, at least `least` wide and high.
const around = (x, y, text, anchor = "start", least = 26) => {
  const width = Math.max(
    least,
    [...text].reduce((sum, c) => sum + (c > "\u2e80" ? 16 : 9), 0),
  );
  return node("rect", {
    x: anchor === "middle" ? x - width / 2 : x,
    y: y - 5 - least / 2,
    width,
    height: least,
    fill: "transparent",
  });
};

const brief = (text, most) => ([...text].length > most ? `${[...text].slice(0, most - 1).join("")}…` : text);
const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (all, name) => facts[name] ?? all);
const shown = (value) =>
  value === 0 ? "0" : (Math.abs(value) < 0.001 ? value.toExponential(2) : value.toPrecision(4)).replace("-", "−");

async function save(svg, kind, ground) {
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  const copy = svg.cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  copy.querySelectorAll("a").forEach((a) => a.removeAttribute("href"));
  copy.prepend(node("rect", { x: -24, y: -24, width: width + 48, height: height + 48, fill: ground }));
  copy.setAttribute("viewBox", `-24 -24 ${width + 48} ${height + 48}`);
  /** @type {Blob | null} */
  let blob = new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
  if (kind === "png") {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(await blob.text())}`;
    await image.decode();
    const canvas = make("canvas");
    [canvas.width, canvas.height] = [2 * (width + 48), 2 * (height + 48)];
    const context = pen(canvas);
    context.imageSmoothingEnabled = false;
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    blob = await new Promise((done) => canvas.toBlob(done));
  }
  download(blob, `journey.${kind}`);
}
