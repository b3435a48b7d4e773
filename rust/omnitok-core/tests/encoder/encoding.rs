//! Ids, spans, counts and cuts of any text under any vocabulary: against the definition.

use omnitok_core::encoder::SpecialSet;
use omnitok_core::parallel::unwatched;
use proptest::prelude::*;

use crate::definition::Definition;
use crate::every_way::{check, check_truncation};
use crate::small::{Small, words};
use crate::strategies::{any_text, any_vocabulary, configuration, text_of};

proptest! {
    #![proptest_config(configuration(400))]

    /// The scan of short words, the queues of long ones, the characters that start whole, and the cache, which the second
    /// time round answers: all give what merging byte by byte gives.
    #[test]
    fn every_engine_gives_what_the_definition_gives(
        small in any_vocabulary(),
        texts in proptest::collection::vec(any_text(), 1..12),
    ) {
        let (encoder, definition) = (small.encoder(), Definition::new(&small));
        let mut expected = Vec::new();
        for text in &texts {
            let ids: Vec<u32> = words(&encoder, text).iter().flat_map(|word| definition.word(word)).collect();
            check(&encoder, text, &[], &ids);
            expected.push(ids);
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        for threads in 1..4 {
            let batch = encoder
                .encode_batch(&texts, SpecialSet::NONE, SpecialSet::NONE, threads, &mut unwatched)
                .expect("ids");
            let offsets: Vec<usize> =
                batch.offsets.iter().map(|&offset| usize::try_from(offset).expect("no offset is negative")).collect();
            let of_texts: Vec<&[u32]> = offsets.windows(2).map(|ends| &batch.ids[ends[0]..ends[1]]).collect();
            prop_assert_eq!(&of_texts, &expected);
        }
    }

    #[test]
    fn a_truncated_text_is_a_beginning_and_fits(small in any_vocabulary(), text in text_of(0..40)) {
        let encoder = small.encoder();
        check_truncation(&encoder, &text, &encoder.encode_ordinary(&text).expect("ids"));
    }
}

#[test]
fn long_words_are_merged_like_short_ones() {
    let tokens = ["aa", "aaaa", "ab", "ba", "abab", "क", "कक"].map(|token| token.as_bytes().to_vec()).to_vec();
    let small = Small { pattern: r"[\s\S]+".into(), tokens, ..Small::default() };
    let (encoder, definition) = (small.encoder(), Definition::new(&small));
    // Around the border between the engines, and around the lengths that the caches hold.
    for length in (1..70).chain([127, 128, 129, 600]) {
        for unit in ["a", "ab", "ba", "aab", "क", "aक", "x"] {
            let text: String = unit.chars().cycle().take(length).collect();
            assert_eq!(encoder.encode_ordinary(&text).expect("ids"), definition.word(&text), "{length} of {unit:?}");
        }
    }
}
