//! Pruning against its definition: every word encoded anew after every removal.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use omnitok_core::Error;
use omnitok_core::counts::WordCounts;
use omnitok_core::learner::{LearnOptions, learn};
use omnitok_core::parallel::unwatched;
use omnitok_core::refine::{EmittedOptions, Progress, PruneOptions, Pruned, prune, prune_emitted, token_uses};
use omnitok_core::vocabulary::TextTokens;
use proptest::prelude::*;

type Token = Vec<u8>;
type Items = Vec<(Vec<u8>, u64)>;

fn counts(items: &Items) -> WordCounts {
    WordCounts::from_items("gpt2", "en", items.iter().map(|(word, count)| (word, *count))).expect("words")
}

fn text(tokens: &[Vec<u8>]) -> TextTokens {
    let tokens: Vec<(u32, &[u8])> = (0..).zip(tokens.iter().map(Vec::as_slice)).collect();
    TextTokens::new(&tokens).expect("tokens")
}

fn options(vocab_size: usize, min_use: u64) -> PruneOptions {
    PruneOptions { vocab_size, min_use, whole_words: false, weights: Vec::new(), threads: 2 }
}

fn run(counts: &WordCounts, tokens: &[Vec<u8>], options: &PruneOptions) -> Pruned {
    prune(counts, &text(tokens), options, &mut go_on).expect("counts and options are good")
}

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Tokens by bytes, with their ids.
type Ranks = BTreeMap<Vec<u8>, u32>;

/// The tokens that merging the bytes of a word leaves, and each pair that it merged into `word`, the last one first.
fn merged(word: &[u8], ranks: &Ranks) -> (Vec<Token>, Vec<(Token, Token)>) {
    let mut parts: Vec<Vec<u8>> = word.iter().map(|&byte| vec![byte]).collect();
    let mut last = Vec::new();
    loop {
        let joined = parts.windows(2).map(|pair| ranks.get(&pair.concat())).zip(0..);
        let found = joined.filter_map(|(rank, at)| rank.map(|rank| (rank, at))).min();
        let Some((_, at)) = found else { return (parts, last) };
        last.insert(0, (parts[at].clone(), parts[at + 1].clone()));
        let token = parts[at..at + 2].concat();
        parts.splice(at..at + 2, [token]);
    }
}

fn encoded(word: &[u8], ranks: &Ranks) -> Vec<Vec<u8>> {
    if ranks.contains_key(word) { vec![word.to_vec()] } else { merged(word, ranks).0 }
}

fn uses_of(items: &Items, ranks: &Ranks) -> BTreeMap<Vec<u8>, u64> {
    let mut uses: BTreeMap<Vec<u8>, u64> = ranks.keys().map(|token| (token.clone(), 0)).collect();
    for (word, count) in items {
        for token in encoded(word, ranks) {
            *uses.get_mut(&token).expect("a token") += count;
        }
    }
    uses
}

/// The parts of each token that merging makes of two.
fn parts_of(ranks: &Ranks) -> BTreeMap<Vec<u8>, [Vec<u8>; 2]> {
    let parts = ranks.keys().filter_map(|token| {
        let (whole, merges) = merged(token, ranks);
        let (left, right) = merges.into_iter().next().filter(|_| whole.len() == 1)?;
        Some((token.clone(), [left, right]))
    });
    parts.collect()
}

/// Tokens go one by one, and everything is computed again after each.
fn reference(items: &Items, tokens: &[Vec<u8>], options: &PruneOptions) -> Pruned {
    let mut ranks: Ranks = tokens.iter().cloned().zip(0..).collect();
    let (mut tried, mut lost) = (Vec::<Token>::new(), Vec::<Token>::new());
    loop {
        let (uses, mut parts) = (uses_of(items, &ranks), parts_of(&ranks));
        // What merging once did not lead to has no parts for good.
        parts.retain(|token, _| !lost.contains(token));
        lost.extend(ranks.keys().filter(|token| !parts.contains_key(*token)).cloned());
        let limit = if ranks.len() > options.vocab_size { u64::MAX } else { options.min_use };
        let owed = if options.whole_words { options.min_use } else { 0 };
        let least = |leaves: bool| {
            let is_leaf = |token| !parts.values().flatten().any(|part| part == token);
            let some = ranks.iter().filter(|(token, _)| token.len() > 1 && is_leaf(*token) == leaves);
            some.filter(|(token, _)| leaves || !tried.contains(token) || uses[*token] < owed)
                .map(|(token, &id)| (uses[token], u32::MAX - id, token.clone()))
                .min()
        };
        let (leaf, stone) = (least(true), least(false));
        let price = leaf.as_ref().map_or(u64::MAX, |leaf| leaf.0);
        if let Some((used, _, token)) = stone.filter(|stone| stone.0 < price.min(limit)) {
            let price = if used < owed { u64::MAX } else { price };
            let mut without = ranks.clone();
            without.remove(&token);
            let grown: u64 = uses_of(items, &without).values().sum();
            let left = parts_of(&without);
            let is_made = |(other, old): (&Vec<u8>, &[Vec<u8>; 2])| {
                left.get(other).is_some_and(|new| new == old || new.iter().all(|part| ranks[part] < ranks[other]))
            };
            let is_merged = parts.iter().filter(|(other, _)| **other != token).all(is_made);
            if (is_merged || options.whole_words) && grown < price.saturating_add(uses.values().sum()) {
                ranks = without;
            }
            tried.push(token);
        } else if let Some((_, _, token)) = leaf.filter(|leaf| leaf.0 < limit) {
            ranks.remove(&token);
        } else {
            let mut kept: Vec<(u32, u64)> = ranks.iter().map(|(token, &id)| (id, uses[token])).collect();
            kept.sort_unstable();
            let (kept, uses) = kept.into_iter().unzip();
            return Pruned { kept, uses };
        }
    }
}

/// Words over few letters, so that tokens overlap and ties abound.
fn corpora() -> impl Strategy<Value = Items> {
    prop::collection::vec(("[ab]{1,12}|[abc]{1,7}|(ab|é|हि){1,9}|a{20,70}", 1_u64..5), 1..24)
        .prop_map(|items| items.into_iter().map(|(word, count)| (word.into_bytes(), count)).collect())
}

fn learned(items: &Items, more: usize) -> Vec<Vec<u8>> {
    (0..=more)
        .rev()
        .find_map(|more| learn(&counts(items), &LearnOptions::new(256 + more), &mut |_| ControlFlow::Continue(())).ok())
        .expect("the bytes can always be learned")
        .tokens
}

/// Any tokens in any order of ranks: what merging makes is often something else than what was learned.
fn any_tokens() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::btree_set(prop::collection::vec(prop::sample::select(b"abc".to_vec()), 2..8), 0..30)
        .prop_flat_map(|tokens| {
            let bytes = (0..=255_u8).map(|byte| vec![byte]);
            Just(bytes.chain(tokens).collect::<Vec<_>>()).prop_shuffle()
        })
}

proptest! {
    #[test]
    fn prunes_what_the_definition_says(
        items in corpora(),
        more in 0_usize..40,
        size in 0_usize..40,
        min_use in 0_u64..6,
        other in prop::option::of(corpora()),
    ) {
        let tokens = learned(&items, more);
        let items = other.unwrap_or(items);
        let options = options(tokens.len().min(256 + size), min_use);
        let pruned = run(&counts(&items), &tokens, &options);
        prop_assert_eq!(&pruned, &reference(&summed(&items), &tokens, &options));
        // Whatever is left is still made of its bytes by merging.
        let ranks: Ranks = pruned.kept.iter().map(|&id| (tokens[id as usize].clone(), id)).collect();
        for token in ranks.keys() {
            prop_assert_eq!(merged(token, &ranks).0, vec![token.clone()]);
        }
    }

    #[test]
    fn prunes_any_vocabulary_as_the_definition_says(
        items in corpora(),
        tokens in any_tokens(),
        size in 0_usize..30,
        min_use in 0_u64..4,
        whole_words in any::<bool>(),
    ) {
        let options = PruneOptions { whole_words, ..options(tokens.len().min(256 + size), min_use) };
        let pruned = run(&counts(&items), &tokens, &options);
        prop_assert_eq!(pruned, reference(&summed(&items), &tokens, &options));
    }

    #[test]
    fn uses_are_those_of_the_words(items in corpora(), tokens in any_tokens()) {
        let uses = token_uses(&counts(&items), &text(&tokens), &[], 3, &mut unwatched).expect("good");
        let ranks: Ranks = tokens.iter().cloned().zip(0..).collect();
        let expected = uses_of(&items, &ranks);
        for (id, token) in tokens.iter().enumerate() {
            prop_assert_eq!(uses[id], expected[token]);
        }
    }
}

fn summed(items: &Items) -> Items {
    let mut sums = BTreeMap::new();
    for (word, count) in items {
        *sums.entry(word.clone()).or_insert(0) += count;
    }
    sums.into_iter().collect()
}

/// Enough words for several threads.
fn many_words() -> Items {
    (0..30_000_u64)
        .map(|number| (format!("{}x{}", number * number % 9973, number % 251).into_bytes(), number % 7 + 1))
        .collect()
}

#[test]
fn threads_change_nothing() {
    let items = many_words();
    let (tokens, counts) = (learned(&items, 1500), counts(&items));
    let of = |threads| run(&counts, &tokens, &PruneOptions { threads, ..options(900, 1) });
    let one = of(1);
    assert_eq!(one.kept.len(), 900);
    assert_eq!([of(2), of(5)], [one.clone(), one]);
}

#[test]
fn the_use_of_languages_is_weighted() {
    let words = |language, word: &str, count| WordCounts::from_items("gpt2", language, [(word, count)]).expect("words");
    let counts = words("en", "ab", 10).merge(words("de", "cd", 9)).expect("the same pattern");
    let mut tokens: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
    tokens.extend([b"ab".to_vec(), b"cd".to_vec()]);
    let kept = |weight| {
        let options = PruneOptions { weights: vec![("de".into(), weight)], ..options(257, 0) };
        let pruned = run(&counts, &tokens, &options);
        (*pruned.kept.last().expect("257 tokens"), *pruned.uses.last().expect("as many"))
    };
    assert_eq!(kept(1.0), (256, 10));
    assert_eq!(kept(1.5), (257, 13));
}

#[test]
fn counts_beyond_32_bits_are_exact_and_overflow_is_an_error() {
    let mut tokens: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
    tokens.extend([b"ab".to_vec(), b"cd".to_vec()]);
    let large = counts(&vec![(b"ab".to_vec(), 1 << 40), (b"cd".to_vec(), (1 << 40) + 1)]);
    assert_eq!(run(&large, &tokens, &options(257, 0)).uses[256], (1 << 40) + 1);
    // One and a half is three halves: "ab" and "a" are used 3 * 2^62 times, and twice as often "a" without "ab".
    let (huge, weights) = (counts(&vec![(b"aba".to_vec(), 1 << 62)]), vec![("en".to_owned(), 1.5)]);
    let options = |vocab_size| PruneOptions { weights: weights.clone(), ..options(vocab_size, 0) };
    assert_eq!(run(&huge, &tokens, &options(257)).uses[256], 3 << 61);
    let error = prune(&huge, &text(&tokens), &options(256), &mut go_on).expect_err("3 * 2^63");
    assert_eq!(error.to_string(), "a count exceeds 2^64 - 1 while adding up the use of a token");
}

#[test]
fn bad_options_say_what_to_do() {
    let tokens: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).chain([b"ab".to_vec()]).collect();
    let (text, good) = (text(&tokens), counts(&vec![(b"ab".to_vec(), 1)]));
    let message = |counts: &WordCounts, options: &PruneOptions| {
        prune(counts, &text, options, &mut go_on).expect_err("refused").to_string()
    };
    for size in [0, 255, 258] {
        let expected = format!("{size} text tokens cannot be left of 257; the 256 bytes stay, so ask for 256 to 257");
        assert_eq!(message(&good, &options(size, 0)), expected);
    }
    assert!(message(&counts(&Vec::new()), &options(256, 0)).starts_with("no word was counted"));
    let weighted = PruneOptions { weights: vec![("fr".into(), 1.0)], ..options(256, 0) };
    assert!(message(&good, &weighted).contains(r#"a weight for language "fr", in which nothing was counted"#));
}

#[test]
fn progress_is_told_and_can_stop_the_work() {
    let items = many_words();
    let (tokens, counts) = (learned(&items, 2500), counts(&items));
    let text = text(&tokens);
    let mut told = Vec::new();
    let mut stop = |progress: Progress| {
        told.push(progress);
        if progress.removed >= 1500 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let outcome = prune(&counts, &text, &options(256, 0), &mut stop);
    assert!(matches!(outcome, Err(Error::Interrupted)));
    let wanted = tokens.len() - 256;
    assert_eq!(told[0], Progress { removed: 0, wanted });
    assert!(told.is_sorted_by_key(|progress| progress.removed));
    assert!(told.iter().rev().skip(1).all(|progress| progress.removed < 1500 && progress.wanted == wanted));
    let outcome = prune(&counts, &text, &options(256, 0), &mut |_| ControlFlow::Break(()));
    assert!(matches!(outcome, Err(Error::Interrupted)), "while the words are encoded");
}

/// What one step leaves of the tokens behind the bytes, by how often a text becomes them.
fn left_of(tokens: &[&str], uses: &[(&str, u64)], more: usize, min_use: u64, unwanted: &[u32]) -> Vec<String> {
    let all: Vec<Token> =
        (0..=255).map(|byte| vec![byte]).chain(tokens.iter().map(|token| token.as_bytes().into())).collect();
    let emitted = counts(&uses.iter().map(|(token, count)| (token.as_bytes().into(), *count)).collect());
    let options =
        EmittedOptions { vocab_size: 256 + more, min_use, unwanted: unwanted.into(), weights: Vec::new(), threads: 2 };
    let kept = prune_emitted(&emitted, &text(&all), &options).expect("counts and options are good");
    let of_token = |id: u32| String::from_utf8(all[id as usize].clone()).expect("ASCII");
    kept.into_iter().filter(|&id| id > 255).map(of_token).collect()
}

#[test]
fn what_a_text_never_becomes_goes_and_every_other_token_is_still_merged() {
    // A leaf goes, and then what only it was merged of.
    assert_eq!(left_of(&["ab", "abc"], &[("d", 1)], 2, 1, &[]), [""; 0]);
    // The only one that is merged of "ab" is the one too many: it becomes "ab" and "c" again.
    assert_eq!(left_of(&["ab", "abc"], &[("abc", 5)], 2, 1, &[]), ["ab"]);
    // Of two, the one that is used less, with what is merged of it.
    assert_eq!(left_of(&["ab", "abc", "abd", "abde"], &[("abc", 5), ("abde", 4)], 4, 1, &[]), ["ab", "abc"]);
    assert_eq!(
        left_of(&["ab", "abc", "abd", "abde"], &[("abc", 4), ("abd", 2), ("abde", 3)], 4, 1, &[]),
        ["ab", "abd", "abde"]
    );
    // "abc" can be merged of "a" and "bc" as well, so "ab" goes alone.
    assert_eq!(left_of(&["ab", "bc", "abc"], &[("abc", 5), ("bc", 1)], 3, 1, &[]), ["bc", "abc"]);
    // But not of a token of higher rank.
    assert_eq!(left_of(&["ab", "abc", "bc"], &[("abc", 5), ("bc", 1)], 3, 1, &[]), ["ab", "bc"]);
}

#[test]
fn what_is_unwanted_goes_with_what_needs_it_and_then_the_least_used() {
    let uses = [("ab", 9), ("abc", 9), ("de", 3), ("fg", 3)];
    let tokens = ["ab", "abc", "de", "fg"];
    assert_eq!(left_of(&tokens, &uses, 4, 0, &[256]), ["de", "fg"]);
    assert_eq!(left_of(&tokens, &uses, 4, 0, &[]), tokens);
    // Of two that are used as little, the last one. What "ab" is used grows by the uses of "abc" when that goes.
    assert_eq!(left_of(&tokens, &uses, 3, 0, &[]), ["ab", "abc", "de"]);
    assert_eq!(left_of(&tokens, &uses, 1, 0, &[]), ["ab"]);
    // "aa" is both parts of "aaaa", and goes once.
    let uses = [("aa", 1), ("aaaa", 1), ("de", 9), ("fg", 8)];
    assert_eq!(left_of(&["aa", "aaaa", "de", "fg"], &uses, 1, 0, &[]), ["de"]);
    // What is gone for being unwanted counts among those that go.
    assert_eq!(left_of(&["ab", "cd", "ef"], &[("ab", 1), ("cd", 2), ("ef", 3)], 2, 0, &[257]), ["ab", "ef"]);
}
