//! Merges for the language that is worst off (Foroutan et al. 2025, arXiv 2508.04796).
//!
//! Every language has its own words, with its own counts, and a development text that says the same in all languages. The
//! language that takes the most tokens for that text chooses the next merge, the pair with the highest count in its own
//! words, and the merge applies to all. Nothing else differs from `exact`: what it proves of merges asks only that each one
//! applies to all words, not how it was chosen, so rounds are exact here too. But a language must also follow the merges
//! that are rare in its own words: what any language has in its index, all have in theirs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use rustc_hash::{FxHashMap, FxHashSet};

use super::arena::{Neighbours, WordArena};
use super::course::{Alphabet, Course};
use super::deltas::Deltas;
use super::index::{Candidate, Index};
use super::options::Scale;
use super::order::{Order, Ranked};
use super::pair::Pair;
use super::replay::Replay;
use super::rounds::index_pairs;
use super::run::Run;
use super::tokens::Tokens;
use super::turns::Turns;

use super::{Stage, blank, exact, exhausted};
use crate::counts::WordCounts;
use crate::parallel::Watch;
use crate::{Error, Result, parallel};

/// Whose turn it is to choose a merge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parity {
    /// The words of a text that says the same in every language, cut by the pattern of the words to learn from. What a
    /// language takes is the number of tokens of its text; of several that take the most, the first by code chooses.
    ///
    /// A language with no pair that occurs `min_frequency` times in its own words leaves its turn to the next worst.
    pub development: Arc<WordCounts>,
    /// So many merges are chosen first by all words together, those of languages without a development text among them,
    /// which have no say later (the paper's hybrid form).
    pub global_merges: usize,
    /// A language that chose twice its even share of so many last merges, rounded up, leaves its turn to others, as long
    /// as these have pairs (the paper's moving window).
    pub window: Option<usize>,
}

impl Parity {
    /// Refuses what makes no sense for `merges` merges.
    pub(super) fn check(&self, merges: usize, has_checkpoint: bool) -> Result<()> {
        let refuse = |reason: String| Err(Error::Training(reason));
        if self.global_merges > 0 && self.global_merges >= merges {
            return refuse(format!(
                "{} merges are to be chosen by all languages together, which leaves none of {merges} for parity; lower \
                 global_merges, or leave parity out",
                self.global_merges
            ));
        }
        match self.window {
            Some(0) => refuse("the window of parity is 0; it must hold at least 1 merge".into()),
            Some(_) if has_checkpoint => refuse(
                "a checkpoint does not know who chose the last merges, which the window of parity depends on; leave out \
                 one of both"
                    .into(),
            ),
            _ => Ok(()),
        }
    }

    /// Refuses a text that does not fit to the words to learn from.
    pub(super) fn check_languages(&self, counts: &WordCounts, scale: &Scale) -> Result<()> {
        let refuse = |reason: String| Err(Error::Training(reason));
        let (own, counted) = (self.development.languages(), counts.languages());
        if own.is_empty() {
            return refuse("the development text has no words".into());
        }
        if self.development.pattern() != counts.pattern() {
            return refuse(format!(
                "the development text was cut with the pattern {:?}, and the words to learn from with {:?}; use one",
                self.development.pattern(),
                counts.pattern()
            ));
        }
        if let Some(code) = own.iter().find(|code| !counted.contains(code)) {
            return refuse(format!(
                "the development text speaks {code:?}, in which nothing was counted; take it out, or count text of it (the \
                 counts have {counted:?})"
            ));
        }
        let is_mute = |&(at, code): &(usize, &&str)| !scale.only(at).is_zero() && !own.contains(code);
        match counted.iter().enumerate().find(is_mute) {
            Some((_, code)) if self.global_merges == 0 => refuse(format!(
                "language {code:?} has no development text, so no merge would ever be chosen by it; add its translation, \
                 give it the weight 0, or let all languages choose the first merges together with global_merges"
            )),
            _ => Ok(()),
        }
    }
}

/// Learns with ties in the order of `O` until the vocabulary is full.
///
/// Complexity: that of the exact engine for each language in turn, and a pass over all words for each round. Memory: 4
/// bytes for each byte of the distinct words of each language, and the index.
pub(super) fn learn<O: Order + Send>(run: &mut Run<'_>, counts: &WordCounts, parity: &Parity) -> Result<()> {
    parity.check_languages(counts, &run.scale)?;
    let global = run.base() + parity.global_merges;
    if run.tokens.len() < global {
        exact::learn::<O, _>(run, counts, global)?;
    }
    ParityLearner::<O>::new(run, counts, parity)?.merge_all()
}

struct ParityLearner<'r, 'a, O> {
    run: &'r mut Run<'a>,
    /// Those of the development text, by code.
    languages: Vec<Mutex<Language<O>>>,
    turns: Turns,
    /// No language chooses a pair that is rarer in its words.
    minimum: u64,
    threads: usize,
}

impl<'r, 'a, O: Order + Send> ParityLearner<'r, 'a, O> {
    fn new(run: &'r mut Run<'a>, counts: &WordCounts, parity: &Parity) -> Result<Self> {
        run.report(Stage::CountingPairs, 0)?;
        let (codes, known) = (parity.development.languages(), counts.languages());
        let threads = run.options.threads.max(1);
        let languages = parallel::map(threads, codes.len(), |at| {
            let counted = known.iter().position(|code| *code == codes[at]).expect("the languages were checked");
            let training = Words::new(counts, &run.scale.only(counted), &run.tokens)?;
            let text = Words::new(&parity.development, &Scale::of_one(at, codes.len()), &run.tokens)?;
            Ok(Language { training, text, queue: BinaryHeap::new(), threshold: u64::MAX })
        });
        let languages = languages.into_iter().collect::<Result<Vec<_>>>()?;
        if languages.iter().all(|language| language.training.arena.is_blank()) {
            return Err(blank());
        }
        let costs = languages.iter().map(|language| language.text.weighted_tokens()).collect();
        Ok(Self {
            minimum: run.scale.up(run.options.min_frequency)?,
            turns: Turns::new(costs, parity.window.unwrap_or(0)),
            languages: languages.into_iter().map(Mutex::new).collect(),
            threads,
            run,
        })
    }

    fn merge_all(&mut self) -> Result<()> {
        for language in &mut self.languages {
            let words = &mut locked(language).text;
            self.run.watched(Stage::CountingPairs, 0, |tokens, watch| words.index_all(tokens, self.threads, watch))?;
        }
        self.start_round()?;
        while self.run.tokens.len() < self.run.options.vocab_size {
            let Some((language, pair, count)) = self.choose()? else {
                return Err(exhausted(self.run.tokens.len(), self.run.options));
            };
            self.turns.take(language);
            self.merge(pair, count)?;
        }
        let symbols = self.symbols();
        self.run.report(Stage::Merging, symbols)
    }

    /// The language whose turn it is, and its most frequent pair. One without a pair leaves its turn to the next.
    fn choose(&mut self) -> Result<Option<(usize, Pair, u64)>> {
        let order = self.turns.order();
        let mut asked = 0;
        while asked < order.len() {
            let language = locked(&mut self.languages[order[asked]]);
            match language.best() {
                Some((pair, count)) => return Ok(Some((order[asked], pair, count))),
                None if language.threshold > self.minimum => self.start_round()?,
                None => asked += 1,
            }
        }
        Ok(None)
    }

    /// Indexes, in the words of all languages, what is frequent in those of any.
    fn start_round(&mut self) -> Result<()> {
        let symbols = self.symbols();
        self.run.report(Stage::CountingPairs, symbols)?;
        let mut wanted = FxHashSet::default();
        for language in &mut self.languages {
            let language = locked(language);
            let index = |tokens: &_, watch: Watch| language.index_frequent(tokens, self.minimum, self.threads, watch);
            self.run.watched(Stage::CountingPairs, symbols, index)?;
            wanted.extend(language.training.index.iter().map(|(pair, _)| pair));
        }
        let also =
            |at: usize, look: Watch| self.languages[at].lock().expect(UNPOISONED).training.index_also(&wanted, look);
        self.run.watched(Stage::CountingPairs, symbols, |_, watch| {
            parallel::map_watched(self.threads, self.languages.len(), watch, also)
        })?;
        Ok(())
    }

    fn merge(&mut self, pair: Pair, count: u64) -> Result<()> {
        let id = self.run.merge(pair, count);
        let places: usize = self.languages.iter_mut().map(|language| locked(language).training.places_of(pair)).sum();
        let threads = if places < WORTH_THREADS { 1 } else { self.threads };
        let tokens = &self.run.tokens;
        let joined = each(&self.languages, threads, |language| language.join(pair, id, tokens));
        let mut replaced = 0;
        let mut wanted = FxHashSet::default();
        for (language, joined) in joined.into_iter().enumerate() {
            self.turns.save(language, joined.saved);
            replaced += joined.replaced;
            wanted.extend(joined.wanted);
        }
        each(&self.languages, threads, |language| language.follow(pair, id, tokens, &wanted));
        // Only for the estimate of the time that is left, where tokens that are gone already do no harm.
        self.run.merged(replaced, u64::MAX)
    }

    /// Tokens in all words.
    fn symbols(&mut self) -> u64 {
        self.languages.iter_mut().map(|language| locked(language).training.arena.cells_len() as u64).sum()
    }
}

/// Fewer places than this are merged faster than threads are started.
const WORTH_THREADS: usize = 1 << 14;
const UNPOISONED: &str = "no holder panics";

fn each<T: Send, R: Send>(items: &[Mutex<T>], threads: usize, work: impl Fn(&mut T) -> R + Sync) -> Vec<R> {
    parallel::map(threads, items.len(), |at| work(&mut items[at].lock().expect(UNPOISONED)))
}

fn locked<T>(mutex: &mut Mutex<T>) -> &mut T {
    mutex.get_mut().expect(UNPOISONED)
}

/// A language: the words that it learns from, and those of its development text.
struct Language<O> {
    training: Words,
    text: Words,
    /// The pairs that occur at least `threshold` times in the words to learn from, and maybe once did more often.
    queue: BinaryHeap<Ranked<O>>,
    threshold: u64,
}

/// What a merge did to the words of a language.
struct Joined {
    /// Tokens less in the words, each counted once, and in the development text.
    replaced: u64,
    saved: u64,
    /// The new pairs that are frequent here.
    wanted: Vec<Pair>,
}

impl<O: Order> Language<O> {
    /// The most frequent pair, if one reaches the threshold.
    fn best(&mut self) -> Option<(Pair, u64)> {
        while let Some((count, Reverse(order))) = self.queue.peek() {
            let (pair, noted) = (order.pair(), *count);
            let count = self.training.index.get(pair).map(|candidate| candidate.count);
            if count == Some(noted) {
                return Some((pair, noted));
            }
            let (_, order) = self.queue.pop()?;
            if let Some(count) = count.filter(|&count| count >= self.threshold) {
                self.queue.push((count, order));
            }
        }
        None
    }

    /// Begins a round: finds the frequent pairs, and lowers what that means.
    fn index_frequent(&mut self, tokens: &Tokens, minimum: u64, threads: usize, watch: Watch) -> Result<()> {
        let ceiling = self.best().map_or(self.threshold - 1, |(_, count)| count);
        let words = &mut self.training;
        words.index = Index::default();
        words.arena.compact(threads);
        (words.index, self.threshold) =
            index_pairs(&words.arena, tokens, minimum, ceiling, usize::MAX, threads, watch)?;
        let ranked = |(pair, count)| (count, Reverse(O::of(pair, tokens)));
        self.queue = words.index.iter().map(ranked).collect();
        Ok(())
    }

    fn join(&mut self, pair: Pair, id: u32, tokens: &Tokens) -> Joined {
        let saved = self.text.join(pair, id);
        self.training.join(pair, id);
        let is_wanted =
            |&(new, count): &(Pair, u64)| count >= self.threshold && tokens.may_join(new) && !tokens.is_vetoed(new);
        let wanted = self.training.arisen(id).filter(is_wanted).map(|(new, _)| new).collect();
        Joined { replaced: self.training.deltas.replaced, saved, wanted }
    }

    fn follow(&mut self, pair: Pair, id: u32, tokens: &Tokens, wanted: &FxHashSet<Pair>) {
        self.text.follow(pair, id, |_| true, |_, _| {});
        let (queue, threshold) = (&mut self.queue, self.threshold);
        self.training.follow(
            pair,
            id,
            |new| wanted.contains(&new),
            |new, count| {
                if count >= threshold {
                    queue.push((count, Reverse(O::of(new, tokens))));
                }
            },
        );
    }
}

/// Words of one language, and where pairs are in them.
struct Words {
    arena: WordArena<u32>,
    index: Index,
    /// What the last merge changed.
    deltas: Deltas,
}

impl Words {
    /// The words that weigh anything, as the tokens that there are.
    fn new(counts: &WordCounts, scale: &Scale, tokens: &Tokens) -> Result<Self> {
        let mut arena = WordArena::new(counts, scale, &tokens.byte_ids())?;
        if tokens.len() > super::BYTE_TOKENS {
            let replay = Replay::new(tokens);
            arena.rewrite_all(1, |scratch, word| replay.replay_word(scratch, word));
        }
        Ok(Self { arena, index: Index::default(), deltas: Deltas::default() })
    }

    /// Tokens of all words, each as often as its word counts.
    fn weighted_tokens(&self) -> u64 {
        self.arena.weighted_tokens()
    }

    /// Indexes every pair.
    fn index_all(&mut self, tokens: &Tokens, threads: usize, watch: Watch) -> Result<()> {
        self.arena.compact(threads);
        (self.index, _) = index_pairs(&self.arena, tokens, 1, 1, usize::MAX, threads, watch)?;
        Ok(())
    }

    /// Indexes those of the `wanted` pairs that are not indexed yet.
    fn index_also(&mut self, wanted: &FxHashSet<Pair>, look: Watch) -> ControlFlow<()> {
        let mut found: FxHashMap<Pair, (u64, Vec<u32>)> = FxHashMap::default();
        for part in self.arena.parts(1) {
            self.arena.walk(part, look, |Neighbours { is_pair, left, right, place, times }, count| {
                let pair = Pair::new(left, right);
                if is_pair && wanted.contains(&pair) && self.index.get(pair).is_none() {
                    let (sum, places) = found.entry(pair).or_default();
                    *sum += count * u64::from(times);
                    places.push(place);
                }
            })?;
        }
        for (pair, (count, places)) in found {
            self.index.insert(pair, count, &places);
        }
        ControlFlow::Continue(())
    }

    /// At about how many places a pair is.
    fn places_of(&self, pair: Pair) -> usize {
        self.index.get(pair).map_or(0, Candidate::places)
    }

    /// Replaces an indexed pair, and returns how many tokens that saves.
    fn join(&mut self, pair: Pair, id: u32) -> u64 {
        let candidate = self.index.remove(pair).unwrap_or_default();
        self.arena.join(pair, id, self.index.places(&candidate), std::slice::from_mut(&mut self.deltas));
        candidate.count
    }

    /// The new pairs, with their counts.
    fn arisen(&self, id: u32) -> impl Iterator<Item = (Pair, u64)> {
        let [before, after] = self.deltas.sides();
        let before = before.neighbours().iter().map(move |side| (Pair::new(side.token, id), side.gained));
        before.chain(after.neighbours().iter().map(move |side| (Pair::new(id, side.token), side.gained)))
    }

    /// Brings the index up to date with the last merge.
    fn follow(&mut self, pair: Pair, id: u32, wanted: impl Fn(Pair) -> bool, mut entered: impl FnMut(Pair, u64)) {
        let wanted = |new, count| count > 0 && wanted(new);
        self.index.follow(&self.deltas, (pair, id), wanted, &mut entered);
    }
}
