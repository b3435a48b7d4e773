//! The cases that Rust and Python share, each through every engine and every way to encode.

use std::collections::{BTreeMap, HashMap};
use std::fs;

use omnitok_core::encoder::{Encoder, Normalizer, SpecialSet};
use omnitok_core::parallel::unwatched;

use crate::every_way::{check, check_engines, check_truncation};
use crate::small::Small;

/// Longer texts take the definition, or a cut at every place, too long.
const SHORT_TEXT: usize = 600;
/// Bytes that are more than one chunk of a batch.
const LARGE_BATCH: usize = 200_000;

fn integer(value: &toml::Value) -> u32 {
    u32::try_from(value.as_integer().expect("an integer")).expect("an id or a number of times")
}

fn integers(value: &toml::Value) -> Vec<u32> {
    value.as_array().expect("a list").iter().map(integer).collect()
}

fn string(value: &toml::Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn token_bytes(value: &toml::Value) -> Vec<u8> {
    match value {
        toml::Value::String(text) => text.clone().into_bytes(),
        list => integers(list).into_iter().map(|byte| u8::try_from(byte).expect("a byte")).collect(),
    }
}

fn small(entry: &toml::Value) -> Small {
    Small {
        pattern: string(&entry["pattern"]),
        tokens: entry["tokens"].as_array().expect("a list").iter().map(token_bytes).collect(),
        merges: entry.get("merges").map(|merges| {
            let pairs = merges.as_array().expect("a list").iter().map(integers);
            pairs.map(|pair| (pair[0], pair[1])).collect()
        }),
        whole_words: entry["whole_words"].as_bool().expect("true or false"),
        normalizer: entry.get("normalizer").map(|_| Normalizer::Nfc),
        special: entry.get("special").map_or_else(BTreeMap::new, |special| {
            let table = special.as_table().expect("a table");
            table.iter().map(|(name, id)| (name.clone(), integer(id))).collect()
        }),
    }
}

#[test]
fn the_cases_hold() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cases/encoder.toml");
    let file: toml::Table = fs::read_to_string(path).expect(path).parse().expect("valid TOML");
    let vocabularies: HashMap<String, (Small, Encoder)> = file["vocabulary"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| {
            let small = small(entry);
            let encoder = small.encoder();
            (string(&entry["name"]), (small, encoder))
        })
        .collect();
    let cases = file["case"].as_array().expect("a list");
    let mut ordinary: HashMap<String, Vec<(String, Vec<u32>)>> = HashMap::new();
    for case in cases {
        let times = case.get("times").map_or(1, |times| integer(times) as usize);
        let (text, ids) = (string(&case["text"]).repeat(times), integers(&case["ids"]).repeat(times));
        let allowed: Vec<String> = case
            .get("allowed")
            .map_or_else(Vec::new, |names| names.as_array().expect("a list").iter().map(string).collect());
        let name = string(&case["vocabulary"]);
        let (small, shared) = &vocabularies[&name];
        // One encoder knows the words of the cases before, the other none.
        for encoder in [shared, &small.encoder()] {
            check(encoder, &text, &allowed, &ids);
        }
        if allowed.is_empty() && text.len() <= SHORT_TEXT {
            check_engines(small, &text);
            check_truncation(shared, &text, &ids);
        }
        if allowed.is_empty() {
            ordinary.entry(name).or_default().push((text, ids));
        }
    }
    for (name, pairs) in &ordinary {
        check_large_batch(&vocabularies[name].1, pairs);
    }
    assert!(cases.len() > 80, "only {} cases were read", cases.len());
}

/// All texts of a vocabulary over and over, so many that the batch is cut into chunks for several threads.
fn check_large_batch(encoder: &Encoder, pairs: &[(String, Vec<u32>)]) {
    let bytes: usize = pairs.iter().map(|(text, _)| text.len()).sum();
    let rounds = LARGE_BATCH / bytes + 1;
    let texts: Vec<&str> = (0..rounds).flat_map(|_| pairs.iter().map(|(text, _)| text.as_str())).collect();
    for threads in 1..=3 {
        let batch =
            encoder.encode_batch(&texts, SpecialSet::NONE, SpecialSet::NONE, threads, &mut unwatched).expect("ids");
        let mut start = 0;
        for ((_, ids), &end) in pairs.iter().cycle().zip(&batch.offsets[1..]) {
            let end = usize::try_from(end).expect("an offset");
            assert_eq!(&batch.ids[start..end], ids, "{threads} threads");
            start = end;
        }
        assert_eq!((start, batch.offsets.len()), (batch.ids.len(), texts.len() + 1));
    }
}
