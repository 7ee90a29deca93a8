// The event trigger service with the official TypeScript SDK, unmodified.
//
// Does what conformance/python/triggers.py does, and prints the same line of JSON. Reads SAIL_BASE_URL,
// SAIL_CLIENT_ID and SAIL_CLIENT_SECRET from the environment; NODE_PATH says where the SDK is.

"use strict";

const http = require("node:http");
const { Configuration, TriggersV2024Api } = require("sailpoint-api-client");
const { PATIENCE_MS, waitFor } = require("./waiting.cjs");

const EVENT = "idn:identity-attributes-changed";
const QUESTION = "test:request-response";

/** An endpoint on this machine that acknowledges everything. */
function listen() {
  const received = [];
  const waiting = [];
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      response.end("{}");
      const body = JSON.parse(Buffer.concat(parts).toString());
      const next = waiting.shift();
      if (next) next(body);
      else received.push(body);
    });
  });
  const next = () =>
    new Promise((resolve, reject) => {
      if (received.length > 0) return resolve(received.shift());
      const timer = setTimeout(() => reject(new Error("nothing was received")), PATIENCE_MS);
      waiting.push((body) => {
        clearTimeout(timer);
        resolve(body);
      });
    });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve({ url: `http://127.0.0.1:${server.address().port}/`, next, server });
    });
  });
}

async function main() {
  const endpoint = await listen();
  const configuration = new Configuration();
  configuration.experimental = true;
  const triggers = new TriggersV2024Api(configuration);
  const experimental = { xSailPointExperimental: "true" };

  const http = (mode, token) => ({
    url: endpoint.url,
    httpDispatchMode: mode,
    httpAuthenticationType: "BEARER_TOKEN",
    bearerTokenAuthConfig: { bearerToken: token },
  });
  const create = (name, triggerId, mode) =>
    triggers.createSubscription({
      ...experimental,
      subscriptionPostRequestV2024: { name, triggerId, type: "HTTP", httpConfig: http(mode, "T") },
    });
  const test = (testInvocationV2024) =>
    triggers.startTestTriggerInvocation({ ...experimental, testInvocationV2024 });

  // People of the demo may change meanwhile, and be told of, too.
  const nextWith = async (member) => {
    for (;;) {
      const body = await endpoint.next();
      if (member in body) return body;
    }
  };

  const listed = (await triggers.listTriggers(experimental)).data;
  const only = (await triggers.listTriggers({ ...experimental, filters: `id eq "${EVENT}"` })).data;

  const event = (await create("Sdk events", EVENT, "SYNC")).data;
  const patched = (
    await triggers.patchSubscription({
      ...experimental,
      id: event.id,
      subscriptionPatchRequestInnerV2024: [
        { op: "replace", path: "/description", value: "patched" },
      ],
    })
  ).data;
  const replaced = (
    await triggers.updateSubscription({
      ...experimental,
      id: event.id,
      subscriptionPutRequestV2024: {
        name: "Sdk events",
        type: "HTTP",
        filter: "$.changes[?(@.attribute == 'department')]",
        httpConfig: http("SYNC", null),
      },
    })
  ).data;
  const verdict = (
    await triggers.testSubscriptionFilter({
      ...experimental,
      validateFilterInputDtoV2024: {
        input: { identityId: "1" },
        filter: '$[?($.identityId == "2")]',
      },
    })
  ).data;
  const started = (await test({ triggerId: EVENT, contentJson: { from: "sdk" } })).data;
  const told = await nextWith("changes");

  const question = (await create("Sdk questions", QUESTION, "ASYNC")).data;
  const asked = (
    await test({ triggerId: QUESTION, contentJson: {}, subscriptionIds: [question.id] })
  ).data;
  const metadata = (await nextWith("_metadata"))._metadata;
  await triggers.completeTriggerInvocation({
    ...experimental,
    id: asked[0].id,
    completeInvocationV2024: { secret: metadata.secret, output: { approved: true } },
  });

  const ended = async (subscription, invocation) => {
    const filters = `subscriptionId eq "${subscription.id}"`;
    const found = await triggers.listTriggerInvocationStatus({ ...experimental, filters });
    return found.data.find((one) => one.completed && one.id === invocation.id);
  };
  const eventStatus = await waitFor(() => ended(event, started[0]), "the event's invocation");
  const questionStatus = await waitFor(() => ended(question, asked[0]), "the question's invocation");
  for (const one of [event, question]) {
    await triggers.deleteSubscription({ ...experimental, id: one.id });
  }
  const all = (await triggers.listSubscriptions(experimental)).data;
  endpoint.server.close();
  const complete = `/beta/trigger-invocations/${asked[0].id}/complete`;
  console.log(
    JSON.stringify({
      trigger: only[0].name,
      listed: listed.map((one) => one.id).filter((id) => [EVENT, QUESTION].includes(id)).sort(),
      patched: patched.description,
      replaced: [replaced.description ?? null, replaced.filter],
      verdict: [verdict.isValid, verdict.isValidJSONPath, verdict.isPathExist],
      event: [
        started[0].contentJson,
        eventStatus.type,
        Object.keys(told).sort(),
      ],
      question: [
        metadata.secret === asked[0].secret,
        metadata.callbackURL.endsWith(complete),
        questionStatus.completeInvocationInput.output,
      ],
      left: all.map((one) => one.name).filter((name) => name.startsWith("Sdk ")),
    }),
  );
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error.response?.data ?? error);
    process.exit(1);
  },
);
