//! The splitter against its cases, against a backtracking engine that runs the published patterns as they are written,
//! and on texts made to be slow.

mod backtracking;

use std::ops::ControlFlow;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use omnitok_core::Error;
use omnitok_core::splitter::{PATTERNS, Splitter};
use proptest::prelude::*;
use proptest::sample::select;

use backtracking::{backtracked_words, check_safe_cut, words};

/// Spellings of built-in patterns that other versions of tiktoken use, and the name each is recognised under.
const OTHER_SPELLINGS: &[(&str, &str)] = &[
    ("gpt2", r"'s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}]+| ?[\p{N}]+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"),
    ("r50k", r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"),
    (
        "llama3",
        concat!(
            r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}",
            r"| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
        ),
    ),
];

/// Patterns that run in the automaton: real ones without a scanner, and one that leaves gaps.
const CUSTOM: &[&str] = &[
    // DeepSeek V3, the last of its three rules.
    concat!(
        r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##,
        r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    ),
    // Kimi K2, without its set intersections.
    concat!(
        r"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{M}]*[\p{Ll}\p{Lm}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    ),
    // BLOOM.
    r" ?[^(\s|[.,!?…。，、।۔،])]+",
    // White space in the middle, and a lazy quantifier.
    r"\p{N}|\s+(?!\S)|\s|(?i:'s|'t)|\p{L}+?\p{M}*",
    r"[a-z]+|\d",
];

/// What a pattern may be made of.
#[rustfmt::skip]
const PATTERN_PIECES: &[&str] = &[
    "(", ")", "[", "]", "|", "?", "+", "*", "{", "}", "{2}", "\\", r"\p{L}", r"\s", r"\S", "(?", "!", "<", "=", ":", "i",
    "x", "-", "^", "$", "a", "é", "1", r"\b", r"\s+(?!\S)", r"\s+", r"|\s+(?!\S)|\s+",
];

/// Every pattern under test beside the backtracking engine that runs it.
fn rivals(patterns: impl Iterator<Item = (&'static str, &'static str)>) -> Vec<(Splitter, fancy_regex::Regex)> {
    patterns
        .map(|(name, regex)| {
            let splitter = Splitter::new(regex).expect("a good pattern");
            assert_eq!(splitter.name() == regex, name == "custom", "{name} must be recognised by its spelling");
            (splitter, fancy_regex::Regex::new(regex).expect("a good pattern"))
        })
        .collect()
}

static PUBLISHED_RIVALS: LazyLock<Vec<(Splitter, fancy_regex::Regex)>> =
    LazyLock::new(|| rivals(PATTERNS.iter().chain(OTHER_SPELLINGS).copied()));
static CUSTOM_RIVALS: LazyLock<Vec<(Splitter, fancy_regex::Regex)>> =
    LazyLock::new(|| rivals(CUSTOM.iter().map(|regex| ("custom", *regex))));

/// Texts of up to 24 pieces in which every rule of every pattern has something to do.
fn adversarial_text() -> impl Strategy<Value = String> {
    let spaces =
        &[" ", " ", " ", "  ", "\n", "\n", "\r", "\r\n", "\t", "\u{B}", "\u{85}", "\u{A0}", "\u{2028}", "\u{3000}"];
    let apostrophes =
        &["'", "'", "\u{2019}", "'s", "'S", "'\u{17F}", "'d", "'T", "'m", "'ll", "'lL", "'Ve", "'re", "'r", "'l", "'v"];
    let letters = &[
        "a", "s", "t", "l", "e", "A", "S", "Z", "\u{17F}", "ß", "é", "É", "ǅ", "ж", "Ж", "ϒ", "𝒳", "𝓍", "ꭰ", "Ᏸ", "α",
        "Ω", "µ",
    ];
    let caseless =
        &["ʰ", "々", "ー", "中", "字", "あ", "한", "अ", "ا", "ª", "ǃ", "𠀀", "𖫒", "カ", "ـ", "ʻ", "ક", "த", "ไ"];
    let marks =
        &["\u{301}", "\u{902}", "\u{93F}", "\u{20DD}", "\u{200C}", "\u{200D}", "\u{AC1}", "\u{FE0F}", "\u{E0100}"];
    let numbers = &["1", "23", "4567", "12345678901234567890", "٣", "४", "Ⅷ", "½", "²", "〇", "𝟗", "①"];
    let symbols = &[
        "/",
        "/",
        "//",
        "!",
        ",",
        ",",
        ".",
        ":",
        "،",
        "-",
        "_",
        "。",
        "।",
        "«",
        "€",
        "👍",
        "👩",
        "\u{0}",
        "\u{7F}",
        "\u{FEFF}",
        "\u{E000}",
        "\u{10FFFF}",
    ];
    let piece = prop_oneof![
        4 => select(&spaces[..]),
        2 => select(&apostrophes[..]),
        3 => select(&letters[..]),
        2 => select(&caseless[..]),
        2 => select(&marks[..]),
        2 => select(&numbers[..]),
        2 => select(&symbols[..]),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// `PROPTEST_CASES` cases, or the 20,000 of every day.
fn configuration() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(20_000);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(configuration())]

    #[test]
    fn scanners_cut_as_the_published_patterns_do(text in adversarial_text()) {
        for (splitter, rival) in PUBLISHED_RIVALS.iter() {
            prop_assert_eq!(Some(words(splitter, &text)), backtracked_words(rival, &text), "{}", splitter.name());
        }
    }

    #[test]
    fn the_automaton_cuts_as_a_backtracking_engine_does(text in adversarial_text()) {
        for (splitter, rival) in CUSTOM_RIVALS.iter() {
            prop_assert_eq!(Some(words(splitter, &text)), backtracked_words(rival, &text), "{}", splitter.regex());
        }
    }

    #[test]
    fn scanners_cut_any_text_as_the_published_patterns_do(text in "\\PC{0,16}|[\\s\\PC]{0,16}|(?s:.){0,16}") {
        for (splitter, rival) in PUBLISHED_RIVALS.iter() {
            prop_assert_eq!(Some(words(splitter, &text)), backtracked_words(rival, &text), "{}", splitter.name());
        }
    }

    #[test]
    fn a_safe_cut_changes_no_word(text in adversarial_text(), at_least in 0_usize..40) {
        for (splitter, _) in PUBLISHED_RIVALS.iter().chain(CUSTOM_RIVALS.iter()) {
            check_safe_cut(splitter, &text, at_least);
        }
    }
}

#[test]
fn the_cases_hold() {
    #[derive(Debug)]
    struct Case {
        pattern: String,
        text: String,
        words: Vec<String>,
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cases/splitter.toml");
    let file: toml::Table = std::fs::read_to_string(path).expect(path).parse().expect("valid TOML");
    let string = |value: &toml::Value| value.as_str().expect("a string").to_owned();
    let cases = file["case"].as_array().expect("a list of cases").iter().flat_map(|case| {
        let strings = |key: &str| case[key].as_array().expect("a list").iter().map(string).collect::<Vec<_>>();
        let (text, words) = (string(&case["text"]), strings("words"));
        strings("patterns").into_iter().map(move |pattern| Case { pattern, text: text.clone(), words: words.clone() })
    });
    let mut count = 0;
    for case in cases {
        let splitter = Splitter::new(&case.pattern).unwrap_or_else(|error| panic!("{case:?}: {error}"));
        assert_eq!(words(&splitter, &case.text), case.words, "{case:?}");
        count += 1;
    }
    assert!(count > 100, "only {count} cases were read");
}

#[test]
fn names_and_spellings_are_recognised() {
    for (name, regex) in PATTERNS {
        let splitter = Splitter::new(name).expect("a built-in name");
        assert_eq!((splitter.name(), splitter.regex()), (*name, *regex));
    }
    for (name, regex) in OTHER_SPELLINGS {
        assert_eq!(Splitter::new(regex).expect("a published spelling").name(), *name);
    }
    let custom = Splitter::new(r"\p{L}+|\P{L}").expect("a good pattern");
    assert_eq!((custom.name(), custom.regex()), (r"\p{L}+|\P{L}", r"\p{L}+|\P{L}"));
}

#[test]
fn what_cannot_run_in_linear_time_is_refused_by_name() {
    for (pattern, reason) in [
        ("cl100k_base", "unknown name"),
        ("", "empty string"),
        ("a*", "empty string"),
        ("a||b", "empty string"),
        ("a|$", "empty string"),
        (
            r"\p{N}{1,3}+",
            "a possessive quantifier, which no engine of linear time has (try it without the last +), at byte 10",
        ),
        (r"\p{L}++", "possessive"),
        (r"a?+b", "possessive"),
        (r"a+*", "quantifier of a quantifier"),
        (r"a{2}{3}", "quantifier of a quantifier"),
        (r"a+??", "quantifier of a quantifier"),
        (r"(?>a|b)", "atomic group"),
        (r"(a)\1", "back-reference"),
        (r"(?<x>a)\k<x>", "back-reference"),
        (r"(?P<x>a)(?P=x)", "back-reference"),
        (r"a(?=b)", "look-around"),
        (r"(?<!b)a", "look-around"),
        (r"a+(?!\S)|a+", "look-around"),
        (r"(?:\s+(?!\S))|\s+", "look-around"),
        (r"\s+(?!\S)b|\s+", "look-around"),
        (r"\s+(?!\S)", "neither"),
        (r"\s+(?!\S)|a|\s+", "neither"),
        (r"(?i)a|\s+(?!\S)|\s+", "flags"),
        (r"(?x)a b", "the flag x"),
        (r"(?ix: a b)", "the flag x"),
        (r"\bab", "word boundary"),
        ("(a", "unclosed group"),
        ("[a", "unclosed character class"),
        ("a)", "unopened group"),
        (r"\p{Nonsense}", "property not found"),
        (r"\p{L", "not valid"),
        ("ab\\", "backslash"),
        (r"(?:\p{L}{1,1000}){1,1000}", "more than can be compiled"),
    ] {
        match Splitter::new(pattern) {
            Err(Error::Pattern { pattern: named, reason: found }) => {
                assert_eq!(named, pattern);
                assert!(found.contains(reason), "{pattern:?} is refused with {found:?}");
            }
            other => panic!("{pattern:?} gives {other:?}"),
        }
    }
}

proptest! {
    #![proptest_config(configuration())]

    #[test]
    fn a_pattern_of_any_kind_is_refused_or_partitions_the_text(
        pieces in proptest::collection::vec(select(PATTERN_PIECES), 0..10),
        text in adversarial_text(),
    ) {
        match Splitter::new(&pieces.concat()) {
            Ok(splitter) => prop_assert_eq!(words(&splitter, &text).concat(), text),
            Err(error) => prop_assert!(matches!(error, Error::Pattern { .. }), "{}", error),
        }
    }
}

#[test]
fn what_looks_like_look_around_or_possession_but_is_not_is_taken() {
    for (pattern, text, expected) in [
        (r"[(?=++]+|\(\?=", "(?=+", vec!["(?=+"]),
        (r"\++|\?+|a", "++?a", vec!["++", "?", "a"]),
        (r"a+?|b{2}?", "aabb", vec!["a", "a", "bb"]),
        (r"[]|]+|[^]a]|\|", "]|ba|", vec!["]|", "b", "a", "|"]),
        (r"(?i)ab|c", "aBC", vec!["aB", "C"]),
        (r"(?P<name>a)|(?<other>b)", "ab", vec!["a", "b"]),
        (r"[a[b\]]]+|c", "ab]c", vec!["ab]", "c"]),
        (r"\x{61}+|\u{62}+", "aabb", vec!["aa", "bb"]),
    ] {
        assert_eq!(words(&Splitter::new(pattern).expect(pattern), text), expected, "{pattern}");
    }
}

#[test]
fn a_visitor_that_breaks_sees_no_more_words() {
    for pattern in ["gpt2", "cl100k", "o200k", "omni", r"[a-z]+| "] {
        let mut seen = Vec::new();
        let splitter = Splitter::new(pattern).expect("a good pattern");
        splitter
            .try_for_each_word("one two 3 four", |word| {
                seen.push(word);
                if seen.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .expect("a good text");
        assert_eq!(seen.len(), 2, "{pattern}");
    }
}

#[test]
fn safe_cuts_are_found_where_they_are_expected() {
    let o200k = Splitter::new("o200k").expect("a built-in name");
    let omni = Splitter::new("omni").expect("a built-in name");
    let gpt2 = Splitter::new("gpt2").expect("a built-in name");
    let custom = Splitter::new(r"\p{L}+").expect("a good pattern");
    assert_eq!(o200k.next_safe_cut("", 0), 0);
    assert_eq!(o200k.next_safe_cut("ab cd", 0), 2);
    assert_eq!(o200k.next_safe_cut("ab cd", 3), 5);
    assert_eq!(o200k.next_safe_cut("ab cd", 99), 5);
    assert_eq!(o200k.next_safe_cut("ab\n\ncd", 0), 4);
    assert_eq!(o200k.next_safe_cut("ab\n\ncd", 4), 4);
    assert_eq!(o200k.next_safe_cut("中。\n文", 0), 7);
    assert_eq!(o200k.next_safe_cut("!\n/a", 0), 4, "a slash goes on with the newlines after symbols");
    assert_eq!(omni.next_safe_cut("1234 5", 0), 4);
    assert_eq!(omni.next_safe_cut("ab\n\u{301}c", 0), 3);
    assert_eq!(gpt2.next_safe_cut("ab\n\ncd", 0), 2);
    assert_eq!(gpt2.next_safe_cut("ab\n\ncd", 3), 6);
    assert_eq!(custom.next_safe_cut("ab cd", 1), 5);
}

/// Text built of `unit` with at least `bytes` bytes.
fn repeated(unit: &str, bytes: usize) -> String {
    unit.repeat(bytes.div_ceil(unit.len()))
}

#[test]
fn no_text_is_slow() {
    const SIZE: usize = 2 << 20;
    let units = [
        "a",
        "A",
        "é",
        "中",
        "\u{301}",
        " ",
        "\n",
        "\t",
        "\u{3000}",
        "'",
        "'s",
        "'S",
        "aA",
        "Aa",
        "AAAAAAAA中",
        "1",
        "½",
        "/",
        "!",
        "!\n",
        "\n/",
        " \n",
        "\r\n",
        "\n ",
        "! ",
        " a",
        " 'll",
        "👍",
        "\u{E0100}",
        "\u{200C}",
        "a\u{301}",
        "A\u{301}",
        "1\u{301}",
        "aб",
        "か\u{3099}a",
    ];
    let mut inputs: Vec<String> = units.iter().map(|unit| repeated(unit, SIZE)).collect();
    inputs.push(format!("{}a", repeated(" ", SIZE)));
    inputs.push(format!("{}a", repeated("\n", SIZE)));
    inputs.push(format!("\n{}a", repeated(" ", SIZE)));
    inputs.push(format!("中{}", repeated("A", SIZE)));
    inputs.push(format!("1{}1", repeated("\u{301}", SIZE)));
    inputs.push(format!("{}中{}", repeated("A", SIZE / 2), repeated("A", SIZE / 2)));
    let mut splitters: Vec<Splitter> =
        PATTERNS.iter().map(|(name, _)| Splitter::new(name).expect("built in")).collect();
    splitters.push(Splitter::new(CUSTOM[0]).expect("a good pattern"));
    for input in &inputs {
        let beginning: String = input.chars().take(12).collect();
        for splitter in &splitters {
            let start = Instant::now();
            let mut end = 0;
            splitter
                .for_each_word(input, |word| {
                    assert_eq!(word.as_ptr() as usize - input.as_ptr() as usize, end, "words leave no gap");
                    assert!(!word.is_empty());
                    end += word.len();
                })
                .expect("a linear pattern");
            assert_eq!(end, input.len());
            let taken = start.elapsed();
            assert!(taken < Duration::from_secs(5), "{beginning:?} took {} {taken:?}", splitter.name());
        }
    }
}

#[test]
fn long_runs_are_the_words_that_they_should_be() {
    const N: usize = 1_000_000;
    let spaces = " ".repeat(N);
    let count = |pattern: &str, text: &str| words(&Splitter::new(pattern).expect("a good pattern"), text).len();
    for (name, _) in PATTERNS {
        assert_eq!(count(name, &spaces), 1, "{name}");
        assert_eq!(count(name, &"a".repeat(N)), 1, "{name}");
        assert_eq!(count(name, &format!("{spaces}a")), 2, "{name}: the last space goes with the letter");
        assert_eq!(count(name, &"'".repeat(N)), 1, "{name}");
        assert_eq!(count(name, &"\n".repeat(N)), 1, "{name}");
    }
    assert_eq!(count("cl100k", &format!("\n{spaces}")), 1);
    assert_eq!(count("llama3", &format!("\n{spaces}")), 2);
    assert_eq!(count("o200k", &format!("中{}", "A".repeat(N))), 2);
    assert_eq!(count("o200k", &"aA".repeat(N)), N + 1);
    assert_eq!(count("o200k", &"a's".repeat(N)), N);
    assert_eq!(count("tekken", &"a's".repeat(N)), 1 + N);
    assert_eq!(count("cl100k", &"1".repeat(3 * N)), N);
    assert_eq!(count("qwen2", &"1".repeat(N)), N);
    assert_eq!(count("gpt2", &"1".repeat(N)), 1);
    assert_eq!(count("omni", &"1".repeat(3 * N)), N);
    assert_eq!(count("omni", &"1".repeat(3 * N - 1)), N);
    assert_eq!(count("omni", &"a\u{301}\u{200D}".repeat(N)), 1);
    assert_eq!(count("omni", &"1\u{301}".repeat(3 * N)), N);
    assert_eq!(count("omni", &"aб".repeat(N)), 2 * N);
}

#[test]
fn a_pattern_that_reads_ahead_without_end_is_stopped() {
    let splitter = Splitter::new("a+b|a").expect("a good pattern");
    let long = "a".repeat(100_000);
    match splitter.for_each_word(&long, |_| {}) {
        Err(Error::Pattern { reason, .. }) => assert!(reason.contains("at byte 7"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(words(&splitter, "aaabaa"), ["aaab", "a", "a"]);
}

#[test]
fn clones_serve_many_threads() {
    let splitter = Splitter::new(CUSTOM[0]).expect("a good pattern");
    let text = "One word, two words 3\n\nمرحبا  中文 ".repeat(200);
    let expected = words(&splitter, &text);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let (splitter, text, expected) = (splitter.clone(), &text, &expected);
            scope.spawn(move || assert_eq!(words(&splitter, text), *expected));
        }
    });
}
