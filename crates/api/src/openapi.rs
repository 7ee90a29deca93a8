//! From the operations to an OpenAPI 3.0 description, in one spelling at a time: a description of
//! all six would say everything six times.

use muster_query::Field;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::handler::Shape;
use crate::limits::PAGE_ROWS_MAX;
use crate::listing::Listing;
use crate::operation::Operation;
use crate::path::parameter_names;
use crate::spelling::{NATIVE, Spelling, V1, V2, spell};

/// The description of what is served under `spelling`; the newest one has Muster's own operations too.
pub fn describe(operations: &[Operation], spelling: Spelling) -> Value {
    let mut generator = SchemaSettings::openapi3().into_generator();
    let mut paths = Map::new();
    let mut tags: Vec<&str> = Vec::new();
    for operation in operations {
        for spoken in spoken_in(operation, spelling) {
            let path = paths
                .entry(spell(operation.path, spoken))
                .or_insert_with(|| json!({}));
            path[operation.method.name().to_lowercase()] =
                describe_operation(operation, spoken, &mut generator);
            if !tags.contains(&operation.tag) {
                tags.push(operation.tag);
            }
        }
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("ErrorResponseDto".to_owned(), error_schema());
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "Muster",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Identity governance with event triggers. Made from the declarations that also route and authorize.",
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags.iter().map(|tag| json!({ "name": tag })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": error_responses(),
            "securitySchemes": security_schemes(),
        },
    })
}

/// The spellings of `operation` that belong into the description of `spelling`.
fn spoken_in(operation: &Operation, spelling: Spelling) -> impl Iterator<Item = Spelling> {
    let wanted = if spelling == V1 {
        V1.and(V2).and(NATIVE)
    } else {
        spelling
    };
    operation
        .spellings
        .each()
        .filter(move |one| wanted.contains(*one))
}

fn describe_operation(
    operation: &Operation,
    spelling: Spelling,
    generator: &mut SchemaGenerator,
) -> Value {
    let mut described = json!({
        "operationId": operation_id(operation, spelling),
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": parameters(operation),
        "responses": responses(operation, generator),
        "security": security(operation),
    });
    if let Some(request) = &operation.request {
        described["requestBody"] = json!({
            "required": request.required,
            "content": content(request, false, generator),
        });
    }
    if !operation.guard.is_public() {
        let levels = operation.guard.levels();
        described["x-sailpoint-userLevels"] = if levels == muster_auth::LevelSet::ANY {
            json!(["Any"])
        } else {
            json!(levels)
        };
    }
    if operation.deprecated {
        described["deprecated"] = json!(true);
    }
    if operation.experimental {
        described["x-muster-experimental"] = json!(true);
    }
    described
}

/// The vendor appends the version to the newest ids: `listTransformsV1`.
fn operation_id(operation: &Operation, spelling: Spelling) -> String {
    match spelling {
        V1 | V2 => format!("{}{}", operation.id, spelling.name().to_uppercase()),
        _ => operation.id.to_owned(),
    }
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let mut all: Vec<Value> = parameter_names(operation.path)
        .map(|name| {
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
        })
        .collect();
    if let Some(listing) = operation.listing {
        all.extend(list_parameters(listing));
    }
    all.extend(operation.query.iter().map(|parameter| {
        query_parameter(
            parameter.name,
            parameter.summary,
            &json!({ "type": "string" }),
        )
    }));
    all
}

fn list_parameters(listing: &Listing) -> Vec<Value> {
    let mut all = Vec::new();
    if let Some(rows_max) = listing.rows_max {
        all.extend(page_parameters(rows_max));
    }
    let text = json!({ "type": "string" });
    if listing.fields.filterable().next().is_some() {
        let fields: Vec<String> = listing.fields.filterable().map(filter_sentence).collect();
        let summary = format!("Filtering is supported for: {}.", fields.join("; "));
        all.push(query_parameter("filters", &summary, &text));
    }
    if listing.fields.sortable().next().is_some() {
        let fields: Vec<&str> = listing.fields.sortable().map(|field| field.name).collect();
        let summary = format!("Sorting is supported for: {}.", fields.join(", "));
        all.push(query_parameter("sorters", &summary, &text));
    }
    all
}

fn page_parameters(rows_max: u32) -> [Value; 3] {
    let limit = json!({
        "type": "integer", "format": "int32", "minimum": 0, "maximum": rows_max,
        "default": rows_max.min(PAGE_ROWS_MAX),
    });
    let offset = json!({ "type": "integer", "format": "int32", "minimum": 0, "default": 0 });
    let count = json!({ "type": "boolean", "default": false });
    [
        query_parameter("limit", "Rows at most.", &limit),
        query_parameter("offset", "Rows to skip.", &offset),
        query_parameter(
            "count",
            "Whether X-Total-Count says how many rows there are in all.",
            &count,
        ),
    ]
}

/// `name: eq, sw`
pub(crate) fn filter_sentence(field: &Field) -> String {
    format!("{}: {}", field.name, field.operators.words())
}

fn query_parameter(name: &str, summary: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "required": false, "description": summary, "schema": schema })
}

fn responses(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let success = operation.success();
    let mut described = json!({ "description": success.canonical_reason().unwrap_or("Success") });
    if let Some(response) = &operation.response {
        described["content"] = content(response, operation.is_list, generator);
    }
    let mut all = Map::new();
    all.insert(success.as_u16().to_string(), described);
    for (status, name) in ERRORS {
        all.insert(
            (*status).to_owned(),
            json!({ "$ref": format!("#/components/responses/{name}") }),
        );
    }
    Value::Object(all)
}

fn content(shape: &Shape, is_list: bool, generator: &mut SchemaGenerator) -> Value {
    let schema = match shape.schema {
        Some(schema) => schema(generator).to_value(),
        None => json!({}),
    };
    let schema = if is_list {
        json!({ "type": "array", "items": schema })
    } else {
        schema
    };
    shape
        .content_types
        .iter()
        .map(|content_type| ((*content_type).to_owned(), json!({ "schema": schema })))
        .collect::<Map<String, Value>>()
        .into()
}

fn security(operation: &Operation) -> Value {
    if operation.guard.is_public() {
        return json!([]);
    }
    let scopes = operation.guard.scopes();
    let mut all = vec![json!({ "userAuth": scopes })];
    if operation.guard.is_open_to_applications() {
        all.push(json!({ "applicationAuth": scopes }));
    }
    Value::from(all)
}

const ERRORS: &[(&str, &str)] = &[
    ("400", "BadRequest"),
    ("401", "Unauthorized"),
    ("403", "Forbidden"),
    ("404", "NotFound"),
    ("429", "TooManyRequests"),
    ("500", "InternalError"),
];

fn error_responses() -> Value {
    let whole = json!({ "$ref": "#/components/schemas/ErrorResponseDto" });
    let text =
        |name: &str| json!({ "type": "object", "properties": { name: { "type": "string" } } });
    let described = |description: &str, schema: &Value| {
        json!({
            "description": description,
            "content": { "application/json": { "schema": schema } },
        })
    };
    json!({
        "BadRequest": described("What was sent cannot be used; the text says why and what would be right.", &whole),
        "Unauthorized": described("No access token, or one that does not hold.", &text("error")),
        "Forbidden": described("The token does not reach this far.", &whole),
        "NotFound": described("There is no such object.", &whole),
        "TooManyRequests": described("Too many calls; Retry-After says when to come back.", &text("message")),
        "InternalError": described("Something went wrong; the log has the cause under the trackingId.", &whole),
    })
}

fn error_schema() -> Value {
    let messages = json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "locale": { "type": "string" },
                "localeOrigin": { "type": "string" },
                "text": { "type": "string" },
            },
        },
    });
    json!({
        "type": "object",
        "properties": {
            "detailCode": { "type": "string" },
            "trackingId": { "type": "string" },
            "messages": messages,
            "causes": messages,
        },
    })
}

fn security_schemes() -> Value {
    let client = json!({ "tokenUrl": "/oauth/token", "scopes": {} });
    let code = json!({
        "authorizationUrl": "/oauth/authorize", "tokenUrl": "/oauth/token", "scopes": {},
    });
    json!({
        "userAuth": {
            "type": "oauth2",
            "flows": { "clientCredentials": client, "authorizationCode": code },
        },
        "applicationAuth": { "type": "oauth2", "flows": { "clientCredentials": client } },
    })
}
