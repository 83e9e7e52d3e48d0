// Named values as bars. data: {rows: [[name, position, value, written]], title, scale, high}
export default function ({ data, parentElement }) {
  const figure = kept(parentElement, (parent) => put(parent, "figure", "bars"));
  const rows = data.rows.map(([name, position, value, written]) => {
    const bar = make("div", value < 0 ? "bar minus" : "bar");
    bar.style.width = `${Math.min(100, (100 * Math.abs(value)) / data.high)}%`;
    const label = make("bdi", "name", name);
    if (position >= 0) put(label, "small", "", String(position));
    return make("li", data.scale, label, make("div", "track", bar), make("span", "value", written));
  });
  figure.replaceChildren(make("figcaption", "", data.title), make("ol", "", ...rows));
}
