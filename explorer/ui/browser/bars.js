// Named values as bars. data: {rows: [[name, position, value]], title, scale, high}
export default function ({ data, parentElement }) {
  let figure = parentElement.querySelector(".bars");
  if (!figure) {
    figure = document.createElement("figure");
    figure.className = "bars";
    parentElement.append(figure);
  }
  const make = (tag, cls, text) => Object.assign(document.createElement(tag), { className: cls, textContent: text ?? "" });
  const list = make("ol", "");
  for (const [name, position, value] of data.rows) {
    const row = make("li", data.scale), track = make("div", "track"), bar = make("div", value < 0 ? "bar minus" : "bar");
    bar.style.width = `${Math.min(100, (100 * Math.abs(value)) / data.high)}%`;
    track.append(bar);
    const label = make("bdi", "name", name); // a visitor's text: never as HTML
    if (position >= 0) label.append(make("small", "", String(position)));
    row.append(label, track, make("span", "value", value.toFixed(4)));
    list.append(row);
  }
  figure.replaceChildren(make("figcaption", "", data.title), list);
}
