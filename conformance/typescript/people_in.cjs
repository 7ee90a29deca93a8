// People in, with the official TypeScript SDK, unmodified.
//
// Does what conformance/python/people_in.py does, and prints the same line of JSON. Reads SAIL_BASE_URL,
// SAIL_CLIENT_ID and SAIL_CLIENT_SECRET from the environment; NODE_PATH says where the SDK is.

"use strict";

// Older versions of Node know no global `File`.
const { File } = require("node:buffer");
const {
  AccountAggregationsV2024Api,
  AccountsV2024Api,
  Configuration,
  EntitlementsV2024Api,
  IdentitiesV2024Api,
  IdentityProfilesV2024Api,
  LifecycleStatesV2024Api,
  ReportsDataExtractionV2024Api,
  SourcesV2024Api,
  TaskManagementV2024Api,
  TransformsV2024Api,
} = require("sailpoint-api-client");
const { waitFor } = require("./waiting.cjs");

const HEADER = "id,name,givenName,familyName,e-mail,location,manager,groups,startDate,endDate\n";
const HR =
  HEADER +
  "1,sdk.ada,Ada,Sdk,ada@sdk.example,London,,Admins,,\n" +
  "2,sdk.bob,Bob,Sdk,bob@sdk.example,Paris,1,,,\n";
const BADGES =
  HEADER +
  "7,ada@sdk.example,,,old@sdk.example,,,,,\n" +
  "8,nobody,,,nobody@sdk.example,,,,,\n";
const ENTITLEMENTS =
  "id,name,displayName,created,description,modified,entitlements,groups,permissions\n" +
  "Admins,Admins,Administrators,,May do all,,,,\n";

const configuration = new Configuration();
configuration.experimental = true;
const experimental = { xSailPointExperimental: "true" };
const accounts = new AccountsV2024Api(configuration);
const aggregations = new AccountAggregationsV2024Api(configuration);
const entitlements = new EntitlementsV2024Api(configuration);
const identities = new IdentitiesV2024Api(configuration);
const profiles = new IdentityProfilesV2024Api(configuration);
const reports = new ReportsDataExtractionV2024Api(configuration);
const sources = new SourcesV2024Api(configuration);
const states = new LifecycleStatesV2024Api(configuration);
const tasks = new TaskManagementV2024Api(configuration);
const transforms = new TransformsV2024Api(configuration);

/** Waits for the end of a run; gives how it ended. */
async function ended(id) {
  const done = await waitFor(async () => {
    const status = (await tasks.getTaskStatus({ ...experimental, id })).data;
    return status.completed && status;
  }, `the end of the run ${id}`);
  return done.completionStatus;
}

const file = (name, text) => new File([text], name, { type: "text/csv" });
const replace = (path, value) => [{ op: "replace", path, value }];
const people = async (filters) =>
  (await identities.listIdentities({ ...experimental, filters, sorters: "alias" })).data;
const person = async (alias) => (await people(`alias eq "${alias}"`))[0];
const listAccounts = async (filters) => (await accounts.listAccounts({ filters })).data;

async function createSource(name) {
  const owner = (await sources.listSources({ limit: 1 })).data[0].owner;
  const sourceV2024 = { name, owner, connector: "delimited-file-angularsc" };
  return (await sources.createSource({ sourceV2024, provisionAsCsv: true })).data;
}

const town = (to) => ({
  name: "Sdk town",
  type: "replaceAll",
  attributes: { table: { London: to } },
});

/** A transform, a profile that uses it, and people made of a file. */
async function makePeople(hr, seen) {
  const made = (await transforms.createTransform({ transformV2024: town("LDN") })).data;
  const authoritativeSource = { type: "SOURCE", id: hr.id, name: hr.name };
  const profile = (
    await profiles.createIdentityProfile({
      identityProfileV2024: { name: "Sdk profile", authoritativeSource },
    })
  ).data;
  const column = (attributeName) => ({
    type: "accountAttribute",
    attributes: { sourceName: hr.name, attributeName, sourceId: hr.id },
  });
  const mapping = {
    uid: column("name"),
    email: column("e-mail"),
    firstname: column("givenName"),
    lastname: column("familyName"),
    identificationNumber: column("id"),
    city: { type: "reference", attributes: { id: made.name, input: column("location") } },
  };
  const config = {
    enabled: true,
    attributeTransforms: Object.entries(mapping).map(([name, value]) => ({
      identityAttributeName: name,
      transformDefinition: value,
    })),
  };
  await profiles.updateIdentityProfile({
    identityProfileId: profile.id,
    jsonPatchOperationV2024: replace("/identityAttributeConfig", config),
  });

  const loaded = await sources.importAccounts({
    ...experimental,
    id: hr.id,
    file: file("hr.csv", HR),
  });
  const { id } = loaded.data.task;
  seen.aggregation = [await ended(id)];
  const counts = (await aggregations.getAccountAggregationStatus({ ...experimental, id })).data;
  const { status, totalAccounts, processedAccounts, processedIdentities } = counts;
  seen.aggregation.push(status, totalAccounts, processedAccounts, processedIdentities);
  const listed = await people('alias sw "sdk."');
  seen.people = listed.map((one) => [one.name, one.emailAddress, one.attributes.city]);
  const read = (await profiles.getIdentityProfile({ identityProfileId: profile.id })).data;
  seen.profile = [read.name, read.identityCount, read.authoritativeSource.name];

  // The transform is edited; people follow when their profile is processed.
  const edited = (
    await transforms.updateTransform({ id: made.id, transformV2024: town("Londinium") })
  ).data;
  const stored = (await transforms.getTransform({ id: made.id })).data;
  const named = (await transforms.listTransforms({ filters: 'name eq "Sdk town"' })).data;
  seen.transform = [edited.type, stored.attributes, edited.internal, named.map((one) => one.name)];
  const ada = await person("sdk.ada");
  const preview = await profiles.generateIdentityPreview({
    ...experimental,
    identityPreviewRequestV2024: { identityId: ada.id, identityAttributeConfig: config },
  });
  seen.preview = preview.data.previewAttributes
    .filter((one) => one.name === "city")
    .map((one) => [one.name, one.value, one.previousValue]);
  await profiles.syncIdentityProfile({ identityProfileId: profile.id });
  await waitFor(
    async () => (await person("sdk.ada")).attributes.city === "Londinium",
    "the new town",
  );
  seen.processed = (await people('alias sw "sdk."')).map((one) => one.attributes.city);
  return profile;
}

/** A lifecycle state of one's own, set by hand. */
async function setLifecycle(profile, seen) {
  const identityProfileId = profile.id;
  const away = (
    await states.createLifecycleState({
      identityProfileId,
      lifecycleStateV2024: {
        name: "Sdk away",
        technicalName: "sdkAway",
        enabled: true,
        identityState: "INACTIVE_SHORT_TERM",
      },
    })
  ).data;
  const which = { identityProfileId, lifecycleStateId: away.id };
  const patched = (
    await states.updateLifecycleStates({
      ...which,
      jsonPatchOperationV2024: replace("/description", "Back soon"),
    })
  ).data;
  const ada = await person("sdk.ada");
  const activity = await states.setLifecycleState({
    identityId: ada.id,
    setLifecycleStateRequestV2024: { lifecycleStateId: away.id },
  });
  const all = (await states.getLifecycleStates({ identityProfileId })).data;
  seen.lifecycle = [
    patched.description,
    await ended(activity.data.accountActivityId),
    (await identities.getIdentity({ ...experimental, id: ada.id })).data.lifecycleState.stateName,
    (await states.getLifecycleState(which)).data.identityCount,
    all.some((one) => one.name === "Sdk away"),
  ];
  const processing = await identities.startIdentityProcessing({
    ...experimental,
    processIdentitiesRequestV2024: { identityIds: [ada.id] },
  });
  seen.process = [processing.data.type, await ended(processing.data.id)];
}

/** Entitlements: promoted from accounts, described by a file, patched, and whose they are. */
async function lookAtRights(hr, seen) {
  const list = async (wanted) =>
    (await entitlements.listEntitlements({ ...experimental, ...wanted })).data;
  const onHr = { filters: `source.id eq "${hr.id}"` };
  seen.promoted = (await list(onHr)).map((one) => [one.attribute, one.value, one.name]);
  const task = await entitlements.importEntitlementsBySource({
    ...experimental,
    id: hr.id,
    csvFile: file("groups.csv", ENTITLEMENTS),
  });
  const end = await ended(task.data.id);
  const described = (await list(onHr))[0];
  const one = { ...experimental, id: described.id };
  const patched = await entitlements.patchEntitlement({
    ...one,
    jsonPatchOperationV2024: replace("/requestable", true),
  });
  seen.entitlements = [
    end,
    described.name,
    described.description,
    described.source.name,
    patched.data.requestable,
    (await entitlements.getEntitlement(one)).data.requestable,
  ];
  const ada = await person("sdk.ada");
  const account = (
    await listAccounts(`identityId eq "${ada.id}" and sourceId eq "${hr.id}"`)
  )[0];
  const ofAccount = (await accounts.getAccountEntitlements({ id: account.id })).data;
  seen.whose = [
    // This SDK cannot ask for those of an identity.
    (await list({ accountId: account.id })).map((found) => found.name),
    ofAccount.map((found) => found.value),
    account.hasEntitlements,
  ];
  const config = (await entitlements.getEntitlementRequestConfig(one)).data;
  config.accessRequestConfig.requestCommentRequired = true;
  const put = await entitlements.putEntitlementRequestConfig({
    ...one,
    entitlementRequestConfigV2024: config,
  });
  const read = (await entitlements.getEntitlementRequestConfig(one)).data.accessRequestConfig;
  seen.requests = [
    put.data.accessRequestConfig.requestCommentRequired,
    read.requestCommentRequired,
    read.denialCommentRequired,
  ];
}

/** Accounts that are nobody's, until a rule or a person says whose they are. */
async function correlate(badges, seen) {
  const { id } = badges;
  const loaded = await sources.importAccounts({
    ...experimental,
    id,
    file: file("badges.csv", BADGES),
  });
  const statuses = [await ended(loaded.data.task.id)];
  const nobodys = `sourceId eq "${id}" and uncorrelated eq true`;
  const found = [(await listAccounts(nobodys)).length];
  const config = (await sources.getCorrelationConfig({ id })).data;
  config.attributeAssignments = [
    { property: "email", value: "name", operation: "EQ", complex: false, ignoreCase: true },
  ];
  const put = (await sources.putCorrelationConfig({ id, correlationConfigV2024: config })).data;
  const again = await sources.importUncorrelatedAccounts({ ...experimental, id });
  statuses.push(await ended(again.data.task.id));
  const left = await listAccounts(nobodys);
  found.push(left.length);
  // A person says that the other one is Bob's.
  const bob = await person("sdk.bob");
  await accounts.updateAccount({ id: left[0].id, requestBody: replace("/identityId", bob.id) });
  const own = [];
  for (const one of [await person("sdk.ada"), bob]) {
    own.push((await listAccounts(`sourceId eq "${id}" and identityId eq "${one.id}"`))[0]);
  }
  seen.correlation = [
    statuses,
    found,
    put.attributeAssignments[0].property,
    own.map((one) => [
      one.nativeIdentity,
      one.identity.name,
      one.manuallyCorrelated,
      one.uncorrelated,
    ]),
  ];
  const reload = await accounts.submitReloadAccount({ id: own[0].id });
  seen.reload = [
    await ended(reload.data.id),
    (await accounts.getAccount({ id: own[0].id })).data.attributes.name,
  ];
}

/** Which attributes of people the accounts follow, and what would be written. */
async function synchronise(badges, seen) {
  const which = { ...experimental, id: badges.id };
  const config = (await sources.getSourceAttrSyncConfig(which)).data;
  config.attributes = config.attributes
    .filter((one) => one.name === "email")
    .map((one) => ({ ...one, enabled: true, target: "e-mail" }));
  await sources.putSourceAttrSyncConfig({ ...which, attrSyncSourceConfigV2024: config });
  const read = (await sources.getSourceAttrSyncConfig(which)).data.attributes;
  const job = (await sources.syncAttributesForSource(which)).data;
  seen.synchronisation = [
    read.filter((one) => one.enabled).map((one) => [one.name, one.target]),
    job.status,
    job.payload.dataJson === JSON.stringify({ sourceId: badges.id }),
    await ended(job.id),
  ];
  const identityId = (await person("sdk.bob")).id;
  const own = await identities.synchronizeAttributesForIdentity({ ...experimental, identityId });
  seen.synchronisation.push(own.data.status, await ended(own.data.id));
}

async function schedule(hr, seen) {
  const sourceId = hr.id;
  const scheduleType = "ACCOUNT_AGGREGATION";
  const list = async () => (await sources.getSourceSchedules({ sourceId })).data;
  const made = await sources.createSourceSchedule({
    sourceId,
    schedule1V2024: { type: scheduleType, cronExpression: "0 0 5 * * ?" },
  });
  const changed = await sources.updateSourceSchedule({
    sourceId,
    scheduleType,
    jsonPatchOperationV2024: replace("/cronExpression", "0 0 6 ? * MON-FRI"),
  });
  const listed = (await list()).map((one) => [one.type, one.cronExpression]);
  await sources.deleteSourceSchedule({ sourceId, scheduleType });
  seen.schedules = [
    made.data.cronExpression,
    changed.data.cronExpression,
    listed,
    (await list()).length,
  ];
}

/** A report that is run, read and cancelled. */
async function report(hr, seen) {
  const run = (
    await reports.startReport({
      reportDetailsV2024: {
        reportType: "ACCOUNTS",
        arguments: { application: hr.id, sourceName: hr.name },
      },
    })
  ).data;
  const which = { taskResultId: run.id };
  const result = (await reports.getReportResult(which)).data;
  const text = (await reports.getReport({ ...which, fileFormat: "csv" })).data;
  // No value of these people has a comma or a quote in it.
  const [header, ...lines] = text.trimEnd().split("\n").map((line) => line.split(","));
  const cell = (line, name) => line[header.indexOf(name)];
  await reports.cancelReport({ id: run.id });
  seen.report = [
    run.reportType,
    run.completionStatus,
    result.status,
    result.rows,
    result.availableFormats,
    lines.map((line) => ["Account ID", "Display Name", "location"].map((name) => cell(line, name))),
    (await reports.getReportResult(which)).data.status,
  ];
}

async function main() {
  const seen = {};
  const hr = await createSource("Sdk people HR");
  const badges = await createSource("Sdk badges");
  const profile = await makePeople(hr, seen);
  await setLifecycle(profile, seen);
  await lookAtRights(hr, seen);
  await correlate(badges, seen);
  await synchronise(badges, seen);
  await schedule(hr, seen);
  await report(hr, seen);
  const task = (await sources.deleteAccountsAsync({ ...experimental, id: badges.id })).data;
  seen.removed = [
    task.type,
    await ended(task.id),
    (await listAccounts(`sourceId eq "${badges.id}"`)).length,
  ];
  console.log(JSON.stringify(seen));
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error.response?.data ?? error);
    process.exit(1);
  },
);
