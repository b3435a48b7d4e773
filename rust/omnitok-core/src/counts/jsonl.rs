//! The text of a line of JSON, without building the rest of it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

/// The string under `field` of the JSON object that `line` spells; the last one if the field is repeated.
///
/// The error says what is wrong and what to do, without the place, which the caller knows.
pub(crate) fn text_of(line: &str, field: &str) -> Result<String, String> {
    let mut deserializer = serde_json::Deserializer::from_str(line);
    let found = Object { field }.deserialize(&mut deserializer).and_then(|found| deserializer.end().map(|()| found));
    match found {
        Ok(Field::Text(text)) => Ok(text),
        Ok(Field::Missing) => Err(format!("no field {field:?}; name the field that holds the text (text_field)")),
        Ok(Field::Other) => {
            Err(format!("field {field:?} is not a string; remove such lines or name another field (text_field)"))
        }
        Err(error) => Err(format!("{error}; jsonl is one JSON object on each line")),
    }
}

enum Field {
    Missing,
    Other,
    Text(String),
}

struct Object<'a> {
    field: &'a str,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = Field;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Field, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Field;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
        let mut found = Field::Missing;
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if key == self.field {
                found = match map.next_value::<serde_json::Value>()? {
                    serde_json::Value::String(text) => Field::Text(text),
                    _ => Field::Other,
                };
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}
