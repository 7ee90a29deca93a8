"""People in, with the official Python SDK, unmodified.

Sources and their files, accounts, entitlements, transforms, profiles, lifecycle states, correlation,
schedules, attribute synchronisation and reports, each as a person meets them: what is set is read back,
and what a run has done is looked at. Prints one line of JSON with what it saw. Reads SAIL_BASE_URL,
SAIL_CLIENT_ID and SAIL_CLIENT_SECRET from the environment.
"""

import csv
import io
import json

from sailpoint.account_aggregations.api.account_aggregations_api import AccountAggregationsApi
from sailpoint.account_aggregations.api_client import ApiClient as AggregationsClient
from sailpoint.accounts.api.accounts_api import AccountsApi
from sailpoint.accounts.api_client import ApiClient as AccountsClient
from sailpoint.configuration import Configuration
from sailpoint.entitlements.api.entitlements_api import EntitlementsApi
from sailpoint.entitlements.api_client import ApiClient as EntitlementsClient
from sailpoint.entitlements.models.json_patch_operation import JsonPatchOperation as EntitlementPatch
from sailpoint.identities.api.identities_api import IdentitiesApi
from sailpoint.identities.api_client import ApiClient as IdentitiesClient
from sailpoint.identities.models.process_identities_request import ProcessIdentitiesRequest
from sailpoint.identity_profiles.api.identity_profiles_api import IdentityProfilesApi
from sailpoint.identity_profiles.api_client import ApiClient as ProfilesClient
from sailpoint.identity_profiles.models.identity_preview_request import IdentityPreviewRequest
from sailpoint.identity_profiles.models.identity_profile import IdentityProfile
from sailpoint.identity_profiles.models.json_patch_operation import JsonPatchOperation as ProfilePatch
from sailpoint.lifecycle_states.api.lifecycle_states_api import LifecycleStatesApi
from sailpoint.lifecycle_states.api_client import ApiClient as StatesClient
from sailpoint.lifecycle_states.models.json_patch_operation import JsonPatchOperation as StatePatch
from sailpoint.lifecycle_states.models.lifecycle_state import LifecycleState
from sailpoint.lifecycle_states.models.set_lifecycle_state_v1_request import SetLifecycleStateV1Request
from sailpoint.reports_data_extraction.api.reports_data_extraction_api import ReportsDataExtractionApi
from sailpoint.reports_data_extraction.api_client import ApiClient as ReportsClient
from sailpoint.reports_data_extraction.models.report_details import ReportDetails
from sailpoint.sources.api.sources_api import SourcesApi
from sailpoint.sources.api_client import ApiClient as SourcesClient
from sailpoint.sources.models.attr_sync_source_config import AttrSyncSourceConfig
from sailpoint.sources.models.correlation_config import CorrelationConfig
from sailpoint.sources.models.json_patch_operation import JsonPatchOperation as SourcePatch
from sailpoint.sources.models.schedule3 import Schedule3
from sailpoint.sources.models.source import Source
from sailpoint.task_management.api.task_management_api import TaskManagementApi
from sailpoint.task_management.api_client import ApiClient as TasksClient
from sailpoint.transforms.api.transforms_api import TransformsApi
from sailpoint.transforms.api_client import ApiClient as TransformsClient
from sailpoint.transforms.models.transform import Transform
from waiting import wait_for

HEADER = "id,name,givenName,familyName,e-mail,location,manager,groups,startDate,endDate\n"
HR = HEADER + "1,sdk.ada,Ada,Sdk,ada@sdk.example,London,,Admins,,\n2,sdk.bob,Bob,Sdk,bob@sdk.example,Paris,1,,,\n"
BADGES = HEADER + "7,ada@sdk.example,,,old@sdk.example,,,,,\n8,nobody,,,nobody@sdk.example,,,,,\n"
ENTITLEMENTS = "id,name,displayName,created,description,modified,entitlements,groups,permissions\n" \
               "Admins,Admins,Administrators,,May do all,,,,\n"

configuration = Configuration()
configuration.experimental = True
sources = SourcesApi(SourcesClient(configuration))
accounts = AccountsApi(AccountsClient(configuration))
aggregations = AccountAggregationsApi(AggregationsClient(configuration))
entitlements = EntitlementsApi(EntitlementsClient(configuration))
identities = IdentitiesApi(IdentitiesClient(configuration))
profiles = IdentityProfilesApi(ProfilesClient(configuration))
states = LifecycleStatesApi(StatesClient(configuration))
reports = ReportsDataExtractionApi(ReportsClient(configuration))
tasks = TaskManagementApi(TasksClient(configuration))
transforms = TransformsApi(TransformsClient(configuration))


def ended(task_id):
    """Waits for the end of a run; gives how it ended."""
    def end():
        status = tasks.get_task_status_v1(task_id)
        return status.completed and status.completion_status

    return wait_for(end, f"the end of the run {task_id}")


def replace(patch, path, value):
    return [patch.from_dict({"op": "replace", "path": path, "value": value})]


def person(alias):
    return identities.list_identities_v1(filters=f'alias eq "{alias}"')[0]


def create_source(name):
    owner = sources.list_sources_v1(limit=1)[0].owner.to_dict()
    return sources.create_source_v1(
        Source.from_dict({"name": name, "owner": owner, "connector": "delimited-file-angularsc"}),
        provision_as_csv=True)


def transform(name, kind, **attributes):
    return Transform.from_dict({"name": name, "type": kind, "attributes": attributes})


def reference(name, value):
    return {"type": "reference", "attributes": {"id": name, "input": value}}


def people(hr, seen):
    """A transform, a profile that uses it, and people made of a file."""
    town = transforms.create_transform_v1(transform("Sdk town", "replaceAll", table={"London": "LDN"}))
    profile = profiles.create_identity_profile_v1(IdentityProfile.from_dict({
        "name": "Sdk profile", "authoritativeSource": {"type": "SOURCE", "id": hr.id, "name": hr.name}}))

    def column(name):
        return {"type": "accountAttribute",
                "attributes": {"sourceName": hr.name, "attributeName": name, "sourceId": hr.id}}

    mapping = {"uid": column("name"), "email": column("e-mail"), "firstname": column("givenName"),
               "lastname": column("familyName"), "identificationNumber": column("id"),
               "city": reference(town.name, column("location"))}
    config = {"enabled": True, "attributeTransforms": [
        {"identityAttributeName": name, "transformDefinition": value} for name, value in mapping.items()]}
    profiles.update_identity_profile_v1(profile.id, replace(ProfilePatch, "/identityAttributeConfig", config))

    task = sources.import_accounts_v1(hr.id, file=("hr.csv", HR.encode())).task
    seen["aggregation"] = [ended(task.id)]
    counts = aggregations.get_account_aggregation_status_v1(task.id)
    seen["aggregation"] += [counts.status, counts.total_accounts, counts.processed_accounts,
                            counts.processed_identities]
    listed = identities.list_identities_v1(filters='alias sw "sdk."', sorters="alias")
    seen["people"] = [[one.name, one.email_address, one.attributes["city"]] for one in listed]
    read = profiles.get_identity_profile_v1(profile.id)
    seen["profile"] = [read.name, read.identity_count, read.authoritative_source.name]

    # The transform is edited; people follow when their profile is processed.
    edited = transforms.update_transform_v1(town.id, transform("Sdk town", "replaceAll", table={"London": "Londinium"}))
    seen["transform"] = [edited.type, transforms.get_transform_v1(town.id).attributes, edited.internal,
                         [one.name for one in transforms.list_transforms_v1(filters='name eq "Sdk town"')]]
    ada = person("sdk.ada")
    preview = profiles.generate_identity_preview_v1(IdentityPreviewRequest.from_dict(
        {"identityId": ada.id, "identityAttributeConfig": config}))
    seen["preview"] = [[one.name, one.value, one.previous_value]
                       for one in preview.preview_attributes if one.name == "city"]
    profiles.sync_identity_profile_v1(profile.id)
    wait_for(lambda: person("sdk.ada").attributes["city"] == "Londinium", "the city of the edited transform")
    seen["processed"] = [person(alias).attributes["city"] for alias in ("sdk.ada", "sdk.bob")]
    return profile, town


def lifecycle(profile, seen):
    """A lifecycle state of one's own, set by hand and given back."""
    away = states.create_lifecycle_state_v1(profile.id, LifecycleState.from_dict(
        {"name": "Sdk away", "technicalName": "sdkAway", "enabled": True, "identityState": "INACTIVE_SHORT_TERM"}))
    patched = states.update_lifecycle_states_v1(
        profile.id, away.id, replace(StatePatch, "/description", "Back soon"))
    ada = person("sdk.ada")
    activity = states.set_lifecycle_state_v1(
        ada.id, SetLifecycleStateV1Request.from_dict({"lifecycleStateId": away.id}))
    seen["lifecycle"] = [patched.description, ended(activity.account_activity_id),
                         identities.get_identity_v1(ada.id).lifecycle_state.state_name,
                         states.get_lifecycle_state_v1(profile.id, away.id).identity_count,
                         "Sdk away" in [one.name for one in states.get_lifecycle_states_v1(profile.id)]]
    processing = identities.start_identity_processing_v1(
        ProcessIdentitiesRequest.from_dict({"identityIds": [ada.id]}))
    seen["process"] = [processing.type, ended(processing.id)]


def rights(hr, seen):
    """Entitlements: promoted from accounts, described by a file, patched, and whose they are."""
    on_hr = f'source.id eq "{hr.id}"'
    promoted = entitlements.list_entitlements_v1(filters=on_hr)
    seen["promoted"] = [[one.attribute, one.value, one.name] for one in promoted]
    task = entitlements.import_entitlements_by_source_v1(hr.id, csv_file=("groups.csv", ENTITLEMENTS.encode()))
    seen["entitlements"] = [ended(task.id)]
    described = entitlements.list_entitlements_v1(filters=on_hr)[0]
    seen["entitlements"] += [described.name, described.description, described.source.name]
    patched = entitlements.patch_entitlement_v1(described.id, replace(EntitlementPatch, "/requestable", True))
    seen["entitlements"] += [patched.requestable, entitlements.get_entitlement_v1(described.id).requestable]
    ada = person("sdk.ada")
    of_ada = identities.list_entitlements_by_identity_v1(ada.id)
    account = accounts.list_accounts_v1(filters=f'identityId eq "{ada.id}" and sourceId eq "{hr.id}"')[0]
    seen["whose"] = [[one.object_ref.name for one in of_ada],
                     [one.value for one in accounts.get_account_entitlements_v1(account.id)],
                     account.has_entitlements]
    config = entitlements.get_entitlement_request_config_v1(described.id)
    config.access_request_config.request_comment_required = True
    put = entitlements.put_entitlement_request_config_v1(described.id, config)
    read = entitlements.get_entitlement_request_config_v1(described.id)
    seen["requests"] = [put.access_request_config.request_comment_required,
                        read.access_request_config.request_comment_required,
                        read.access_request_config.denial_comment_required]


def correlation(badges, seen):
    """Accounts that are nobody's, until a rule or a person says whose they are."""
    task = sources.import_accounts_v1(badges.id, file=("badges.csv", BADGES.encode())).task
    statuses = [ended(task.id)]
    nobodys = f'sourceId eq "{badges.id}" and uncorrelated eq true'
    found = [len(accounts.list_accounts_v1(filters=nobodys))]
    config = sources.get_correlation_config_v1(badges.id).to_dict()
    config["attributeAssignments"] = [
        {"property": "email", "value": "name", "operation": "EQ", "complex": False, "ignoreCase": True}]
    put = sources.put_correlation_config_v1(badges.id, CorrelationConfig.from_dict(config))
    task = sources.import_uncorrelated_accounts_v1(badges.id).task
    statuses.append(ended(task.id))
    ada, bob = person("sdk.ada"), person("sdk.bob")
    left = accounts.list_accounts_v1(filters=nobodys)
    found.append(len(left))
    # A person says that the other one is Bob's.
    accounts.update_account_v1(left[0].id, [{"op": "replace", "path": "/identityId", "value": bob.id}])
    own = [accounts.list_accounts_v1(filters=f'sourceId eq "{badges.id}" and identityId eq "{one.id}"')[0]
           for one in (ada, bob)]
    seen["correlation"] = [statuses, found, put.attribute_assignments[0].var_property,
                           [[one.native_identity, one.identity.name, one.manually_correlated, one.uncorrelated]
                            for one in own]]
    task = accounts.submit_reload_account_v1(own[0].id)
    seen["reload"] = [ended(task.id), accounts.get_account_v1(own[0].id).attributes["name"]]


def synchronisation(badges, seen):
    """Which attributes of people the accounts follow, and what would be written."""
    offered = sources.get_source_attr_sync_config_v1(badges.id)
    config = offered.to_dict()
    config["attributes"] = [
        {**one, "enabled": True, "target": "e-mail"} for one in config["attributes"] if one["name"] == "email"]
    sources.put_source_attr_sync_config_v1(badges.id, AttrSyncSourceConfig.from_dict(config))
    read = sources.get_source_attr_sync_config_v1(badges.id)
    job = sources.sync_attributes_for_source_v1(badges.id)
    seen["synchronisation"] = [
        [[one.name, one.target] for one in read.attributes if one.enabled],
        job.status, json.loads(job.payload.data_json) == {"sourceId": badges.id}, ended(job.id)]
    job = identities.synchronize_attributes_for_identity_v1(person("sdk.bob").id)
    seen["synchronisation"] += [job.status, ended(job.id)]


def schedules(hr, seen):
    made = sources.create_source_schedule_v1(
        hr.id, Schedule3.from_dict({"type": "ACCOUNT_AGGREGATION", "cronExpression": "0 0 5 * * ?"}))
    changed = sources.update_source_schedule_v1(
        hr.id, "ACCOUNT_AGGREGATION", replace(SourcePatch, "/cronExpression", "0 0 6 ? * MON-FRI"))
    listed = [[one.type, one.cron_expression] for one in sources.get_source_schedules_v1(hr.id)]
    sources.delete_source_schedule_v1(hr.id, "ACCOUNT_AGGREGATION")
    seen["schedules"] = [made.cron_expression, changed.cron_expression, listed,
                         len(sources.get_source_schedules_v1(hr.id))]


def report(hr, seen):
    """A report that is run, read and cancelled."""
    run = reports.start_report_v1(ReportDetails.from_dict(
        {"reportType": "ACCOUNTS", "arguments": {"application": hr.id, "sourceName": hr.name}}))
    result = reports.get_report_result_v1(run.id)
    # Raw, as today's SDK writes a file into a folder of its own choice.
    file = reports.get_report_v1_without_preload_content(run.id, "csv").read().decode()
    rows = list(csv.DictReader(io.StringIO(file)))
    reports.cancel_report_v1(run.id)
    seen["report"] = [run.report_type, run.completion_status, result.status, result.rows, result.available_formats,
                      [[row["Account ID"], row["Display Name"], row["location"]] for row in rows],
                      reports.get_report_result_v1(run.id).status]


def main():
    seen = {}
    hr, badges = create_source("Sdk people HR"), create_source("Sdk badges")
    profile, town = people(hr, seen)
    lifecycle(profile, seen)
    rights(hr, seen)
    correlation(badges, seen)
    synchronisation(badges, seen)
    schedules(hr, seen)
    report(hr, seen)
    task = sources.delete_accounts_async_v1(badges.id)
    seen["removed"] = [task.type, ended(task.id),
                       len(accounts.list_accounts_v1(filters=f'sourceId eq "{badges.id}"'))]
    print(json.dumps(seen, default=str))


if __name__ == "__main__":
    main()
