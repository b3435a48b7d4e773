//! Which of the most frequent pairs comes first.

use std::cmp::Reverse;

use super::pair::Pair;
use super::tokens::Tokens;

/// What ties are broken by; the smallest comes first.
pub(super) trait Order: Ord {
    fn of(pair: Pair, tokens: &Tokens) -> Self;

    fn pair(&self) -> Pair;
}

/// The smallest left id, then the smallest right one.
impl Order for Pair {
    fn of(pair: Pair, _: &Tokens) -> Self {
        pair
    }

    fn pair(&self) -> Pair {
        *self
    }
}

/// Those of `sentencepiece`: the shorter token, then the one whose bytes come first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ShorterFirst {
    characters: usize,
    bytes: Box<[u8]>,
    pair: Pair,
}

impl Order for ShorterFirst {
    fn of(pair: Pair, tokens: &Tokens) -> Self {
        let bytes = tokens.joined(pair);
        // As that library counts: every byte but those that continue a character.
        let characters = bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
        Self { characters, bytes: bytes.into(), pair }
    }

    fn pair(&self) -> Pair {
        self.pair
    }
}

/// A pair in the queue: the highest count comes first, then the smallest in its order.
pub(super) type Ranked<O> = (u64, Reverse<O>);
