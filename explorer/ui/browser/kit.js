// What the components share: frames of bytes, elements, lists for the keyboard, colours, canvases, choices. It stands
// before every component in the same module (see `register` in __init__.py).

/** @typedef {[number, number, number]} Rgb red, green, blue, each 0 … 255 */
/** @typedef {{low: number, high: number, root: boolean, scale: string}} Scale ends of a colour scale, and its kind */

// --- Choices. What the visitor chooses is shown at once and sent with a number; see `told` in __init__.py.

/** @type {WeakMap<object, number>} */
const choices = new WeakMap();
/** @type {WeakMap<object, number>} */
const known = new WeakMap();

/**
 * @param {object} parent the component's place in the page
 * @param {(field: string, value: unknown) => void} send
 */
function choose(parent, send, value, field = "chosen") {
  const n = (choices.get(parent) ?? 0) + 1;
  choices.set(parent, n);
  send(field, [n, value]);
}

/**
 * Whether a message knows of every choice that was made here. If not, what it says is chosen is out of date.
 * @param {object} parent
 * @param {number} n number of the last choice that the message knows of
 */
function answered(parent, n) {
  // A server that has started again counts from the beginning.
  const mine = n < (known.get(parent) ?? 0) ? n : (choices.get(parent) ?? 0);
  known.set(parent, n);
  choices.set(parent, Math.max(mine, n));
  return n >= mine;
}

/** @type {WeakMap<object, any>} */
const views = new WeakMap();

/**
 * What a component keeps between two messages; `build` makes it at the first one.
 * @template View
 * @param {object} parent
 * @param {(parent: any) => View} build
 * @returns {View}
 */
function kept(parent, build) {
  if (!views.has(parent)) views.set(parent, build(parent));
  return views.get(parent);
}

// --- Frames of bytes, as kit.py and matrix.py pack them.

/**
 * The header of a frame, and a copy of its body that begins at a multiple of 4 bytes.
 * @param {Uint8Array} data
 * @returns {{header: any, body: Uint8Array<ArrayBuffer>}}
 */
function unframed(data) {
  const size = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  return { header: JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + size))), body: data.slice(4 + size) };
}

/**
 * The values of a matrix, NaN where masked; `packed` in matrix.py says how they are encoded.
 * @param {Uint8Array<ArrayBuffer>} body
 * @param {"exact" | "linear" | "root"} encoding
 */
function unpacked(body, encoding, low = 0, high = 1) {
  if (encoding === "exact") return new Float32Array(body.buffer);
  const values = Float32Array.from({ length: 255 }, (_, level) => {
    const part = level / 254;
    return low + (high - low) * (encoding === "root" ? part * part : part);
  });
  return Float32Array.from(body, (level) => (level === 255 ? NaN : values[level]));
}

// --- Elements. Strings among the children become text, so a visitor's words are never read as HTML.

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function make(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/**
 * The same, at the end of a parent.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Node & ParentNode} parent
 * @param {Tag} tag
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function put(parent, tag, className = "", ...children) {
  return parent.appendChild(make(tag, className, ...children));
}

/** A button that sends no form. @param {(Node | string)[]} children */
function button(className = "", ...children) {
  return Object.assign(make("button", className, ...children), { type: /** @type {const} */ ("button") });
}

/**
 * An element of SVG; an attribute that is null is left out.
 * @param {string} tag
 * @param {Record<string, unknown>} attributes
 * @param {(Node | string)[]} children
 */
function node(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** @param {Blob | null} blob nothing where a canvas is too large to be saved @param {string} name */
function download(blob, name) {
  if (!blob) return;
  const link = Object.assign(make("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// --- Lists for the keyboard.

/**
 * Where a key leads in a row of `count`: arrows to the neighbour, Home and End to the ends; null for other keys.
 * @param {string} key
 * @param {number} now
 * @param {number} count
 */
function moved(key, now, count) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
  const to = { Home: 0, End: count - 1 }[key] ?? (step ? now + step : null);
  return to === null ? null : Math.min(Math.max(to, 0), count - 1);
}

/**
 * A list box with one Tab stop: the keys move the focus among the options. `then` is told where it went.
 * @param {HTMLElement | SVGElement} list
 * @param {(HTMLElement | SVGElement)[]} options
 * @param {(index: number) => void} then
 */
function roving(list, options, then = () => {}) {
  list.onkeydown = (event) => {
    const able = options.filter((option) => !option.matches(":disabled"));
    const now = able.findIndex((option) => option.contains(/** @type {Node} */ (event.target)));
    const next = moved(event.key, now, able.length);
    if (next === null || !able.length) return;
    event.preventDefault();
    able[next].focus();
    then(options.indexOf(able[next]));
  };
}

/**
 * Mark the chosen option and make it the Tab stop; the first one is where none is chosen.
 * @param {HTMLElement[]} options
 * @param {number} chosen
 */
function select(options, chosen) {
  const stop = options[chosen] ? chosen : 0;
  options.forEach((option, i) => {
    option.setAttribute("aria-selected", String(i === chosen));
    option.tabIndex = i === stop ? 0 : -1;
  });
}

/**
 * A long list scrolls inside: after it is drawn again, stay where the visitor was, or go to where the chosen one is.
 * @param {HTMLElement} list
 * @param {number} scrolled
 * @param {number} chosen
 */
function inSight(list, scrolled, chosen) {
  list.scrollTop = scrolled;
  const there = list.children[chosen]?.getBoundingClientRect();
  const view = list.getBoundingClientRect();
  if (there && (there.top < view.top || there.bottom > view.bottom))
    list.scrollTop += there.top - view.top - view.height / 2;
}

// --- Colours of the house, as CSS variables of theme.py.

/**
 * These colours as "rgb(…)", so that a canvas and a saved picture keep them.
 * @param {HTMLElement} probe an element of the component; its own transition tells of a change of theme
 * @param {string[]} names
 * @returns {Record<string, string>}
 */
function palette(probe, names) {
  const swatch = put(probe, "i");
  const read = (/** @type {string} */ name) => {
    swatch.style.cssText = `color: var(--bx-${name}); transition: none`;
    return getComputedStyle(swatch).color;
  };
  const colours = Object.fromEntries(names.map((name) => [name, read(name)]));
  swatch.remove();
  return colours;
}

/** @param {string} colour "rgb(…)" @returns {Rgb} */
function channels(colour) {
  return /** @type {Rgb} */ ((colour.match(/[\d.]+/g) ?? [0, 0, 0]).slice(0, 3).map(Number));
}

/**
 * Where a value stands on its scale, 0 … 1. `root` makes small values visible, on both sides where they are signed.
 * @param {number} value
 * @param {Scale} scale
 */
function intensity(value, { low, high, root, scale }) {
  const part = Math.min(Math.max((value - low) / (high - low || 1), 0), 1);
  if (!root) return part;
  if (scale !== "signed") return Math.sqrt(part);
  return 0.5 + (Math.sign(part - 0.5) * Math.sqrt(Math.abs(2 * part - 1))) / 2;
}

/**
 * The colour at a part, 0 … 1, of the way along two or more stops.
 * @param {Rgb[]} stops
 * @param {number} part
 * @returns {Rgb}
 */
function between(stops, part) {
  const at = (part || 0) * (stops.length - 1);
  const i = Math.min(Math.floor(at), stops.length - 2);
  return /** @type {Rgb} */ (stops[i].map((from, c) => Math.round(from + (stops[i + 1][c] - from) * (at - i))));
}

/** A colour as a pixel of an image, without transparency. @param {Rgb} colour */
function pixel([red, green, blue]) {
  return (255 << 24) | (blue << 16) | (green << 8) | red;
}

/**
 * A table of `size` colours as pixels of an image, from part 0 to part 1; `bend` says which colour a part has.
 * @param {Rgb[]} stops
 * @param {number} size
 * @param {(part: number) => number} bend
 */
function lookup(stops, size, bend = (part) => part) {
  return Uint32Array.from({ length: size }, (_, i) => pixel(between(stops, bend(i / (size - 1)))));
}

// --- Canvases.

/** @param {HTMLCanvasElement} canvas */
function pen(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/**
 * How much larger an element is shown than its own pixels count: a presenter's page is enlarged.
 * @param {HTMLElement} element
 */
function enlarged(element) {
  return element.getBoundingClientRect().width / element.offsetWidth || 1;
}

/**
 * Where a pointer is on an element, in its own pixels.
 * @param {HTMLElement} element
 * @param {{clientX: number, clientY: number}} event
 */
function pointed(element, event) {
  const [area, scale] = [element.getBoundingClientRect(), enlarged(element)];
  return { x: (event.clientX - area.left) / scale, y: (event.clientY - area.top) / scale };
}

/**
 * A canvas as sharp as the screen: its context counts in CSS pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
function sized(canvas, width, height) {
  const ratio = (window.devicePixelRatio || 1) * enlarged(canvas);
  Object.assign(canvas, { width: width * ratio, height: height * ratio });
  canvas.style.height = `${height}px`;
  const context = pen(canvas);
  context.scale(ratio, ratio);
  return context;
}

/** Pixels, one for each entry of `fill`'s array, as a canvas. @param {(pixels: Uint32Array) => void} fill */
function pixelled(/** @type {number} */ width, /** @type {number} */ height, fill) {
  const sheet = Object.assign(make("canvas"), { width, height });
  const context = pen(sheet);
  const image = context.createImageData(width, height);
  fill(new Uint32Array(image.data.buffer));
  context.putImageData(image, 0, 0);
  return sheet;
}

/**
 * What is masked is hatched: it is not a zero.
 * @param {CanvasRenderingContext2D} context
 * @param {string} ink
 */
function hatching(context, ink, thick = 1.6) {
  const tile = Object.assign(make("canvas"), { width: 6, height: 6 });
  const drawn = pen(tile);
  drawn.strokeStyle = ink;
  drawn.lineWidth = thick;
  drawn.stroke(new Path2D("M-1 1L1 -1M0 6L6 0M5 7L7 5"));
  return /** @type {CanvasPattern} */ (context.createPattern(tile, "repeat"));
}

/**
 * A text as far as there is room for it, in the context's font.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} room in pixels
 */
function clipped(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  const letters = [...text];
  while (letters.length > 1 && context.measureText(`${letters.join("")}…`).width > room) letters.pop();
  return `${letters.join("")}…`;
}
