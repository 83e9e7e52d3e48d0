import assert from "node:assert/strict";
import { test } from "node:test";
import { kit } from "./kit.mjs";

test("a choice is sent with a number, and an answer to an earlier one is known as such", () => {
  const here = {};
  const sent = [];
  const send = (field, value) => sent.push([field, value]);
  assert.ok(kit.answered(here, 0));
  kit.choose(here, send, "a");
  kit.choose(here, send, 7, "row");
  assert.deepEqual(sent, [
    ["chosen", [1, "a"]],
    ["row", [2, 7]],
  ]);
  assert.ok(!kit.answered(here, 1));
  assert.ok(kit.answered(here, 2));
});

test("a page that is loaded again counts on from what the server has seen", () => {
  const here = {};
  const sent = [];
  kit.answered(here, 5);
  kit.choose(here, (_, value) => sent.push(value), "a");
  assert.deepEqual(sent, [[6, "a"]]);
});

test("a server that has started again is believed, though it has seen less", () => {
  const here = {};
  kit.answered(here, 5);
  assert.ok(kit.answered(here, 0));
  kit.choose(here, () => {}, "a");
  assert.ok(!kit.answered(here, 0));
});

test("arrows lead to the neighbour, Home and End to the ends, no key beyond them", () => {
  const to = (key, now) => kit.moved(key, now, 4);
  assert.deepEqual(
    ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"].map((key) => to(key, 1)),
    [2, 2, 0, 0],
  );
  assert.deepEqual([to("Home", 2), to("End", 1), to("ArrowLeft", 0), to("ArrowRight", 3)], [0, 3, 0, 3]);
  assert.deepEqual([to("Enter", 1), to("a", 1)], [null, null]);
});

test("a colour is read from what the browser says, and written as a pixel of an image", () => {
  assert.deepEqual(kit.channels("rgb(1, 20, 255)"), [1, 20, 255]);
  assert.deepEqual(kit.channels("rgba(1, 20, 255, 0.5)"), [1, 20, 255]);
  assert.deepEqual([...new Uint8Array(Uint32Array.of(kit.pixel([1, 20, 255])).buffer)], [1, 20, 255, 255]);
});

test("what has no colour on the scale gets the first one, and breaks nothing", () => {
  const stops = [
    [0, 0, 0],
    [200, 100, 50],
  ];
  assert.deepEqual(kit.between(stops, Number.NaN), [0, 0, 0]);
  assert.deepEqual(kit.between(stops, 1), [200, 100, 50]);
});

test("a text is cut where the room ends, by letters and not by halves of them", () => {
  const context = { measureText: (text) => ({ width: [...text].length }) };
  assert.equal(kit.clipped(context, "token", 5), "token");
  assert.equal(kit.clipped(context, "tokens", 5), "toke…");
  assert.equal(kit.clipped(context, "𝔄𝔅ℭ𝔇", 3), "𝔄𝔅…");
  assert.equal(kit.clipped(context, "token", 0), "t…");
});

test("a pointer on an enlarged page is where it is in the element's own pixels", () => {
  const element = { offsetWidth: 200, getBoundingClientRect: () => ({ left: 30, top: 10, width: 300 }) };
  assert.deepEqual(kit.pointed(element, { clientX: 180, clientY: 40 }), { x: 100, y: 20 });
  const hidden = { offsetWidth: 0, getBoundingClientRect: () => ({ left: 0, top: 0, width: 0 }) };
  assert.deepEqual(kit.pointed(hidden, { clientX: 5, clientY: 6 }), { x: 5, y: 6 });
});
