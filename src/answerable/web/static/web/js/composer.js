// Writing: words are kept while they are typed, counted as the network counts, sent once.

import { touched } from "./morph.js";

const PAUSE = 700; // milliseconds after the last key before the words are kept
const AGAIN = 5_000; // after a failed attempt to keep them
const saving = new WeakMap(); // form → { timer, running }
const answered = new WeakSet(); // a refusal after which somebody typed on
const underWay = new WeakMap(); // form → the words that htmx is sending

const text = (form) => form.querySelector(".composer-text");
const field = (form, name) => form.querySelector(`input[name=${name}]`);

function size(words, unit) {
  if (unit === "bytes") return new TextEncoder().encode(words).length;
  if (unit === "code_points") return [...words].length;
  if (!Intl.Segmenter) return [...words].length;
  let count = 0;
  for (const _ of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(words)) count += 1;
  return count;
}

function count(form) {
  const place = form.querySelector(".composer-count");
  if (!place) return;
  const left = Number(form.dataset.limit) - size(text(form).value, form.dataset.unit);
  place.textContent = String(left);
  place.classList.toggle("over", left < 0);
  place.classList.toggle("near", left >= 0 && left <= 20);
}

function grow(area) {
  area.style.setProperty("--lines", Math.min(14, Math.max(3, area.value.split("\n").length + Math.floor(area.value.length / 90))));
}

function say(form, what) {
  const place = form.querySelector(".composer-state");
  if (place) place.textContent = what ? place.dataset[what] : "";
}

function later(form, pause = PAUSE) {
  const state = saving.get(form) ?? {};
  saving.set(form, state);
  clearTimeout(state.timer);
  state.timer = setTimeout(() => keep(form), pause);
}

async function keep(form) {
  const state = saving.get(form) ?? {};
  saving.set(form, state);
  clearTimeout(state.timer);
  if (state.running) return state.running.then(() => keep(form));
  const area = text(form);
  if (!form.isConnected || area.value === area.defaultValue || form.dataset.sending) return undefined;
  state.running = post(form, area).finally(() => { state.running = null; });
  return state.running;
}

async function post(form, area) {
  const words = area.value;
  say(form, "saving");
  let answer;
  try {
    answer = await fetch(form.dataset.save, { method: "POST", body: words_of(form), headers: { Accept: "application/json" } });
  } catch {
    say(form, "failed");
    later(form, AGAIN);
    return;
  }
  if (answer.ok) {
    const kept = await answer.json();
    accept(form, kept, words);
    const said = form.querySelector(".trouble");
    if (answered.has(said.firstElementChild)) said.replaceChildren();
  } else if (answer.status === 409 || answer.status === 422) {
    say(form, "");
    object(form, await answer.text());
  } else {
    say(form, "failed");
  }
}

function words_of(form) {
  const body = new FormData();
  for (const name of ["csrfmiddlewaretoken", "token", "version", "seen"]) body.append(name, field(form, name).value);
  body.append("text", text(form).value);
  return body;
}

function accept(form, kept, words) {
  field(form, "version").value = kept.version;
  field(form, "token").value = kept.token;
  text(form).defaultValue = words; // sets what "untouched" means; what is typed stays
  say(form, "saved");
}

function object(form, html) {
  const said = new DOMParser().parseFromString(html, "text/html");
  for (const hidden of said.querySelectorAll("input[hx-swap-oob]")) {
    field(form, hidden.name).value = hidden.value;
    hidden.remove();
  }
  form.querySelector(".trouble").replaceChildren(...said.body.childNodes);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("[data-composer]");
  if (!form || event.target !== text(form)) return;
  count(form);
  grow(event.target);
  const said = form.querySelector(".trouble").firstElementChild;
  if (said) answered.add(said);
  later(form);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-composer]");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector(".composer-send"));
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take-other]");
  if (!button) return;
  const area = document.getElementById(button.dataset.takeOther);
  area.value = button.closest(".other-words").querySelector("[data-other]").textContent;
  area.defaultValue = area.value;
  area.closest("form").querySelector(".trouble").replaceChildren();
  area.focus();
});

// Sending waits for a save that is under way, so that this tab does not overtake itself.
document.body.addEventListener("htmx:confirm", (event) => {
  const form = event.detail.elt.closest?.("[data-composer]");
  const state = form && saving.get(form);
  if (!form || event.detail.verb !== "post") return;
  clearTimeout(state?.timer);
  if (!state?.running) return;
  event.preventDefault();
  state.running.then(() => event.detail.issueRequest(true));
});
document.body.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt.closest?.("[data-composer]");
  if (!form || event.detail.requestConfig.verb !== "post") return;
  if (form.dataset.sending) event.preventDefault(); // the second click
  else {
    form.dataset.sending = "1";
    underWay.set(form, text(form).value);
  }
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest?.("[data-composer]");
  if (!form) return;
  delete form.dataset.sending;
  if (event.detail.xhr.status === 0) say(form, "failed");
});
// Words that are sent or thrown away are no longer "typed": the composer goes with what the server says.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, verb } = event.detail.requestConfig;
  const form = verb === "post" && elt?.closest?.("[data-composer]");
  if (!form || event.detail.xhr.status >= 400) return;
  const isDone = elt === form || elt.matches("[data-discard]");
  if (isDone) {
    if (document.activeElement?.closest("form") === form) document.activeElement.blur();
    text(form).value = text(form).defaultValue;
  }
});
document.body.addEventListener("answerable:saved", (event) => {
  const { message, version, token } = event.detail;
  const form = document.querySelector(`[data-composer="${message}"]`);
  if (!form) return;
  accept(form, { version, token }, underWay.get(form) ?? text(form).value);
  for (const input of form.querySelectorAll("[name=picture], [name=alt]")) input.value = "";
  form.querySelector("details.menu[open]")?.removeAttribute("open");
});

window.addEventListener("beforeunload", (event) => {
  const unsaved = [...document.querySelectorAll("[data-composer]")].filter((form) => text(form).value !== text(form).defaultValue);
  for (const form of unsaved) navigator.sendBeacon?.(form.dataset.save, words_of(form));
  if (unsaved.length && !navigator.onLine) event.preventDefault();
});

// "Undo send" says how long it can still be pressed, then goes.
function countDown() {
  for (const button of document.querySelectorAll("button[data-countdown]")) {
    button.dataset.end ??= String(Date.now() + Number(button.dataset.countdown));
    const left = Math.ceil((Number(button.dataset.end) - Date.now()) / 1000);
    button.querySelector(".countdown").textContent = left > 0 ? String(left) : "";
    button.hidden = left <= 0;
  }
}
setInterval(countDown, 250);

export function wake() {
  for (const form of document.querySelectorAll("[data-composer]")) {
    count(form);
    grow(text(form));
    if (text(form).value !== text(form).defaultValue && !touched(form)) later(form);
  }
  countDown();
}
