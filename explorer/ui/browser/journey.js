// The poster: one token's way through the model. Clicks and keys choose token, layer and head; stations are links.
// data: bytes = length of a JSON header (uint32), the header (see journey.py), every vector, the matrix and the row of the open head as float32.
function unpack(data) {
  const { header: d, body } = unframed(data);
  const floats = new Float32Array(body.buffer);
  let offset = 0;
  for (const s of d.stations) {
    s.values = floats.subarray(offset, offset + s.drawn);
    offset += s.drawn;
  }
  d.matrix = floats.subarray(offset, offset + d.side ** 2);
  if (d.weight) d.weight = weighed(d.weight, floats.subarray(offset + d.side ** 2));
  d.by = (name, layer = null) => d.stations.find((s) => s.name === name && (layer === null || s.layer === layer));
  return d;
}

function draw(root, d, act) {
  const on = stage(root, d, act);
  const y0 = pieces(on);
  lens(on);
  flow(on, y0);
  for (const part of [embeddings, layers, inside, outputs, legend]) part(on);
  const focused = root.parent.activeElement?.getAttribute?.("data-focus");
  root.querySelector("svg.poster")?.remove();
  root.classList.toggle("tall", Boolean(on.place.tall));
  on.svg.classList.add("poster");
  root.prepend(on.svg);
  root.on = on;
  root.ground = on.c.ground;
  if (focused) on.focus(`[data-focus="${focused}"]`);
  for (const each of root.scenes) each.drawn();
}

// The picture is built part by part: what comes later is pale, one sentence says what is new.
function tour(root) {
  const bar = put(root, "div", "tour");
  const sight = put(root, "div", "sight");
  const label = make("span");
  const start = button("go", icon("play"), label);
  const said = make("p", "tour-says");
  said.setAttribute("aria-live", "polite");
  const [back, next, leave] = [tool("back", () => go(at - 1)), tool("next", () => go(at + 1)), tool("leave", quit)];
  let at = -1;
  start.onclick = () => {
    go(0);
    next.focus({ preventScroll: true });
  };
  bar.addEventListener("keydown", (event) => {
    if (at < 0 || !["ArrowRight", "ArrowLeft", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") quit();
    else go(at + (event.key === "ArrowRight" ? 1 : -1));
  });

  function go(to) {
    const before = at;
    at = Math.max(0, Math.min(to, PARTS.length - 1));
    show();
    if (root.classList.contains("tall")) look();
    if (PARTS[at] === "sum" && before < at) folding(root);
  }

  // On a phone: what is new comes into sight between the head of the page and the bar.
  function look() {
    const [area, part] = [root, root.on.svg.querySelector(`[data-part="${PARTS[at]}"]`)].map((each) =>
      each.getBoundingClientRect(),
    );
    const scale = enlarged(root);
    Object.assign(sight.style, { top: `${(part.top - area.top) / scale}px`, height: `${part.height / scale}px` });
    sight.scrollIntoView({ block: "center", behavior: calm().matches ? "auto" : "smooth" });
  }

  function quit() {
    at = -1;
    show();
    start.focus({ preventScroll: true });
  }

  function show() {
    const { d, on } = root;
    const touring = at >= 0;
    root.classList.toggle("touring", touring);
    for (const group of on.svg.querySelectorAll("[data-part], [data-wires]")) {
      const part = PARTS.indexOf(group.getAttribute("data-part") ?? group.getAttribute("data-wires"));
      const legend = group.getAttribute("data-part") === "legend";
      group.classList.toggle("later", touring && (legend ? at < PARTS.length - 1 : part > at));
      group.classList.toggle("here", touring && part === at);
    }
    label.textContent = d.t.start;
    if (!touring) bar.replaceChildren(start);
    else if (!bar.contains(said)) bar.replaceChildren(back, next, said, leave);
    if (touring) {
      said.replaceChildren(make("b", "", `${at + 1}/${d.tour.length}`), d.tour[at]);
      back.disabled = at === 0;
      next.disabled = at === d.tour.length - 1;
    }
    for (const [element, name] of [
      [back, "back"],
      [next, "next"],
      [leave, "leave"],
    ])
      called(element, d.t[`tour_${name}`]);
    fit();
  }

  function fit() {
    const { place } = root.on;
    root.style.setProperty("--bx-scale", place.tall ? "1" : String(Math.max(1, scaleOf(root))));
    bar.style.cssText = "";
    if (!place.tour) return;
    const [x, y, width, height] = place.tour.map((each) => each * scaleOf(root));
    Object.assign(bar.style, {
      left: `${x}px`,
      top: `${y}px`,
      width: at < 0 ? "auto" : `${width}px`,
      minHeight: `${height}px`,
    });
  }

  root.scenes.push({ drawn: show, fit });
}

// How a long row becomes a strip: each head's numbers turn from a part of the row into a column of the strip.
function folding(root) {
  const { d, on } = root;
  const word = d.by("word") ?? d.by("embedding");
  const strip = on.place.boxes[word.name];
  if (calm().matches || !strip || !on.svg.animate) return;
  const { rows, columns } = fold(word, d.d_head);
  const [x, y, width, height] = strip;
  const [cw, long] = [width / columns, Math.min(on.place.width - x - 8, 720) / columns];
  const stops = [0, 1, 2].map((i) => channels(on.c[`signed-${i}`]));
  const layer = node("g", { "aria-hidden": "true" });
  for (let column = 0; column < columns; column++) {
    const href = raster(1, rows, (row) => {
      const value = word.values[column * rows + row];
      if (value === undefined) return null;
      return between(stops, intensity(value, { low: -word.limit, high: word.limit, root: false, scale: "signed" }));
    });
    const piece = picture(href, [0, 0, cw, height]);
    const end = `translate(${x + column * cw}px, ${y}px)`;
    // Lying down, the top of the column at its left: turned by -90°, as long as its share of the row.
    const lying = `translate(${x + column * long}px, ${y + height + 58}px) rotate(-90deg) scale(${12 / cw}, ${long / height})`;
    piece.animate([{ transform: lying }, { transform: lying, offset: 0.35 }, { transform: end }], {
      duration: 1500,
      easing: "ease-in-out",
      fill: "both",
    });
    layer.append(piece);
  }
  on.svg.append(layer);
  const own = on.svg.querySelector('[data-part="sum"] image');
  own.animate([{ opacity: 0 }, { opacity: 0, offset: 0.97 }, { opacity: 1 }], { duration: 1500 });
  setTimeout(() => layer.remove(), 1600);
}

// Attention opens in place: the steps of one weight lie over the inside of the layer.
function unfolding(root) {
  const sheet = put(root, "div", "unfold");
  sheet.hidden = true;
  const view = player(sheet, {});
  const leave = tool("leave", () => close());
  const page = make("a", "tool", icon("page"));
  view.head.append(page, leave);
  sheet.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && close());

  function close() {
    view.pause();
    sheet.hidden = true;
    root.classList.remove("unfolded");
    root.on.focus('[data-focus="unfold"]');
  }

  function drawn() {
    const { d, on } = root;
    if (!d.weight) return;
    called(leave, d.t.tour_leave);
    const search = new URLSearchParams(location.search);
    for (const name of ["layer", "head", "token"]) search.set(name, d[name]);
    page.href = `./steps?${search}`;
    called(page, fill(d.t.opens, { page: d.titles.steps }));
    page.onclick = (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      root.act("page", "steps");
    };
    view.ground = on.tint;
    if (!sheet.hidden) {
      view.show(d.weight, on.c, { n: d.weight.at.indexOf(d.weight.key), step: undefined });
      fit();
    }
  }

  function fit() {
    if (sheet.hidden) return;
    const scale = scaleOf(root);
    const [x, y, width, height] = root.on.place.unfold;
    Object.assign(sheet.style, { left: `${x * scale}px`, top: `${y * scale}px`, width: `${width * scale}px` });
    sheet.style.minHeight = `${height * scale}px`;
    sheet.style.background = root.on.tint;
    if (root.on.place.tall) view.resize(342, 330, scale);
    else {
      const rest = view.root.offsetHeight - view.frame.offsetHeight;
      view.resize(width, Math.max(200, height - 8 - rest / scale), scale);
    }
  }

  root.unfold = (step) => {
    const { d, on } = root;
    if (!d.weight) return;
    const first = sheet.hidden;
    sheet.hidden = false;
    root.classList.add("unfolded");
    if (first) view.show(d.weight, on.c, { n: d.weight.at.indexOf(d.weight.key), step: step ?? d.weight.steps[0] });
    fit();
    if (step) view.open(step);
    else view.begin();
    if (first && !calm().matches) {
      const [x, y, width, height] = on.place.unfold;
      const [mx, my, size] = on.place.boxes.probs;
      const from = on.place.tall
        ? "inset(20% 20% 60% 20%)"
        : `inset(${((my - y) / height) * 100}% ${100 - ((mx + size - x) / width) * 100}% ${Math.max(0, 100 - ((my + size - y) / height) * 100)}% ${((mx - x) / width) * 100}%)`;
      sheet.animate(
        [
          { clipPath: from, opacity: 0.4 },
          { clipPath: "inset(0 0 0 0)", opacity: 1 },
        ],
        { duration: 320, easing: "ease-out" },
      );
    }
    view.plays.focus({ preventScroll: true });
    if (on.place.tall) sheet.scrollIntoView({ block: "center", behavior: calm().matches ? "auto" : "smooth" });
  };
  root.scenes.push({ drawn, fit });
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)");

// The page's pixels for one of the drawing.
function scaleOf(root) {
  const { width, height } = root.on.place;
  const area = root.on.svg.getBoundingClientRect();
  return Math.min(area.width / width, area.height / height) / enlarged(root);
}

function frame(parent) {
  /** @type {any} */
  const root = make("div", "journey");
  root.innerHTML = '<span class="probe"></span><div class="save"></div><div class="tip" role="status" hidden></div>';
  root.parent = parent;
  root.scenes = [];
  root.probe = root.querySelector(".probe");
  const tip = root.querySelector(".tip");
  root.tell = (event, text) => {
    tip.hidden = !event;
    root.told = null;
    if (!event) return;
    tip.textContent = text;
    const { x, y } = pointed(root, event);
    const below = event.clientY + (18 + tip.offsetHeight) * enlarged(root) <= innerHeight - 8;
    tip.style.left = `${Math.max(0, Math.min(x + 14, root.offsetWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${below ? y + 18 : y - tip.offsetHeight - 12}px`;
  };
  root.addEventListener("click", () => root.tell(null));
  for (const kind of ["png", "svg"]) {
    const saves = button("", kind.toUpperCase());
    saves.onclick = () => save(root.querySelector("svg.poster"), kind, root.ground);
    root.querySelector(".save").append(saves);
  }
  tour(root);
  unfolding(root);
  root.probe.addEventListener("transitionend", () => root.again()); // the theme has changed
  let width = 0;
  new ResizeObserver(() => {
    if (width && width < 700 !== root.clientWidth < 700) root.again();
    else if (width) for (const each of root.scenes) each.fit();
    width = root.clientWidth;
  }).observe(root);
  parent.append(root);
  return root;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".journey") ?? frame(parentElement);
  const d = unpack(data);
  root
    .querySelectorAll(".save button")
    .forEach((b) => b.setAttribute("aria-label", fill(d.t.download, { kind: b.textContent })));
  root.d = d;
  root.act = setTriggerValue;
  root.again = () => draw(root, d, setTriggerValue);
  root.tell(null);
  root.again();
}
