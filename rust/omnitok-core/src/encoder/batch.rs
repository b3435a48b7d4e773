//! Many texts at once.

use super::{Encoder, SpecialSet};
use crate::error::Result;
use crate::parallel;

/// The ids of many texts, end to end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenBatch {
    /// All ids.
    pub ids: Vec<u32>,
    /// Text `i` has `ids[offsets[i]..offsets[i + 1]]`; one more than there are texts.
    pub offsets: Vec<i64>,
}

/// Bytes of text that a thread takes at once: large enough to pay for handing them out, small enough to share the
/// work of a batch evenly.
const CHUNK_BYTES: usize = 1 << 16;

impl Encoder {
    /// [`Self::encode`] for every text, by up to `threads` threads. The result does not depend on their number.
    ///
    /// # Errors
    /// That of the first text that fails.
    pub fn encode_batch(
        &self,
        texts: &[&str],
        allowed: SpecialSet,
        disallowed: SpecialSet,
        threads: usize,
    ) -> Result<TokenBatch> {
        batch(texts, threads, |text| self.encode(text, allowed, disallowed))
    }

    /// [`Self::encode_ordinary`] for every text, by up to `threads` threads.
    ///
    /// # Errors
    /// That of the first text that fails.
    pub fn encode_ordinary_batch(&self, texts: &[&str], threads: usize) -> Result<TokenBatch> {
        batch(texts, threads, |text| self.encode_ordinary(text))
    }

    /// [`Self::count`] for every text, by up to `threads` threads.
    ///
    /// # Errors
    /// That of the first text that fails.
    pub fn count_batch(&self, texts: &[&str], threads: usize) -> Result<Vec<i64>> {
        let chunks = chunks(texts);
        let counted = parallel::map(threads, chunks.len(), |index| {
            chunks[index].iter().map(|text| self.count(text).map(|count| count as i64)).collect::<Result<Vec<_>>>()
        });
        counted.into_iter().try_fold(Vec::with_capacity(texts.len()), |mut all, part| {
            all.extend(part?);
            Ok(all)
        })
    }
}

/// The batch of what `encode` gives for every text.
fn batch(texts: &[&str], threads: usize, encode: impl Fn(&str) -> Result<Vec<u32>> + Sync) -> Result<TokenBatch> {
    let chunks = chunks(texts);
    let parts = parallel::map(threads, chunks.len(), |index| {
        let mut part = TokenBatch::default();
        for text in chunks[index] {
            part.ids.extend_from_slice(&encode(text)?);
            part.offsets.push(part.ids.len() as i64);
        }
        Ok(part)
    });
    let parts = parts.into_iter().collect::<Result<Vec<TokenBatch>>>()?;
    let mut batch = TokenBatch {
        ids: Vec::with_capacity(parts.iter().map(|part| part.ids.len()).sum()),
        offsets: Vec::with_capacity(texts.len() + 1),
    };
    batch.offsets.push(0);
    for part in parts {
        let base = batch.ids.len() as i64;
        batch.ids.extend_from_slice(&part.ids);
        batch.offsets.extend(part.offsets.iter().map(|end| base + end));
    }
    Ok(batch)
}

/// Runs of texts of about [`CHUNK_BYTES`] bytes.
fn chunks<'a, 't>(texts: &'a [&'t str]) -> Vec<&'a [&'t str]> {
    let mut chunks = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (index, text) in texts.iter().enumerate() {
        bytes += text.len();
        if bytes >= CHUNK_BYTES {
            chunks.push(&texts[start..=index]);
            (start, bytes) = (index + 1, 0);
        }
    }
    if start < texts.len() {
        chunks.push(&texts[start..]);
    }
    chunks
}
