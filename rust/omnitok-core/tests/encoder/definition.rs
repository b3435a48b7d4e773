//! The definition of the encoder, in quadratic time. The fuzz targets (`rust/fuzz`) use it too.

use std::collections::HashMap;

use crate::small::Small;

/// Merges one pair at a time, looking at every pair each time.
pub(crate) struct Definition {
    ids: HashMap<Vec<u8>, u32>,
    bytes: HashMap<u32, Vec<u8>>,
    priorities: Option<HashMap<(u32, u32), usize>>,
    whole_words: bool,
}

impl Definition {
    pub(crate) fn new(small: &Small) -> Self {
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

    /// The ids of one word.
    pub(crate) fn word(&self, word: &str) -> Vec<u32> {
        if let Some(&id) = self.ids.get(word.as_bytes()).filter(|_| self.whole_words) {
            return vec![id];
        }
        let mut symbols: Vec<u32> = word.bytes().map(u32::from).collect();
        let mut merges: Vec<Option<(usize, u32)>> =
            symbols.windows(2).map(|pair| self.merge(pair[0], pair[1])).collect();
        loop {
            let found =
                merges.iter().zip(0..).filter_map(|(merge, position)| merge.map(|found| (found.0, position, found.1)));
            let Some((_, position, product)) = found.min() else { return symbols };
            symbols.splice(position..position + 2, [product]);
            merges.remove(position);
            // A merge changes the pairs beside it only.
            for left in position.saturating_sub(1)..(position + 1).min(merges.len()) {
                merges[left] = self.merge(symbols[left], symbols[left + 1]);
            }
        }
    }
}
