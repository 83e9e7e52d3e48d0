// The bar of a lesson, the keys of a clicker and of a presenter, and the light on the part to look at.
// data: {bar: {title, place, number, of, covered, away, look, light}?, resume: string?, present: boolean,
// notes: what the second window shows (speaker.js)?, words}
const FORWARD = [" ", "ArrowRight", "PageDown"];
const BACKWARD = ["ArrowLeft", "PageUp"];
// Where these keys mean something of their own: text, sliders, lists; and what the space key presses.
const TYPED = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";
const OWN = "[role=slider], [role=listbox], [role=radio], [role=tab], [role=menu], [type=radio]";
const SCROLLED = "[tabindex='0']:not(button, a, summary, .stMain)";
const PRESSED = "button, a, summary, [role=button], [role=switch], input";
// Where a letter means something of its own, and what Escape closes before it ends presenting.
const LETTERED = "[role=combobox], [role=listbox], [role=menu], [role=option]";
const CLOSED = "[role=dialog], [data-baseweb=popover]";

export default function ({ data, parentElement, setTriggerValue }) {
  const { bar, resume, present, notes, words } = data;
  const send = (wish) => setTriggerValue("go", wish);
  parentElement.querySelector(".cb")?.remove();
  document.bxLesson = bar ? wishes(bar, send) : null;
  document.bxPresenter = {
    on: present,
    toggle: () => setTriggerValue("present", !present),
    notes: notes && (() => openNotes(parentElement, notes, words)),
    cover: () => (bar?.covered ? send("reveal") : curtain(words.covered_now, bar?.light)),
  };
  window.bxClicker ??= clicker();
  if (!present || document.bxCurtain !== (bar?.light ?? "")) curtain("");
  light(bar);
  if (!(present && bar?.away)) tell(parentElement, notes); // on the way to another page the notes stay
  if (bar) drawBar(parentElement, bar, words, present, () => setTriggerValue("leave", true));
  else if (present) put(parentElement, "nav", "cb corner", ...presenting(words, true));
  else if (resume) {
    const back = button("resume", resume);
    back.onclick = () => send("resume");
    put(parentElement, "div", "cb resume", back);
  }
}

// What forward and backward mean now.
function wishes(bar, send) {
  return {
    forward: () => {
      if (bar.covered) send("reveal");
      else if (bar.number <= bar.of || bar.away) send(bar.away ? bar.number : bar.number + 1);
    },
    backward: () => {
      if (bar.number > 1 || bar.away) send(bar.away ? bar.number : bar.number - 1);
    },
  };
}

function drawBar(parent, bar, words, present, leave) {
  const ended = bar.number > bar.of;
  const back = button("back", words.back);
  back.disabled = bar.number <= 1;
  back.onclick = () => document.bxLesson?.backward();
  const onward = bar.number === bar.of ? words.finish : words.next;
  const next = button("next", bar.away ? words.return : onward);
  next.onclick = () => document.bxLesson?.forward();
  next.title = words.keys;
  const out = button("leave", words.leave);
  out.onclick = leave;
  const wall = make("span", "wall", ...presenting(words, present));
  const about = make("div", "about", make("b", "", bar.title), make("span", "", bar.place));
  const dots = make("div", "dots");
  dots.setAttribute("aria-hidden", "true");
  for (let number = 1; number <= bar.of; number++) dots.append(make("i", number <= bar.number ? "done" : ""));
  const line = put(
    parent,
    "nav",
    present ? "cb walled" : "cb",
    back,
    ...((ended && !bar.away) || bar.covered ? [] : [next]),
    about,
    dots,
    wall,
    out,
  );
  line.setAttribute("aria-label", bar.title);
}

// The buttons of the presenter; the second and third only while one presents.
function presenting(words, present) {
  const made = (name, word, press) => {
    const one = button(name, words[word]);
    one.onclick = press;
    one.title = words[`${word}_key`];
    return one;
  };
  const toggle = made("present", present ? "present_end" : "present", () => document.bxPresenter?.toggle());
  if (!present) return [toggle];
  const cover = made("cover", "cover", () => document.bxPresenter?.cover());
  if (!document.bxPresenter?.notes) return [cover, toggle];
  return [cover, made("notes", "notes", () => document.bxPresenter?.notes?.()), toggle];
}

// A curtain over what stands below the bar of this stop, and away again; an empty word takes it away.
function curtain(word, stop = "") {
  const there = document.querySelector(".bx-curtain");
  there?.remove();
  document.bxCurtain = undefined;
  if (there || !word) return;
  const cloth = put(
    document.querySelector(".stApp") ?? document.body,
    "div",
    "bx-curtain bx-cover",
    make("p", "", word),
  );
  const bar = document.querySelector(".st-key-course")?.getBoundingClientRect();
  cloth.style.top = `${bar && bar.height > 8 ? bar.bottom : 0}px`;
  cloth.setAttribute("role", "status");
  document.bxCurtain = stop;
}

// The presenter's keys; whether this was one of them.
function presents(event, at) {
  const presenter = document.bxPresenter;
  if (!presenter || event.shiftKey || at(LETTERED)) return false;
  const does = {
    f: presenter.toggle,
    ...(presenter.on && { n: presenter.notes, b: presenter.cover, ".": presenter.cover }),
    ...(presenter.on && !document.querySelector(CLOSED) && { Escape: presenter.toggle }),
  }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  does?.();
  return Boolean(does);
}

// One listener for the whole document and visit; a key that something on the page has use for is left to it.
function clicker() {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat || event.altKey || event.ctrlKey || event.metaKey) return;
    const path = event.composedPath().filter((one) => one instanceof Element);
    const at = (selector) => path.some((one) => one.matches(selector));
    if (at(TYPED)) return;
    if (presents(event, at)) return event.preventDefault();
    const lesson = document.bxLesson;
    const forward = FORWARD.includes(event.key) && !event.shiftKey;
    if (!lesson || (!forward && !BACKWARD.includes(event.key))) return;
    const paged = event.key.startsWith("Page");
    if (!paged && (at(OWN) || path[0]?.matches(SCROLLED))) return;
    if (event.key === " " && at(PRESSED)) return;
    event.preventDefault();
    if (forward) lesson.forward();
    else lesson.backward();
  });
  return true;
}

// --- The light: a ring round a part of the page, the rest dimmed until the visitor touches something.

function light(bar) {
  const here = bar ? `${bar.light} ${bar.away} ${bar.covered}` : "";
  if (here && here !== document.bxStop) document.querySelector(".stMain")?.scrollTo({ top: 0, behavior: "instant" });
  document.bxStop = here;
  const key = bar?.look && !bar.covered && !bar.away ? bar.light : "";
  if (document.bxLight?.key === key) return;
  document.bxLight?.off();
  document.bxLight = key ? shine(bar.look, key) : undefined;
}

function shine(selector, key) {
  const ring = make("div", "bx-light");
  ring.setAttribute("aria-hidden", "true");
  let settled = 0; // four seconds from when the part is there: until then pictures may still grow
  let seen = "";
  const follow = () => {
    const part = visible(selector);
    ring.hidden = !part;
    if (!part) return;
    settled ||= performance.now() + 4000;
    if (performance.now() < settled && !ring.classList.contains("touched")) intoSight(part);
    const { left, top, width, height } = part.getBoundingClientRect();
    const now = [left, top, width, height].map(Math.round).join(" ");
    if (now === seen) return;
    seen = now;
    Object.assign(ring.style, {
      left: `${left - 6}px`,
      top: `${top - 6}px`,
      width: `${width + 12}px`,
      height: `${height + 12}px`,
    });
  };
  const touched = () => ring.classList.add("touched");
  const gestures = ["pointerdown", "wheel", "touchmove", "keydown"];
  for (const kind of gestures) addEventListener(kind, touched, { capture: true, passive: true });
  document.querySelector(".stApp")?.append(ring);
  follow();
  const watch = setInterval(follow, 120);
  addEventListener("scroll", follow, { capture: true, passive: true });
  const off = () => {
    clearInterval(watch);
    removeEventListener("scroll", follow, { capture: true });
    for (const kind of gestures) removeEventListener(kind, touched, { capture: true });
    ring.remove();
  };
  return { key, off };
}

// The first part of the page that fits and has a size; also inside components, which keep their elements to themselves.
function visible(selector) {
  const main = document.querySelector(".stMain");
  if (!main) return null;
  const roots = [main, ...[...main.querySelectorAll("*")].flatMap((one) => one.shadowRoot ?? [])];
  for (const root of roots)
    for (const part of root.querySelectorAll(selector)) {
      const box = part.getBoundingClientRect();
      if (box.width > 8 && box.height > 8 && part.checkVisibility({ visibilityProperty: true })) return part;
    }
  return null;
}

// Below the bar, which stays where it is; a part that can be seen already is not moved.
function intoSight(part) {
  const main = part.getRootNode().host?.closest(".stMain") ?? part.closest(".stMain");
  const bar = document.querySelector(".st-key-course")?.getBoundingClientRect();
  const { top, bottom, height } = part.getBoundingClientRect();
  const phone = matchMedia("(max-width: 640px)").matches; // there the bar is at the foot of the screen
  const edge = (phone ? 60 : (bar?.bottom ?? 60)) + 16;
  const end = (phone ? (bar?.top ?? innerHeight) : innerHeight) - 24;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const by = top < edge || height > end - edge ? top - edge : Math.max(bottom - end, 0);
  if (Math.abs(by) > 8) main?.scrollBy({ top: by, behavior: calm ? "instant" : "smooth" });
}
