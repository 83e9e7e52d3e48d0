// The stage: an empty drawing and what every part of the poster uses to draw on it.

// The parts of the picture, in the order in which it is built: names for a spotlight, which stay.
const PARTS = ["pieces", "sum", "layers", "qkv", "attention", "mixed", "ffn", "outputs"];

function stage(root, d, act) {
  const { t } = d,
    c = palette(root.probe, COLOURS);
  const place = root.clientWidth < 700 ? tall(d) : wide(d);
  const svg = node("svg", {
    viewBox: `0 0 ${place.width} ${place.height}`,
    preserveAspectRatio: "xMinYMin",
    role: "group",
    "aria-label": d.alternative,
    "font-family": getComputedStyle(root).fontFamily,
    fill: c.ink,
  });
  // What is drawn belongs to a part of the picture: one group each, with a name that stays. Wires lie below all parts.
  /** @type {Record<string, SVGElement>} */
  const groups = {};
  for (const kind of ["wires", "part"])
    for (const name of ["layers", ...PARTS.filter((part) => part !== "layers"), "legend"])
      groups[kind + name] = svg.appendChild(node("g", { [`data-${kind}`]: name }));
  let target = groups.partpieces;
  const into = (kind) => (name) => {
    target = groups[kind + name];
  };
  const add = (...children) => target.append(...children);

  const hover = (element, text) => {
    element.addEventListener("pointermove", (event) =>
      root.tell(event, typeof text === "function" ? text(event) : text),
    );
    element.addEventListener("pointerleave", (event) => event.pointerType === "touch" || root.tell(null));
    // A finger cannot point without pressing: the first tap on a link tells, a second one on the same opens.
    element.addEventListener(
      "click",
      (event) => {
        if (event.pointerType !== "touch" || element.getAttribute("role") === "option" || root.told === element) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        root.tell(event, typeof text === "function" ? text(event) : text);
        root.told = element;
      },
      true,
    );
    return element;
  };

  const opening = (station) => {
    if (d.unfolds[station]) return `\n${t.unfolds}`;
    return d.pages[station] ? `\n${fill(t.opens, { page: d.titles[d.pages[station]] })}` : "";
  };

  // A link to the page that explains a station, with the same state; a group where the app has no such page.
  const link = (station, label, ...children) => {
    const page = d.pages[station];
    if (!page) return node("g", { role: "img", "aria-label": named(children, label) }, ...children);
    const search = new URLSearchParams(location.search);
    for (const name of ["layer", "head", "token"]) search.set(name, d[name]);
    const a = node(
      "a",
      { href: `./${page}?${search}`, "aria-label": `${named(children, label)}.${opening(station)}` },
      ...spaced(children),
    );
    a.onclick = (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      if (d.unfolds[station]) root.unfold(d.unfolds[station]);
      else act("page", page);
    };
    return a;
  };

  // What shows where the keyboard stands: outside the item, so that it is not taken for the frame of the chosen one.
  const ring = (mark) => {
    const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => +mark.getAttribute(name));
    return node("rect", {
      class: "ring",
      x: x - 4,
      y: y - 4,
      width: width + 8,
      height: height + 8,
      rx: 8,
      fill: "none",
      stroke: c.ink,
      "stroke-width": 2,
      "stroke-dasharray": "5 3",
    });
  };

  // A list in which arrows move, and Enter, the space bar or a click choose. `follow`: moving already chooses.
  const list = (field, label, vertical, items, follow = false) => {
    const group = node("g", {
      role: "listbox",
      "aria-label": label,
      "aria-orientation": vertical ? "vertical" : "horizontal",
    });
    const made = items.map(({ value, label: name, text, parts }) => {
      const chosen = value === d[field];
      const item = node(
        "g",
        {
          class: "choice",
          role: "option",
          tabindex: chosen ? 0 : -1,
          "aria-selected": chosen,
          "aria-label": named(parts.filter(Boolean), name),
          "data-focus": `${field}-${value}`,
        },
        ...spaced(parts.filter(Boolean)),
        ring(parts[0]),
      );
      item.onclick = () => act(field, value);
      return hover(item, text);
    });
    group.append(...made);
    roving(group, made, (index) => follow && act(field, items[index].value));
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      act(field, items[made.findIndex((item) => item.contains(event.target))].value);
    });
    add(group);
  };

  return {
    root,
    d,
    t,
    c,
    place,
    svg,
    add,
    part: into("part"),
    wires: into("wires"),
    focus: (selector) => /** @type {SVGElement?} */ (svg.querySelector(selector))?.focus({ preventScroll: true }),
    hover,
    opening,
    link,
    list,
    has: (name) => name === "input" || Boolean(d.by(name)),
    tint: `rgb(${between([channels(c.ground), channels(c["attention-1"])], 0.05)})`,
    line: (path, colour = c.rule, width = 1.5, dash = null) =>
      add(
        node("path", {
          d: path,
          fill: "none",
          stroke: colour,
          "stroke-width": width,
          "stroke-dasharray": dash,
          "stroke-linecap": "round",
        }),
      ),
    band: (path, colour, opacity = 0.16) => add(node("path", { d: path, fill: colour, "fill-opacity": opacity })),
    heading: (key, topic, text, extra = "") => {
      const made = words(...place.heads[key], text, { "font-size": 16, "font-weight": 700, class: "topic" });
      made.append(span(extra, { fill: c.quiet, "font-weight": 400, "font-size": 14, dx: 8 }));
      add(
        d.pages[topic]
          ? hover(link(topic, "", around(...place.heads[key], text), made), `${text}${opening(topic)}`)
          : made,
      );
    },
    // The sides of a box, as `ribbon` and `fall` take them, and its middle.
    edges: (name) => {
      const [x, y, w, h] = place.boxes[name];
      return {
        l: [x, y, y + h],
        r: [x + w, y, y + h],
        t: [x, x + w, y],
        b: [x, x + w, y + h],
        m: [x + w / 2, y + h / 2],
      };
    },
  };
}

// One station: its strip, its name above, how many numbers it has below, its hover, its link.
// options: layer, colour of the frame, bar above, heads (frame the open one), bare (without the
// number below), stretch.
function station(on, name, key, options = {}) {
  const { d, t, c, place } = on,
    s = d.by(key, options.layer ?? null),
    box = place.boxes[name];
  if (!s) return;
  const [x, y, width, height] = box,
    middle = { x: x + width / 2, "text-anchor": "middle" };
  const folded = fold(s, d.d_head, options.stretch),
    title = t[`name.${name}`];
  const frame = node("rect", {
    class: "frame",
    x: x - 0.5,
    y: y - 0.5,
    width: width + 1,
    height: height + 1,
    fill: "none",
    stroke: options.colour ?? c.rule,
    "stroke-width": options.colour ? 1.5 : 1,
  });
  const parts = [picture(strip(s.values, folded, s.limit, c), box), frame];
  if (options.heads) {
    const cell = (width / folded.columns) * folded.perHead;
    parts.push(
      node("rect", {
        x: x + d.head * cell - 1,
        y: y - 2,
        width: cell + 2,
        height: height + 4,
        fill: "none",
        stroke: options.colour,
        "stroke-width": 2,
        rx: 1.5,
      }),
    );
  }
  if (options.bar) parts.push(node("rect", { x, y: y - 5, width, height: 3, fill: options.bar }));
  const ink = options.colour ?? options.bar ?? c.ink;
  parts.push(words(0, y - 8, title, { ...middle, "font-weight": 600, fill: ink }));
  if (!options.bare) parts.push(words(0, y + height + 16, s.total, { ...middle, "font-size": 13, fill: c.quiet }));
  on.add(
    on.hover(on.link(key, s.shape, ...parts), (event) => {
      const area = frame.getBoundingClientRect();
      const column = Math.floor(((event.clientX - area.left) / area.width) * folded.columns);
      const row = Math.floor(((event.clientY - area.top) / area.height) * folded.rows);
      const index = column * folded.rows + row;
      const head = options.heads ? ` · ${fill(t.head_name, { head: Math.floor(index / d.d_head) })}` : "";
      const inside = column >= 0 && row >= 0 && column < folded.columns && row < folded.rows && index < s.drawn;
      return (
        [
          [title, key, s.layer === null ? "" : fill(t.layer_name, { layer: s.layer })].filter(Boolean).join(" · "),
          inside && `[${index}]${head} = ${shown(s.values[index])}`,
          `${s.shape} · ±${s.limit}`,
          s.about,
          s.drawn < s.total && fill(t.part, { drawn: s.drawn, total: s.total }),
        ]
          .filter(Boolean)
          .join("\n") + on.opening(key)
      );
    }),
  );
}
