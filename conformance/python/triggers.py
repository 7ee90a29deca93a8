"""The event trigger service with the official Python SDK, unmodified.

Lists triggers, creates, patches, replaces and deletes subscriptions, validates a filter, tests an event
and a question, completes the question from its own endpoint's side, reads the log. Prints one line of
JSON with what it saw. Reads SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET from the environment.
"""

import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sailpoint.configuration import Configuration
from sailpoint.triggers.api.triggers_api import TriggersApi
from sailpoint.triggers.api_client import ApiClient
from sailpoint.triggers.models.complete_invocation import CompleteInvocation
from sailpoint.triggers.models.subscription_patch_request_inner import SubscriptionPatchRequestInner
from sailpoint.triggers.models.subscription_post_request import SubscriptionPostRequest
from sailpoint.triggers.models.subscription_put_request import SubscriptionPutRequest
from sailpoint.triggers.models.test_invocation import TestInvocation
from sailpoint.triggers.models.validate_filter_input_dto import ValidateFilterInputDto
from waiting import PATIENCE_SECONDS, wait_for

EVENT = "idn:identity-attributes-changed"
QUESTION = "test:request-response"


def listen():
    """An endpoint on this machine that acknowledges everything; gives its address and what came in."""
    received = queue.Queue()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")
            received.put(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/", received


def main():
    url, received = listen()
    configuration = Configuration()
    configuration.experimental = True
    triggers = TriggersApi(ApiClient(configuration))

    def wish(name, trigger, mode):
        return SubscriptionPostRequest.from_dict({
            "name": name, "triggerId": trigger, "type": "HTTP",
            "httpConfig": {"url": url, "httpDispatchMode": mode, "httpAuthenticationType": "BEARER_TOKEN",
                           "bearerTokenAuthConfig": {"bearerToken": "T"}}})

    def next_with(member):
        """People of the demo may change meanwhile, and be told of, too."""
        while True:
            body = received.get(timeout=PATIENCE_SECONDS)
            if member in body:
                return body

    # The whole list is read raw: today's SDK cannot tell most example inputs apart.
    listed = json.loads(triggers.list_triggers_v1_without_preload_content().data)
    trigger = triggers.list_triggers_v1(filters=f'id eq "{EVENT}"')[0]

    event = triggers.create_subscription_v1(wish("Sdk events", EVENT, "SYNC"))
    patched = triggers.patch_subscription_v1(event.id, [SubscriptionPatchRequestInner.from_dict(
        {"op": "replace", "path": "/description", "value": "patched"})])
    replaced = triggers.update_subscription_v1(event.id, SubscriptionPutRequest.from_dict({
        "name": "Sdk events", "type": "HTTP", "filter": "$.changes[?(@.attribute == 'department')]",
        "httpConfig": {"url": url, "httpDispatchMode": "SYNC", "httpAuthenticationType": "BEARER_TOKEN",
                       "bearerTokenAuthConfig": {"bearerToken": None}}}))
    verdict = triggers.test_subscription_filter_v1(ValidateFilterInputDto.from_dict(
        {"input": {"identityId": "1"}, "filter": '$[?($.identityId == "2")]'}))
    started = triggers.start_test_trigger_invocation_v1(TestInvocation.from_dict(
        {"triggerId": EVENT, "contentJson": {"from": "sdk"}}))
    told = next_with("changes")

    question = triggers.create_subscription_v1(wish("Sdk questions", QUESTION, "ASYNC"))
    asked = triggers.start_test_trigger_invocation_v1(TestInvocation.from_dict(
        {"triggerId": QUESTION, "contentJson": {}, "subscriptionIds": [question.id]}))
    metadata = next_with("_metadata")["_metadata"]
    triggers.complete_trigger_invocation_v1(asked[0].id, CompleteInvocation.from_dict(
        {"secret": metadata["secret"], "output": {"approved": True}}))

    def ended(subscription, invocation):
        found = triggers.list_trigger_invocation_status_v1(filters=f'subscriptionId eq "{subscription.id}"')
        return next((one for one in found if one.completed and one.id == invocation.id), None)

    event_status = wait_for(lambda: ended(event, started[0]), "the event's invocation")
    question_status = wait_for(lambda: ended(question, asked[0]), "the question's invocation")
    for one in (event, question):
        triggers.delete_subscription_v1(one.id)
    left = [one.name for one in triggers.list_subscriptions_v1() if one.name.startswith("Sdk ")]
    print(json.dumps({
        "trigger": trigger.name,
        "listed": sorted(one["id"] for one in listed if one["id"] in (EVENT, QUESTION)),
        "patched": patched.description,
        "replaced": [replaced.description, replaced.filter],
        "verdict": [verdict.is_valid, verdict.is_valid_json_path, verdict.is_path_exist],
        "event": [started[0].content_json, event_status.type, sorted(told)],
        "question": [metadata["secret"] == asked[0].secret,
                     metadata["callbackURL"].endswith(f"/beta/trigger-invocations/{asked[0].id}/complete"),
                     question_status.complete_invocation_input.output],
        "left": left,
    }))


if __name__ == "__main__":
    main()
