// A whole page of somebody else's scripts in a frame of no origin: it sees nothing of ours. data: {page, height, label}
export default function ({ data, parentElement }) {
  const frame = kept(parentElement, (parent) => {
    const made = put(parent, "iframe", "sandbox");
    made.setAttribute("sandbox", "allow-scripts");
    return made;
  });
  frame.title = data.label;
  frame.style.height = `${data.height}px`;
  if (frame.srcdoc !== data.page) frame.srcdoc = data.page;
}
