// How to set a program up: a tab for each, the one line that does it, and the way by hand.

import { CLIENTS, SCRIPTED } from "./clients.js";
import { codeBlock, h, show } from "./dom.js";
import { words } from "./words.js";

const OTHER = "other";

// What is chosen, for as long as the page is open.
const chosen = {
  client: SCRIPTED[0],
  other: CLIENTS.find(({ id }) => !SCRIPTED.includes(id)).id,
  system: /win/i.test(navigator.userAgentData?.platform ?? navigator.platform) ? "windows" : "unix",
};

/** The set-up of this key at this page's own relay. `shownKey` stands in what is seen, `key` in what is copied. */
export function setupPanel(key, shownKey = key) {
  const panel = h("div", { class: "setup-panel", role: "tabpanel", id: "setup-panel", tabindex: "0" });
  const draw = () => {
    panel.setAttribute("aria-labelledby", `tab-${chosen.client}`);
    show(panel, ...(chosen.client === OTHER ? otherClient(fill, draw) : scriptedClient(fill)));
  };
  const fill = (template) => {
    const withKey = (text) => template.replaceAll("{address}", location.origin).replaceAll("{key}", text);
    return [withKey(key), withKey(shownKey)];
  };
  draw();
  return h("div", { class: "setup" }, h("div", { class: "setup-choice" }, tabs(draw), systems(draw)), panel);
}

function tabs(draw) {
  const names = [...SCRIPTED, OTHER];
  const tab = (id) => {
    const name = CLIENTS.find((client) => client.id === id)?.name ?? words().other_client;
    return h("button", { type: "button", role: "tab", id: `tab-${id}`, "aria-controls": "setup-panel", onclick: () => choose(id) }, name);
  };
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": words().client, onkeydown: (event) => step(event) }, names.map(tab));
  const mark = () => {
    for (const each of list.children) {
      const isChosen = each.id === `tab-${chosen.client}`;
      each.setAttribute("aria-selected", String(isChosen));
      each.tabIndex = isChosen ? 0 : -1;
    }
  };
  const choose = (id) => {
    chosen.client = id;
    mark();
    draw();
  };
  const step = (event) => {
    const at = names.indexOf(chosen.client);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(names[(to + names.length) % names.length]);
    document.getElementById(`tab-${chosen.client}`).focus();
  };
  mark();
  return list;
}

function systems(draw) {
  const choice = (system) =>
    h("label", { class: "segment" },
      h("input", { type: "radio", name: "system", value: system, checked: system === chosen.system, onchange: () => {
        chosen.system = system;
        draw();
      } }),
      h("span", {}, words()[system]));
  return h("fieldset", { class: "segmented" },
    h("legend", { class: "unseen" }, words().system), choice("unix"), choice("windows"));
}

function scriptedClient(fill) {
  const client = CLIENTS.find(({ id }) => id === chosen.client);
  const isUnix = chosen.system === "unix";
  const [line, shownLine] = fill(oneLine(client.id));
  return [
    h("p", {}, isUnix ? words().paste_unix : words().paste_windows),
    codeBlock(line, { shown: shownLine, name: `${words().one_line}, ${client.name}`, id: "one-line" }),
    h("p", { class: "quiet" }, words().script_does(client.name), " ",
      h("a", { href: isUnix ? "/i/setup.sh" : "/i/setup.ps1", target: "_blank", rel: "noopener" }, words().read_script)),
    h("p", { class: "quiet" }, words().history),
    h("details", { id: "by-hand" },
      h("summary", {}, words().by_hand),
      h("p", { class: "quiet" }, words().by_hand_hint),
      ways(client, fill)),
    h("details", { id: "undo" },
      h("summary", {}, words().undo),
      h("p", { class: "quiet" }, words().undo_hint),
      codeBlock(fill(undoLine(client.id))[0], { name: `${words().undo_line}, ${client.name}` })),
  ];
}

function oneLine(client) {
  return chosen.system === "unix"
    ? `curl -fsSL {address}/i/setup.sh | CARPOOL_URL={address} CARPOOL_KEY={key} sh -s -- ${client}`
    : `$env:CARPOOL_URL='{address}'; $env:CARPOOL_KEY='{key}'; $env:CARPOOL_CLIENT='${client}'; irm {address}/i/setup.ps1 | iex`;
}

function undoLine(client) {
  return chosen.system === "unix"
    ? `curl -fsSL {address}/i/setup.sh | sh -s -- --undo ${client}`
    : `$env:CARPOOL_UNDO='1'; $env:CARPOOL_CLIENT='${client}'; irm {address}/i/setup.ps1 | iex; $env:CARPOOL_UNDO=''`;
}

function otherClient(fill, draw) {
  const others = CLIENTS.filter(({ id }) => !SCRIPTED.includes(id));
  const option = ({ id, name }) => h("option", { value: id, selected: id === chosen.other }, name);
  const pickOther = (event) => {
    chosen.other = event.target.value;
    draw();
  };
  return [
    h("div", { class: "field" },
      h("label", { for: "other-client" }, words().which_other),
      h("div", { class: "select" }, h("select", { class: "input", id: "other-client", onchange: pickOther }, others.map(option)))),
    h("p", { class: "quiet" }, words().other_hint),
    ways(others.find(({ id }) => id === chosen.other), fill),
  ];
}

function ways(client, fill) {
  const fitting = client.ways.filter(({ on }) => !on || on === chosen.system);
  return h("div", { class: "ways" }, fitting.map(({ name, template }) => {
    const [text, shown] = fill(template);
    return h("div", { class: "way" }, h("h3", {}, name), codeBlock(text, { shown, name: `${client.name}, ${name}` }));
  }));
}
