//! One reader, several workers and a queue of bounded length between them.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::jsonl;
use super::reader::{Chunk, ChunkReader};
use super::utf8::Utf8Policy;
use super::worker::Worker;
use crate::splitter::Splitter;
use crate::{Result, parallel};

/// Below this many bytes starting threads costs more than it saves.
const WORTH_A_THREAD: usize = 1 << 16;

/// How the words of a chunk are found.
pub(crate) struct ChunkCounter<'a> {
    pub(crate) splitter: &'a Splitter,
    pub(crate) path: &'a Path,
    pub(crate) language: usize,
    /// The field of the JSON objects that the lines of a chunk are; none if the chunk is text itself.
    pub(crate) text_field: Option<&'a str>,
    /// What to do with what a line spells and is no text.
    pub(crate) errors: Utf8Policy,
}

impl ChunkCounter<'_> {
    fn count(&self, chunk: &Chunk, worker: &mut Worker) -> Result<()> {
        // Unpacking may have taken some since the last chunk.
        worker.leave_room(0)?;
        let Some(field) = self.text_field else {
            return worker.count_lines(self.splitter, &chunk.text, self.language);
        };
        for (line, number) in chunk.text.lines().zip(chunk.line..) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let text = jsonl::text_of(line, field, self.errors).map_err(|refusal| refusal.at(self.path, number))?;
            worker.count_text(self.splitter, &text, self.language)?;
        }
        Ok(())
    }
}

/// Counts all chunks of a file, on every worker. With a single one everything happens on this thread. `watch` hears of the
/// memory that unpacking takes, in bytes, and may refuse it.
///
/// Of several errors the one earliest in the file is returned, whichever worker met it.
pub(crate) fn count_chunks(
    counter: &ChunkCounter<'_>,
    reader: &mut ChunkReader<'_>,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    watch: &dyn Fn(usize) -> Result<()>,
    workers: &mut [Worker],
) -> Result<()> {
    let mut next = || {
        let chunk = reader.next_chunk(progress)?;
        watch(reader.window())?;
        Ok(chunk)
    };
    parallel::pipe(workers, &mut next, |worker, _, chunk: Chunk| counter.count(&chunk, worker))
}

/// Counts whole texts on every worker. Those longer than `chunk`, if a text may be cut, are cut where words provably end.
pub(crate) fn count_texts(
    splitter: &Splitter,
    texts: &[&str],
    language: usize,
    chunk: Option<usize>,
    workers: &mut [Worker],
) -> Result<()> {
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    if workers.len() == 1 || bytes < WORTH_A_THREAD {
        return texts.iter().try_for_each(|text| workers[0].count_text(splitter, text, language));
    }
    let pieces = cut_into_pieces(splitter, texts, chunk);
    let next = AtomicUsize::new(0);
    let workers: Vec<_> = workers.iter_mut().map(Mutex::new).collect();
    let outcomes = parallel::map(workers.len(), workers.len(), |index| {
        let worker: &mut Worker = &mut workers[index].lock().expect("no holder panics");
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(index) else { return Ok(()) };
            let counted = piece.iter().try_for_each(|text| worker.count_text(splitter, text, language));
            counted.map_err(|error| (index, error))?;
        }
    });
    outcomes.into_iter().filter_map(Result::err).min_by_key(|(index, _)| *index).map_or(Ok(()), |(_, error)| Err(error))
}

/// Pieces of work of similar size: parts of one text that is too long, or several short ones.
fn cut_into_pieces<'a>(splitter: &Splitter, texts: &[&'a str], longest: Option<usize>) -> Vec<Vec<&'a str>> {
    let size = longest.unwrap_or(WORTH_A_THREAD);
    let mut pieces = Vec::new();
    let (mut piece, mut bytes) = (Vec::new(), 0);
    for &text in texts {
        let mut rest = text;
        while !rest.is_empty() {
            let (part, after) = if longest.is_some_and(|longest| rest.len() > longest) {
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

/// Adds the part of every worker to what it had before.
pub(crate) fn keep_parts(workers: &mut [Worker]) -> Result<()> {
    let workers: Vec<_> = workers.iter_mut().map(Mutex::new).collect();
    let keep = |index: usize| workers[index].lock().expect("no holder panics").keep_part();
    parallel::map(workers.len(), workers.len(), keep).into_iter().collect()
}
