// Vectors as strips of cells. data: {tokens, chosen, strips: [{name, role, values, marked}]}
export default function ({ data, parentElement }) {
  const box = kept(parentElement, (parent) => put(parent, "div", "sp"));
  const read = make("div", "sp-read");
  read.setAttribute("aria-live", "polite");
  const rows = data.strips.map((strip) => {
    const row = make("div", "sp-row"),
      cells = make("div", "sp-cells"),
      name = make("div", `sp-name ${strip.role}`, strip.name);
    const most = Math.max(...strip.values.map((x) => Math.abs(x ?? 0)), 1e-12),
      chance = strip.role === "attention";
    name.append(make("small", "", `[${strip.values.length}] ${chance ? "0 … 1" : `±${most.toPrecision(3)}`}`));
    const words = strip.values.length === data.tokens.length && (chance || strip.name === "s_i");
    strip.values.forEach((x, index) => {
      const cell = make("i", x == null ? "hid" : "");
      if (words && index === data.chosen) cell.classList.add("on");
      if (x != null) {
        const [to, from] = chance ? ["attention-1", "attention-0"] : [x < 0 ? "signed-0" : "signed-2", "signed-1"];
        const share = Math.round(100 * (chance ? x : Math.abs(x) / most));
        cell.style.background = `color-mix(in srgb, var(--bx-${to}) ${share}%, var(--bx-${from}))`;
      }
      cell.onpointerenter = () => {
        const at = words ? `${data.tokens[index]} ${index}` : `${strip.name}[${index}]`;
        read.textContent = `${at} = ${x == null ? "−∞" : x}`;
      };
      cells.append(cell);
    });
    if (strip.marked) {
      const frame = make("div", "sp-frame"),
        n = strip.values.length;
      frame.style.left = `${(100 * strip.marked[0]) / n}%`;
      frame.style.width = `${(100 * (strip.marked[1] - strip.marked[0])) / n}%`;
      frame.style.pointerEvents = "none";
      cells.append(frame);
    }
    cells.setAttribute("role", "img");
    cells.setAttribute("aria-label", `${strip.name}, ${strip.values.length}`);
    row.append(name, cells);
    if (words && data.tokens.length <= 48) {
      const names = make("div", "sp-names");
      data.tokens.forEach((token, index) => names.append(make("span", index === data.chosen ? "on" : "", token)));
      row.append(names);
    }
    return row;
  });
  box.replaceChildren(...rows, read);
}
