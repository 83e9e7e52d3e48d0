// What the browser makes of bytes: asked by tests/ui/browser/test_kit.py. Input: JSON {frames: [base64], parts, scales,
// stops}; a frame may be a view into a longer buffer, as Streamlit hands it over.
import { readFileSync } from "node:fs";
import { kit } from "./kit.mjs";

const { frames, values, scales, stops } = JSON.parse(readFileSync(0, "utf8"));
const texts = (numbers) => Array.from(numbers, String); // NaN is no JSON
const read = frames.map((text) => {
  const bytes = Buffer.from(text, "base64");
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  const { header, body } = kit.unframed(shifted.subarray(3));
  return { header, values: texts(kit.unpacked(body, header.encoding, header.low, header.high)) };
});
const shades = scales.map((scale) => values.map((value) => kit.intensity(value, scale)));
const colours = shades.map((row) => row.map((part) => kit.between(stops, part)));
const table = Array.from(kit.lookup(stops, 256, (part) => part * part));
process.stdout.write(JSON.stringify({ read, shades, colours, table }));
