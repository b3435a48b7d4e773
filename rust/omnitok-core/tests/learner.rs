//! The learner against a slow and obvious one, against the merges of another library, and against bad options.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use omnitok_core::Error;
use omnitok_core::counts::WordCounts;
use omnitok_core::learner::{
    LearnOptions, Learned, Merge, Mixture, Mode, Progress, Stage, check, extend, language_weights, learn,
};
use proptest::prelude::*;

type Items = Vec<(String, u64)>;

fn counts(items: &Items) -> WordCounts {
    WordCounts::from_items("gpt2", "", items.iter().cloned()).unwrap()
}

fn run(counts: &WordCounts, options: &LearnOptions) -> Result<Learned, Error> {
    learn(counts, options, &mut |_| ControlFlow::Continue(()))
}

fn options(vocab_size: usize) -> LearnOptions {
    LearnOptions { threads: 1, ..LearnOptions::new(vocab_size) }
}

/// Byte-pair encoding as it is defined: count everything again before every merge.
fn reference(items: &[(Vec<u8>, u64)], options: &LearnOptions) -> Result<Learned, usize> {
    let mut tokens: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
    let mut merges: Vec<Merge> = Vec::new();
    let mut words: Vec<(Vec<u32>, u64)> =
        items.iter().map(|(word, count)| (word.iter().map(|&byte| u32::from(byte)).collect(), *count)).collect();
    while tokens.len() < options.vocab_size {
        let mut pairs: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for (word, count) in &words {
            for (pair, places) in places(word) {
                *pairs.entry(pair).or_default() += places * count;
            }
        }
        let length = |pair: &(u32, u32)| tokens[pair.0 as usize].len() + tokens[pair.1 as usize].len();
        pairs.retain(|pair, count| {
            *count >= options.min_frequency && options.max_token_bytes.is_none_or(|limit| length(pair) <= limit)
        });
        // The map is in the order of the pairs, so the first of the highest is the smallest pair.
        let Some(highest) = pairs.values().copied().max() else { return Err(tokens.len()) };
        let (&(left, right), _) = pairs.iter().find(|(_, count)| **count == highest).unwrap();
        let bytes = [tokens[left as usize].as_slice(), &tokens[right as usize]].concat();
        assert!(!tokens.contains(&bytes), "two merges made {bytes:?}, which the learner holds to be impossible");
        let id = tokens.len() as u32;
        tokens.push(bytes);
        merges.push(Merge { left, right, id, count: highest });
        for (word, _) in &mut words {
            *word = replaced(word, (left, right), id);
        }
    }
    Ok(Learned { tokens, merges })
}

/// For each pair in a word, how many times it can be replaced there from left to right.
fn places(word: &[u32]) -> HashMap<(u32, u32), u64> {
    let pairs: Vec<(u32, u32)> = word.windows(2).map(|window| (window[0], window[1])).collect();
    pairs.iter().map(|&pair| (pair, (word.len() - replaced(word, pair, u32::MAX).len()) as u64)).collect()
}

fn replaced(word: &[u32], (left, right): (u32, u32), id: u32) -> Vec<u32> {
    let (mut result, mut at) = (Vec::new(), 0);
    while at < word.len() {
        if word[at..].starts_with(&[left, right]) {
            result.push(id);
            at += 2;
        } else {
            result.push(word[at]);
            at += 1;
        }
    }
    result
}

fn summed(items: &Items) -> Vec<(Vec<u8>, u64)> {
    let mut sums: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    for (word, count) in items {
        *sums.entry(word.as_bytes().to_vec()).or_default() += count;
    }
    sums.into_iter().collect()
}

fn corpora() -> impl Strategy<Value = Items> {
    let word = prop_oneof!["[ab]{1,12}", "[abc]{1,8}", "[a-d]{1,5}", "a{1,20}", "(ab){1,6}", "(aab){1,4}[éa]{0,3}"];
    prop::collection::vec((word, prop_oneof![1_u64..4, 1_u64..1000]), 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn learns_what_the_definition_says(
        items in corpora(),
        vocab_size in 256_usize..310,
        min_frequency in prop_oneof![Just(1_u64), 1_u64..40],
        max_token_bytes in prop::option::of(1_usize..8),
        threads in 1_usize..=4,
    ) {
        let options = LearnOptions { min_frequency, max_token_bytes, threads, ..options(vocab_size) };
        match (run(&counts(&items), &options), reference(&summed(&items), &options)) {
            (Ok(learned), Ok(expected)) => prop_assert_eq!(learned, expected),
            (Err(Error::Exhausted { tokens, reason }), Err(expected)) => {
                prop_assert_eq!(tokens, expected);
                prop_assert!(reason.contains(&format!("yields {tokens} tokens")), "{}", reason);
            }
            (learned, expected) => prop_assert!(false, "{learned:?} instead of {expected:?}"),
        }
    }
}

/// Enough distinct words for several threads to share a merge.
fn many_words() -> Items {
    let mut state = 1_u64;
    let mut next = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let letters = ["a", "a", "b", "c", "é", "d"];
    let mut word = |length: u64| (0..length).map(|_| letters[next(6) as usize]).collect::<String>();
    (0..40_000_u64).map(|index| (word(3 + index % 11), 1 + index % 7)).collect()
}

#[test]
fn threads_do_not_change_large_merges() {
    let items = many_words();
    let expected = reference(&summed(&items), &options(256 + 12)).unwrap();
    for threads in 1..=4 {
        assert_eq!(run(&counts(&items), &LearnOptions { threads, ..options(256 + 12) }).unwrap(), expected);
    }
    let long = run(&counts(&items), &options(3000)).unwrap();
    assert_eq!(run(&counts(&items), &LearnOptions { threads: 3, ..options(3000) }).unwrap(), long);
}

#[test]
fn a_smaller_vocabulary_is_the_start_of_a_larger_one() {
    let counts = counts(&many_words());
    let (small, large) = (run(&counts, &options(400)).unwrap(), run(&counts, &options(900)).unwrap());
    assert_eq!(small.tokens, large.tokens[..400]);
    assert_eq!(small.merges, large.merges[..small.merges.len()]);
}

#[test]
fn runs_hold_what_can_be_replaced() {
    // `aaa` holds `aa` once, so 100 places of `bc` beat 60 of `aa`; the other library counts 120.
    let items = vec![("aaa".to_owned(), 60), ("bc".to_owned(), 100)];
    let first = |mode| run(&counts(&items), &LearnOptions { mode, ..options(257) }).unwrap().tokens.pop().unwrap();
    assert_eq!(first(Mode::Exact), b"bc");
    assert_eq!(first(Mode::HuggingFace), b"aa");
}

#[test]
fn a_long_run_takes_linear_time() {
    let items = vec![("a".repeat(3_000_000), 1), ("ab".repeat(1_000_000), 1)];
    let learned = run(&counts(&items), &options(256 + 30)).unwrap();
    assert_eq!(learned.tokens[256], b"aa");
    assert_eq!(learned.merges[0].count, 1_500_000);
}

#[test]
fn counts_beyond_32_bits_are_exact_and_overflow_is_an_error() {
    let big = 1_u64 << 40;
    let learned = run(&counts(&vec![("ab".into(), big), ("ba".into(), big + 1)]), &options(258)).unwrap();
    assert_eq!(learned.merges[0], Merge { left: 98, right: 97, id: 256, count: big + 1 });
    assert_eq!(learned.merges[1], Merge { left: 97, right: 98, id: 257, count: big });
    let too_big = counts(&vec![("abcdefgh".into(), u64::MAX / 16)]);
    assert!(matches!(run(&too_big, &options(258)), Err(Error::CountOverflow(_))));
}

fn two_languages() -> WordCounts {
    let german = WordCounts::from_items("gpt2", "de", [("ab", 100), ("xy", 5)]).unwrap();
    german.merge(WordCounts::from_items("gpt2", "en", [("cd", 60), ("ab", 10)]).unwrap()).unwrap()
}

fn weighted(weights: &[(&str, f64)], vocab_size: usize) -> Result<Vec<(Vec<u8>, u64)>, Error> {
    let weights = weights.iter().map(|(language, weight)| ((*language).to_owned(), *weight)).collect();
    let learned = run(&two_languages(), &LearnOptions { weights, ..options(vocab_size) })?;
    Ok(learned.merges.iter().map(|merge| (learned.tokens[merge.id as usize].clone(), merge.count)).collect())
}

#[test]
fn weights_scale_the_counts_of_a_language() {
    assert_eq!(weighted(&[], 258).unwrap(), [(b"ab".to_vec(), 110), (b"cd".to_vec(), 60)]);
    assert_eq!(weighted(&[("en", 3.0)], 258).unwrap(), [(b"cd".to_vec(), 180), (b"ab".to_vec(), 130)]);
    // 0.3 is 314573 / 2^20 and 30.0000267 + 10 occurrences round down.
    assert_eq!(weighted(&[("de", 0.3)], 258).unwrap(), [(b"cd".to_vec(), 60), (b"ab".to_vec(), 40)]);
    assert_eq!(weighted(&[("de", 0.0)], 258).unwrap(), [(b"cd".to_vec(), 60), (b"ab".to_vec(), 10)]);
    let message = weighted(&[("de", 0.0)], 259).unwrap_err().to_string();
    assert!(message.contains("yields 258 tokens"), "{message}");
}

#[test]
fn bad_options_say_what_to_do() {
    let refusal = |options: LearnOptions| match run(&two_languages(), &options) {
        Err(Error::Training(message) | Error::Exhausted { reason: message, .. }) => message,
        other => panic!("{other:?}"),
    };
    let weigh = |weight: f64| LearnOptions { weights: vec![("de".into(), weight)], ..options(300) };
    for (options, part) in [
        (options(255), "vocab_size 255 is below 256"),
        (options(usize::MAX), "beyond the 32 bits"),
        (LearnOptions { min_frequency: 0, ..options(300) }, "min_frequency is 0"),
        (LearnOptions { max_token_bytes: Some(0), ..options(300) }, "max_token_bytes is 0"),
        (weigh(-1.0), "the weight -1 of language \"de\""),
        (weigh(f64::NAN), "the weight NaN"),
        (weigh(f64::INFINITY), "the weight inf"),
        (LearnOptions { weights: vec![("fr".into(), 1.0)], ..options(300) }, "the counts have [\"de\", \"en\"]"),
        (LearnOptions { weights: vec![("de".into(), 1.0), ("de".into(), 2.0)], ..options(300) }, "two weights"),
        (options(300), "lower vocab_size to 259"),
        (LearnOptions { min_frequency: 50, ..options(300) }, "or lower min_frequency"),
        (
            LearnOptions { weights: vec![("de".into(), 0.0), ("en".into(), 0.0)], ..options(256) },
            "nothing to learn from",
        ),
    ] {
        let message = refusal(options);
        assert!(message.contains(part), "{message:?} lacks {part:?}");
    }
    let nothing = WordCounts::from_items("gpt2", "", Vec::<(&str, u64)>::new()).unwrap();
    assert!(matches!(run(&nothing, &options(256)), Err(Error::Training(_))));
}

#[test]
fn progress_is_told_and_can_stop_the_work() {
    let counts = counts(&many_words());
    let mut heard = Vec::new();
    learn(&counts, &options(256 + 2500), &mut |progress| {
        heard.push(progress);
        ControlFlow::Continue(())
    })
    .unwrap();
    let start =
        Progress { stage: Stage::CountingPairs, merges_done: 0, merges_wanted: 2500, work_done: 0, work_expected: 0 };
    assert_eq!(heard[0], start);
    assert_eq!(heard.last().unwrap().merges_done, 2500);
    assert!(heard.is_sorted_by_key(|progress| progress.work_done));
    let total = heard.last().unwrap().work_done;
    assert_eq!(heard.last().unwrap().work_expected, total);
    assert!(heard.iter().skip(3).all(|progress| progress.work_expected.abs_diff(total) < total / 2), "{heard:?}");
    assert!(heard.iter().filter(|progress| progress.stage == Stage::Merging).count() >= 3);
    for mode in [Mode::Exact, Mode::HuggingFace] {
        let stopped = learn(&counts, &LearnOptions { mode, ..options(2756) }, &mut |progress| {
            if progress.merges_done > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(stopped, Err(Error::Interrupted)));
    }
}

/// Words with runs, ties and scripts of several bytes, and the merges that `tokenizers` 0.23.3 gives for them: `BpeTrainer`
/// with `initial_alphabet=ByteLevel.alphabet()` after `ByteLevel(add_prefix_space=False, use_regex=False)`, each word as
/// often as its count says.
const GOLDEN_WORDS: [(&str, u64); 16] = [
    ("low", 5),
    (" lower", 2),
    (" newest", 6),
    (" widest", 3),
    ("aaaaaaa", 4),
    (" aaa", 7),
    ("aaaab", 3),
    ("baaa", 5),
    ("====", 9),
    ("==", 2),
    ("\n\n\n", 4),
    (" naïve", 3),
    ("தமிழ்", 4),
    (" தமிழ்", 2),
    ("abab", 3),
    ("ababab", 2),
];

#[rustfmt::skip]
const GOLDEN_MERGES: [(u32, u32, u32); 44] = [
    (64, 64, 256), (28, 28, 257), (156, 106, 258), (256, 64, 259), (64, 65, 260), (68, 82, 261), (220, 77, 262),
    (257, 257, 263), (261, 83, 264), (198, 198, 265), (75, 78, 266), (220, 259, 267), (256, 256, 268), (260, 260, 269),
    (266, 86, 270), (68, 86, 271), (97, 258, 272), (106, 258, 273), (107, 235, 274), (112, 156, 275), (123, 258, 276),
    (258, 272, 277), (262, 271, 278), (273, 276, 279), (275, 274, 280), (277, 279, 281), (278, 264, 282), (281, 280, 283),
    (65, 259, 284), (265, 198, 285), (268, 259, 286), (64, 127, 287), (67, 264, 288), (72, 288, 289), (85, 68, 290),
    (86, 289, 291), (107, 290, 292), (220, 291, 293), (262, 287, 294), (268, 65, 295), (294, 292, 296), (68, 81, 297),
    (220, 270, 298), (220, 283, 299),
];

/// The same with `max_token_length=4`, which allows three characters.
#[rustfmt::skip]
const GOLDEN_SHORT_MERGES: [(u32, u32, u32); 26] = [
    (64, 64, 256), (28, 28, 257), (156, 106, 258), (256, 64, 259), (64, 65, 260), (68, 82, 261), (220, 77, 262),
    (261, 83, 263), (198, 198, 264), (75, 78, 265), (265, 86, 266), (68, 86, 267), (97, 258, 268), (106, 258, 269),
    (107, 235, 270), (112, 156, 271), (123, 258, 272), (264, 198, 273), (64, 127, 274), (72, 67, 275), (85, 68, 276),
    (86, 275, 277), (107, 276, 278), (256, 65, 279), (68, 81, 280), (220, 258, 281),
];

fn compatible_merges(options: &LearnOptions) -> Vec<(u32, u32, u32)> {
    let counts = WordCounts::from_items("gpt2", "", GOLDEN_WORDS).unwrap();
    let learned = run(&counts, &LearnOptions { mode: Mode::HuggingFace, ..options.clone() }).unwrap();
    learned.merges.iter().map(|merge| (merge.left, merge.right, merge.id)).collect()
}

#[test]
fn compatible_mode_gives_the_merges_of_the_library() {
    assert_eq!(compatible_merges(&options(300)), GOLDEN_MERGES);
    assert_eq!(compatible_merges(&LearnOptions { min_frequency: 4, ..options(280) }), GOLDEN_MERGES[..24]);
    assert_eq!(compatible_merges(&LearnOptions { max_token_bytes: Some(4), ..options(282) }), GOLDEN_SHORT_MERGES);
}

#[test]
fn compatible_mode_numbers_the_bytes_as_the_library_does() {
    let counts = WordCounts::from_items("gpt2", "", GOLDEN_WORDS).unwrap();
    let learned = run(&counts, &LearnOptions { mode: Mode::HuggingFace, ..options(257) }).unwrap();
    assert_eq!((learned.tokens[0].as_slice(), learned.tokens[188].as_slice()), (&b"!"[..], &b"\0"[..]));
    assert_eq!((learned.tokens[220].as_slice(), learned.tokens[256].as_slice()), (&b" "[..], &b"aa"[..]));
}

#[test]
fn compatible_mode_refuses_counts_that_the_library_cannot_hold() {
    let counts = WordCounts::from_items("gpt2", "", [("ab", 1_u64 << 31)]).unwrap();
    let refused = run(&counts, &LearnOptions { mode: Mode::HuggingFace, ..options(257) }).unwrap_err();
    assert!(refused.to_string().contains("32-bit counts"), "{refused}");
}

/// The words of a vocabulary as tiktoken's rule has them.
fn encoded(word: &[u8], tokens: &[Vec<u8>]) -> Vec<u32> {
    let id_of = |bytes: &[u8]| tokens.iter().position(|token| token == bytes);
    if let Some(id) = id_of(word) {
        return vec![id as u32];
    }
    let mut parts: Vec<Vec<u8>> = word.iter().map(|&byte| vec![byte]).collect();
    loop {
        let ranked = (1..parts.len()).filter_map(|at| id_of(&parts[at - 1..=at].concat()).map(|id| (id, at)));
        let Some((_, at)) = ranked.min() else { break };
        let right = parts.remove(at);
        parts[at - 1].extend(right);
    }
    parts.iter().map(|part| id_of(part).unwrap() as u32).collect()
}

/// Going on from a vocabulary as it is defined: encode every word with all tokens so far before every merge, and take the
/// most frequent pair that is no part of a token that its own bytes do not lead to.
fn reference_extension(
    items: &[(Vec<u8>, u64)],
    base: &[Vec<u8>],
    options: &LearnOptions,
) -> Result<Vec<Vec<u8>>, usize> {
    let is_reached = |id: usize| {
        let bytes = &base[id];
        bytes.len() == 1 || {
            let lower = &base[..id];
            let singles: Vec<Vec<u8>> = base.iter().filter(|token| token.len() == 1).cloned().collect();
            // Bytes have ids of any size; only tokens of several bytes must be lower.
            let known: Vec<Vec<u8>> = lower.iter().filter(|token| token.len() > 1).cloned().chain(singles).collect();
            encoded(bytes, &known).len() == 2
        }
    };
    let unreached: Vec<&Vec<u8>> = (0..base.len()).filter(|&id| !is_reached(id)).map(|id| &base[id]).collect();
    let mut tokens = base.to_vec();
    while tokens.len() < options.vocab_size {
        let mut pairs: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for (word, count) in items {
            for (pair, places) in places(&encoded(word, &tokens)) {
                *pairs.entry(pair).or_default() += places * count;
            }
        }
        let bytes = |pair: &(u32, u32)| [tokens[pair.0 as usize].as_slice(), &tokens[pair.1 as usize]].concat();
        pairs.retain(|pair, count| {
            let bytes = bytes(pair);
            let is_part = unreached.iter().any(|token| token.windows(bytes.len()).any(|part| part == bytes));
            *count >= options.min_frequency && !is_part
        });
        let Some(highest) = pairs.values().copied().max() else { return Err(tokens.len()) };
        let token = bytes(pairs.iter().find(|(_, count)| **count == highest).unwrap().0);
        assert!(!tokens.contains(&token));
        tokens.push(token);
    }
    Ok(tokens)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn goes_on_from_any_vocabulary_as_the_definition_says(
        items in corpora(),
        extra in prop::collection::vec("[abc]{2,5}", 0..8),
        more in 0_usize..12,
        threads in 1_usize..=3,
    ) {
        // Tokens in an order in which no merges lead to many of them.
        let mut base: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
        for token in extra {
            if !base.contains(&token.as_bytes().to_vec()) {
                base.push(token.into_bytes());
            }
        }
        let options = LearnOptions { threads, ..options(base.len() + more) };
        let counts = counts(&items);
        match (extend(&counts, &base, &options, &mut go_on), reference_extension(&summed(&items), &base, &options)) {
            (Ok(learned), Ok(expected)) => {
                prop_assert_eq!(&learned.tokens, &expected);
                prop_assert!(check(&counts, &options, &learned).is_ok());
            }
            (Err(Error::Exhausted { tokens, reason }), Err(expected)) => {
                prop_assert_eq!(tokens, expected);
                prop_assert!(reason.contains(&format!("yields {tokens} tokens")), "{}", reason);
            }
            (learned, expected) => prop_assert!(false, "{learned:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn going_on_is_as_if_learning_had_never_stopped(items in corpora(), at in 0_usize..20, more in 0_usize..20) {
        let counts = counts(&items);
        if let Ok(whole) = run(&counts, &options(256 + at + more)) {
            let first = run(&counts, &options(256 + at)).unwrap();
            let grown = extend(&counts, &first.tokens, &options(256 + at + more), &mut go_on).unwrap();
            prop_assert_eq!(&grown.tokens, &whole.tokens);
            prop_assert_eq!(&grown.merges, &whole.merges[at..]);
            prop_assert!(check(&counts, &options(0), &whole).is_ok());
        }
    }

    #[test]
    fn whole_characters_leave_no_fragment_but_beginnings(
        words in prop::collection::vec(("[aéह中😀]{1,6}", 1_u64..50), 1..20), more in 0_usize..40,
    ) {
        let options = LearnOptions { whole_characters: true, ..options(256 + more) };
        let counts = counts(&words);
        if let Ok(learned) = run(&counts, &options) {
            for token in &learned.tokens[256..] {
                let is_beginning = ["é", "ह", "中", "😀"].iter().any(|character| character.as_bytes().starts_with(token));
                prop_assert!(std::str::from_utf8(token).is_ok() || is_beginning, "{:x?}", token);
            }
            prop_assert!(check(&counts, &options, &learned).is_ok());
        }
    }
}

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn a_base_that_cannot_be_gone_on_from_says_why() {
    let counts = counts(&vec![("ab".into(), 5)]);
    let bytes: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
    let refusal =
        |base: &[Vec<u8>], options: LearnOptions| extend(&counts, base, &options, &mut go_on).unwrap_err().to_string();
    assert!(refusal(&bytes[..255], options(300)).contains("the byte 0xff"));
    let twice = [bytes.clone(), vec![b"ab".to_vec(), b"ab".to_vec()]].concat();
    assert!(refusal(&twice, options(300)).contains("\"ab\""));
    assert!(refusal(&twice, options(257)).contains("vocab_size 257 is below 258"));
    let message = refusal(&bytes, LearnOptions { mode: Mode::HuggingFace, ..options(257) });
    assert!(message.contains("the mode huggingface has no rule"), "{message}");
}

#[test]
fn a_check_names_the_first_merge_that_is_wrong() {
    let counts = counts(&many_words());
    let learned = run(&counts, &options(300)).unwrap();
    check(&counts, &options(300), &learned).unwrap();
    let wrong = |change: &dyn Fn(&mut Learned)| {
        let mut changed = learned.clone();
        change(&mut changed);
        check(&counts, &options(300), &changed).unwrap_err().to_string()
    };
    assert!(wrong(&|learned| learned.merges[7].count += 1).contains("merge 7 "));
    assert!(wrong(&|learned| learned.merges.swap(20, 21)).contains("merge 20 "));
    assert!(wrong(&|learned| learned.tokens[260].push(b'x')).contains("merge 4 "));
    let other = LearnOptions { mode: Mode::HuggingFace, ..options(300) };
    assert!(check(&counts, &other, &learned).is_err());
}

#[test]
fn an_interrupted_run_goes_on_to_the_same_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("merges");
    let counts = counts(&many_words());
    let kept = |vocab_size| LearnOptions { checkpoint: Some(path.clone()), ..options(vocab_size) };
    let expected = run(&counts, &options(4000)).unwrap();
    let mut done = Vec::new();
    loop {
        // Every run is stopped at its second report of merges.
        let mut reports = 0;
        let outcome = learn(&counts, &kept(4000), &mut |progress: Progress| {
            reports += usize::from(progress.stage == Stage::Merging);
            if reports == 1 {
                done.push(progress.merges_done);
            }
            if reports == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        match outcome {
            Err(Error::Interrupted) => {}
            outcome => {
                assert_eq!(outcome.unwrap(), expected);
                break;
            }
        }
    }
    assert!(done.len() >= 2 && done.is_sorted(), "{done:?}");
    // What is kept serves for smaller and larger vocabularies, and for no other run.
    assert_eq!(run(&counts, &kept(1000)).unwrap().tokens, expected.tokens[..1000]);
    let message = run(&counts, &LearnOptions { min_frequency: 2, ..kept(4000) }).unwrap_err().to_string();
    assert!(message.contains("\"min_frequency 1\" where this one has \"min_frequency 2\""), "{message}");
    let other = run(&two_languages(), &kept(258)).unwrap_err().to_string();
    assert!(other.contains("checkpoint is of another run"), "{other}");
    let text = std::fs::read_to_string(&path).unwrap();
    for (damaged, part) in
        [(&text[..text.len() / 2], "checksum"), ("", "no checkpoint"), (&text.replace('9', "8"), "checksum")]
    {
        std::fs::write(&path, damaged).unwrap();
        let message = run(&counts, &kept(4000)).unwrap_err().to_string();
        assert!(message.contains(part) && message.contains("remove the file"), "{message}");
    }
    let copy = LearnOptions { mode: Mode::HuggingFace, ..kept(300) };
    assert!(run(&counts, &copy).unwrap_err().to_string().contains("a checkpoint is not to be had"));
}

#[test]
fn ties_of_sentencepiece_go_to_the_shorter_token_and_then_by_bytes() {
    let items = vec![("ba".to_owned(), 5), ("xyz".to_owned(), 9), ("cd".to_owned(), 5), ("zé".to_owned(), 1)];
    let learned = run(&counts(&items), &LearnOptions { mode: Mode::SentencePiece, ..options(260) }).unwrap();
    let tokens: Vec<&[u8]> = learned.tokens[256..].iter().map(Vec::as_slice).collect();
    assert_eq!(tokens, [&b"xy"[..], b"xyz", b"ba", b"cd"]);
}

#[test]
fn mixtures_become_weights() {
    let counts = two_languages(); // de: 210 bytes, en: 140
    let weights = |mixture: &Mixture| language_weights(&counts, mixture);
    let close = |mixture: Mixture, expected: [f64; 2]| {
        let found = weights(&mixture).unwrap();
        assert_eq!((found[0].0.as_str(), found[1].0.as_str()), ("de", "en"));
        assert!((found[0].1 - expected[0]).abs() < 1e-9 && (found[1].1 - expected[1]).abs() < 1e-9, "{found:?}");
    };
    let named = |name: &str, value: f64| vec![(name.to_owned(), value)];
    close(Mixture::default(), [1.0, 1.0]);
    close(Mixture { temperature: Some(1.0), ..Mixture::default() }, [1.0, 1.0]);
    let (de, en) = (0.6_f64.sqrt(), 0.4_f64.sqrt());
    let tempered = [de / (de + en) / 0.6, en / (de + en) / 0.4];
    close(Mixture { temperature: Some(2.0), ..Mixture::default() }, tempered);
    close(Mixture { targets: named("en", 0.7), ..Mixture::default() }, [0.3 / 0.6, 0.7 / 0.4]);
    let both = Mixture { temperature: Some(2.0), weights: named("de", 3.0), ..Mixture::default() };
    close(both, [tempered[0] * 3.0, tempered[1]]);
    for (mixture, part) in [
        (Mixture { targets: named("fr", 0.5), ..Mixture::default() }, "a target for language \"fr\", in which nothing"),
        (Mixture { weights: named("fr", 0.5), ..Mixture::default() }, "a weight for language \"fr\""),
        (Mixture { temperature: Some(0.0), ..Mixture::default() }, "the temperature 0"),
        (Mixture { temperature: Some(f64::NAN), ..Mixture::default() }, "the temperature NaN"),
        (Mixture { targets: named("en", 1.5), ..Mixture::default() }, "the target 1.5"),
        (Mixture { targets: [named("en", 0.9), named("de", 0.9)].concat(), ..Mixture::default() }, "must be exactly 1"),
        (Mixture { targets: [named("en", 0.1), named("en", 0.2)].concat(), ..Mixture::default() }, "two targets"),
    ] {
        let message = weights(&mixture).unwrap_err().to_string();
        assert!(message.contains(part), "{message:?} lacks {part:?}");
    }
}

/// Corpora on which learners are slow or wrong: all counts equal, long runs, huge counts.
#[test]
fn hard_corpora_are_exact() {
    let ties: Items = many_words().into_iter().take(400).map(|(word, _)| (word, 1)).collect();
    let runs: Items = (1..60).map(|length| ("a".repeat(length), 1)).chain([("ab".repeat(40), 7)]).collect();
    let huge: Items = many_words().into_iter().take(300).map(|(word, count)| (word, count << 40)).collect();
    for items in [ties, runs, huge] {
        let counts = counts(&items);
        let expected = reference(&summed(&items), &options(256 + 25)).unwrap();
        for threads in [1, 3] {
            let options = LearnOptions { threads, ..options(256 + 25) };
            let learned = run(&counts, &options).unwrap();
            assert_eq!(learned, expected);
            check(&counts, &options, &learned).unwrap();
        }
    }
}

/// More tokens than narrow cells have room for.
#[test]
fn more_than_65535_tokens_are_learned() {
    let items: Items = (0..15_000_u64)
        .map(|number| (format!("{:b}{}", number * 7919 + 65_536, number * 104_729), 1 + number % 3))
        .collect();
    let counts = counts(&items);
    let wanted = options(256 + 68_000);
    let learned = run(&counts, &wanted).unwrap();
    check(&counts, &wanted, &learned).unwrap();
    assert_eq!(run(&counts, &LearnOptions { threads: 3, ..wanted }).unwrap(), learned);
}
