// Step by step: the stage on a page of its own. data: a frame, see journey_weight.py; what is chosen travels with a number.
function built(parent) {
  /** @type {any} */
  const view = { root: put(parent, "div", "steps-stage") };
  const probe = put(view.root, "span", "probe");
  const send = (field, value) => view.send && choose(parent, view.send, value, field);
  view.player = player(view.root, { step: (name) => send("step", name), key: (position) => send("key", position) });
  view.fit = () => {
    const width = view.root.clientWidth;
    if (!width) return;
    const narrow = width < 640;
    const scale = narrow ? width / 350 : Math.min(1.35, width / 860);
    view.root.style.setProperty("--bx-scale", narrow ? "1" : String(Math.max(1, scale)));
    view.player.resize(width / scale, narrow ? 330 : 262, scale);
  };
  view.paint = () => palette(probe, COLOURS);
  probe.addEventListener("transitionend", () => view.again());
  new ResizeObserver(view.fit).observe(view.root);
  return view;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const view = kept(parentElement, built);
  const { header, body } = unframed(data);
  const row = weighed(header, new Float32Array(body.buffer));
  view.send = setTriggerValue;
  const known = answered(parentElement, header.seen);
  const n = known || !view.row ? row.at.indexOf(header.key) : view.player.n;
  const step = known || !view.row ? header.step : undefined;
  view.row = row;
  view.again = () => view.player.show(row, view.paint(), { n: view.player.n, step: undefined });
  view.player.show(row, view.paint(), { n: Math.max(0, n), step });
  view.fit();
}
