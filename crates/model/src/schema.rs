//! The schema of a source: which attributes its accounts (or groups) have, and which two name them.
//!
//! The members are those of the wire (aggregation-refresh.md §1.2); members that Muster does not know
//! are kept and given back. Reading rows by a schema is the connector's business.

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::reference::{Reference, ReferenceType};
use crate::time::Timestamp;

/// Most attributes of one schema; as many as the columns that a file may have.
pub const ATTRIBUTES_MAX: usize = 1_000;

/// Most characters in the name of an attribute.
pub const ATTRIBUTE_NAME_CHARS_MAX: usize = 256;

/// The columns of the account template of delimited sources (aggregation-refresh.md §1.2).
const ACCOUNT_TEMPLATE: [&str; 10] = [
    "id",
    "name",
    "givenName",
    "familyName",
    "e-mail",
    "location",
    "manager",
    "groups",
    "startDate",
    "endDate",
];

/// The columns of the entitlement template of delimited sources (aggregation-refresh.md §1.2).
const GROUP_TEMPLATE: [&str; 9] = [
    "id",
    "name",
    "displayName",
    "created",
    "description",
    "modified",
    "entitlements",
    "groups",
    "permissions",
];

/// The template columns that hold several values.
const TEMPLATE_MULTI: [&str; 3] = ["groups", "entitlements", "permissions"];

/// One schema of a source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// The id; empty until the schema is stored.
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub id: String,
    /// What the objects are: `account`, `group`, or the name of another kind of entitlement.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// The kind of object on the native system.
    #[serde(default, deserialize_with = "null_as_default")]
    pub native_object_type: String,
    /// The attribute called Account ID: its value becomes `nativeIdentity`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub identity_attribute: String,
    /// The attribute called Account Name: its value becomes the account's `name`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub display_attribute: String,
    /// The attribute whose values are other objects of a hierarchy; group schemas only.
    #[serde(default)]
    pub hierarchy_attribute: Option<String>,
    /// Whether permissions are read with the objects.
    #[serde(default, deserialize_with = "null_as_default")]
    pub include_permissions: bool,
    /// Names of features; kept as written, since a newer vendor may name more than Muster knows.
    #[serde(default, deserialize_with = "null_as_default")]
    pub features: Vec<String>,
    /// Extra settings that the schema may need.
    #[serde(default, deserialize_with = "null_as_default")]
    pub configuration: Map<String, Value>,
    /// The attributes, in the order that people see.
    #[serde(default, deserialize_with = "null_as_default")]
    pub attributes: Vec<AttributeDefinition>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When it was last changed.
    #[serde(default)]
    pub modified: Option<Timestamp>,
    /// Members that Muster does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// One attribute of a schema.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttributeDefinition {
    /// The name, by which mappings and filters speak of it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// The name on the native system, where it differs.
    #[serde(default)]
    pub native_name: Option<String>,
    /// The type of the values.
    #[serde(default, rename = "type", deserialize_with = "null_as_default")]
    pub kind: AttributeType,
    /// The schema that the values are objects of.
    #[serde(default)]
    pub schema: Option<Reference>,
    /// What the attribute means.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether an account may have several values. The vendor's examples call this `isMultiValued`,
    /// its property list `isMulti`; only the latter is read (aggregation-refresh.md §1.2).
    #[serde(default, deserialize_with = "null_as_default")]
    pub is_multi: bool,
    /// Whether the values are entitlements.
    #[serde(default, deserialize_with = "null_as_default")]
    pub is_entitlement: bool,
    /// Whether the values are groups.
    #[serde(default, deserialize_with = "null_as_default")]
    pub is_group: bool,
    /// Members that Muster does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The type of an attribute's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AttributeType {
    /// Text.
    #[default]
    String,
    /// A whole number of 64 bits.
    Long,
    /// A whole number of 32 bits.
    Int,
    /// Yes or no.
    Boolean,
    /// A date; kept as the text that the source gave.
    Date,
}

/// What is wrong with one member of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The member, such as `identityAttribute` or `attributes[3].name`.
    pub field: String,
    /// What is wrong, as the rest of a sentence that begins with the member.
    pub message: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.field, self.message)
    }
}

impl std::error::Error for FieldError {}

impl Schema {
    /// The account schema that a new delimited source starts with.
    pub fn default_account() -> Self {
        Self::from_template("account", "User", &ACCOUNT_TEMPLATE)
    }

    /// The group schema that a new delimited source starts with.
    pub fn default_group() -> Self {
        Self::from_template("group", "Group", &GROUP_TEMPLATE)
    }

    /// An account schema with the columns of an uploaded template. Columns of the default template
    /// keep their meaning; all others are single strings. The Account ID is the column `id` or else
    /// the first, the Account Name the column `name` or else the Account ID.
    pub fn from_header<C: AsRef<str>>(columns: &[C]) -> Result<Self, Vec<FieldError>> {
        Self::default_account().with_columns(columns)
    }

    /// This schema with the columns of an uploaded template: attributes that stay keep their
    /// definition, attributes without a column go, new columns become single strings.
    pub fn with_columns<C: AsRef<str>>(mut self, columns: &[C]) -> Result<Self, Vec<FieldError>> {
        let mut known = std::mem::take(&mut self.attributes);
        for column in columns {
            let name = column.as_ref().trim();
            let at = known.iter().position(|attribute| attribute.name == name);
            self.attributes.push(at.map_or_else(
                || AttributeDefinition::text(name),
                |at| known.swap_remove(at),
            ));
        }
        if self.attribute(&self.identity_attribute).is_none() {
            self.identity_attribute = self
                .attributes
                .first()
                .map_or_else(String::new, |attribute| attribute.name.clone());
        }
        if self.attribute(&self.display_attribute).is_none() {
            self.display_attribute.clone_from(&self.identity_attribute);
        }
        self.validate().map(|()| self)
    }

    /// The template that people download: one line with the names of the columns.
    pub fn to_template_csv(&self) -> String {
        let mut line = String::new();
        for (at, attribute) in self.attributes.iter().enumerate() {
            if at > 0 {
                line.push(',');
            }
            push_cell(&mut line, &attribute.name);
        }
        line.push('\n');
        line
    }

    /// The definition of one attribute.
    pub fn attribute(&self, name: &str) -> Option<&AttributeDefinition> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }

    /// Everything that is wrong with this schema, each with the member it is about.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Errors::default();
        errors.unless(!self.name.trim().is_empty(), "name", "is required");
        errors.unless(
            self.attributes.len() <= ATTRIBUTES_MAX,
            "attributes",
            format!("has more than {ATTRIBUTES_MAX} entries"),
        );
        let mut seen = HashSet::new();
        for (at, attribute) in self.attributes.iter().enumerate() {
            let field = |member: &str| format!("attributes[{at}].{member}");
            if let Some(problem) = name_problem(&attribute.name) {
                errors.add(field("name"), problem);
            } else if !seen.insert(attribute.name.as_str()) {
                let name = &attribute.name;
                errors.add(field("name"), format!("repeats the name \"{name}\""));
            }
            attribute.validate(&field, &mut errors);
        }
        self.validate_naming("identityAttribute", &self.identity_attribute, &mut errors);
        self.validate_naming("displayAttribute", &self.display_attribute, &mut errors);
        if let Some(name) = self
            .hierarchy_attribute
            .as_deref()
            .filter(|name| !name.is_empty())
        {
            errors.unless(
                self.attribute(name).is_some(),
                "hierarchyAttribute",
                format!("names \"{name}\", which is not among the attributes"),
            );
        }
        errors.finish()
    }

    /// Account ID and Account Name: each is one attribute that exists and has a single value.
    fn validate_naming(&self, field: &str, name: &str, errors: &mut Errors) {
        if name.is_empty() {
            errors.add(field, "is required");
            return;
        }
        match self.attribute(name) {
            None => errors.add(
                field,
                format!("names \"{name}\", which is not among the attributes"),
            ),
            Some(attribute) => errors.unless(
                !attribute.is_multi,
                field,
                format!("names \"{name}\", which has several values"),
            ),
        }
    }

    fn from_template(name: &str, native_object_type: &str, columns: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            native_object_type: native_object_type.to_owned(),
            identity_attribute: "id".to_owned(),
            display_attribute: "name".to_owned(),
            attributes: columns
                .iter()
                .map(|column| AttributeDefinition::of_template(column))
                .collect(),
            ..Self::default()
        }
    }
}

impl AttributeDefinition {
    /// A single string.
    pub fn text(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// A template's column. Groups are entitlements; they are not marked `isGroup`, because that
    /// needs a group schema to refer to, which the template does not have.
    fn of_template(name: &str) -> Self {
        let is_multi = TEMPLATE_MULTI.contains(&name);
        Self {
            is_multi,
            is_entitlement: is_multi,
            ..Self::text(name)
        }
    }

    fn validate(&self, field: &dyn Fn(&str) -> String, errors: &mut Errors) {
        if self.is_group {
            let sound = self.is_entitlement && self.schema.is_some();
            let message = "needs isEntitlement and a reference to a schema";
            errors.unless(sound, field("isGroup"), message);
        }
        if let Some(reference) = &self.schema {
            let sound = reference.kind == ReferenceType::ConnectorSchema;
            let message = "must be CONNECTOR_SCHEMA";
            errors.unless(sound, field("schema.type"), message);
        }
    }
}

fn name_problem(name: &str) -> Option<String> {
    if name.trim().is_empty() {
        Some("is required".to_owned())
    } else if name.contains('.') {
        Some("may not contain a period".to_owned())
    } else if name.trim() != name || name.chars().any(char::is_control) {
        Some("may not begin or end with a space or contain control characters".to_owned())
    } else if name.chars().count() > ATTRIBUTE_NAME_CHARS_MAX {
        Some(format!(
            "is longer than {ATTRIBUTE_NAME_CHARS_MAX} characters"
        ))
    } else {
        None
    }
}

/// RFC 4180: a cell with a comma or a quote stands in quotes, and its quotes are doubled.
/// Line ends cannot occur, since names have no control characters.
fn push_cell(line: &mut String, cell: &str) {
    if cell.contains([',', '"']) {
        line.push('"');
        line.push_str(&cell.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(cell);
    }
}

#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError {
            field: field.into(),
            message: message.into(),
        });
    }

    fn unless(&mut self, sound: bool, field: impl Into<String>, message: impl Into<String>) {
        if !sound {
            self.add(field, message);
        }
    }

    fn finish(self) -> Result<(), Vec<FieldError>> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.0)
        }
    }
}

/// Clients send `null` for members that they leave empty.
fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields_of(schema: &Schema) -> Vec<String> {
        schema
            .validate()
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|error| error.field)
            .collect()
    }

    #[test]
    fn the_default_template_is_the_documented_line() {
        let schema = Schema::default_account();
        assert_eq!(
            schema.to_template_csv(),
            "id,name,givenName,familyName,e-mail,location,manager,groups,startDate,endDate\n"
        );
        assert_eq!(schema.validate(), Ok(()));
        assert!(schema.attribute("groups").unwrap().is_multi);
        assert_eq!(Schema::default_group().validate(), Ok(()));
    }

    #[test]
    fn a_schema_of_the_wire_comes_back_with_what_muster_does_not_know() {
        let wire = r#"{"id":"2c9180835d191a86015d28455b4a2329","name":"account","nativeObjectType":"User","identityAttribute":"sAMAccountName","displayAttribute":"distinguishedName","hierarchyAttribute":null,"includePermissions":false,"features":["PROVISIONING","SOMETHING_NEW"],"configuration":{"groupMemberAttribute":"member"},"attributes":[{"name":"sAMAccountName","nativeName":null,"type":"STRING","schema":null,"description":null,"isMulti":false,"isEntitlement":false,"isGroup":false,"isMultiValued":false},{"name":"memberOf","nativeName":null,"type":"STRING","schema":{"type":"CONNECTOR_SCHEMA","id":"2c9180887671ff8c01767b4671fc7d60","name":"group"},"description":"Group membership","isMulti":true,"isEntitlement":true,"isGroup":true}],"created":"2019-12-24T22:32:58.104Z","modified":"2019-12-31T20:22:28.104Z","later":{"a":1}}"#;
        let schema: Schema = serde_json::from_str(wire).unwrap();
        assert_eq!(serde_json::to_string(&schema).unwrap(), wire);
        assert_eq!(fields_of(&schema), ["displayAttribute"]);
    }

    #[test]
    fn nulls_of_clients_read_as_left_out() {
        let schema: Schema = serde_json::from_str(
            r#"{"name":"account","features":null,"attributes":[{"name":"id","type":null,"isMulti":null}],"identityAttribute":"id","displayAttribute":"id"}"#,
        )
        .unwrap();
        assert_eq!(schema.validate(), Ok(()));
        assert_eq!(schema.attributes[0].kind, AttributeType::String);
    }

    #[test]
    fn each_mistake_is_told_with_its_member() {
        let mut schema = Schema::default_account();
        schema.attributes[1].name = "user.name".to_owned();
        schema.attributes[2].name = "id".to_owned();
        schema.attributes[3].is_group = true;
        schema.attributes[4].name = String::new();
        schema.attributes[5].schema = Some(Reference::source("1", "not a schema"));
        schema.display_attribute = "groups".to_owned();
        schema.identity_attribute = String::new();
        schema.hierarchy_attribute = Some("nothing".to_owned());
        assert_eq!(
            fields_of(&schema),
            [
                "attributes[1].name",
                "attributes[2].name",
                "attributes[3].isGroup",
                "attributes[4].name",
                "attributes[5].schema.type",
                "identityAttribute",
                "displayAttribute",
                "hierarchyAttribute",
            ]
        );
    }

    #[test]
    fn an_uploaded_template_decides_the_columns() {
        let schema = Schema::from_header(&["Employee_ID", "groups", " Title "]).unwrap();
        assert_eq!(schema.identity_attribute, "Employee_ID");
        assert_eq!(schema.display_attribute, "Employee_ID");
        assert!(schema.attribute("groups").unwrap().is_multi);
        assert!(!schema.attribute("Title").unwrap().is_multi);

        let odd = Schema::from_header(&["id", "last, \"first\""]).unwrap();
        assert_eq!(odd.to_template_csv(), "id,\"last, \"\"first\"\"\"\n");

        let twice = Schema::from_header(&["id", "x", "x"]).unwrap_err();
        assert_eq!(
            twice[0].to_string(),
            "attributes[2].name repeats the name \"x\""
        );
        let none: &[&str] = &[];
        assert_eq!(
            Schema::from_header(none).unwrap_err()[0].field,
            "identityAttribute"
        );
    }

    #[test]
    fn attributes_that_stay_keep_their_definition() {
        let mut schema = Schema::default_account();
        schema.attributes[8].kind = AttributeType::Date;
        let changed = schema.with_columns(&["startDate", "id", "badge"]).unwrap();
        assert_eq!(changed.attributes[0].kind, AttributeType::Date);
        assert_eq!(changed.identity_attribute, "id");
        assert_eq!(changed.display_attribute, "id");
    }
}
