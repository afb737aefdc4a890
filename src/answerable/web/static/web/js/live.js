// What changed anywhere shows here at once. One event stream a browser, however many tabs: the tab that holds the lock
// listens and tells the others. News are ids ("case:12"); whatever part of the page names one is fetched again.

const SOON = 400; // milliseconds between two fetches of one part
const LATER = 10_000; // the same, on a page that nobody sees
const EVERY = 60_000; // waiting times grow although nothing happens
const PATIENCE = 4_000; // how long the line may be gone before the page says so

const address = document.body.dataset.liveAddress;
const due = new Map(); // part → timer
const fetched = new WeakMap(); // part → when

function names(part, what) {
  return part.dataset.live.split(" ").some((name) => name === what || (name.endsWith(":*") && what.startsWith(name.slice(0, -1))));
}

function refresh(part) {
  if (due.has(part)) return;
  const pause = document.hidden ? LATER : SOON;
  const wait = Math.max(30, pause - (Date.now() - (fetched.get(part) ?? 0)));
  due.set(part, setTimeout(() => {
    due.delete(part);
    if (!part.isConnected) return;
    fetched.set(part, Date.now());
    htmx.trigger(part, "refresh");
  }, wait));
}

let told = 0; // news so far
const before = new WeakMap(); // element that asked → news when it asked

export function changed(what) {
  told += 1;
  for (const part of document.querySelectorAll("[data-live]")) {
    if (what === "reset" || names(part, what)) refresh(part);
  }
}

let lostTimer = null;
let isHeard = true; // the event stream
function line(isUp) {
  const banner = document.getElementById("lost");
  isHeard = isUp;
  if (isUp) {
    clearTimeout(lostTimer);
    lostTimer = null;
    banner.hidden = true;
  } else {
    lostTimer ??= setTimeout(() => { banner.hidden = false; }, PATIENCE);
  }
}

// What a person asked for got no answer, or one again: the stream may stand all the while.
export function reached(isAnswered) {
  if (!isAnswered) document.getElementById("lost").hidden = false;
  else if (isHeard) document.getElementById("lost").hidden = true;
}

function listen(tell) {
  const source = new EventSource(address);
  source.addEventListener("ready", () => tell({ up: true, what: "reset" }));
  source.onmessage = (event) => tell({ what: event.data });
  source.onerror = () => {
    tell({ up: false });
    // Refused at the door (signed out, or the server starts up): the browser gives up, we do not.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(tell), PATIENCE);
  };
  window.addEventListener("pagehide", () => source.close(), { once: true });
}

function hear({ up, what }) {
  if (up !== undefined) line(up);
  if (what) changed(what);
}

function start() {
  if (!navigator.locks || !window.BroadcastChannel) {
    listen(hear);
    return;
  }
  const channel = new BroadcastChannel(`answerable ${address}`);
  channel.onmessage = (event) => hear(event.data);
  const tell = (news) => { hear(news); channel.postMessage(news); };
  // Held until this tab goes away; then the next in line takes over, and "ready" has everybody fetch what was missed.
  navigator.locks.request(`answerable ${address}`, () => new Promise(() => listen(tell)));
}

if (address) {
  start();
  changed("reset"); // what changed while the page was on its way
  setInterval(() => changed("reset"), EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) changed("reset"); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  // What was told while a case was on its way named nothing that stood here yet. Before it has settled it cannot ask.
  document.body.addEventListener("htmx:beforeRequest", ({ detail }) => before.set(detail.elt, told));
  document.body.addEventListener("htmx:afterSettle", ({ detail: { target, requestConfig } }) => {
    if (!requestConfig || before.get(requestConfig.elt) === told) return;
    if (requestConfig.elt.matches("a.row")) for (const part of target.querySelectorAll("[data-live]")) refresh(part);
  });
  // What a person does here shows in the list even while the line is down.
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { requestConfig, successful } = event.detail;
    if (successful && requestConfig?.verb === "post") changed(`case:${document.querySelector("[data-case]")?.dataset.case}`);
  });
}
