// The speaker's second window: what stands in it comes over a channel that only windows of this origin and this tab
// know, so that it stays in step when either of the two is loaded again.
/** @typedef {{title: string, lines: string[], said: string, asks: [string, string][], next: string, place: string}} Notes */

const MINE = "bx-notes";

// The name of this tab's channel and second window.
function channelName() {
  sessionStorage[MINE] ??= `${MINE}-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
  return sessionStorage[MINE];
}

// When the talk on this lesson began, in milliseconds since 1970; a talk on another one begins anew.
function began(lesson, again = false) {
  const [of, when] = (sessionStorage[`${MINE}-began`] ?? "").split(" ");
  if (of === lesson && !again) return Number(when);
  const now = Date.now();
  sessionStorage[`${MINE}-began`] = `${lesson} ${now}`;
  return now;
}

// Say what the second window shows now, and do what is pressed there.
function tell(parent, notes) {
  if (!notes && !document.bxNotes) return;
  if (!document.bxNotes) {
    const channel = new BroadcastChannel(channelName());
    document.bxNotes = { channel, now: null };
    channel.onmessage = ({ data }) => {
      if (data.key === "again" && document.bxNotes?.now) began(document.bxNotes.now.lesson, true);
      else if (data.key === "forward") document.bxLesson?.forward();
      else if (data.key === "backward") document.bxLesson?.backward();
      else if (data.key === "cover" && document.bxPresenter?.on) document.bxPresenter.cover();
      if (data.key === "again" || data.key === "hello") document.bxNotes?.say?.();
    };
  }
  const known = document.bxNotes;
  known.now = notes;
  known.say = () => {
    const { now } = known;
    known.channel.postMessage(now ? { ...now, began: began(now.lesson), colours: colours(parent) } : { over: true });
  };
  known.say();
}

function colours(parent) {
  const probe = put(parent, "span");
  const found = palette(probe, ["ground", "ink", "quiet", "rule", "attention-1"]);
  probe.remove();
  return found;
}

// Open the second window, or bring it to the front.
function openNotes(parent, notes, words) {
  const name = channelName();
  const opened = window.open("", name, "popup,width=780,height=900");
  if (!opened) return;
  if (!opened.document.querySelector("main")) {
    opened.document.title = words.notes;
    opened.document.documentElement.lang = document.documentElement.lang;
    const script = opened.document.createElement("script");
    script.textContent = `(${speaker})(${JSON.stringify(name)}, ${JSON.stringify(words)});`;
    opened.document.body.append(script);
  }
  opened.focus();
  tell(parent, notes);
}

// The second window itself; it is written into it as text, so it knows nothing of this file.
function speaker(name, words) {
  const sheet = [
    "body { margin: 0; font: 20px/1.45 system-ui, sans-serif; background: var(--ground); color: var(--ink); }",
    "main { max-width: 44em; margin: 0 auto; padding: 12px 24px 96px; overflow-wrap: anywhere; }",
    "h1 { font-size: 28px; line-height: 1.2; margin: 12px 0; } h2 { font-size: 16px; margin: 24px 0 4px; color: var(--quiet); }",
    "p { margin: 0 0 8px; } .notes { font-size: 24px; } dt { font-weight: 650; } dd { margin: 0 0 12px; }",
    "header { position: sticky; top: 0; display: flex; gap: 12px; align-items: baseline; padding: 8px 24px; flex-wrap: wrap;",
    "background: var(--ground); border-bottom: 1px solid var(--rule); font-variant-numeric: tabular-nums; }",
    "time { font-size: 32px; font-weight: 650; } header span { color: var(--quiet); flex: 1; }",
    "nav { position: fixed; inset: auto 0 0 0; display: flex; gap: 12px; padding: 12px 24px; background: var(--ground); border-top: 1px solid var(--rule); }",
    "button { font: inherit; color: inherit; background: none; border: 1px solid var(--quiet); border-radius: 8px; padding: 4px 16px; min-height: 44px; cursor: pointer; }",
    "nav .forward { background: var(--ink); color: var(--ground); flex: 1; }",
    "header button { font-size: 16px; min-height: 32px; padding: 0 12px; }",
  ].join(" ");
  const put = (parent, tag, text = "", kind = "") => {
    const made = parent.appendChild(document.createElement(tag));
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  const channel = new BroadcastChannel(name);
  const press = (key) => channel.postMessage({ key });
  put(document.head, "style", sheet);
  const head = put(document.body, "header");
  const clock = put(head, "time");
  const place = put(head, "span");
  put(head, "button", words.from_zero).onclick = () => press("again");
  const main = put(document.body, "main");
  const nav = put(document.body, "nav");
  put(nav, "button", words.back).onclick = () => press("backward");
  put(nav, "button", words.cover).onclick = () => press("cover");
  put(nav, "button", words.next, "forward").onclick = () => press("forward");
  let since = 0;
  const tick = () => {
    const seconds = since ? Math.max(0, Math.floor((Date.now() - since) / 1000)) : 0;
    clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  channel.onmessage = ({ data }) => {
    if (data.key) return;
    main.replaceChildren();
    if (data.over) return put(main, "p", words.notes_none);
    for (const [one, value] of Object.entries(data.colours)) document.body.style.setProperty(`--${one}`, value);
    since = data.began;
    tick();
    place.textContent = data.place;
    put(main, "h1", data.title);
    for (const line of data.lines) put(main, "p", line);
    if (data.said) {
      put(main, "h2", words.notes);
      put(main, "p", data.said, "notes");
    }
    if (data.asks.length) put(main, "h2", words.will_ask);
    const list = put(main, "dl");
    for (const [question, answer] of data.asks) {
      put(list, "dt", question);
      put(list, "dd", answer);
    }
    if (data.next) {
      put(main, "h2", words.next);
      put(main, "p", data.next);
    }
  };
  addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
    const button = event.target instanceof Element && event.target.matches("button");
    const pressed = {
      ArrowRight: "forward",
      PageDown: "forward",
      ArrowLeft: "backward",
      PageUp: "backward",
      b: "cover",
    };
    const key = event.key === " " && !button ? "forward" : pressed[event.key];
    if (!key) return;
    event.preventDefault();
    press(key);
  });
  setInterval(tick, 500);
  press("hello");
}
