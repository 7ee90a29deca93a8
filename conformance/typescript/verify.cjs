// Verifies a webhook with the public Standard Webhooks library: secrets, headers and body come as JSON
// on standard input; each secret must verify the body and none may verify another one.

"use strict";

const { Webhook, WebhookVerificationError } = require("standardwebhooks");

const given = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
for (const secret of given.secrets) {
  new Webhook(secret).verify(given.body, given.headers);
  let refused = false;
  try {
    new Webhook(secret).verify(`${given.body} `, given.headers);
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    refused = true;
  }
  if (!refused) throw new Error("a changed body verifies");
}
console.log(given.secrets.length);
