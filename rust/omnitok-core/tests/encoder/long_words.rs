//! Words that take many windows: windows that begin or end wrong, tokens longer than a window, words whose end decides how
//! they begin.

use std::iter::repeat_n;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::definition::Definition;
use crate::small::Small;
use crate::strategies::{CHARACTERS, any_vocabulary, configuration};

const ONE_WORD: &str = r"[\s\S]+";

/// Units of a few characters, each some times over, end to end.
fn any_long_text() -> impl Strategy<Value = String> {
    let unit = vec(select(CHARACTERS), 1..5).prop_map(String::from_iter);
    let units = vec((unit, select(&[1_usize, 1, 1, 2, 3, 20, 70][..])), 20..60);
    units.prop_map(|units| units.into_iter().map(|(unit, times)| unit.repeat(times)).collect())
}

/// A text of at most `most` bytes.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

proptest! {
    #![proptest_config(configuration(150))]

    #[test]
    fn windows_give_what_the_definition_gives(
        small in any_vocabulary(),
        text in any_long_text(),
        most in 100_usize..1500,
    ) {
        let small = Small { pattern: ONE_WORD.into(), ..small };
        let text = cut(&text, most);
        prop_assert_eq!(small.encoder().encode_ordinary(text).expect("ids"), Definition::new(&small).word(text));
    }

    /// Two letters, and tokens made of two earlier ones: what a merge at one place does reaches far.
    #[test]
    fn so_they_do_in_words_of_two_letters(
        parts in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..40),
        listed in any::<bool>(),
        text in vec((select(&["a", "b", "ab", "aab", "abb"][..]), 1..40_usize), 1..60),
        most in 100_usize..1500,
    ) {
        let mut known = vec![(97, b"a".to_vec()), (98, b"b".to_vec())];
        let mut merges = Vec::new();
        for (left, right) in parts {
            let (left, right) = (known[left.index(known.len())].clone(), known[right.index(known.len())].clone());
            let token = [left.1, right.1].concat();
            if known.iter().all(|(_, bytes)| *bytes != token) {
                merges.push((left.0, right.0));
                known.push((254 + known.len() as u32, token));
            }
        }
        let tokens = known.drain(2..).map(|(_, token)| token).collect();
        let merges = listed.then_some(merges);
        let small = Small { pattern: ONE_WORD.into(), tokens, merges, ..Small::default() };
        let text: String = text.into_iter().map(|(unit, times)| unit.repeat(times)).collect();
        let text = cut(&text, most);
        prop_assert_eq!(small.encoder().encode_ordinary(text).expect("ids"), Definition::new(&small).word(text));
    }
}

/// Every letter of an alphabet merges with its successor, the last ones first: where the alphabet ends decides what the
/// first letter merges with. No window that ends before can tell.
#[test]
fn the_end_of_a_word_can_decide_how_it_begins() {
    for letters in [100_u32, 101, 1919, 1920, 20_000] {
        let first = if letters < 2000 { 0x80 } else { 0x4E00 };
        let alphabet: Vec<char> = (first..).filter_map(char::from_u32).take(letters as usize).collect();
        let mut small = Small { pattern: ONE_WORD.into(), ..Small::default() };
        let mut merges = Vec::new();
        let mut token = |left: u32, right: u32, bytes: &[u8]| {
            merges.push((left, right));
            small.tokens.push(bytes.to_vec());
            255 + small.tokens.len() as u32
        };
        let mut halves = std::collections::HashMap::new();
        let mut ids = Vec::new();
        for letter in &alphabet {
            let text = letter.to_string();
            let bytes = text.as_bytes();
            let mut id = u32::from(bytes[0]);
            for end in 2..=bytes.len() {
                let (left, right) = (id, u32::from(bytes[end - 1]));
                id = *halves.entry((left, right)).or_insert_with(|| token(left, right, &bytes[..end]));
            }
            ids.push(id);
        }
        let mut pairs = Vec::new();
        for index in (1..alphabet.len()).rev() {
            let bytes = String::from_iter(&alphabet[index - 1..=index]);
            pairs.push(token(ids[index - 1], ids[index], bytes.as_bytes()));
        }
        pairs.reverse();
        small.merges = Some(merges);
        let encoder = small.encoder();
        for from in 0..3 {
            let odd = (alphabet.len() - from) % 2;
            let single = ids[from..from + odd].iter().copied();
            let expected: Vec<u32> = single.chain(pairs[from + odd..].iter().step_by(2).copied()).collect();
            let text = String::from_iter(&alphabet[from..]);
            let found = encoder.encode_ordinary(&text.repeat(3)).expect("ids");
            assert!(found == expected.repeat(3), "{letters} letters from letter {from}");
        }
    }
}

/// Runs of "a" become tokens of 1024 of them, then 512, and so on: more than a small window holds, and more than a scan.
#[test]
fn tokens_can_be_longer_than_a_window() {
    let tokens = (1..=10).map(|power| vec![b'a'; 1 << power]).collect();
    let small = Small { pattern: ONE_WORD.into(), tokens, ..Small::default() };
    let id = |power: u32| if power == 0 { 97 } else { 255 + power };
    let mut text = String::new();
    let mut expected = Vec::new();
    let mut length = 1_usize;
    for _ in 0..300 {
        length = length * 7919 % 4999;
        text.extend(repeat_n('a', length).chain(['b']));
        expected.extend(repeat_n(id(10), length >> 10));
        expected.extend((0..10).rev().filter(|power| length >> power & 1 == 1).map(id));
        expected.push(98);
    }
    assert!(small.encoder().encode_ordinary(&text).expect("ids") == expected);
}
