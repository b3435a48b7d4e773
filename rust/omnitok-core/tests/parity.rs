//! Merges chosen for parity, against the definition.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;

use omnitok_core::Error;
use omnitok_core::counts::WordCounts;
use omnitok_core::learner::{LearnOptions, Learned, Merge, Mode, Parity, check, learn};
use proptest::prelude::*;

/// Words and counts of each language.
type Corpus = Vec<Vec<(String, u64)>>;
type Words = Vec<(Vec<u32>, u64)>;

const CODES: [&str; 4] = ["de", "en", "hi", "ta"];

fn counts(corpus: &Corpus) -> WordCounts {
    let parts = corpus.iter().zip(CODES).map(|(items, code)| {
        let items = items.iter().map(|(word, count)| (word.as_bytes(), *count));
        WordCounts::from_items("gpt2", code, items).unwrap()
    });
    parts.reduce(|sum, part| sum.merge(part).unwrap()).unwrap()
}

fn options(corpus: &Corpus, vocab_size: usize, global_merges: usize, window: Option<usize>) -> LearnOptions {
    let parity = Parity { development: Arc::new(counts(corpus)), global_merges, window };
    LearnOptions { threads: 1, parity: Some(parity), ..LearnOptions::new(vocab_size) }
}

fn run(corpus: &Corpus, options: &LearnOptions) -> Result<Learned, Error> {
    learn(&counts(corpus), options, &mut |_| ControlFlow::Continue(()))
}

/// What may be merged in words, with its count.
fn pairs(words: &Words) -> BTreeMap<(u32, u32), u64> {
    let mut pairs = BTreeMap::new();
    for (word, count) in words {
        let mut last_end = BTreeMap::new();
        for at in 1..word.len() {
            let pair = (word[at - 1], word[at]);
            if last_end.get(&pair).is_none_or(|&end| end < at) {
                last_end.insert(pair, at + 1);
                *pairs.entry(pair).or_default() += count;
            }
        }
    }
    pairs
}

fn replace(words: &mut Words, (left, right): (u32, u32), id: u32) {
    for (word, _) in words {
        let mut at = 0;
        while at + 1 < word.len() {
            if (word[at], word[at + 1]) == (left, right) {
                word.splice(at..at + 2, [id]);
            }
            at += 1;
        }
    }
}

/// The most frequent pair, of several the smallest.
fn first(words: &Words, least: u64) -> Option<((u32, u32), u64)> {
    let pairs = pairs(words);
    let highest = pairs.values().copied().max().filter(|&count| count >= least)?;
    pairs.into_iter().find(|&(_, count)| count == highest)
}

/// The merges, until there are as many as were asked for or no language has a pair.
fn reference(corpus: &Corpus, text: &Corpus, options: &LearnOptions) -> Vec<Merge> {
    let parity = options.parity.as_ref().unwrap();
    let spell = |items: &Vec<(String, u64)>| -> Words {
        items.iter().map(|(word, count)| (word.bytes().map(u32::from).collect(), *count)).collect()
    };
    let mut words: Vec<Words> = corpus.iter().map(spell).collect();
    let mut texts: Vec<Words> = text.iter().map(spell).collect();
    let (mut merges, mut recent) = (Vec::<Merge>::new(), VecDeque::new());
    while 256 + merges.len() < options.vocab_size {
        let chosen = if merges.len() < parity.global_merges {
            first(&words.concat(), options.min_frequency)
        } else {
            let cost = |at: usize| texts[at].iter().map(|(word, count)| word.len() as u64 * count).sum::<u64>();
            let window = parity.window.unwrap_or(0);
            let had = |at: usize| recent.iter().filter(|&&other| other == at).count();
            let is_over = |at: usize| window > 0 && had(at) * texts.len() >= 2 * window;
            let mut order: Vec<usize> = (0..texts.len()).collect();
            order.sort_by_key(|&at| (is_over(at), u64::MAX - cost(at), at));
            let turn = order.into_iter().find_map(|at| Some((at, first(&words[at], options.min_frequency)?)));
            turn.map(|(at, chosen)| {
                recent.push_back(at);
                if recent.len() > window {
                    recent.pop_front();
                }
                chosen
            })
        };
        let Some(((left, right), count)) = chosen else { break };
        let id = 256 + merges.len() as u32;
        merges.push(Merge { left, right, id, count });
        words.iter_mut().chain(&mut texts).for_each(|words| replace(words, (left, right), id));
    }
    merges
}

fn corpora() -> impl Strategy<Value = Corpus> {
    let word = prop_oneof![" ?[ab]{1,6}", "[abcde]{1,9}", "a{1,12}", "[नमसé]{1,4}"];
    let count = prop_oneof![3 => 1_u64..4, 1 => 1_u64..2000];
    let items = prop::collection::vec((word, count), 1..9).prop_map(|items| {
        let summed: BTreeMap<String, u64> = items.into_iter().collect();
        summed.into_iter().collect()
    });
    prop::collection::vec(items, 3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn learns_what_the_definition_says(
        corpus in corpora(), text in corpora(), size in 256_usize..330, global in 0_usize..8,
        window in prop::option::of(1_usize..9), least in 1_u64..4, threads in 1_usize..4,
    ) {
        let mut options = options(&text, size, global, window);
        (options.min_frequency, options.threads) = (least, threads);
        let expected = reference(&corpus, &text, &options);
        options.vocab_size = 256 + expected.len();
        if global > 0 && global >= expected.len() {
            let error = run(&corpus, &options).unwrap_err().to_string();
            prop_assert!(error.contains("leaves none of"), "{}", error);
            return Ok(());
        }
        let mut learned = run(&corpus, &options).unwrap();
        prop_assert_eq!(&learned.merges, &expected);
        prop_assert!(check(&counts(&corpus), &options, &learned).is_ok());
        // Two merges in the wrong order: whoever chose the second did so too early.
        if let [.., before, last] = &mut learned.merges[..] {
            (before.left, last.left) = (last.left, before.left);
            (before.right, last.right) = (last.right, before.right);
            let place = format!("merge {} ", expected.len() - 2);
            let error = check(&counts(&corpus), &options, &learned).unwrap_err().to_string();
            prop_assert!(error.starts_with(&place), "{}", error);
        }
        if options.vocab_size < size {
            options.vocab_size = size;
            let error = run(&corpus, &options).unwrap_err().to_string();
            prop_assert!(error.contains(&format!("yields {} tokens", 256 + expected.len())), "{}", error);
        }
    }
}

/// Enough words for several rounds and for threads; languages share letters and words.
fn many_words() -> Corpus {
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut language = |words: usize, letters: u64| -> Vec<(String, u64)> {
        let word = |_| {
            let length = 2 + next(7);
            let word: String = (0..length).map(|_| char::from(b'a' + next(letters) as u8)).collect();
            let bits = next(12);
            (word, 1 + next(1 << bits))
        };
        let words: BTreeMap<String, u64> = (0..words).map(word).collect();
        words.into_iter().collect()
    };
    vec![language(30_000, 6), language(9000, 12), language(4000, 26)]
}

#[test]
fn threads_and_rounds_change_nothing() {
    let corpus = many_words();
    let text: Corpus = corpus.iter().map(|items| items.iter().step_by(40).cloned().collect()).collect();
    for (global, window) in [(0, None), (0, Some(20)), (50, None)] {
        let one = options(&text, 500, global, window);
        let learned = run(&corpus, &one).unwrap();
        assert_eq!(learned.merges, reference(&corpus, &text, &one));
        for threads in [2, 3, 8] {
            assert_eq!(run(&corpus, &LearnOptions { threads, ..one.clone() }).unwrap(), learned, "{threads} threads");
        }
    }
}

fn items(words: &[(&str, u64)]) -> Vec<(String, u64)> {
    words.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect()
}

#[test]
fn the_worst_off_language_chooses_and_leaves_its_turn_when_it_has_no_pair() {
    let corpus = vec![items(&[("ab", 900), ("abc", 900)]), items(&[("xy", 3)])];
    let text = vec![items(&[("ab", 2)]), items(&[("xyz", 9)])];
    let learned = run(&corpus, &options(&text, 259, 0, None)).unwrap();
    assert_eq!(learned.tokens[256..], [&b"xy"[..], b"ab", b"abc"]);
    assert_eq!(learned.merges.iter().map(|merge| merge.count).collect::<Vec<_>>(), [3, 1800, 900]);
}

#[test]
fn weights_count_in_the_global_merges_and_in_the_least_frequency() {
    let corpus = vec![items(&[("ab", 5)]), items(&[("xy", 3)])];
    let text = vec![items(&[("ab", 1)]), items(&[("xy", 9)])];
    let mut weighted = options(&text, 258, 1, None);
    weighted.weights = vec![("en".into(), 2.0)];
    assert_eq!(run(&corpus, &weighted).unwrap().tokens[256..], [b"xy", b"ab"]);
    let mut rare = options(&text, 257, 0, None);
    (rare.weights, rare.min_frequency) = (vec![("en".into(), 0.5)], 2);
    assert_eq!(run(&corpus, &rare).unwrap().tokens[256], b"ab");
}

#[test]
fn an_interrupted_run_goes_on_to_the_same_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, corpus_counts) = (many_words(), counts(&many_words()));
    let whole = options(&corpus, 3400, 1100, None);
    let mut kept = LearnOptions { checkpoint: Some(folder.path().join("merges")), ..whole.clone() };
    for stop in [1000, 2000] {
        let mut watch = |now: omnitok_core::learner::Progress| {
            if now.merges_done >= stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        assert!(matches!(learn(&corpus_counts, &kept, &mut watch), Err(Error::Interrupted)));
    }
    assert_eq!(run(&corpus, &kept).unwrap(), run(&corpus, &whole).unwrap());
    kept.parity = None;
    let error = run(&corpus, &kept).unwrap_err().to_string();
    assert!(error.contains("this checkpoint is of another run"), "{error}");
}

#[test]
fn bad_options_say_what_to_do() {
    let corpus = vec![items(&[("ab", 5)]), items(&[("xy", 3)])];
    let good = options(&corpus, 258, 0, None);
    let with = |change: &dyn Fn(&mut LearnOptions)| {
        let mut options = good.clone();
        change(&mut options);
        run(&corpus, &options).unwrap_err().to_string()
    };
    let parity = |text: &Corpus, global_merges, window| options(text, 258, global_merges, window).parity;
    for (error, expected) in [
        (with(&|options| options.parity = parity(&corpus, 2, None)), "leaves none of 2 for parity"),
        (with(&|options| options.parity = parity(&corpus, 0, Some(0))), "the window of parity is 0"),
        (
            with(&|options| options.parity = parity(&corpus[..1].to_vec(), 0, None)),
            "language \"en\" has no development",
        ),
        (
            with(&|options| options.parity = parity(&[&corpus[..], &corpus[..1]].concat(), 0, None)),
            "the development text speaks \"hi\", in which nothing was counted",
        ),
        (with(&|options| options.parity = parity(&vec![Vec::new()], 0, None)), "the development text has no words"),
        (
            with(&|options| {
                let development = Arc::new(WordCounts::from_items("o200k", "de", [("ab", 1)]).unwrap());
                options.parity = Some(Parity { development, global_merges: 0, window: None });
            }),
            "was cut with the pattern \"o200k\"",
        ),
        (with(&|options| options.mode = Mode::HuggingFace), "parity is not to be had in the mode huggingface"),
        (with(&|options| options.weights = vec![("de".into(), 0.0), ("en".into(), 0.0)]), "nothing to learn from"),
        (
            with(&|options| {
                options.parity = parity(&corpus, 0, Some(9));
                options.checkpoint = Some("merges".into());
            }),
            "a checkpoint does not know who chose the last merges",
        ),
    ] {
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_merge_that_another_language_would_have_chosen_is_wrong() {
    let corpus = vec![items(&[("ab", 9), ("cd", 8)]), items(&[("xy", 3), ("uv", 2)])];
    let text = vec![items(&[("abcd", 2)]), items(&[("uvxy", 3)])];
    let with = |text: &Corpus, global_merges, window| options(text, 259, global_merges, window);
    let (plain, hybrid, windowed) = (with(&text, 0, None), with(&text, 1, None), with(&text, 0, Some(1)));
    let learned = run(&corpus, &plain).unwrap();
    check(&counts(&corpus), &plain, &learned).unwrap();
    for (other, message) in [
        (&hybrid, "merge 0 (120 121 to 256) is wrong: 97 98 with 9 comes first in the words, and it has 3"),
        (
            &windowed,
            "merge 1 (117 118 to 257) is wrong: 97 98 with 9 comes first in the words of \"de\", whose turn it is, and it has 2",
        ),
    ] {
        assert_ne!(run(&corpus, other).unwrap(), learned);
        let error = check(&counts(&corpus), other, &learned).unwrap_err().to_string();
        assert_eq!(error, message);
    }
    let nobody = with(&vec![items(&[("ab", 1)]), items(&[("uv", 1)]), items(&[("a", 1)])], 0, None);
    let error = check(&counts(&corpus), &nobody, &learned).unwrap_err().to_string();
    assert!(error.contains("in which nothing was counted"), "{error}");
}

#[test]
fn languages_without_a_text_have_a_say_in_the_global_merges_or_the_weight_0() {
    let corpus = vec![items(&[("ab", 9), ("cd", 8)]), items(&[("xy", 3), ("uv", 2)])];
    let text = vec![Vec::new(), items(&[("uvxy", 3)])];
    assert_eq!(run(&corpus, &options(&text, 258, 1, None)).unwrap().tokens[256..], [b"ab", b"xy"]);
    let mut mute = options(&text, 258, 0, None);
    mute.weights = vec![("de".into(), 0.0)];
    assert_eq!(run(&corpus, &mute).unwrap().tokens[256..], [b"xy", b"uv"]);
}
