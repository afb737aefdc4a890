// Changes a part of the page into what the server sent, touching only what differs: whoever types, selects, has
// opened or scrolled something there is not disturbed. An htmx extension: hx-swap="morph" (the target's inside).
//
// data-keep: this element belongs to the page once it is there.
// data-with="id": this field belongs to the text field with that id, and changes only when that one is untouched.

const TYPED = "input:not([type=hidden]), textarea, select";

export function touched(field) {
  if (!field) return false;
  if (field === document.activeElement) return true;
  if (field instanceof HTMLSelectElement) return [...field.options].some((option) => option.selected !== option.defaultSelected && field.value !== "");
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.type === "file") return field.files.length > 0;
  return field.value !== field.defaultValue;
}

function keeps(element) {
  if (element.hasAttribute("data-keep")) return true;
  if (element.dataset.with) return touched(document.getElementById(element.dataset.with));
  return element.matches(TYPED) && touched(element);
}

// Why something was refused stays until the next attempt: news from elsewhere do not wipe it away.
function isStillSaid(have, want) {
  return have.matches(".trouble") && have.hasChildNodes() && !want.hasChildNodes();
}

function alike(have, want) {
  if (have.nodeType !== want.nodeType) return false;
  if (have.nodeType !== Node.ELEMENT_NODE) return true;
  return have.tagName === want.tagName && have.id === want.id;
}

function syncAttributes(have, want) {
  for (const { name, value } of [...want.attributes]) {
    if (have.getAttribute(name) !== value) have.setAttribute(name, value);
  }
  const isOpenable = have instanceof HTMLDetailsElement || have instanceof HTMLDialogElement;
  for (const { name } of [...have.attributes]) {
    if (!want.hasAttribute(name) && !(isOpenable && name === "open")) have.removeAttribute(name);
  }
}

function morph(have, want) {
  if (have.nodeType !== Node.ELEMENT_NODE) {
    if (have.nodeValue !== want.nodeValue) have.nodeValue = want.nodeValue;
    return;
  }
  if (have.isEqualNode(want) && !have.querySelector(TYPED) || keeps(have) || isStillSaid(have, want)) return;
  syncAttributes(have, want);
  if (have instanceof HTMLTextAreaElement) {
    have.defaultValue = want.defaultValue;
    have.value = want.defaultValue;
    return;
  }
  if (have instanceof HTMLInputElement) have.value = want.defaultValue;
  morphInside(have, want);
}

// Words that nobody has yet are never thrown away, whatever the server thinks should stand here.
function holdsWords(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return false;
  const areas = node.matches("textarea") ? [node] : [...node.querySelectorAll("textarea")];
  return areas.some((area) => area.value !== area.defaultValue);
}

export function morphInside(have, want) {
  const known = new Map();
  for (const child of have.children) if (child.id) known.set(child.id, child);
  let at = have.firstChild;
  for (const wanted of [...want.childNodes]) {
    const byId = wanted.id && known.get(wanted.id);
    const match = byId && alike(byId, wanted) ? byId : at && alike(at, wanted) ? at : null;
    if (!match) {
      have.insertBefore(wanted, at);
    } else {
      if (match === at) at = at.nextSibling;
      else move(have, match, at);
      morph(match, wanted);
    }
  }
  while (at) {
    const next = at.nextSibling;
    if (!holdsWords(at)) at.remove();
    at = next;
  }
}

function move(parent, child, before) {
  if (parent.moveBefore) parent.moveBefore(child, before);
  else parent.insertBefore(child, before);
}

htmx.defineExtension("morph", {
  isInlineSwap: (style) => style === "morph",
  handleSwap(style, target, fragment) {
    if (style !== "morph") return false;
    morphInside(target, fragment);
    return [target];
  },
});
