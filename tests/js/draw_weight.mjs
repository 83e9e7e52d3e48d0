// Every scene of the stage, drawn on a canvas that only listens: asked by tests/ui/browser/test_journey_weight.py.
// Input: JSON {frames: [base64]}; the answer: by frame and step, how many shapes were drawn at rest, what was drawn with
// something that is no number, and what the numbers tell.
import { readFileSync } from "node:fs";

const read = (name) => readFileSync(new URL(`../../explorer/ui/browser/${name}.js`, import.meta.url), "utf8");
const source = ["kit", "journey_ink", "journey_weight", "journey_scenes"].map(read).join("\n");
let drawn = 0;
let wrong = [];

const context = () =>
  new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...given) => {
          if (name === "measureText") return { width: 7 * String(given[0]).length };
          if (name === "createImageData") return { data: new Uint8ClampedArray(4 * given[0] * given[1]) };
          if (given.some((x) => typeof x === "number" && !Number.isFinite(x))) wrong.push(`${String(name)}(${given})`);
          if (name === "fillText" && /NaN|undefined|Infinity/.test(given[0])) wrong.push(given[0]);
          if (["fillRect", "drawImage", "fillText", "fill"].includes(String(name))) drawn += 1;
          return {};
        },
      set: (_, name, value) => {
        if (/NaN|undefined/.test(String(value))) wrong.push(`${String(name)} = ${value}`);
        return true;
      },
    },
  );
globalThis.document = { createElement: () => ({ style: {}, append() {}, getContext: context }) };
globalThis.Path2D = class {};
const stage = new Function(`${source}\nreturn { unframed, weighed, sheetFor, SCENES };`)();
const names = "ink quiet rule ground query key value masked attention-0 attention-1 signed-0 signed-1 signed-2".split(
  " ",
);
const colours = Object.fromEntries(names.map((name, i) => [name, `rgb(${i}, ${2 * i}, ${250 - i})`]));

const answers = JSON.parse(readFileSync(0, "utf8")).frames.map((text) => {
  const { header, body } = stage.unframed(new Uint8Array(Buffer.from(text, "base64")));
  const row = stage.weighed(header, new Float32Array(body.buffer));
  return row.steps.map((step) => {
    const answer = { step, shapes: 0, wrong: [], tells: [] };
    for (const size of [
      [812, 250],
      [342, 330],
    ])
      for (const n of [0, row.at.length - 1])
        for (const t of [0, 0.2, 0.45, 0.7, 0.9, 1]) {
          [drawn, wrong] = [0, []];
          const view = { row, n, size, colours };
          const g = stage.sheetFor(context(), view, { ground: colours.ground, sans: "sans" });
          stage.SCENES[step](g, t);
          answer.wrong.push(...wrong);
          if (t < 1) continue;
          answer.shapes = Math.max(answer.shapes, drawn);
          for (const { count, rect, tell, place } of g.hot)
            for (const i of [0, count - 1]) {
              answer.tells.push(tell(i));
              const at = [...rect(i), ...place];
              if (!at.every(Number.isFinite) || place[0] < 0 || place[0] + place[2] > size[0] + 1)
                answer.wrong.push(`at ${at}`);
            }
        }
    return answer;
  });
});
process.stdout.write(JSON.stringify(answers));
