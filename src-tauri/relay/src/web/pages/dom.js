// Builds the page: elements, pictures, buttons that copy, and what is said to those who only hear it.
// Text becomes text nodes, never markup.

import { words } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
// How long a button says that it has copied: long enough to be read.
const SAID_MS = 2000;

// Lines on a grid of 20, as in the app.
const LINES = {
  check: "M4 10.5l4 4 8-9",
  copy: "M7.5 7.5h9v9h-9zM12.5 7.5v-4h-9v9h4",
  info: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 9.2V13.5M10 6.5v.2",
  key: "M6.5 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 10h7.5v3M14.5 10v2.2",
  link: "M8 4H4v12h12v-4M11.5 3.5h5v5M16 4l-7 7",
  pause: "M7 4.5v11M13 4.5v11",
  play: "M6 4.2l9.5 5.8L6 15.8z",
  warning: "M10 3.5l7.5 13h-15zM10 8.5V12M10 14.2v.1",
};

/** An element. What is `null`, `undefined` or `false` is left out; `onclick` and the like are listeners. */
export function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  const isThere = (child) => child !== null && child !== undefined && child !== false;
  element.append(...children.flat(Infinity).filter(isThere));
  return element;
}

/** A picture; the words stand beside it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of [["class", "icon"], ["viewBox", "0 0 20 20"], ["aria-hidden", "true"]]) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", LINES[name]);
  svg.append(path);
  return svg;
}

/** A button; `look` is empty, `primary`, `danger` or `quiet-button`. */
export function button(label, press, { look = "", picture, id } = {}) {
  return h("button", { type: "button", class: `button ${look}`, id, onclick: press }, picture && icon(picture), label);
}

/** Puts these nodes into a place; the focus and what was unfolded stay, by their ids. */
export function show(place, ...nodes) {
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  const unfolded = [...place.querySelectorAll("details[open]")].map((details) => details.id);
  place.replaceChildren(...nodes.flat(Infinity).filter(Boolean));
  for (const id of unfolded) {
    if (id) document.getElementById(id)?.setAttribute("open", "");
  }
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/** Says something to those who only hear the page. */
export function say(text) {
  document.getElementById("news").textContent = text;
}

/** A line that stands out: `tone` is `good`, `warn`, `bad` or `neutral`. */
export function banner(tone, ...content) {
  const picture = { good: "check", neutral: "info" }[tone] ?? "warning";
  return h("div", { class: `banner tone-${tone}` }, icon(picture), h("div", { class: "banner-words" }, ...content));
}

/** A word with a coloured dot. */
export function badge(tone, text) {
  return h("span", { class: `badge tone-${tone}` }, text);
}

/** A part of the page with a title. */
export function card(title, { id, aside, level = "h2" } = {}, ...content) {
  const head = h("div", { class: "card-head" }, h(level, { id: `${id}-title` }, title), aside);
  return h("section", { class: "card", id, "aria-labelledby": `${id}-title` }, head, ...content);
}

/** A button that copies a text and says so. Where the browser refuses, `shown` is selected for the reader to copy. */
export function copyButton(text, { label = words().copy, name, look, shown, id } = {}) {
  const said = h("span", {}, label);
  const copies = button(said, async () => {
    const isCopied = await copy(text());
    if (!isCopied) select(shown?.());
    said.textContent = isCopied ? words().copied : words().copy_by_hand;
    say(said.textContent);
    setTimeout(() => { said.textContent = label; }, SAID_MS);
  }, { look: `copy ${look ?? ""}`, picture: "copy", id });
  if (name) copies.setAttribute("aria-label", name);
  return copies;
}

/** A text to copy, with its button. What is shown may hide what is copied. */
export function codeBlock(text, { shown = text, name, id } = {}) {
  const code = h("code", {}, shown);
  const scroll = h("pre", { tabindex: "0", "aria-label": name, role: "group" }, code);
  return h("div", { class: "code-block", id }, scroll, copyButton(() => text, { name: words().copy_what(name), shown: () => code }));
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages that came without TLS have no clipboard; the old way still works there.
    return copyBySelecting(text);
  }
}

function copyBySelecting(text) {
  const back = document.activeElement;
  const area = h("textarea", { class: "unseen", "aria-hidden": "true", readonly: true });
  area.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  back?.focus();
  return isCopied;
}

function select(node) {
  if (node) getSelection().selectAllChildren(node);
}
