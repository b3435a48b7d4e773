//! Which language was worst off, and which pair was its best, derived again for every merge.

use std::cmp::Reverse;

use super::super::options::Scale;
use super::super::order::Order;
use super::super::pair::Pair;
use super::super::parity::Parity;
use super::super::tokens::Tokens;
use super::ledger::{Contest, Ledger};
use crate::Result;
use crate::counts::WordCounts;

/// All languages of a development text: the words that each learns from, and those of its text.
pub(super) struct Languages<O> {
    codes: Vec<String>,
    contests: Vec<Contest<O>>,
    texts: Vec<Ledger>,
    /// Who chose, merge by merge.
    choosers: Vec<usize>,
    window: usize,
}

impl<O: Order> Languages<O> {
    pub(super) fn new(counts: &WordCounts, parity: &Parity, scale: &Scale, tokens: &Tokens) -> Result<Self> {
        parity.check_languages(counts, scale)?;
        let (known, codes) = (counts.languages(), parity.development.languages());
        let (mut contests, mut texts) = (Vec::new(), Vec::new());
        for (at, code) in codes.iter().enumerate() {
            let counted = known.iter().position(|other| other == code).expect("the languages were checked");
            contests.push(Contest::new(counts, &scale.only(counted), tokens)?);
            texts.push(Ledger::new(&parity.development, &Scale::of_one(at, codes.len()), tokens)?);
        }
        let codes = codes.into_iter().map(str::to_owned).collect();
        Ok(Self { codes, contests, texts, choosers: Vec::new(), window: parity.window.unwrap_or(0) })
    }

    /// The best pair of the language that is worst off among those with a pair: not one that chose twice its even share of
    /// the last merges, unless there is no other, and of several that take as many tokens the first by code. Notes the turn.
    /// O(languages * window).
    pub(super) fn first(&mut self, tokens: &Tokens, minimum: u64) -> Option<(Pair, u64)> {
        let lately = &self.choosers[self.choosers.len().saturating_sub(self.window)..];
        let mut turns = Vec::new();
        for (at, contest) in self.contests.iter_mut().enumerate() {
            if let Some(best) = contest.first(tokens, minimum) {
                let had = lately.iter().filter(|&&chooser| chooser == at).count();
                let may_choose = self.window == 0 || had * self.codes.len() < 2 * self.window;
                turns.push(((may_choose, self.texts[at].taken(), Reverse(at)), best));
            }
        }
        let ((_, _, Reverse(chooser)), best) = turns.into_iter().max_by_key(|(turn, _)| *turn)?;
        self.choosers.push(chooser);
        Some(best)
    }

    pub(super) fn merge(&mut self, pair: Pair, id: u32, tokens: &Tokens) -> Result<()> {
        self.contests.iter_mut().try_for_each(|contest| contest.merge(pair, id, tokens))?;
        self.texts.iter_mut().try_for_each(|text| text.merge(pair, id).map(|_| ()))
    }

    /// The language that had the last turn.
    pub(super) fn chooser(&self) -> Option<&str> {
        self.choosers.last().map(|&at| self.codes[at].as_str())
    }
}
