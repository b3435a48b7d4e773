//! Small vocabularies to write down, and texts that come from few characters.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use omnitok_core::encoder::{Encoder, Normalizer, Rules};
use omnitok_core::splitter::Splitter;
use omnitok_core::vocabulary::Vocabulary;
use proptest::prelude::*;
use proptest::sample::select;

/// The 256 bytes, tokens from id 256 on, and how they are used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Small {
    pub(crate) pattern: String,
    pub(crate) tokens: Vec<Vec<u8>>,
    pub(crate) merges: Option<Vec<(u32, u32)>>,
    pub(crate) whole_words: bool,
    pub(crate) normalizer: Option<Normalizer>,
    pub(crate) special: BTreeMap<String, u32>,
}

impl Small {
    pub(crate) fn all_tokens(&self) -> Vec<(u32, Vec<u8>)> {
        let bytes = (0..=255u8).map(|byte| vec![byte]);
        (0..).zip(bytes.chain(self.tokens.iter().cloned())).collect()
    }

    pub(crate) fn vocabulary(&self) -> Vocabulary {
        let tokens = self.all_tokens();
        let tokens: Vec<(u32, &[u8])> = tokens.iter().map(|(id, bytes)| (*id, bytes.as_slice())).collect();
        Vocabulary::from_tokens(&tokens, self.special.clone()).expect("a vocabulary that can exist")
    }

    pub(crate) fn encoder(&self) -> Encoder {
        let rules = Rules { merges: self.merges.clone(), whole_words: self.whole_words, normalizer: self.normalizer };
        let splitter = Splitter::new(&self.pattern).expect("a good pattern");
        Encoder::new(Arc::new(self.vocabulary()), splitter, rules).expect("merges that fit")
    }
}

pub(crate) fn words(encoder: &Encoder, text: &str) -> Vec<String> {
    let mut words = Vec::new();
    encoder.splitter().for_each_word(text, |word| words.push(word.to_owned())).expect("a pattern of linear time");
    words
}

/// Characters whose bytes share beginnings and ends, so that tokens across characters have a chance.
pub(crate) const CHARACTERS: &[char] = &[
    'a', 'b', 'c', ' ', '\n', 'é', 'è', 'ä', 'и', 'й', 'क', 'ख', 'म', 'ম', '中', '丮', '为', '\u{FFFD}', '👍', '👎',
    '💍',
];

pub(crate) fn text_of(characters: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = String> {
    proptest::collection::vec(select(CHARACTERS), characters).prop_map(String::from_iter)
}

/// Short texts, texts of one character over and over, and texts of some hundred characters.
pub(crate) fn any_text() -> impl Strategy<Value = String> {
    let runs = (select(CHARACTERS), 1..150_usize).prop_map(|(unit, times)| unit.to_string().repeat(times));
    prop_oneof![4 => text_of(0..16), 2 => text_of(20..60), 1 => text_of(100..300), 1 => runs]
}

/// Vocabularies whose tokens are joined from earlier ones, as training does, or cut out of text anywhere.
pub(crate) fn any_vocabulary() -> impl Strategy<Value = Small> {
    let seeds = proptest::collection::vec((any::<usize>(), any::<usize>(), any::<bool>()), 1..60);
    let rules = (any::<bool>(), any::<bool>(), select(vec![r"[\s\S]+", "gpt2", "o200k"]));
    (text_of(80), seeds, rules).prop_map(|(source, seeds, (listed, whole_words, pattern))| {
        let source = source.as_bytes();
        let mut tokens: Vec<Vec<u8>> = Vec::new();
        let mut merges: Vec<(u32, u32)> = Vec::new();
        let mut known: HashMap<Vec<u8>, u32> = (0..=255u8).map(|byte| (vec![byte], u32::from(byte))).collect();
        for (first, second, cut_out) in seeds {
            // What stands in the text at some place, so that joined tokens occur in texts.
            let start = first % (source.len() - 8);
            let longest = |from: usize| {
                let ends = (from + 1..=source.len()).rev();
                let tokens = ends.filter_map(|end| known.get(&source[from..end]).map(|&id| (id, end)));
                tokens.into_iter().next().expect("every byte is a token")
            };
            let (left, middle) = longest(start);
            let (right, end) = if middle < source.len() { longest(middle) } else { continue };
            let token = if cut_out { &source[start..start + 2 + second % 6] } else { &source[start..end] };
            if !known.contains_key(token) {
                known.insert(token.to_vec(), 256 + tokens.len() as u32);
                tokens.push(token.to_vec());
            }
            if known.contains_key(&source[start..end]) && !merges.contains(&(left, right)) {
                // Priorities that are not the order of ids.
                merges.insert(second % (merges.len() + 1), (left, right));
            }
        }
        let merges = listed.then_some(merges);
        Small { pattern: pattern.to_owned(), tokens, merges, whole_words, ..Small::default() }
    })
}

pub(crate) fn configuration(cases: u32) -> ProptestConfig {
    let factor = std::env::var("PROPTEST_FACTOR").ok().and_then(|factor| factor.parse().ok()).unwrap_or(1);
    ProptestConfig { cases: cases * factor, failure_persistence: None, ..ProptestConfig::default() }
}

pub(crate) const NAMES: &[&str] = &["<a>", "<a>b", "b", "<", "a><a", "<|x|>"];

pub(crate) fn special_encoder() -> Encoder {
    let special = NAMES.iter().zip(300..).map(|(name, id)| ((*name).to_owned(), id)).collect();
    Small { pattern: "gpt2".into(), tokens: vec![b"ab".to_vec(), b"<a".to_vec()], special, ..Small::default() }
        .encoder()
}

pub(crate) fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}
