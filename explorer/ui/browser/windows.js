// Windows as bars over a document; columns above them are their cosines with the query, on the fixed scale 0 … 1.
// data: {n, spans: [[first, last)], cosine: [number] (those computed so far), chosen, lanes, label, words}
export default function ({ data, parentElement, setTriggerValue }) {
  const view = kept(parentElement, (parent) => ({ box: put(parent, "div", "wd"), chosen: 0 }));
  const { box } = view;
  const { n, spans, cosine, lanes, words } = data;
  const top = cosine.length ? 150 : 0,
    thick = Math.max(4, Math.min(22, 140 / lanes)),
    gap = thick > 8 ? 3 : 1;
  const floor = top + lanes * (thick + gap) + 8,
    height = floor + 26;
  const at = (piece) => `${(100 * piece) / n}%`;
  const svg = node("svg", {
    height,
    tabindex: 0,
    role: "slider",
    "aria-label": data.label,
    "aria-valuemin": 0,
    "aria-valuemax": spans.length - 1,
  });
  const read = make("div", "wd-read");
  if (top) {
    for (const level of [0, 0.5, 1]) {
      const y = top - 12 - level * (top - 30);
      svg.append(
        node("line", { x1: 0, x2: "100%", y1: y, y2: y }),
        node("text", { x: 0, y: y - 3 }, level === 1 ? `1  ${words.cosine}` : String(level)),
      );
    }
  }
  const cover = node("rect", { class: "cover", y: 0, height: floor - 6 });
  svg.append(cover);
  const bricks = spans.map(([a, b], index) => {
    const y = top + (index % lanes) * (thick + gap),
      done = index < cosine.length;
    const brick = node("rect", {
      class: done ? "brick done" : "brick",
      x: at(a),
      width: at(b - a),
      y,
      height: thick,
      rx: 2,
    });
    if (done) brick.style.setProperty("--share", `${Math.round(100 * Math.max(0, Math.min(1, cosine[index])))}%`);
    svg.append(brick);
    return brick;
  });
  // A column reaches from its window's start to the next one's, so that neighbours touch and do not overlap.
  const columns = cosine.map((value, index) => {
    const [a, b] = spans[index],
      end = spans[index + 1]?.[0] ?? b,
      tall = Math.max(1, value * (top - 30));
    const column = node("rect", {
      class: "column",
      x: at(a),
      width: at((end - a) * 0.92),
      y: top - 12 - tall,
      height: tall,
    });
    svg.append(column);
    return column;
  });
  for (let mark = 0; mark <= 4; mark++) {
    const anchor = mark === 0 ? "start" : mark === 4 ? "end" : "middle";
    const name = Math.round((n * mark) / 4).toLocaleString("en") + (mark === 4 ? ` ${words.pieces}` : "");
    if (mark % 2 === 0 || n >= 40)
      svg.append(
        node(
          "text",
          { x: `${25 * mark}%`, y: floor + 14, "text-anchor": anchor, class: mark % 2 ? "minor" : "" },
          name,
        ),
      );
  }
  let chosen = Math.min(answered(parentElement, data.seen) ? data.chosen : view.chosen, spans.length - 1);
  const say = (index) => {
    const [a, b] = spans[index],
      value = cosine[index];
    read.textContent =
      words.read
        .replace("{window}", index)
        .replace("{first}", a.toLocaleString("en"))
        .replace("{last}", (b - 1).toLocaleString("en")) +
      (value === undefined ? "" : ` · ${words.cosine} ${value.toFixed(3)}`);
  };
  const mark = (index) => {
    bricks[chosen].classList.remove("on");
    columns[chosen]?.classList.remove("on");
    chosen = view.chosen = index;
    bricks[chosen].classList.add("on");
    columns[chosen]?.classList.add("on");
    cover.setAttribute("x", at(spans[index][0]));
    cover.setAttribute("width", at(spans[index][1] - spans[index][0]));
    svg.setAttribute("aria-valuenow", index);
    say(index);
    svg.setAttribute("aria-valuetext", read.textContent);
  };
  const found = (event) => {
    const area = svg.getBoundingClientRect(),
      piece = ((event.clientX - area.left) / area.width) * n;
    const lane = Math.floor((event.clientY - area.top - top) / (thick + gap));
    const far = (index) => Math.abs((spans[index][0] + spans[index][1]) / 2 - piece);
    const inLane = [...spans.keys()].filter((index) => lane < 0 || lane >= lanes || index % lanes === lane);
    return inLane.reduce((best, index) => (far(index) < far(best) ? index : best), inLane[0] ?? 0);
  };
  svg.onpointermove = (event) => say(found(event));
  svg.onpointerleave = () => say(chosen);
  svg.onclick = (event) => {
    mark(found(event));
    choose(parentElement, setTriggerValue, chosen);
  };
  svg.onkeydown = (event) => {
    const to = moved(event.key, chosen, spans.length);
    if (to === null) return;
    event.preventDefault();
    mark(to);
    choose(parentElement, setTriggerValue, chosen);
  };
  const had = box.contains(parentElement.activeElement ?? null) || box.querySelector("svg:focus") !== null;
  box.replaceChildren(svg, read);
  mark(chosen);
  if (had) svg.focus({ preventScroll: true });
}
