//! What one merge changes, added up before the index hears of it.

use super::join::Changes;
use super::pair::Pair;

/// What a merge of `left right` into `id` changes. Every pair that it changes stands beside the new token, so it is
/// `x left` that becomes `x id`, or `right y` that becomes `id y`: what is known of `x` and `y` is all there is.
#[derive(Default)]
pub(super) struct Deltas {
    before: Side,
    after: Side,
    merged: Option<(Pair, u32)>,
    /// The word that is being merged, and its count.
    word: u32,
    count: u64,
    /// Tokens that went away in all words.
    pub(super) replaced: u64,
}

/// The neighbours on one side.
#[derive(Default)]
pub(super) struct Side {
    /// By token: its position in `neighbours` plus one, or 0.
    positions: Vec<u32>,
    neighbours: Vec<Neighbour>,
    /// Position of the neighbour and word, for every word in which the new pair arose, in the order of the words.
    gains: Vec<(u32, u32)>,
}

/// A token beside the merged pair. Changes are sums modulo 2^64: the parts may be below zero, and what comes out is not.
#[derive(Clone, Copy)]
pub(super) struct Neighbour {
    pub(super) token: u32,
    /// What the pair with the new token gains.
    pub(super) gained: u64,
    /// What the pair with the old token changes by.
    pub(super) change: u64,
    /// Number of words in which the pair with the new token arose.
    pub(super) words: u32,
    last_word: u32,
}

const NO_WORD: u32 = u32::MAX;

impl Side {
    #[inline]
    fn position(&mut self, token: u32) -> usize {
        let position = &mut self.positions[token as usize];
        if *position == 0 {
            self.neighbours.push(Neighbour { token, gained: 0, change: 0, words: 0, last_word: NO_WORD });
            *position = self.neighbours.len() as u32;
        }
        *position as usize - 1
    }

    #[inline]
    fn gain(&mut self, position: usize, amount: u64, word: u32) {
        let neighbour = &mut self.neighbours[position];
        neighbour.gained = neighbour.gained.wrapping_add(amount);
        if neighbour.last_word != word {
            neighbour.last_word = word;
            neighbour.words += 1;
            self.gains.push((position as u32, word));
        }
    }

    #[inline]
    fn turn(&mut self, token: u32, count: u64, word: u32) {
        let position = self.position(token);
        self.neighbours[position].change = self.neighbours[position].change.wrapping_sub(count);
        self.gain(position, count, word);
    }

    fn absorb(&mut self, other: &mut Self) {
        let mut moved: Vec<u32> = Vec::with_capacity(other.neighbours.len());
        for theirs in &other.neighbours {
            let position = self.position(theirs.token);
            let own = &mut self.neighbours[position];
            own.gained = own.gained.wrapping_add(theirs.gained);
            own.change = own.change.wrapping_add(theirs.change);
            own.words += theirs.words;
            moved.push(position as u32);
        }
        self.gains.extend(other.gains.iter().map(|&(position, word)| (moved[position as usize], word)));
        other.clear();
    }

    fn clear(&mut self) {
        self.neighbours.drain(..).for_each(|neighbour| self.positions[neighbour.token as usize] = 0);
        self.gains.clear();
    }

    pub(super) fn neighbours(&self) -> &[Neighbour] {
        &self.neighbours
    }

    /// Position of the neighbour and word, for every word in which the new pair arose; the words of each ascend.
    pub(super) fn gains(&self) -> &[(u32, u32)] {
        &self.gains
    }
}

impl Deltas {
    /// Forgets everything, keeps the memory, and gets ready for a merge.
    pub(super) fn start(&mut self, merged: Pair, id: u32) {
        for side in [&mut self.before, &mut self.after] {
            side.clear();
            side.positions.resize(side.positions.len().max(id as usize + 1), 0);
        }
        self.merged = Some((merged, id));
        self.replaced = 0;
    }

    /// What follows is in this word.
    #[inline]
    pub(super) fn enter(&mut self, word: u32, count: u64) {
        (self.word, self.count) = (word, count);
    }

    /// Takes over what another thread noted for later words, and leaves it empty.
    pub(super) fn absorb(&mut self, other: &mut Self) {
        self.before.absorb(&mut other.before);
        self.after.absorb(&mut other.after);
        self.replaced += std::mem::take(&mut other.replaced);
    }

    /// The neighbours before the merged pair, and those after it.
    pub(super) fn sides(&self) -> [&Side; 2] {
        [&self.before, &self.after]
    }
}

impl Changes for Deltas {
    #[inline]
    fn turn_before(&mut self, token: u32) {
        self.before.turn(token, self.count, self.word);
    }

    #[inline]
    fn turn_after(&mut self, token: u32) {
        self.after.turn(token, self.count, self.word);
    }

    fn change(&mut self, pair: Pair, times: i32) {
        let Some((merged, id)) = self.merged else { return };
        // No overflow: the arena left room for every position to come up four times.
        let amount = self.count * u64::from(times.unsigned_abs());
        let amount = if times < 0 { amount.wrapping_neg() } else { amount };
        let (side, token, is_new) = match (pair.left(), pair.right()) {
            (token, right) if right == id => (&mut self.before, token, true),
            (left, token) if left == id => (&mut self.after, token, true),
            (token, right) if right == merged.left() => (&mut self.before, token, false),
            (left, token) if left == merged.right() => (&mut self.after, token, false),
            // A run beside the pair that stays as it was: it was taken away and came back.
            _ => return,
        };
        let position = side.position(token);
        if is_new && times > 0 {
            side.gain(position, amount, self.word);
        } else if is_new {
            side.neighbours[position].gained = side.neighbours[position].gained.wrapping_add(amount);
        } else {
            side.neighbours[position].change = side.neighbours[position].change.wrapping_add(amount);
        }
    }

    #[inline]
    fn replaced(&mut self, tokens: usize) {
        self.replaced += tokens as u64;
    }
}
