//! How much there is left to do.
//!
//! A merge costs what it replaces, and the first merges replace thousands of times as much as the last. So what is done is
//! measured in replaced tokens, and what is left is estimated from how the cost fell so far: from each doubling of the
//! number of merges to the next it changes by much the same factor.

/// Tokens that could be replaced in the time that a merge takes besides.
const MERGE: u64 = 8;
/// After so much work a report is due: on a plane some 80 ms, elsewhere a few.
pub(crate) const WORK_PER_REPORT: u64 = 1 << 17;

/// The work of the merges so far.
#[derive(Default)]
pub(crate) struct Work {
    /// Work up to each merge.
    sums: Vec<u64>,
    /// When the last report was due.
    reported: u64,
}

impl Work {
    pub(crate) fn add(&mut self, replaced: u64) {
        self.sums.push(self.done() + replaced + MERGE);
    }

    /// Whether there was much work since the last time that there was.
    pub(crate) fn is_much(&mut self) -> bool {
        let is_much = self.done() - self.reported >= WORK_PER_REPORT;
        if is_much {
            self.reported = self.done();
        }
        is_much
    }

    pub(crate) fn done(&self) -> u64 {
        self.sums.last().copied().unwrap_or(0)
    }

    #[allow(clippy::cast_precision_loss)]
    fn up_to(&self, merges: usize) -> f64 {
        merges.checked_sub(1).map_or(0.0, |last| self.sums[last] as f64)
    }

    /// The work of `merges` merges in all, of which `left` tokens at most are still to be replaced; 0 when nothing is known.
    #[allow(clippy::cast_precision_loss, clippy::cast_sign_loss)]
    pub(crate) fn expected(&self, merges: usize, left: u64) -> u64 {
        let done = self.sums.len();
        if done < 8 {
            return 0;
        }
        let last = self.up_to(done) - self.up_to(done / 2);
        let before = self.up_to(done / 2) - self.up_to(done / 4);
        let factor = (last / before).clamp(0.25, 1.5);
        let doublings = (merges.max(done) as f64 / done as f64).log2();
        // A geometric series: `last` times factor, factor squared and so on, cut off where the merges end.
        let series = if (factor - 1.0).abs() < 1e-6 {
            doublings
        } else {
            factor * (factor.powf(doublings) - 1.0) / (factor - 1.0)
        };
        let most = left.saturating_add(MERGE * (merges.saturating_sub(done)) as u64);
        self.done() + ((last * series) as u64).min(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_follows_a_power_law() {
        let mut work = Work::default();
        let cost = |merge: u64| 50_000_000 / (merge + 1);
        let total: u64 = (0..200_000).map(|merge| cost(merge) + MERGE).sum();
        for merge in 0..200_000_u64 {
            if [1000, 10_000, 100_000].contains(&merge) {
                let expected = work.expected(200_000, u64::MAX);
                assert!(expected.abs_diff(total) < total / 20, "{expected} at {merge}, not {total}");
            }
            work.add(cost(merge));
        }
        assert_eq!(work.expected(200_000, 0), work.done());
        assert_eq!(Work::default().expected(200_000, 5), 0);
    }
}
