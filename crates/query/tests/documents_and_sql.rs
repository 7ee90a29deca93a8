//! The two readers of a filter agree: a document is found by `matches` exactly when its row is
//! found by the rendered SQL, and documents and rows come in the same order.

#![expect(clippy::unwrap_used, reason = "a failing test may panic anywhere")]

mod support;

use muster_model::Timestamp;
use muster_query::limits::{FILTER_DEPTH_MAX, FILTER_TERMS_MAX, LIST_VALUES_MAX};
use muster_query::{Filter, Literal, Sort, fold, list_column};
use rusqlite::types::Value as Column;
use rusqlite::{Connection, params_from_iter};
use serde_json::{Map, Value, json};

use support::{Dice, FIELDS};

const DOCUMENTS: usize = 200;
const FILTERS: usize = 4_000;

fn document(dice: &mut Dice) -> Value {
    let mut document = Map::new();
    let mut put = |name: &str, dice: &mut Dice, value: Value| match dice.roll(5) {
        0 => None,
        1 => document.insert(name.to_owned(), Value::Null),
        _ => document.insert(name.to_owned(), value),
    };
    let text = json!(dice.text());
    put("name", dice, text);
    let owner = json!({"id": dice.text()});
    put("owner", dice, owner);
    let count = json!(dice.roll(5) as i64 - 2);
    put("count", dice, count);
    let enabled = json!(dice.roll(2) == 1);
    put("enabled", dice, enabled);
    let created = json!(whole_time(dice.time()).to_string());
    put("created", dice, created);
    let tags: Vec<&str> = (0..dice.roll(4)).map(|_| dice.text()).collect();
    put("tags", dice, json!(tags));
    Value::Object(document)
}

/// The moment that a partial date starts at.
fn whole_time(text: &str) -> Timestamp {
    let full = match text.len() {
        4 => format!("{text}-01-01T00:00:00Z"),
        7 => format!("{text}-01T00:00:00Z"),
        10 => format!("{text}T00:00:00Z"),
        13 => format!("{text}:00:00Z"),
        16 => format!("{text}:00Z"),
        _ => text.to_owned(),
    };
    full.parse().unwrap()
}

fn row(id: usize, document: &Value) -> Vec<Column> {
    let text = |value: Option<String>| value.map_or(Column::Null, Column::Text);
    let number = |value: Option<i64>| value.map_or(Column::Null, Column::Integer);
    let created = document["created"]
        .as_str()
        .map(|text| text.parse::<Timestamp>().unwrap());
    let tags = document["tags"]
        .as_array()
        .and_then(|tags| list_column(tags.iter().filter_map(Value::as_str)));
    vec![
        Column::Integer(id as i64),
        text(document["name"].as_str().map(fold)),
        text(document["owner"]["id"].as_str().map(str::to_owned)),
        number(document["count"].as_i64()),
        number(document["enabled"].as_bool().map(i64::from)),
        number(created.map(Timestamp::as_micros)),
        text(tags),
    ]
}

fn table(documents: &[Value]) -> Connection {
    let database = Connection::open_in_memory().unwrap();
    database
        .execute_batch(
            "CREATE TABLE thing (id INTEGER PRIMARY KEY, name_lower TEXT, owner_id TEXT,
                                 count INTEGER, enabled INTEGER, created INTEGER, tags TEXT)",
        )
        .unwrap();
    let mut insert = database
        .prepare("INSERT INTO thing VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .unwrap();
    for (id, document) in documents.iter().enumerate() {
        insert.execute(params_from_iter(row(id, document))).unwrap();
    }
    drop(insert);
    database
}

fn ids(database: &Connection, sql: &str, literals: Vec<Literal>) -> Vec<usize> {
    let columns = literals.into_iter().map(|literal| match literal {
        Literal::Null => Column::Null,
        Literal::Int(number) => Column::Integer(number),
        Literal::Text(text) => Column::Text(text),
    });
    let mut statement = database.prepare(sql).unwrap();
    let rows = statement
        .query_map(params_from_iter(columns), |row| row.get::<_, i64>(0))
        .unwrap();
    rows.map(|id| id.unwrap() as usize).collect()
}

#[test]
fn a_filter_finds_the_same_in_documents_and_in_sql() {
    let mut dice = Dice::new(20_260_822);
    let documents: Vec<Value> = (0..DOCUMENTS).map(|_| document(&mut dice)).collect();
    let database = table(&documents);
    let mut found = 0;
    for _ in 0..FILTERS {
        let text = support::filter(&mut dice, 3);
        let filter = Filter::parse(&text).unwrap().check(FIELDS).unwrap();
        let matching: Vec<usize> = (0..DOCUMENTS)
            .filter(|id| filter.matches(&documents[*id]))
            .collect();
        let condition = filter.to_sql(1).unwrap();
        let sql = format!("SELECT id FROM thing WHERE {} ORDER BY id", condition.text);
        let rows = ids(&database, &sql, condition.literals);
        assert_eq!(matching, rows, "{text}\n{sql}");
        found += usize::from(!rows.is_empty() && rows.len() < DOCUMENTS);
    }
    assert!(
        found > FILTERS / 2,
        "only {found} filters told documents apart"
    );
}

#[test]
fn an_order_is_the_same_in_documents_and_in_sql() {
    let mut dice = Dice::new(7);
    let documents: Vec<Value> = (0..DOCUMENTS).map(|_| document(&mut dice)).collect();
    let database = table(&documents);
    let names: Vec<&str> = FIELDS.sortable().map(|field| field.name).collect();
    for _ in 0..300 {
        let written: Vec<String> = (0..=dice.roll(3))
            .map(|_| format!("{}{}", dice.pick(&["", "-"]), dice.pick(&names)))
            .collect();
        let text = written.join(",");
        let sort = Sort::parse(&text, FIELDS).unwrap();
        let mut sorted: Vec<usize> = (0..DOCUMENTS).collect();
        sorted.sort_by(|one, other| sort.compare(&documents[*one], &documents[*other]));
        let sql = format!(
            "SELECT id FROM thing ORDER BY {}",
            sort.to_sql("id").unwrap()
        );
        assert_eq!(sorted, ids(&database, &sql, Vec::new()), "{text}");
    }
}

#[test]
fn parameters_are_numbered_after_those_of_the_caller() {
    let filter = Filter::parse("count gt 1 and not name in (\"A\", \"b\")").unwrap();
    let condition = filter.check(FIELDS).unwrap().to_sql(3).unwrap();
    assert_eq!(
        condition.text,
        "((count > $3 AND (name_lower IS NULL OR NOT (name_lower IN ($4, $5)))))"
    );
    let text = |text: &str| Literal::Text(text.to_owned());
    assert_eq!(condition.literals, [Literal::Int(1), text("a"), text("b")]);
}

/// SQLite refuses an expression more than 1000 levels deep; a chain of `AND` is as deep as long.
#[test]
fn the_largest_filters_are_within_the_bounds_of_sqlite() {
    let database = table(&[]);
    let list = format!("tags ca ({})", ["\"x\""; LIST_VALUES_MAX].join(","));
    let chain = vec!["count eq 1"; FILTER_TERMS_MAX - 1].join(" and ");
    let nested = format!(
        "{}({chain} and not {list}){}",
        "not (".repeat(FILTER_DEPTH_MAX / 2 - 1),
        ")".repeat(FILTER_DEPTH_MAX / 2 - 1)
    );
    let condition = Filter::parse(&nested)
        .unwrap()
        .check(FIELDS)
        .unwrap()
        .to_sql(1)
        .unwrap();
    let sql = format!("SELECT id FROM thing WHERE {}", condition.text);
    assert_eq!(
        ids(&database, &sql, condition.literals),
        Vec::<usize>::new()
    );
}
