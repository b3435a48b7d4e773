//! One reader, several workers and a queue of bounded length between them.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::jsonl;
use super::reader::{Chunk, ChunkReader};
use super::table::CountingTable;
use super::utf8::Utf8Policy;
use crate::splitter::Splitter;
use crate::{Error, Result, parallel};

/// Below this many bytes starting threads costs more than it saves.
const WORTH_A_THREAD: usize = 1 << 16;

/// How the words of a chunk are found.
pub(crate) struct ChunkCounter<'a> {
    pub(crate) splitter: &'a Splitter,
    pub(crate) path: &'a Path,
    /// The field of the JSON objects that the lines of a chunk are; none if the chunk is text itself.
    pub(crate) text_field: Option<&'a str>,
    /// What to do with what a line spells and is no text.
    pub(crate) errors: Utf8Policy,
}

impl ChunkCounter<'_> {
    fn count(&self, chunk: &Chunk, table: &mut CountingTable) -> Result<()> {
        let Some(field) = self.text_field else {
            return count_text(self.splitter, &chunk.text, table);
        };
        for (line, number) in chunk.text.lines().zip(chunk.line..) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let text = jsonl::text_of(line, field, self.errors)
                .map_err(|reason| Error::corrupt(self.path, format!("line {number}: {reason}")))?;
            count_text(self.splitter, &text, table)?;
        }
        Ok(())
    }
}

fn count_text(splitter: &Splitter, text: &str, table: &mut CountingTable) -> Result<()> {
    splitter.for_each_word(text, |word| table.add(word.as_bytes()))
}

/// Counts all chunks of a file, one worker for each table. With a single table everything happens on this thread.
///
/// Of several errors the one earliest in the file is returned, whichever worker met it.
pub(crate) fn count_chunks(
    counter: &ChunkCounter<'_>,
    reader: &mut ChunkReader<'_>,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    tables: &mut [CountingTable],
) -> Result<()> {
    parallel::pipe(tables, || reader.next_chunk(progress), |table, _, chunk: Chunk| counter.count(&chunk, table))
}

/// Counts whole texts, one worker for each table. Long texts are cut where words provably end.
pub(crate) fn count_texts(
    splitter: &Splitter,
    texts: &[&str],
    chunk: usize,
    tables: &mut [CountingTable],
) -> Result<()> {
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    if tables.len() == 1 || bytes < WORTH_A_THREAD {
        return texts.iter().try_for_each(|text| count_text(splitter, text, &mut tables[0]));
    }
    let pieces = cut_into_pieces(splitter, texts, chunk);
    let next = AtomicUsize::new(0);
    let tables: Vec<_> = tables.iter_mut().map(Mutex::new).collect();
    let outcomes = parallel::map(tables.len(), tables.len(), |worker| {
        let table: &mut CountingTable = &mut tables[worker].lock().expect("no holder panics");
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(index) else { return Ok(()) };
            let counted = piece.iter().try_for_each(|text| count_text(splitter, text, table));
            counted.map_err(|error| (index, error))?;
        }
    });
    outcomes.into_iter().filter_map(Result::err).min_by_key(|(index, _)| *index).map_or(Ok(()), |(_, error)| Err(error))
}

/// Pieces of work of about `size` bytes: parts of one long text or several short ones.
fn cut_into_pieces<'a>(splitter: &Splitter, texts: &[&'a str], size: usize) -> Vec<Vec<&'a str>> {
    let mut pieces = Vec::new();
    let (mut piece, mut bytes) = (Vec::new(), 0);
    for &text in texts {
        let mut rest = text;
        while !rest.is_empty() {
            let (part, after) = if rest.len() > size {
                rest.split_at(splitter.next_safe_cut(rest, rest.ceil_char_boundary(size)))
            } else {
                (rest, "")
            };
            piece.push(part);
            bytes += part.len();
            rest = after;
            if bytes >= size {
                pieces.push(std::mem::take(&mut piece));
                bytes = 0;
            }
        }
    }
    pieces.push(piece);
    pieces
}
