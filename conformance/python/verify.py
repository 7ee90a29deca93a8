"""Verifies a webhook with the public Standard Webhooks library: secrets, headers and body come as JSON
on standard input; each secret must verify the body and none may verify another one."""

import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

given = json.load(sys.stdin)
for secret in given["secrets"]:
    Webhook(secret).verify(given["body"], given["headers"])
    try:
        Webhook(secret).verify(given["body"] + " ", given["headers"])
    except WebhookVerificationError:
        continue
    sys.exit("a changed body verifies")
print(len(given["secrets"]))
