// What the visitor chooses is shown at once and sent with a number; see `told` in __init__.py.
const numbers = new WeakMap();

function choose(parent, send, value, field = "chosen") {
  const n = (numbers.get(parent) ?? 0) + 1;
  numbers.set(parent, n);
  send(field, [n, value]);
}

// Whether a message knows of every choice that was made here. If not, what it says is chosen is out of date.
function answered(parent, n) {
  const mine = numbers.get(parent) ?? 0;
  numbers.set(parent, Math.max(mine, n));
  return n >= mine;
}
