//! How often two tokens stand side by side, at most.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU32, Ordering};

use sha2::{Digest, Sha256};

/// The table has `2^TABLE_BITS` places of four bytes.
pub const TABLE_BITS: u32 = 25;
/// Places count to here at least, and what is above means no more than that.
pub(super) const MANY: u32 = 1 << 31;
/// Tables are hashed, written and read in pieces of so many bytes.
const BLOCK: usize = 1 << 14;

/// Counts of pairs by hash alone, which any number of threads may add to. Additions commute, so the table does not depend
/// on their order.
pub(super) struct PairBounds {
    places: Vec<AtomicU32>,
    shift: u32,
}

impl PairBounds {
    pub(super) fn new(bits: u32) -> Self {
        let bits = bits.clamp(1, 31);
        Self { places: (0..1_usize << bits).map(|_| AtomicU32::new(0)).collect(), shift: 64 - bits }
    }

    fn place(&self, left: u32, right: u32) -> &AtomicU32 {
        let pair = u64::from(left) << 32 | u64::from(right);
        &self.places[(pair.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize]
    }

    /// Counts a pair once more.
    #[inline]
    pub(super) fn note(&self, left: u32, right: u32) {
        let place = self.place(left, right);
        // Every thread may add one after it looked, and there are fewer than 2^31 threads.
        if place.load(Ordering::Relaxed) < MANY {
            place.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether a pair may have been counted so often.
    #[inline]
    pub(super) fn may_reach(&self, left: u32, right: u32, least: u32) -> bool {
        self.place(left, right).load(Ordering::Relaxed) >= least
    }

    fn counts(&self) -> impl Iterator<Item = u32> + '_ {
        self.places.iter().map(|place| place.load(Ordering::Relaxed).min(MANY))
    }

    /// The highest count that at least `wanted` places reach; 1 if there are not so many with anything in them.
    pub(super) fn reached_by(&self, wanted: usize) -> u64 {
        const TELL_APART: usize = 1 << 16;
        let mut places = vec![0_usize; TELL_APART];
        self.counts().for_each(|count| places[(count as usize).min(TELL_APART - 1)] += 1);
        let mut reached = 0;
        for (count, &places) in places.iter().enumerate().skip(1).rev() {
            reached += places;
            if reached >= wanted {
                return count as u64;
            }
        }
        1
    }

    /// Forgets all counts.
    pub(super) fn clear(&self) {
        self.places.iter().for_each(|place| place.store(0, Ordering::Relaxed));
    }

    /// The number of places, as a power of two.
    pub(super) fn bits(&self) -> u32 {
        64 - self.shift
    }

    /// SHA-256 of the table, in hexadecimal.
    pub(super) fn digest(&self) -> String {
        let mut digest = Sha256::new();
        let hashed = self.write(|bytes| {
            digest.update(bytes);
            Ok(())
        });
        hashed.expect("hashing does not fail");
        digest.finalize().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    }

    /// Hands out the counts in their order, four bytes each, piece by piece.
    pub(super) fn write(&self, mut write: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(BLOCK);
        for places in self.places.chunks(BLOCK / size_of::<u32>()) {
            bytes.clear();
            let counts = places.iter().map(|place| place.load(Ordering::Relaxed).min(MANY));
            counts.for_each(|count| bytes.extend_from_slice(&count.to_le_bytes()));
            write(&bytes)?;
        }
        Ok(())
    }

    /// Puts counts that were [written](Self::write) in place of those that there are.
    pub(super) fn read(&self, from: &mut impl Read) -> io::Result<()> {
        let mut bytes = vec![0; BLOCK];
        for places in self.places.chunks(BLOCK / size_of::<u32>()) {
            let bytes = &mut bytes[..size_of_val(places)];
            from.read_exact(bytes)?;
            for (place, count) in places.iter().zip(bytes.as_chunks().0) {
                place.store(u32::from_le_bytes(*count), Ordering::Relaxed);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_a_bound_and_the_order_does_not_matter() {
        let (one, other) = (PairBounds::new(4), PairBounds::new(4));
        let pairs: Vec<(u32, u32)> = (0..200).map(|at| (at % 7, at % 11)).collect();
        for (&(left, right), &(last, behind)) in pairs.iter().zip(pairs.iter().rev()) {
            one.note(left, right);
            other.note(last, behind);
        }
        assert_eq!(one.digest(), other.digest());
        for pair in &pairs {
            let count = pairs.iter().filter(|other| *other == pair).count() as u32;
            assert!(one.may_reach(pair.0, pair.1, count));
        }
        assert!(one.reached_by(1) >= one.reached_by(16));
        assert_eq!(one.reached_by(17), 1);
    }
}
