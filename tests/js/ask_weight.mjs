// What the stage makes of a row that Python packed: asked by tests/ui/browser/test_journey_weight.py. Input: JSON
// {frame: base64}; the answer has the vectors, and for every key what its sentences say.
import { readFileSync } from "node:fs";

const read = (name) => readFileSync(new URL(`../../explorer/ui/browser/${name}.js`, import.meta.url), "utf8");
const names = "unframed, weighed, running, multiplied, squeezed, facts, says, percent";
const source = ["kit", "journey_ink", "journey_weight"].map(read).join("\n");
const stage = new Function(`${source}\nreturn { ${names} };`)();

const { header, body } = stage.unframed(
  new Uint8Array(Buffer.from(JSON.parse(readFileSync(0, "utf8")).frame, "base64")),
);
const row = stage.weighed(header, new Float32Array(body.buffer));
const list = (vector) => vector && Array.from(vector, (x) => (Number.isNaN(x) ? null : x));
const vectors = [
  "q",
  "dots",
  "added",
  "scores",
  "weights",
  "restValue",
  "joined",
  "mixing",
  "attnOut",
  "state",
  "total",
];
process.stdout.write(
  JSON.stringify({
    row: {
      ...Object.fromEntries(vectors.map((name) => [name, list(row[name])])),
      k: row.k.map(list),
      v: row.v.map(list),
    },
    keys: row.at.map((_, n) => ({
      facts: stage.facts(row, n),
      says: Object.fromEntries(row.steps.map((step) => [step, stage.says(row, step, n)])),
      sums: list(stage.running(stage.multiplied(row.q, row.k[n]))),
    })),
    even: list(stage.squeezed(row, 0)),
    half: list(stage.squeezed(row, 0.5)),
    whole: list(stage.squeezed(row, 1)),
    shares: [0, 0.0004, 0.004, 0.0994, 0.0996, 0.5, 1].map(stage.percent),
  }),
);
