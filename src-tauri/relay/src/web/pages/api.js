// Asks the relay, and says what came of it. Nothing but this page's own relay is ever asked.

// Long enough for a call that tries several accounts; past it the way to the relay is taken to be broken.
const PATIENCE_MS = 90_000;
// Integers that a JavaScript number would round. Pico-dollars get there at 9,007 dollars.
const LONG_INTEGER = /("(?:cost_pico_usd|used|reserved|most)"\s*:\s*)(-?\d{16,})(?=\s*[,}\]])/g;

/**
 * Asks, and never throws: `{ ok, status, data, code, message, waitSeconds }`. Status 0: nothing answered that speaks for
 * the relay. Integers too long for a number are strings in `data`.
 */
export async function ask(method, path, { key, body, patienceMs = PATIENCE_MS } = {}) {
  const headers = { accept: "application/json" };
  if (key) headers["x-api-key"] = key;
  if (body) headers["content-type"] = "application/json";
  try {
    const response = await fetch(path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(patienceMs),
    });
    return read(response, await response.text());
  } catch {
    return { ok: false, status: 0 };
  }
}

function read(response, text) {
  const { ok, status } = response;
  if (status === 204) return { ok, status };
  let data;
  try {
    data = JSON.parse(text.replace(LONG_INTEGER, '$1"$2"'));
  } catch {
    // A tunnel answers with a page of its own when it does not reach the owner's computer.
    return { ok: false, status: 0 };
  }
  const wait = Number(response.headers.get("retry-after"));
  const error = data?.error;
  return {
    ok,
    status,
    data,
    code: error?.code ?? error?.type,
    message: error?.message,
    waitSeconds: wait > 0 ? Math.ceil(wait) : undefined,
  };
}

/** The shape of a client key; whatever else stands around a pasted one. */
export function findKey(text) {
  return /cr_[0-9a-f]{64}/i.exec(text)?.[0].toLowerCase();
}

/** What this tab remembers, until it is closed. */
export const tab = {
  get: (name) => quietly(() => sessionStorage.getItem(`carpool.${name}`)),
  set: (name, value) => quietly(() => sessionStorage.setItem(`carpool.${name}`, value)),
  remove: (name) => quietly(() => sessionStorage.removeItem(`carpool.${name}`)),
  clear: () => quietly(() => sessionStorage.clear()),
};

// A browser that forbids storage still shows the page; it then forgets at the next reload.
function quietly(act) {
  try {
    return act() ?? undefined;
  } catch {
    return undefined;
  }
}
