//! Words as a backtracking engine finds them, which runs the published patterns as they are written. The fuzz targets
//! (`rust/fuzz`) use it too.

use fancy_regex::Regex;
use omnitok_core::splitter::Splitter;

/// The words of `text`.
pub(crate) fn words<'t>(splitter: &Splitter, text: &'t str) -> Vec<&'t str> {
    let mut words = Vec::new();
    splitter.for_each_word(text, |word| words.push(word)).expect("the pattern runs in linear time");
    words
}

/// What `pattern` cuts `text` into according to a backtracking engine, with what it skips as words of their own. `None`
/// when it gives up, which it does for long texts only.
pub(crate) fn backtracked_words<'t>(pattern: &Regex, text: &'t str) -> Option<Vec<&'t str>> {
    let (mut words, mut end) = (Vec::new(), 0);
    for found in pattern.find_iter(text) {
        let found = found.ok()?;
        if end < found.start() {
            words.push(&text[end..found.start()]);
        }
        words.push(found.as_str());
        end = found.end();
    }
    if end < text.len() {
        words.push(&text[end..]);
    }
    Some(words)
}

/// Checks that the first safe cut from `at_least` on changes no word of `text`.
pub(crate) fn check_safe_cut(splitter: &Splitter, text: &str, at_least: usize) {
    let cut = splitter.next_safe_cut(text, at_least);
    assert!(cut >= at_least.min(text.len()) && (cut > 0 || text.is_empty()), "{cut} in {text:?}");
    let (left, right) = text.split_at(cut);
    let of_halves = [words(splitter, left), words(splitter, right)].concat();
    assert_eq!(words(splitter, text), of_halves, "{} at {cut}", splitter.name());
}
