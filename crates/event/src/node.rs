//! Filters look into events as they were built, without JSON in between.

use muster_jsonpath::{Kind, Node, Number};

use crate::value::{Key, Value};

impl Node for &Value {
    fn kind<'x>(self) -> Kind<'x>
    where
        Self: 'x,
    {
        match self {
            Value::Null => Kind::Null,
            Value::Boolean(flag) => Kind::Bool(*flag),
            Value::Integer(number) => Kind::Number(Number::Integer(*number)),
            Value::Text(text) => Kind::Text(text),
            Value::List(_) => Kind::Array,
            Value::Object(_) => Kind::Object,
        }
    }

    fn member(self, name: &str) -> Option<Self> {
        Value::member(self, name)
    }

    fn element(self, index: usize) -> Option<Self> {
        items(self).get(index)
    }

    fn len(self) -> usize {
        match self {
            Value::List(items) => items.len(),
            Value::Object(members) => members.len(),
            Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Text(_) => 0,
        }
    }

    fn elements<'x>(self) -> impl Iterator<Item = Self> + 'x
    where
        Self: 'x,
    {
        items(self).iter()
    }

    fn members<'x>(self) -> impl Iterator<Item = (&'x str, Self)> + 'x
    where
        Self: 'x,
    {
        let members: &[(Key, Value)] = match self {
            Value::Object(members) => members,
            _ => &[],
        };
        members.iter().map(|(key, value)| (key.as_str(), value))
    }
}

fn items(value: &Value) -> &[Value] {
    match value {
        Value::List(items) => items,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use muster_jsonpath::Filter;

    use crate::catalog;

    #[test]
    fn a_filter_sees_the_same_in_an_event_as_in_its_json() {
        const FILTERS: [&str; 6] = [
            "$.changes[?(@.attribute == 'department')]",
            "$.changes[?(@.newValue == 'nobody')]",
            "$.identity[?(@.name == 'john.doe')]",
            "$..[?(@.scanned > 100)]",
            "$[?($.changes.length() >= 2)]",
            "$.missing",
        ];
        for trigger in catalog::all() {
            let built = trigger.example_input();
            let json = serde_json::to_value(&built).unwrap();
            for text in FILTERS {
                let filter = Filter::compile(text).unwrap();
                assert_eq!(
                    filter.fires(&built),
                    filter.fires(&json),
                    "{} {text}",
                    trigger.id
                );
            }
        }
    }
}
