// What every page has: the reader's time zone, menus that close, forms that are sent once.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  closeMenus(event.target);
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  const shut = event.target.closest("[data-shut]");
  if (shut) shut.closest("[data-toast]").remove();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopImmediatePropagation();
  }
});

// Opening a menu puts the cursor where one wants to choose or type.
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.menu[open]")) {
    event.target.querySelector(".menu-form .menu-item, textarea, select, input:not([type=hidden]):not([type=file])")?.focus({ preventScroll: true });
  }
}, true);

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.matches("[data-once]")) setTimeout(() => { button.disabled = true; });
});

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const place = document.getElementById("key-trouble");
  if (place) place.hidden = false;
});
// A page that comes back from the browser's memory shows its buttons alive.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const button of document.querySelectorAll("[data-once]:disabled")) button.disabled = false;
});
