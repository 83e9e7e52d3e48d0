// The line to the server. Streamlit asks for a lost server after ever longer pauses, shows a dialog about it in its own
// words, and then leaves the page as it was, although a server that has started again knows nothing of it. Here it is
// asked all the time, a line that is dead without a word is noticed, one sentence says so, and the page goes on in the
// same place: address, long texts, and what was typed and not yet applied.
// data: {word}
const APP = '[data-testid="stApp"]';
const FIELDS =
  '[data-testid="stTextArea"] textarea, [data-testid="stTextInput"] input, [data-testid="stNumberInput"] input';
const FORM = '[data-testid="stForm"]';
const STREAM = "/_stcore/stream";
const PING = /\/_stcore\/(health|host-config)$/;
// Streamlit's message {app_heartbeat: true}, which its server answers with one of its own.
const ALIVE = Uint8Array.of(0x88, 0x01, 0x01);
const LONG = 2000; // characters: a longer text does not stand in the address
const KEPT = "bx-line";
// Milliseconds: between two looks at a quiet line; until it counts as dead, there and after the network has changed;
// between two questions whether the server is back; until one of them is given up.
const LOOKS = 15000;
const DEAD = 10000;
const BUSY = 40000; // where a script runs: a line that is closed ends it
const CHANGED = 2000;
const ANSWER = 10000; // to what was sent, and then to the question
const GRACE = 500; // what came while the page was busy is heard first
const AGAIN = 600;
const GIVEN_UP = 3000;
const TURN = 20000; // until the page's turn to run has come, where a whole class comes back

export default function ({ data, setTriggerValue }) {
  const send = (fields) => setTriggerValue("back", fields);
  if (document.bxLine) {
    Object.assign(document.bxLine, { word: data.word, send });
    return;
  }
  document.bxLine = {
    word: data.word,
    send,
    heard: true,
    waits: 0,
    asks: 0,
    socket: null,
    lost: null,
    ran: false,
    typed: new WeakSet(),
    left: new Set(),
  };
  watch(document.bxLine);
  const before = recalled();
  if (before?.some((field) => field.typed || field.value.length > LONG)) goOn(document.bxLine, before);
  else recall(null);
}

const state = (name) => document.querySelector(APP)?.getAttribute(`data-test-${name}-state`);
const connected = () => state("connection") === "CONNECTED";

function watch(line) {
  const app = document.querySelector(APP);
  if (!app) return;
  new MutationObserver(() => {
    if (state("script") !== "notRunning") {
      line.ran = true;
      for (const field of line.left) line.typed.delete(field); // the server has heard of them
      line.left.clear();
    }
    turned(line);
  }).observe(app, { attributeFilter: ["data-test-connection-state", "data-test-script-state"] });
  listenIn(line);
  askAgain();
  addEventListener("online", () => look(line, CHANGED));
  addEventListener("offline", () => look(line, CHANGED));
  addEventListener("pageshow", (event) => event.persisted && look(line, CHANGED));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) recall(fields(line));
    else look(line, state("script") === "notRunning" ? CHANGED : DEAD);
  });
  addEventListener("pagehide", () => recall(fields(line)));
  setInterval(() => {
    if (line.socket && !line.waits && !document.hidden) look(line, state("script") === "notRunning" ? DEAD : BUSY);
  }, LOOKS);
  // A field is applied when it is left, or by Enter.
  const field = (event) => (event.target instanceof Element && event.target.matches(FIELDS) ? event.target : null);
  const applied = (event) => connected() && line.left.add(event.target);
  addEventListener("input", (event) => field(event) && line.typed.add(field(event)), true);
  addEventListener("focusout", applied, true);
  addEventListener("keydown", (event) => event.key === "Enter" && field(event) && enters(event) && applied(event));
}

/** @param {KeyboardEvent} event */
const enters = (event) => event.ctrlKey || event.metaKey || !(event.target instanceof HTMLTextAreaElement);

// Streamlit keeps its socket to itself; it is met when something is sent through it. What is sent has an answer soon, if
// only that its script begins; where nothing comes, somebody is asked for.
function listenIn(line) {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (message) {
    if (this !== line.socket && this.url.includes(STREAM)) {
      line.socket = this;
      this.addEventListener("message", () => {
        line.heard = true;
        clearTimeout(line.asks);
      });
    }
    send.call(this, message);
    if (this !== line.socket || message === ALIVE) return;
    clearTimeout(line.asks);
    line.asks = setTimeout(() => line.waits || look(line, ANSWER), ANSWER);
  };
}

// Is anybody there? A laptop whose network has changed and a phone that slept hold sockets that nobody answers.
function look(line, patience) {
  if (!connected()) return;
  clearTimeout(line.waits);
  line.heard = false;
  if (line.socket) line.socket.send(ALIVE);
  else if (state("script") === "notRunning") line.send([]);
  const judge = () => {
    line.waits = 0;
    if (!line.heard && connected()) line.socket?.dispatchEvent(new CloseEvent("close", { code: 4000 }));
    else if (!navigator.onLine) look(line, patience); // heard may have been what was still on its way
  };
  line.waits = setTimeout(() => {
    line.waits = setTimeout(judge, GRACE);
  }, patience);
}

// Streamlit's question whether the server is back stays open until it is: it neither waits longer and longer nor fails.
function askAgain() {
  const ask = window.fetch;
  window.fetch = async (what, how) => {
    if (connected() || !PING.test(String(what))) return ask(what, how);
    for (;;) {
      try {
        const answer = await ask(what, { cache: "no-store", signal: AbortSignal.timeout(GIVEN_UP) });
        if (answer.ok || connected()) return answer;
      } catch {
        // not yet
      }
      await pause(AGAIN * (0.5 + Math.random() / 2)); // a class does not ask at the same moment
    }
  };
}

function turned(line) {
  if (!connected() && !line.lost) {
    line.lost = fields(line);
    recall(line.lost);
    setTimeout(() => line.lost && say(line), 300);
  } else if (connected() && line.lost) {
    const { lost } = line;
    line.lost = null;
    goOn(line, lost);
  }
}

// The page is run with what the server may not know, and what was typed is put back where the run has drawn over it.
async function goOn(line, before) {
  line.ran = line.heard = false;
  line.send(before.filter((field) => !field.typed).map(({ key, value }) => [key, value]));
  const running = () => line.ran || state("script") !== "notRunning";
  const began = (await until(running, TURN)) || line.heard;
  const done = began && (await until(() => state("script") === "notRunning", 60000));
  if (line.lost) return; // again
  if (!done && connected() && !recalled("once")) {
    recall(before, "once");
    location.reload();
    return;
  }
  document.getElementById("bx-line")?.remove();
  let quiet = 0; // a run that was interrupted ends and is followed by another one
  const still = () => {
    quiet = state("script") === "notRunning" ? quiet + 1 : 0;
    return quiet > 4;
  };
  await until(still, 3000);
  recall(null);
  for (const field of before) if (field.typed) putBack(line, field);
}

function say(line) {
  const said = document.getElementById("bx-line") ?? put(document.body, "div");
  said.id = "bx-line";
  said.setAttribute("role", "status");
  said.textContent = line.word;
}

// What stands in the fields of the page, by the key of each, and whether it is typed and not yet applied.
function fields(line) {
  /** @type {NodeListOf<HTMLInputElement | HTMLTextAreaElement>} */
  const found = document.querySelectorAll(FIELDS);
  return [...found].map((field) => ({
    key: keyOf(field),
    value: field.value,
    typed: line.typed.has(field) || (!!field.closest(FORM) && field.value !== ""),
    at: field === document.activeElement ? field.selectionStart : null,
  }));
}

const keyOf = (field) =>
  [...(field.closest('[class*="st-key-"]')?.classList ?? [])].find((name) => name.startsWith("st-key-")) ?? "";

function putBack(line, { key, value, at }) {
  /** @type {NodeListOf<HTMLInputElement | HTMLTextAreaElement>} */
  const found = document.querySelectorAll(FIELDS);
  const field = [...found].find((one) => keyOf(one) === key);
  if (!field) return;
  if (field.value !== value) {
    // React hears of a value only past its own setter.
    const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value");
    own?.set?.call(field, value);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  line.typed.add(field);
  if (at === null) return;
  field.focus();
  if (field instanceof HTMLTextAreaElement) field.setSelectionRange(at, at);
}

// For a page that the browser throws away while it sleeps, and for one that is loaded again.
function recall(found, name = "fields") {
  try {
    if (!found) sessionStorage.removeItem(KEPT);
    else sessionStorage.setItem(KEPT, JSON.stringify({ address: location.href, name, found }));
  } catch {
    // no room, or not allowed
  }
}

function recalled(name = "") {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    return kept?.address === location.href && (!name || kept.name === name) ? kept.found : null;
  } catch {
    return null;
  }
}

async function until(holds, milliseconds) {
  for (const end = Date.now() + milliseconds; Date.now() < end; await pause(50)) if (holds()) return true;
  return false;
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
