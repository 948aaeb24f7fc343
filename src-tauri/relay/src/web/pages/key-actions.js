// What a friend may do with their own key: replace, pause, resume. Each asks first.

import { ask } from "./api.js";
import { banner, button, copyButton, h, say, show } from "./dom.js";
import { FRIEND } from "./friend-words.js";
import { troubleWords } from "./try-it.js";
import { pick, words } from "./words.js";

/** Replaces the key; `rotated` is called with the new one before it is shown. */
export function rotateButton(key, rotated) {
  const t = pick(FRIEND);
  return button(t.rotate, () => {
    const dialog = confirm({
      title: t.rotate_title, body: t.rotate_body, action: t.rotate, look: "danger",
      act: () => ask("POST", "/me/key/rotate", { key }),
      lost: t.rotate_lost,
      done: ({ data }) => {
        rotated(data.key);
        showNewKey(dialog, data.key);
      },
    });
  }, { id: "rotate", picture: "key" });
}

/** Pauses the key; `paused` is called once it is. */
export function pauseButton(key, paused) {
  const t = pick(FRIEND);
  return button(t.pause, () => {
    const dialog = confirm({
      title: t.pause_title, body: t.pause_body, action: t.pause, look: "primary",
      act: () => ask("POST", "/me/key/pause", { key }),
      done: () => {
        dialog.close();
        say(t.paused_now);
        paused();
      },
    });
  }, { id: "hold", picture: "pause" });
}

/** Resumes a key that its friend paused; `resumed` is called once it works again. */
export function resumeButton(key, resumed) {
  const t = pick(FRIEND);
  return button(t.resume, () => {
    const dialog = confirm({
      title: t.resume_title, body: t.resume_body, action: t.resume, look: "primary",
      act: () => ask("POST", "/me/key/resume", { key }),
      done: () => {
        dialog.close();
        say(t.resumed_now);
        resumed();
      },
    });
  }, { id: "hold", look: "primary", picture: "play" });
}

/** A question; on yes `act` is done, and `done` follows if it was done well. What went wrong is said in the dialog. */
function confirm({ title, body, action, look, act, lost, done }) {
  const problem = h("div", { role: "alert" });
  const yes = button(action, async () => {
    if (yes.getAttribute("aria-disabled") === "true") return;
    busy(true);
    show(problem);
    const answer = await act();
    busy(false);
    if (answer.ok) done(answer);
    else show(problem, banner("bad", troubleWords(answer), answer.status === 0 && lost && h("p", {}, lost)));
  }, { look, id: "confirm" });
  const busy = (isBusy) => {
    yes.setAttribute("aria-disabled", String(isBusy));
    no.setAttribute("aria-disabled", String(isBusy));
  };
  const from = document.activeElement?.id;
  const no = button(words().cancel, () => no.getAttribute("aria-disabled") === "true" || dialog.close(), { id: "cancel" });
  const dialog = h("dialog", {
    class: "dialog", "aria-labelledby": "dialog-title", "aria-describedby": "dialog-text",
    onclose: () => {
      dialog.remove();
      // The button that asked may have been drawn anew in the meantime.
      document.getElementById(from)?.focus();
    },
    // What is under way is not left without its outcome.
    oncancel: (event) => no.getAttribute("aria-disabled") === "true" && event.preventDefault(),
  },
    h("h2", { id: "dialog-title", tabindex: "-1" }, title),
    h("p", { id: "dialog-text" }, body),
    problem,
    h("div", { class: "dialog-actions" }, no, yes));
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

function showNewKey(dialog, key) {
  const t = pick(FRIEND);
  const shown = h("code", { id: "new-key" }, key);
  show(dialog,
    h("h2", { id: "dialog-title", tabindex: "-1" }, t.rotated_title),
    h("div", { class: "key-line" }, shown, copyButton(() => key, { label: t.copy_key, look: "primary", shown: () => shown, id: "copy-new-key" })),
    h("p", { id: "dialog-text" }, t.rotated_body),
    h("div", { class: "dialog-actions" }, button(t.done, () => dialog.close(), { id: "done" })));
  dialog.querySelector("h2").focus();
  say(t.rotated);
}
