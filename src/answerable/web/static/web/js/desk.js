// A brand's pages: what is where, and what follows from a swap.

import "./page.js";
import "./morph.js";
import { reached } from "./live.js";
import "./keys.js";
import { wake } from "./composer.js";

const TOAST = 12_000; // milliseconds that a toast with an undo stays

function mark() {
  const open = document.querySelector("[data-case]")?.dataset.case;
  for (const row of document.querySelectorAll("a.row")) {
    if (open && row.dataset.row === open) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

function show(pane) {
  const panes = document.getElementById("panes");
  if (panes) panes.dataset.pane = pane;
}

// A case opens where the work is: at the message that the address names, else at the first that needs an answer, else
// at the newest.
function settleIn() {
  const talk = document.querySelector(".talk");
  if (!talk) return;
  const named = location.hash && document.getElementById(location.hash.slice(1));
  const first = (talk.contains(named || null) && named) || talk.querySelector(".said-needs") || talk.querySelector(".said:last-of-type");
  const top = first ? first.offsetTop - 48 : 0;
  talk.scrollTop = Math.max(0, top);
}

function toasts() {
  const corner = document.getElementById("toasts");
  for (const brought of document.querySelectorAll("[data-toasts]")) {
    const items = [...brought.querySelectorAll("[data-toast]")];
    corner.append(...items);
    for (const item of items) htmx.process(item);
    brought.remove();
  }
  for (const toast of document.querySelectorAll("[data-toast]:not([data-seen])")) {
    toast.dataset.seen = "1";
    const go = () => { if (toast.matches(":hover, :focus-within")) setTimeout(go, 2_000); else toast.remove(); };
    setTimeout(go, TOAST);
  }
}

document.addEventListener("click", (event) => {
  const to = event.target.closest("[data-pane-to]");
  if (!to || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  show(to.dataset.paneTo);
});

document.body.addEventListener("htmx:afterSwap", (event) => {
  const isOpening = event.detail.requestConfig?.elt?.matches?.("a.row");
  if (event.detail.requestConfig?.elt?.id === "search") event.detail.target.scrollTop = 0;
  mark();
  toasts();
  wake();
  if (isOpening) {
    show("conversation");
    settleIn();
    document.title = `${document.querySelector("[data-case]").dataset.title} · ${document.title.split(" · ").at(-1)}`;
    if (!event.detail.requestConfig.elt.matches(":focus-visible")) document.querySelector(".talk")?.focus({ preventScroll: true });
  }
});
// What was posted is done: its menu closes, its fields are empty again.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { verb, elt } = event.detail.requestConfig;
  if (verb !== "post" || event.detail.xhr.status >= 400) return;
  const form = elt.closest("form");
  for (const trouble of form?.querySelectorAll(".trouble") ?? []) trouble.replaceChildren();
  elt.closest("[data-toast]")?.remove();
  if (form?.matches(".menu-form, .inline-form")) {
    form.reset();
    form.closest("details")?.removeAttribute("open");
    if (form.contains(document.activeElement)) document.activeElement.blur();
  }
});
document.body.addEventListener("htmx:sendError", () => reached(false));
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  reached(true);
  // A whole page, such as for a form that is too old, has no place in a pane.
  if (detail.xhr.status === 403 && !detail.xhr.getResponseHeader("HX-Retarget")) {
    detail.shouldSwap = false;
    detail.isError = true;
  }
});
// What went wrong and has no place of its own is said in the corner, with what the operator can look for.
document.body.addEventListener("htmx:responseError", ({ detail: { xhr, requestConfig } }) => {
  if (requestConfig.elt.matches("[data-live]") || xhr.getResponseHeader("HX-Redirect")) return;
  const corner = document.getElementById("troubles");
  const told = document.getElementById("failed").content.cloneNode(true);
  told.querySelector("[data-reference]").textContent = xhr.getResponseHeader("X-Request-ID") ?? "–";
  corner.replaceChildren(told);
  setTimeout(() => corner.replaceChildren(), TOAST);
});
// A page that is asked for again by the way back is asked of the server: nothing of customers stays in the browser.
window.addEventListener("popstate", () => location.reload());

mark();
wake();
toasts();
settleIn();
