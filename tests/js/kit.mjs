// The kit as the components have it: no module of its own, so its names are taken out by hand.
import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../../explorer/ui/browser/kit.js", import.meta.url), "utf8");
const names =
  "choose, answered, unframed, unpacked, moved, channels, intensity, between, pixel, lookup, clipped, pointed";

export const kit = new Function(`${source}\nreturn { ${names} };`)();
