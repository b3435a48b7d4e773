//! What one merge changes, added up before the index hears of it.

use super::join::Changes;
use super::pair::Pair;

/// What a merge of `left right` into `id` changes. Every pair that it changes stands beside the new token, so it is
/// `x left` that becomes `x id`, or `right y` that becomes `id y`: what is known of `x` and `y` is all there is.
#[derive(Default)]
pub(crate) struct Deltas {
    before: Side,
    after: Side,
    merged: Option<(Pair, u32)>,
    /// What the word counts that is being merged.
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
    /// Position of the neighbour and place, for every place where the new pair arose, in the order of the places.
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
    /// Number of places where the pair with the new token arose.
    pub(super) places: u32,
}

impl Side {
    #[inline]
    fn position(&mut self, token: u32) -> usize {
        let position = &mut self.positions[token as usize];
        if *position == 0 {
            self.neighbours.push(Neighbour { token, gained: 0, change: 0, places: 0 });
            *position = self.neighbours.len() as u32;
        }
        *position as usize - 1
    }

    #[inline]
    fn turn(&mut self, token: u32, count: u64, place: u32) {
        let position = self.position(token);
        let neighbour = &mut self.neighbours[position];
        neighbour.change = neighbour.change.wrapping_sub(count);
        neighbour.gained = neighbour.gained.wrapping_add(count);
        neighbour.places += 1;
        self.gains.push((position as u32, place));
    }

    fn place(&mut self, token: u32, place: u32) {
        let position = self.position(token);
        self.neighbours[position].places += 1;
        self.gains.push((position as u32, place));
    }

    fn absorb(&mut self, other: &mut Self) {
        let mut moved: Vec<u32> = Vec::with_capacity(other.neighbours.len());
        for theirs in &other.neighbours {
            let position = self.position(theirs.token);
            let own = &mut self.neighbours[position];
            own.gained = own.gained.wrapping_add(theirs.gained);
            own.change = own.change.wrapping_add(theirs.change);
            own.places += theirs.places;
            moved.push(position as u32);
        }
        self.gains.extend(other.gains.iter().map(|&(position, place)| (moved[position as usize], place)));
        other.clear();
    }

    fn clear(&mut self) {
        self.neighbours.drain(..).for_each(|neighbour| self.positions[neighbour.token as usize] = 0);
        self.gains.clear();
    }

    pub(super) fn neighbours(&self) -> &[Neighbour] {
        &self.neighbours
    }

    /// Position of the neighbour and place, for every place where the new pair arose; the places of each ascend.
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

    /// What follows is in a word that counts so much.
    #[inline]
    pub(super) fn enter(&mut self, count: u64) {
        self.count = count;
    }

    /// Takes over what another thread noted for later places, and leaves it empty.
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
    fn turn_before(&mut self, token: u32, place: u32) {
        self.before.turn(token, self.count, place);
    }

    #[inline]
    fn turn_after(&mut self, token: u32, place: u32) {
        self.after.turn(token, self.count, place);
    }

    fn place_before(&mut self, token: u32, place: u32) {
        self.before.place(token, place);
    }

    fn place_after(&mut self, token: u32, place: u32) {
        self.after.place(token, place);
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
        let neighbour = &mut side.neighbours[position];
        let sum = if is_new { &mut neighbour.gained } else { &mut neighbour.change };
        *sum = sum.wrapping_add(amount);
    }

    #[inline]
    fn replaced(&mut self, tokens: usize) {
        self.replaced += tokens as u64;
    }
}
