//! Whose turn it is: languages by their tokens on the development text, and the window of recent turns.

use std::collections::VecDeque;

/// What each language takes on the development text, and who chose lately. Languages are known by their position.
pub(super) struct Turns {
    /// Tokens of each language on the development text.
    costs: Vec<u64>,
    /// How many turns are remembered; none are when it is 0.
    window: usize,
    recent: VecDeque<usize>,
    /// How many of the recent turns each language had.
    had: Vec<usize>,
}

/// In a window, no language has more than so many times its even share of the turns while another can take them.
const MOST_SHARES: usize = 2;

impl Turns {
    pub(super) fn new(costs: Vec<u64>, window: usize) -> Self {
        let had = vec![0; costs.len()];
        Self { costs, window, recent: VecDeque::with_capacity(window), had }
    }

    /// Languages in the order in which they are asked for a pair: those that had too many of the recent turns come last,
    /// and among the others, as among these, the one with the most tokens comes first, then the first by position.
    pub(super) fn order(&self) -> Vec<usize> {
        let most = (MOST_SHARES * self.window).div_ceil(self.costs.len().max(1));
        let mut order: Vec<usize> = (0..self.costs.len()).collect();
        order.sort_by_key(|&language| {
            (self.window > 0 && self.had[language] >= most, std::cmp::Reverse(self.costs[language]))
        });
        order
    }

    /// Notes that a language had a turn.
    pub(super) fn take(&mut self, language: usize) {
        if self.window == 0 {
            return;
        }
        if self.recent.len() == self.window {
            let oldest = self.recent.pop_front().expect("the window is full and not empty");
            self.had[oldest] -= 1;
        }
        self.recent.push_back(language);
        self.had[language] += 1;
    }

    /// Notes that a language takes fewer tokens.
    pub(super) fn save(&mut self, language: usize, tokens: u64) {
        self.costs[language] -= tokens;
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;

    #[test]
    fn the_language_with_the_most_tokens_comes_first() {
        let mut turns = Turns::new(vec![5, 7, 7], 0);
        assert_eq!(turns.order(), [1, 2, 0]);
        turns.take(1);
        turns.save(1, 3);
        assert_eq!(turns.order(), [2, 0, 1]);
    }

    #[test]
    fn a_language_with_twice_its_share_of_the_window_comes_last() {
        let mut turns = Turns::new(vec![5, 9, 7, 1], 4);
        turns.take(1);
        assert_eq!(turns.order(), [1, 2, 0, 3]);
        turns.take(1);
        assert_eq!(turns.order(), [2, 0, 3, 1]);
        for language in [0, 2, 3] {
            turns.take(language);
        }
        assert_eq!(turns.order(), [1, 2, 0, 3], "a turn has left the window");
    }
}
