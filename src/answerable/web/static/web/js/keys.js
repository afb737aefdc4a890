// The desk from the keyboard. Keys are pressed alone, never while somebody types.

const rows = () => [...document.querySelectorAll("a.row")];
const isTyping = (element) => element.matches?.("input, textarea, select, [contenteditable]");

function step(by) {
  const all = rows();
  if (!all.length) return;
  const here = all.indexOf(document.activeElement.closest?.("a.row"));
  const open = all.findIndex((row) => row.hasAttribute("aria-current"));
  const next = here >= 0 ? here + by : open >= 0 ? open + by : 0;
  const row = all[Math.min(all.length - 1, Math.max(0, next))];
  row.focus();
  row.scrollIntoView({ block: "nearest" });
}

function press(key) {
  const control = document.querySelector(`#case [data-key="${key}"]`);
  if (!control) return false;
  control.click();
  return true;
}

function reply() {
  const area = document.querySelector("#case .composer-text");
  area?.focus();
  area?.scrollIntoView({ block: "nearest" });
  return Boolean(area);
}

const field = () => document.getElementById("search-field");

function toSearch() {
  const panes = document.getElementById("panes");
  if (!field()) return false;
  panes.dataset.pane = "queue";
  field().focus();
  field().select();
}

// What is asked for goes first; then the field.
function leaveSearch() {
  if (field().value) clearSearch();
  else (document.querySelector("a.row[aria-current]") ?? rows()[0] ?? field()).focus();
}

function clearSearch() {
  field().value = "";
  field().form.requestSubmit();
}

function escape() {
  const active = document.activeElement;
  if (active === field()) return leaveSearch();
  if (isTyping(active)) {
    active.blur();
    document.querySelector(".talk")?.focus({ preventScroll: true });
    return;
  }
  document.querySelector("a.row[aria-current]")?.focus();
  const panes = document.getElementById("panes");
  if (panes) panes.dataset.pane = "queue";
}

const KEYS = {
  "/": toSearch,
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: () => document.activeElement.matches("a.row") ? step(1) : false,
  ArrowUp: () => document.activeElement.matches("a.row") ? step(-1) : false,
  r: reply,
  t: () => press("t"),
  n: () => press("n"),
  s: () => press("s"),
  e: () => press("e"),
  "?": () => document.getElementById("keys")?.showModal(),
  Escape: escape,
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const goesDown = event.target === field() && event.key === "ArrowDown";
  if (goesDown) rows()[0]?.focus();
  if (isTyping(event.target) && event.key !== "Escape") return goesDown && event.preventDefault();
  const act = KEYS[event.key];
  if (act && act() !== false) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-clear-search]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  clearSearch();
  field().focus();
});
