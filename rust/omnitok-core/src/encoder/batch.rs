//! Many texts at once.

use super::special::Policy;
use super::{Encoder, SpecialSet};
use crate::error::Result;
use crate::memory::reserved;
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
        self.encode_batch_under(&self.policy(allowed, disallowed)?, texts, threads)
    }

    /// [`Self::encode_ordinary`] for every text, by up to `threads` threads.
    ///
    /// # Errors
    /// That of the first text that fails.
    pub fn encode_ordinary_batch(&self, texts: &[&str], threads: usize) -> Result<TokenBatch> {
        self.encode_batch_under(&Policy::ORDINARY, texts, threads)
    }

    /// [`Self::count`] for every text, by up to `threads` threads.
    ///
    /// # Errors
    /// That of the first text that fails.
    pub fn count_batch(&self, texts: &[&str], threads: usize) -> Result<Vec<i64>> {
        let chunks = chunks(texts);
        let counted = parallel::map(threads, chunks.len(), |index| {
            self.with_scratch(|scratch| {
                let count = |text: &&str| self.count_with(text, scratch).map(|count| count as i64);
                chunks[index].iter().map(count).collect::<Result<Vec<_>>>()
            })
        });
        counted.into_iter().try_fold(Vec::with_capacity(texts.len()), |mut all, part| {
            all.extend(part?);
            Ok(all)
        })
    }

    fn encode_batch_under(&self, policy: &Policy, texts: &[&str], threads: usize) -> Result<TokenBatch> {
        let chunks = chunks(texts);
        let parts = parallel::map(threads, chunks.len(), |index| {
            let bytes: usize = chunks[index].iter().map(|text| text.len()).sum();
            let mut part = TokenBatch { ids: reserved(bytes / 3)?, offsets: Vec::new() };
            self.with_scratch(|scratch| {
                chunks[index].iter().try_for_each(|text| {
                    self.append(policy, text, scratch, &mut part.ids)?;
                    part.offsets.push(part.ids.len() as i64);
                    Ok(())
                })
            })?;
            Ok(part)
        });
        join(&parts.into_iter().collect::<Result<Vec<_>>>()?)
    }
}

fn join(parts: &[TokenBatch]) -> Result<TokenBatch> {
    let length = |of: fn(&TokenBatch) -> usize| parts.iter().map(of).sum::<usize>();
    let mut batch = TokenBatch {
        ids: reserved(length(|part| part.ids.len()))?,
        offsets: reserved(length(|part| part.offsets.len()) + 1)?,
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
