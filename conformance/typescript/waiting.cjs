// Waiting for what a server does in its own time.

"use strict";

const PATIENCE_MS = 60_000;

/** Asks again until there is an answer. */
async function waitFor(look, what) {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not come within ${PATIENCE_MS} ms`);
}

module.exports = { PATIENCE_MS, waitFor };
