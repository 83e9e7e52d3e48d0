// The stage on which one weight comes about: a sentence, the picture, play, pause, back, next, slow. Everything happens
// here, from numbers that were sent before; the page is told which step and which key are looked at.

const ICONS = {
  back: "M7 6h2.4v12H7zM18 6v12l-7.5-6z",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M7 6h3.6v12H7zM13.4 6H17v12h-3.6z",
  page: "M5 5h6v2H7v10h10v-4h2v6H5zM13 5h6v6h-2V8.4l-6.3 6.3-1.4-1.4L15.6 7H13z",
  next: "M14.6 6H17v12h-2.4zM6 18l7.5-6L6 6z",
  leave: "M6.4 5L12 10.6 17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z",
};
// How long a step moves, and how long it is then looked at, in milliseconds; slow is three times that.
const MOVES = { project: 1100, product: 1900, sum: 2300, softmax: 2400, context: 2600, output: 2400 };
const USUALLY = 1800;
const LOOKED_AT = 1500;

/** A sign as a drawing; what it means is said by the element around it. @param {string} name */
const icon = (name) =>
  node("svg", { viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": "true" }, node("path", { d: ICONS[name] }));

function tool(name, act) {
  const made = button(`tool ${name}`, icon(name));
  made.onclick = act;
  return made;
}

const called = (element, name) => {
  element.setAttribute("aria-label", name);
  element.title = name;
};

/**
 * @param {HTMLElement} parent
 * @param {{step?: (name: string) => void, key?: (position: number) => void, leave?: () => void}} tell
 */
function player(parent, tell) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const root = put(parent, "div", "weight");
  root.setAttribute("role", "group");
  const head = put(root, "div", "weight-head");
  const said = put(head, "p", "weight-says");
  said.setAttribute("aria-live", "polite");
  const frame = put(root, "div", "weight-frame");
  const canvas = put(frame, "canvas");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  const tip = put(frame, "div", "tip");
  tip.setAttribute("role", "status");
  tip.hidden = true;
  const foot = put(root, "div", "weight-foot");
  const back = tool("back", () => go(view.index - 1, false));
  const plays = tool("play", () => (view.playing ? pause() : play()));
  const next = tool("next", () => go(view.index + 1, true));
  const slow = button("slow");
  const chapters = make("div", "weight-steps");
  foot.append(back, plays, next, chapters, slow);
  slow.onclick = () => {
    view.slow = !view.slow;
    slow.setAttribute("aria-pressed", String(view.slow));
  };
  const view = {
    root,
    head,
    frame,
    foot,
    plays,
    row: /** @type {any} */ (null),
    n: 0,
    index: 0,
    t: 1,
    playing: false,
    slow: false,
    size: [800, 240, 1],
    colours: /** @type {any} */ ({}),
    ground: "",
    hot: /** @type {any[]} */ ([]),
    on: /** @type {{group: number, index: number} | null} */ (null),
    show,
    resize,
    open: (step) => go(Math.max(0, view.row.steps.indexOf(step)), true),
    begin: () => {
      view.playing = true;
      go(0, true);
    },
    play,
    pause,
  };
  let before = 0;
  let timer = 0;
  let asked = 0;

  function show(row, colours, { n, step }) {
    const again = view.row !== null;
    view.row = row;
    view.n = n;
    view.colours = colours;
    view.on = null;
    tip.hidden = true;
    root.setAttribute("aria-label", row.say["tell.title"]);
    for (const [element, name] of [
      [back, "back"],
      [next, "next"],
    ])
      called(element, row.say[`tell.${name}`]);
    slow.textContent = row.say["tell.slow"];
    slow.setAttribute("aria-pressed", String(view.slow));
    const here = Math.max(0, row.steps.indexOf(step));
    view.index = again && step === undefined ? Math.min(view.index, row.steps.length - 1) : here;
    chapters.replaceChildren(
      ...row.steps.map((name, i) => {
        const made = button("", make("b", "", String(i + 1)), make("span", "", row.name[name]));
        made.setAttribute("aria-label", `${i + 1} ${row.name[name]}`);
        made.onclick = () => go(i, true);
        return made;
      }),
    );
    say();
    draw();
  }

  function resize(width, height, scale) {
    view.size = [width, height, scale];
    if (view.row) draw();
  }

  function go(index, moves) {
    const to = Math.max(0, Math.min(index, view.row.steps.length - 1));
    clearTimeout(timer);
    view.index = to;
    view.t = moves && !calm.matches ? 0 : 1;
    view.on = null;
    tip.hidden = true;
    say();
    run();
    tell.step?.(view.row.steps[to]);
  }

  function play() {
    view.playing = true;
    if (view.t < 1) run();
    else if (view.index === view.row.steps.length - 1) go(0, true);
    else go(view.index + 1, true);
    say();
  }

  function pause() {
    view.playing = false;
    clearTimeout(timer);
    cancelAnimationFrame(asked);
    say();
  }

  // Draws now, and again as long as something moves.
  function run() {
    cancelAnimationFrame(asked);
    before = 0;
    draw();
    if (view.t < 1) asked = requestAnimationFrame(tick);
    else rested();
  }

  function tick(now) {
    const whole = (MOVES[view.row.steps[view.index]] ?? USUALLY) * (view.slow ? 3 : 1);
    // The first frame has no time yet; after a stall the picture goes on where it was.
    view.t = Math.min(1, view.t + (before ? Math.min(now - before, 100) : 0) / whole);
    before = now;
    draw();
    if (view.t < 1) asked = requestAnimationFrame(tick);
    else rested();
  }

  function rested() {
    clearTimeout(timer);
    if (!view.playing) return;
    if (view.index === view.row.steps.length - 1) return pause();
    const reading = LOOKED_AT + 25 * said.textContent.length;
    timer = setTimeout(() => root.isConnected && go(view.index + 1, true), reading * (view.slow ? 2 : 1));
  }

  function say() {
    const { row, index } = view;
    const step = row.steps[index];
    const text = says(row, step, view.n);
    if (said.dataset.text !== text) {
      said.dataset.text = text;
      said.replaceChildren(make("b", "", `${index + 1}/${row.steps.length}`), text);
    }
    canvas.setAttribute("aria-label", `${row.name[step]}. ${row.say["tell.hint"]}`);
    back.disabled = index === 0;
    next.disabled = index === row.steps.length - 1;
    plays.replaceChildren(icon(view.playing ? "pause" : "play"));
    called(plays, row.say[view.playing ? "tell.pause" : "tell.play"]);
    [...chapters.children].forEach((each, i) => {
      if (i === index) each.setAttribute("aria-current", "step");
      else each.removeAttribute("aria-current");
    });
  }

  function draw() {
    const [W, H, scale] = view.size;
    const { row, colours: c } = view;
    const context = sized(canvas, W * scale, H * scale);
    canvas.style.width = `${W * scale}px`;
    context.scale(scale, scale);
    const g = sheetFor(context, view, { ground: view.ground || c.ground, sans: getComputedStyle(root).fontFamily });
    SCENES[row.steps[view.index]](g, view.t);
    view.hot = g.hot;
    if (view.on) {
      const group = g.hot[view.on.group];
      if (group) outlined(g, group.rect(view.on.index), c.ink, 2);
    }
    root.dataset.step = row.steps[view.index];
    root.dataset.moment = view.t >= 1 ? "rest" : "moving";
  }

  // --- Pointing at a number: with a pointer, a finger, or the arrow keys.

  function at(event) {
    const area = canvas.getBoundingClientRect();
    const [x, y] = [
      ((event.clientX - area.left) / area.width) * view.size[0],
      ((event.clientY - area.top) / area.height) * view.size[1],
    ];
    for (let group = view.hot.length - 1; group >= 0; group--) {
      const { place, count, rect } = view.hot[group];
      if (x < place[0] || x >= place[0] + place[2] || y < place[1] || y >= place[1] + place[3]) continue;
      let [nearest, least] = [-1, Infinity];
      for (let i = 0; i < count; i++) {
        const [cx, cy, cw, ch] = rect(i);
        const far = Math.max(cx - x, x - cx - cw, 0) + 0.2 * Math.max(cy - y, y - cy - ch, 0);
        if (far < least) [nearest, least] = [i, far];
      }
      return nearest < 0 ? null : { group, index: nearest };
    }
    return null;
  }

  function point(on) {
    const moved = on?.group !== view.on?.group || on?.index !== view.on?.index;
    if (!moved) return;
    view.on = on;
    draw();
    const group = on && view.hot[on.group];
    tip.hidden = !group;
    if (!group) return;
    tip.textContent = group.tell(on.index);
    const [x, y, width, height] = group.rect(on.index).map((each) => each * view.size[2]);
    const room = view.size[0] * view.size[2] - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(x + width / 2 - tip.offsetWidth / 2, room))}px`;
    const below = y + height + 10;
    tip.style.top = `${below + tip.offsetHeight > view.size[1] * view.size[2] + 40 ? y - tip.offsetHeight - 10 : below}px`;
  }

  function pick(on) {
    const key = on && view.hot[on.group]?.pick?.(on.index);
    if (key === null || key === undefined || key === view.n) return;
    view.n = key;
    say();
    draw();
    tell.key?.(view.row.at[key]);
  }

  canvas.addEventListener("pointermove", (event) => {
    const on = at(event);
    canvas.style.cursor = on && view.hot[on.group].pick ? "pointer" : "default";
    if (event.pointerType !== "touch") point(on);
  });
  canvas.addEventListener("pointerleave", (event) => event.pointerType === "touch" || point(null));
  canvas.addEventListener("click", (event) => {
    const on = at(event);
    point(on);
    pick(on);
  });
  canvas.addEventListener("blur", () => point(null));
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return point(null);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return view.on ? pick(view.on) : play();
    }
    if (!view.hot.length || moved(event.key, 0, 2) === null) return;
    event.preventDefault();
    const now = view.on ?? { group: 0, index: -1 };
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      const group = moved(event.key, view.on ? now.group : event.key === "ArrowDown" ? -1 : 0, view.hot.length) ?? 0;
      return point({ group, index: Math.min(Math.max(now.index, 0), view.hot[group].count - 1) });
    }
    point({ group: now.group, index: moved(event.key, now.index, view.hot[now.group].count) ?? 0 });
  });

  return view;
}
