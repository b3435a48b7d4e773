//! Many texts, many threads.

use omnitok_core::encoder::{Encoder, SpecialSet, TokenBatch};
use omnitok_core::parallel::unwatched;

use crate::vocabularies::TRAINED;

/// Enough text for a batch to be cut into several chunks, which hold 64 KiB.
const BATCH_BYTES: usize = 150_000;

/// A batch is its texts for any number of threads, whoever else encodes at the same time, and where texts fail, the
/// error is that of the first.
pub fn threads_agree(data: &[u8]) {
    let (options, rest) = crate::input::cut(data, b'\n');
    let text = String::from_utf8_lossy(rest);
    let lines: Vec<&str> = text.split('\n').collect();
    let is_large = options.contains(&b'L');
    let rounds = if is_large { BATCH_BYTES / text.len().max(100) } else { 1 };
    let texts: Vec<&str> = (0..rounds).flat_map(|_| lines.iter().copied()).collect();
    let encoder = &TRAINED[options.first().map_or(0, |first| usize::from(*first) % TRAINED.len())];
    let singles: Vec<Vec<u32>> = lines.iter().map(|line| encoder.encode_ordinary(line).expect("ids")).collect();
    let expected = joined((0..rounds).flat_map(|_| &singles));
    for threads in 1..=3 {
        assert_eq!(
            encoder.encode_batch(&texts, SpecialSet::NONE, SpecialSet::NONE, threads, &mut unwatched).expect("ids"),
            expected,
            "{threads} threads"
        );
    }
    check_errors(encoder, &texts);
    if is_large {
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    assert_eq!(
                        encoder
                            .encode_batch(&texts, SpecialSet::NONE, SpecialSet::NONE, 2, &mut unwatched)
                            .expect("ids"),
                        expected
                    )
                });
            }
        });
    }
}

fn joined<'a>(singles: impl Iterator<Item = &'a Vec<u32>>) -> TokenBatch {
    let mut batch = TokenBatch { ids: Vec::new(), offsets: vec![0] };
    for ids in singles {
        batch.ids.extend(ids);
        batch.offsets.push(batch.ids.len() as i64);
    }
    batch
}

/// A batch fails as the first of its texts that fails, and says which one that is.
fn check_errors(encoder: &Encoder, texts: &[&str]) {
    let alone = texts.iter().enumerate().find_map(|(index, text)| {
        let error = encoder.encode(text, SpecialSet::NONE, SpecialSet::All).err()?;
        Some(if texts.len() == 1 { error.to_string() } else { format!("text {index} of the batch: {error}") })
    });
    for threads in 1..=3 {
        let batch = encoder.encode_batch(texts, SpecialSet::NONE, SpecialSet::All, threads, &mut unwatched);
        assert_eq!(batch.err().map(|error| error.to_string()), alone, "{threads} threads");
    }
}
