//! Codes of audio to ids, with their times and positions.

use super::write::{Row, Sequence};
use crate::codes::{Place, Symbol};
use crate::grammar::Medium;

/// Where the codes of a segment lie in time, and from which position on.
#[derive(Clone, Copy)]
pub(super) struct Track<'m> {
    medium: &'m Medium,
    origin: i32,
    /// Steps of a frame.
    period: usize,
    /// So many milliseconds have so many steps.
    milliseconds: (u64, u32),
}

impl<'m> Track<'m> {
    pub(super) fn new(medium: &'m Medium, origin: i32) -> Self {
        Self { medium, origin, period: medium.layout.period() as usize, milliseconds: milliseconds(medium) }
    }

    /// The position of a step.
    fn position(self, step: u64) -> i32 {
        behind(self.origin, usize::try_from(step).unwrap_or(usize::MAX))
    }

    /// Writes frame after frame, codebook after codebook. A loop of its own, because nearly all audio is like that.
    pub(super) fn flat(self, codes: &[&[u32]], frames: usize, (row, weights): (Row, &[f32]), sequence: &mut Sequence) {
        let layout = &self.medium.layout;
        let mut ids = self.medium.places.iter().map(|(_, ids)| ids.start);
        let mut tracks = Vec::with_capacity(codes.len());
        for (codebook, of_codebook) in codes.iter().enumerate() {
            let (stride, times) = (layout.stride(codebook) as usize, layout.codes_a_frame(codebook));
            let start = ids.by_ref().take(times).last().unwrap_or_default();
            tracks.push((of_codebook, start, stride, times, Row { weight: row.weight * weights[codebook], ..row }));
        }
        for frame in 0..frames {
            let first = frame * self.period;
            for (codebook, &(of_codebook, start, stride, times, row)) in tracks.iter().enumerate() {
                for (place, &code) in of_codebook[frame * times..][..times].iter().enumerate() {
                    let step = first + place * stride;
                    let position = behind(self.origin, step);
                    let time = elapsed(step, self.milliseconds);
                    sequence.push(start + code, row, codebook as i16, time, [position; 3]);
                }
            }
        }
    }

    /// Writes codes in the order of the pattern. A code has the time of its frame, wherever it stands; a mark has none, and
    /// the position of its row.
    pub(super) fn any(self, codes: &[&[u32]], frames: usize, (row, weights): (Row, &[f32]), sequence: &mut Sequence) {
        let pattern = &self.medium.pattern;
        pattern.each(frames as u64, |at, symbol| {
            if let Symbol::Code { place, frame } = symbol {
                let Place { codebook, slot, nth, .. } = pattern.places()[place];
                let index = usize::from(codebook);
                let frame = frame as usize;
                let step = frame * self.period + self.medium.layout.step_of(index, nth);
                let code = codes[index][frame * self.medium.layout.codes_a_frame(index) + nth];
                let row = Row { weight: row.weight * weights[index], ..row };
                let position = behind(self.origin, step);
                let id = self.medium.places[slot].1.start + code;
                sequence.push(id, row, codebook as i16, elapsed(step, self.milliseconds), [position; 3]);
            } else {
                let position = self.position(at.saturating_mul(self.period as u64));
                sequence.push(self.medium.mark(symbol), row, -1, -1, [position; 3]);
            }
        });
    }

    /// The position behind so many frames and their marks.
    pub(super) fn behind(self, frames: usize) -> i32 {
        let pattern = &self.medium.pattern;
        let steps = pattern.rows(frames as u64).saturating_mul(self.period as u64);
        self.position(steps.saturating_add(pattern.has_next().into()))
    }
}

/// Milliseconds in which there are so many steps.
pub(super) fn milliseconds(medium: &Medium) -> (u64, u32) {
    medium.layout.rate.map_or((0, 1), |rate| (1000 * u64::from(rate.denominator()), rate.numerator()))
}

/// The position so many steps behind another; the last one for what lies beyond all.
pub(super) fn behind(position: i32, steps: usize) -> i32 {
    position.saturating_add(i32::try_from(steps).unwrap_or(i32::MAX))
}

/// The time of a step in milliseconds, rounded down, when there are `steps` in so many `milliseconds`; the last one there
/// is for what lies beyond.
pub(super) fn elapsed(step: usize, (milliseconds, steps): (u64, u32)) -> i64 {
    // Division of 128 bits takes several times as long, and hardly any codec needs it.
    let time = match (step as u64).checked_mul(milliseconds) {
        Some(product) => u128::from(product / u64::from(steps)),
        None => step as u128 * u128::from(milliseconds) / u128::from(steps),
    };
    i64::try_from(time).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{behind, elapsed};

    #[test]
    fn time_and_place_are_exact_beyond_64_and_32_bits() {
        assert_eq!(elapsed(3, (2000, 25)), 240);
        assert_eq!(elapsed(2, (1000, 75)), 26);
        let most = u64::from(u32::MAX);
        assert_eq!(elapsed(5_000_000, (1000 * most, u32::MAX)), 5_000_000_000);
        assert_eq!(elapsed(1 << 23, (1000 * most, 1)), i64::MAX);
        assert_eq!(elapsed((1 << 22) + (1 << 20), (1000 * most, 1)), i64::MAX);
        assert_eq!(behind(7, 3), 10);
        assert_eq!(behind(7, usize::MAX), i32::MAX);
    }
}
