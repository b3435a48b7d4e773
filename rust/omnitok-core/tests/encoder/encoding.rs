//! Ids, spans, counts and cuts: against the cases and against a slow encoder that is plainly right.

use std::collections::{BTreeMap, HashMap};
use std::fs;

use omnitok_core::encoder::{Encoder, Normalizer, SpecialSet, character_spans};
use omnitok_core::parallel::unwatched;
use proptest::prelude::*;

use crate::small::{Small, any_text, any_vocabulary, configuration, words};

fn integer(value: &toml::Value) -> u32 {
    u32::try_from(value.as_integer().expect("an integer")).expect("an id or a number of times")
}

fn integers(value: &toml::Value) -> Vec<u32> {
    value.as_array().expect("a list").iter().map(integer).collect()
}

fn token_bytes(value: &toml::Value) -> Vec<u8> {
    match value {
        toml::Value::String(text) => text.clone().into_bytes(),
        list => integers(list).into_iter().map(|byte| u8::try_from(byte).expect("a byte")).collect(),
    }
}

fn small(entry: &toml::Value) -> Small {
    let list = |key: &str| entry[key].as_array().expect("a list");
    Small {
        pattern: entry["pattern"].as_str().expect("a pattern").to_owned(),
        tokens: list("tokens").iter().map(token_bytes).collect(),
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
    let name = |entry: &toml::Value, key: &str| entry[key].as_str().expect("a name").to_owned();
    let encoders: HashMap<String, Encoder> = file["vocabulary"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| (name(entry, "name"), small(entry).encoder()))
        .collect();
    let cases = file["case"].as_array().expect("a list");
    for case in cases {
        let times = case.get("times").map_or(1, |times| integer(times) as usize);
        let text = name(case, "text").repeat(times);
        let encoder = &encoders[&name(case, "vocabulary")];
        let ids = match case.get("allowed") {
            None => encoder.encode_ordinary(&text),
            Some(allowed) => {
                let allowed = allowed.as_array().expect("a list").iter();
                let allowed: Vec<String> = allowed.map(|name| name.as_str().expect("a name").to_owned()).collect();
                encoder.encode(&text, SpecialSet::Only(&allowed), SpecialSet::NONE)
            }
        };
        assert_eq!(ids.expect("ids"), integers(&case["ids"]).repeat(times), "{case}");
    }
    assert!(cases.len() > 30, "only {} cases were read", cases.len());
}

/// Merges one pair at a time, looking at every pair each time: the definition, in quadratic time.
struct SlowEncoder {
    ids: HashMap<Vec<u8>, u32>,
    bytes: HashMap<u32, Vec<u8>>,
    priorities: Option<HashMap<(u32, u32), usize>>,
    whole_words: bool,
}

impl SlowEncoder {
    fn new(small: &Small) -> Self {
        let tokens = small.all_tokens();
        let priorities = small.merges.as_ref().map(|merges| merges.iter().copied().zip(0..).collect());
        Self {
            ids: tokens.iter().map(|(id, bytes)| (bytes.clone(), *id)).collect(),
            bytes: tokens.into_iter().collect(),
            priorities,
            whole_words: small.whole_words,
        }
    }

    /// The priority of a merge and what it makes.
    fn merge(&self, left: u32, right: u32) -> Option<(usize, u32)> {
        let product = *self.ids.get(&[self.bytes[&left].as_slice(), &self.bytes[&right]].concat())?;
        match &self.priorities {
            None => Some((product as usize, product)),
            Some(priorities) => priorities.get(&(left, right)).map(|&priority| (priority, product)),
        }
    }

    fn word(&self, word: &str) -> Vec<u32> {
        if let Some(&id) = self.ids.get(word.as_bytes()).filter(|_| self.whole_words) {
            return vec![id];
        }
        let mut symbols: Vec<u32> = word.bytes().map(u32::from).collect();
        loop {
            let merges = symbols.windows(2).zip(0..).filter_map(|(pair, position)| {
                self.merge(pair[0], pair[1]).map(|(priority, product)| (priority, position, product))
            });
            let Some((_, position, product)) = merges.min() else { return symbols };
            symbols.splice(position..position + 2, [product]);
        }
    }
}

proptest! {
    #![proptest_config(configuration(400))]

    /// The scan of short words, the queues of long ones, the characters that start whole, and the cache, which the second
    /// time round answers: all give what merging byte by byte gives.
    #[test]
    fn every_engine_gives_what_the_definition_gives(
        small in any_vocabulary(),
        texts in proptest::collection::vec(any_text(), 1..12),
    ) {
        let (encoder, slow) = (small.encoder(), SlowEncoder::new(&small));
        let mut expected = Vec::new();
        for text in &texts {
            let ids: Vec<u32> = words(&encoder, text).iter().flat_map(|word| slow.word(word)).collect();
            prop_assert_eq!(encoder.encode_ordinary(text).expect("ids"), &ids[..], "{:?}", text);
            prop_assert_eq!(encoder.encode_ordinary(text).expect("ids"), &ids[..], "again, {:?}", text);
            prop_assert_eq!(encoder.count(text).expect("a count"), ids.len());
            prop_assert_eq!(encoder.vocabulary().decode(&ids).expect("bytes"), text.as_bytes());
            expected.push(ids);
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        for threads in 1..4 {
            let batch = encoder
                .encode_batch(&texts, SpecialSet::NONE, SpecialSet::NONE, threads, &mut unwatched)
                .expect("ids");
            let offsets: Vec<usize> =
                batch.offsets.iter().map(|&offset| usize::try_from(offset).expect("no offset is negative")).collect();
            let of_texts: Vec<&[u32]> = offsets.windows(2).map(|ends| &batch.ids[ends[0]..ends[1]]).collect();
            prop_assert_eq!(&of_texts, &expected);
        }
    }

    #[test]
    fn a_truncated_text_is_a_beginning_and_fits(small in any_vocabulary(), text in any_text(), most in 0_usize..40) {
        let encoder = small.encoder();
        let short = encoder.truncate(&text, most).expect("a text");
        prop_assert!(text.starts_with(short));
        prop_assert!(encoder.count(short).expect("a count") <= most);
        if encoder.count(&text).expect("a count") <= most {
            prop_assert_eq!(short, &text);
        }
    }

    #[test]
    fn spans_lie_end_to_end_and_say_where_tokens_come_from(small in any_vocabulary(), text in any_text()) {
        let encoder = small.encoder();
        let ids = encoder.encode_ordinary(&text).expect("ids");
        let spans = encoder.spans(&text, &ids);
        prop_assert_eq!(spans.len(), ids.len());
        let mut end = 0;
        for (&id, &(from, to)) in ids.iter().zip(&spans) {
            prop_assert_eq!(from, end);
            prop_assert_eq!(encoder.vocabulary().token_bytes(id), text.as_bytes().get(from..to));
            end = to;
        }
        prop_assert_eq!(end, text.len());
        // By definition: the characters that have a byte in the span.
        let characters: Vec<_> = text.char_indices().map(|(at, found)| at..at + found.len_utf8()).collect();
        for (&(from, to), (first, last)) in spans.iter().zip(character_spans(&text, &spans)) {
            let touched = characters.iter().zip(0..).filter(|(bytes, _)| bytes.start < to && from < bytes.end);
            let touched: Vec<usize> = touched.map(|(_, index)| index).collect();
            prop_assert_eq!((first, last), (touched[0], touched[touched.len() - 1] + 1));
        }
    }
}

#[test]
fn long_words_are_merged_like_short_ones() {
    let tokens = ["aa", "aaaa", "ab", "ba", "abab", "क", "कक"].map(|token| token.as_bytes().to_vec()).to_vec();
    let small = Small { pattern: r"[\s\S]+".into(), tokens, ..Small::default() };
    let (encoder, slow) = (small.encoder(), SlowEncoder::new(&small));
    // Around the border between the engines, and around the lengths that the caches hold.
    for length in (1..70).chain([127, 128, 129, 600]) {
        for unit in ["a", "ab", "ba", "aab", "क", "aक", "x"] {
            let text: String = unit.chars().cycle().take(length).collect();
            assert_eq!(encoder.encode_ordinary(&text).expect("ids"), slow.word(&text), "{length} of {unit:?}");
        }
    }
}
