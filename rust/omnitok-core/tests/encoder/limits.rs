//! Texts that are too large.

use omnitok_core::encoder::{Normalizer, SpecialSet};
use omnitok_core::parallel::unwatched;

use crate::small::Small;

/// Zeros: the system gives them without memory behind them, as long as nobody writes.
#[test]
#[cfg(target_pointer_width = "64")]
fn a_text_of_4_gib_is_an_error_and_no_part_of_its_ids() {
    const SIZE: usize = 1 << 32;
    if Vec::<u8>::new().try_reserve_exact(SIZE).is_err() {
        // Where memory is promised only when it is there, this much may not be. Then there is nothing to see.
        return;
    }
    let text = String::from_utf8(vec![0; SIZE]).expect("zeros are UTF-8");
    let small = Small { pattern: "o200k".into(), ..Small::default() };
    for normalizer in [None, Some(Normalizer::Nfc)] {
        let encoder = Small { normalizer, ..small.clone() }.encoder();
        for result in [
            encoder.encode_ordinary(&text).map(|_| ()),
            encoder.encode(&text, SpecialSet::NONE, SpecialSet::All).map(|_| ()),
            encoder.encode_batch(&["a", &text], SpecialSet::NONE, SpecialSet::NONE, 2, &mut unwatched).map(|_| ()),
            encoder.count(&text).map(|_| ()),
            encoder.count_batch(&["a", &text], 2, &mut unwatched).map(|_| ()),
            encoder.truncate(&text, 1000).map(|_| ()),
        ] {
            let error = result.expect_err("too long");
            assert!(error.to_string().contains("4 GiB"), "{error}");
        }
        // The next call finds nothing left of it.
        assert_eq!(encoder.encode_ordinary("ab").expect("ids"), [97, 98]);
    }
}
