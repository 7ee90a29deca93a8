"""The mover flow with the official Python SDK, unmodified.

Creates source, profile and subscription, uploads a file twice, and reads identities, task status and
invocations. Prints one line of JSON with what it saw. Reads SAIL_BASE_URL, SAIL_CLIENT_ID and
SAIL_CLIENT_SECRET from the environment, and the address of an endpoint from its first argument.
"""

import json
import sys

from sailpoint.configuration import Configuration
from sailpoint.identities.api.identities_api import IdentitiesApi
from sailpoint.identities.api_client import ApiClient as IdentitiesClient
from sailpoint.identity_profiles.api.identity_profiles_api import IdentityProfilesApi
from sailpoint.identity_profiles.api_client import ApiClient as ProfilesClient
from sailpoint.identity_profiles.models.identity_profile import IdentityProfile
from sailpoint.identity_profiles.models.json_patch_operation import JsonPatchOperation
from sailpoint.sources.api.sources_api import SourcesApi
from sailpoint.sources.api_client import ApiClient as SourcesClient
from sailpoint.sources.models.source import Source
from sailpoint.task_management.api.task_management_api import TaskManagementApi
from sailpoint.task_management.api_client import ApiClient as TasksClient
from sailpoint.triggers.api.triggers_api import TriggersApi
from sailpoint.triggers.api_client import ApiClient as TriggersClient
from sailpoint.triggers.models.subscription_post_request import SubscriptionPostRequest
from waiting import wait_for


def person(department):
    return f"id,name,givenName,familyName,e-mail,department\n1,sdk.person,Sdk,Person,sdk@example.com,{department}\n"


def main():
    endpoint = sys.argv[1]
    configuration = Configuration()
    configuration.experimental = True
    sources = SourcesApi(SourcesClient(configuration))
    profiles = IdentityProfilesApi(ProfilesClient(configuration))
    identities = IdentitiesApi(IdentitiesClient(configuration))
    tasks = TaskManagementApi(TasksClient(configuration))
    triggers = TriggersApi(TriggersClient(configuration))

    owner = sources.list_sources_v1(limit=1)[0].owner.to_dict()
    source = sources.create_source_v1(
        Source.from_dict({"name": "Sdk HR", "owner": owner, "connector": "delimited-file-angularsc"}),
        provision_as_csv=True,
    )
    header = person("").splitlines()[0] + "\n"
    sources.import_accounts_schema_v1(source.id, ("schema.csv", header.encode()))
    profile = profiles.create_identity_profile_v1(
        IdentityProfile.from_dict({
            "name": "Sdk people",
            "authoritativeSource": {"type": "SOURCE", "id": source.id, "name": source.name},
        })
    )
    mapping = {"uid": "name", "email": "e-mail", "firstname": "givenName", "lastname": "familyName",
               "department": "department"}
    transforms = [
        {"identityAttributeName": attribute, "transformDefinition": {
            "type": "accountAttribute",
            "attributes": {"sourceName": source.name, "attributeName": column, "sourceId": source.id}}}
        for attribute, column in mapping.items()
    ]
    profiles.update_identity_profile_v1(profile.id, [JsonPatchOperation.from_dict({
        "op": "replace", "path": "/identityAttributeConfig",
        "value": {"enabled": True, "attributeTransforms": transforms}})])

    def load(department):
        content = ("people.csv", person(department).encode())
        task = sources.import_accounts_v1(source.id, file=content).task
        return wait_for(lambda: (lambda status: status if status.completed else None)(
            tasks.get_task_status_v1(task.id)), "the end of the aggregation")

    first = load("Sales")
    subscription = triggers.create_subscription_v1(SubscriptionPostRequest.from_dict({
        "name": "Sdk movers", "triggerId": "idn:identity-attributes-changed", "type": "HTTP",
        "httpConfig": {"url": endpoint, "httpDispatchMode": "SYNC", "httpAuthenticationType": "NO_AUTH"},
        "filter": "$.changes[?(@.attribute == 'department')]"}))
    second = load("Marketing")
    found = identities.list_identities_v1(filters='alias eq "sdk.person"')
    invocations = wait_for(lambda: [one for one in triggers.list_trigger_invocation_status_v1(
        filters=f'subscriptionId eq "{subscription.id}"') if one.completed], "the invocation")
    trigger = triggers.list_triggers_v1(filters='id eq "idn:identity-attributes-changed"')
    print(json.dumps({
        "statuses": [str(first.completion_status), str(second.completion_status)],
        "people": [one.name for one in found],
        "department": found[0].attributes.get("department"),
        "invocations": len(invocations),
        "trigger": trigger[0].name,
    }))


if __name__ == "__main__":
    main()
