//! Small vocabularies to write down. The fuzz targets (`rust/fuzz`) use them too.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use omnitok_core::encoder::{Encoder, Normalizer, Rules};
use omnitok_core::splitter::Splitter;
use omnitok_core::vocabulary::Vocabulary;

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

/// How a token is chosen: the place in the source where it begins, what else there is to decide, and whether it is cut
/// out of the source there rather than joined from earlier tokens.
pub(crate) type Choice = (usize, usize, bool);

impl Small {
    /// A vocabulary whose tokens are joined from earlier ones, as training does, or cut out of `source` anywhere. With
    /// `listed` its merges are a list, in an order that is not that of the ids.
    pub(crate) fn out_of(source: &[u8], choices: &[Choice], listed: bool) -> Self {
        let mut tokens: Vec<Vec<u8>> = Vec::new();
        let mut merges: Vec<(u32, u32)> = Vec::new();
        let mut known: HashMap<Vec<u8>, u32> = (0..=255u8).map(|byte| (vec![byte], u32::from(byte))).collect();
        // What stands in the source at some place, so that joined tokens occur in texts.
        let Some(places) = source.len().checked_sub(8).filter(|places| *places > 0) else { return Self::default() };
        for &(first, second, cut_out) in choices {
            let start = first % places;
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
                merges.insert(second % (merges.len() + 1), (left, right));
            }
        }
        Self { tokens, merges: listed.then_some(merges), ..Self::default() }
    }
}
