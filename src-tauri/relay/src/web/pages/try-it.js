// "Test it": a real call of one token, and what came of it in words.

import { ask } from "./api.js";
import { banner, button, h, show } from "./dom.js";
import { trouble, words } from "./words.js";

/** A button that makes the call with this key, and the place for its outcome. */
export function tryIt(key) {
  const outcome = h("div", { class: "outcome", id: "test-outcome", role: "status" });
  const press = async () => {
    if (test.getAttribute("aria-disabled") === "true") return;
    test.setAttribute("aria-disabled", "true");
    show(outcome, h("p", { class: "quiet" }, words().testing));
    const answer = await ask("POST", "/me/test", { key });
    test.setAttribute("aria-disabled", "false");
    show(outcome, said(answer));
  };
  const test = button(words().test, press, { id: "test", picture: "play" });
  return h("div", { class: "try-it" }, h("div", { class: "row" }, test, h("p", { class: "quiet" }, words().test_hint)), outcome);
}

function said(answer) {
  if (answer.ok && answer.data?.ok) return banner("good", h("p", {}, words().test_good(answer.data.model)));
  // A call that was made and went wrong is told in the body of an answer that is itself well.
  const failed = answer.ok ? { ...answer.data, waitSeconds: answer.waitSeconds } : answer;
  if (failed.code === "vendor_client_only") return banner("warn", h("p", {}, words().test_vendor));
  return banner("bad", h("p", {}, h("strong", {}, words().test_bad)), troubleWords(failed));
}

/** What went wrong, as paragraphs. */
export function troubleWords(answer) {
  const [text, original] = trouble(answer);
  return [h("p", {}, text), original && h("p", { class: "original" }, words().relay_says, " ", h("q", { lang: "en" }, original))];
}
