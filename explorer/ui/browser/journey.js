// The poster: one token's way through the model. Clicks and keys choose token, layer and head; stations are links.
// data: bytes = length of a JSON header (uint32), the header (see journey.py), every vector and the matrix as float32.
function unpack(data) {
  const { header: d, body } = unframed(data);
  const floats = new Float32Array(body.buffer);
  let offset = 0;
  for (const s of d.stations) {
    s.values = floats.subarray(offset, offset + s.drawn);
    offset += s.drawn;
  }
  d.matrix = floats.subarray(offset, offset + d.side ** 2);
  d.by = (name, layer = null) => d.stations.find((s) => s.name === name && (layer === null || s.layer === layer));
  return d;
}

function draw(root, d, act) {
  const on = stage(root, d, act);
  const y0 = pieces(on);
  lens(on);
  flow(on, y0);
  for (const part of [embeddings, layers, inside, heads, outputs, legend]) part(on);
  const focused = root.parent.activeElement?.getAttribute?.("data-focus");
  root.querySelector("svg")?.remove();
  root.classList.toggle("tall", Boolean(on.place.tall));
  root.prepend(on.svg);
  root.ground = on.c.ground;
  if (focused) on.focus(`[data-focus="${focused}"]`);
}

function frame(parent) {
  /** @type {any} */
  const root = make("div", "journey");
  root.innerHTML = '<span class="probe"></span><div class="save"></div><div class="tip" role="status" hidden></div>';
  root.parent = parent;
  root.probe = root.querySelector(".probe");
  const tip = root.querySelector(".tip");
  root.tell = (event, text) => {
    tip.hidden = !event;
    root.told = null;
    if (!event) return;
    tip.textContent = text;
    const area = root.getBoundingClientRect(),
      x = event.clientX - area.left,
      y = event.clientY - area.top;
    const below = y + 18 + tip.offsetHeight <= innerHeight - area.top - 8;
    tip.style.left = `${Math.max(0, Math.min(x + 14, area.width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${below ? y + 18 : y - tip.offsetHeight - 12}px`;
  };
  root.addEventListener("click", () => root.tell(null));
  for (const kind of ["png", "svg"]) {
    const saves = button("", kind.toUpperCase());
    saves.onclick = () => save(root.querySelector("svg"), kind, root.ground);
    root.querySelector(".save").append(saves);
  }
  root.probe.addEventListener("transitionend", () => root.again()); // the theme has changed
  let width = 0;
  new ResizeObserver(() => {
    if (width && width < 700 !== root.clientWidth < 700) root.again();
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
  root.again = () => draw(root, d, setTriggerValue);
  root.tell(null);
  root.again();
}
