//! The text of a line of JSON, without building the rest of it.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::utf8::Utf8Policy;
use crate::Error;

/// The string under `field` of the JSON object that `line` spells; the last one if the field is repeated.
///
/// Escapes can spell half of a surrogate pair, which is no character; `errors` says what to do with it.
///
/// The refusal says what is wrong and what to do, without the place, which the caller knows.
pub(crate) fn text_of(line: &str, field: &str, errors: Utf8Policy) -> Result<String, Refusal> {
    let refuse = |reason| Err(Refusal { reason, is_no_character: false });
    match parse(line, Object { field, halves: false }) {
        Ok(Field::Text(text)) => Ok(text),
        Ok(Field::Missing) => refuse(format!("no field {field:?}; name the field that holds the text (text_field)")),
        Ok(Field::Other | Field::Halves(_)) => {
            refuse(format!("field {field:?} is not a string; remove such lines or name another field (text_field)"))
        }
        Err(error) => match parse(line, Object { field, halves: true }) {
            Ok(Field::Halves(text)) => without_halves(&text, field, errors),
            _ => refuse(format!("{error}; jsonl is one JSON object on each line")),
        },
    }
}

/// Why a line has no text.
#[derive(Debug)]
pub(crate) struct Refusal {
    reason: String,
    /// Another policy would have made text of it.
    is_no_character: bool,
}

impl Refusal {
    /// The error of a line of a file.
    pub(crate) fn at(self, path: &Path, line: u64) -> Error {
        if self.is_no_character {
            return Error::NoCharacter { path: path.to_owned(), line, reason: self.reason };
        }
        Error::corrupt(path, format!("line {line}: {self}"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.reason)
    }
}

fn parse(line: &str, object: Object<'_>) -> serde_json::Result<Field> {
    let mut deserializer = serde_json::Deserializer::from_str(line);
    let found = object.deserialize(&mut deserializer)?;
    deserializer.end().map(|()| found)
}

/// The text of bytes that are UTF-8 but for halves of surrogate pairs, written in three bytes each.
fn without_halves(bytes: &[u8], field: &str, errors: Utf8Policy) -> Result<String, Refusal> {
    let (mut text, mut rest) = (String::with_capacity(bytes.len()), bytes);
    while let Err(error) = std::str::from_utf8(rest) {
        let (valid, half) = rest.split_at(error.valid_up_to());
        text.push_str(&String::from_utf8_lossy(valid));
        match errors {
            Utf8Policy::Strict => {
                let reason = format!(
                    "field {field:?} spells half of a surrogate pair behind {} characters, which is no character; repair \
                     the file, or choose the error policy replace or skip",
                    text.chars().count()
                );
                return Err(Refusal { reason, is_no_character: true });
            }
            Utf8Policy::Replace => text.push(char::REPLACEMENT_CHARACTER),
            Utf8Policy::Skip => {}
        }
        rest = half.get(3..).unwrap_or_default();
    }
    text.push_str(&String::from_utf8_lossy(rest));
    Ok(text)
}

enum Field {
    Missing,
    Other,
    Text(String),
    /// A text with halves of surrogate pairs, in three bytes each.
    Halves(Vec<u8>),
}

struct Object<'a> {
    field: &'a str,
    /// Whether the string may hold halves of surrogate pairs.
    halves: bool,
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
            if key == self.field && self.halves {
                found = Field::Halves(map.next_value_seed(Bytes)?);
            } else if key == self.field {
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

/// A string as bytes: so asked, `serde_json` lets halves of surrogate pairs pass.
struct Bytes;

impl<'de> DeserializeSeed<'de> for Bytes {
    type Value = Vec<u8>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }
}
