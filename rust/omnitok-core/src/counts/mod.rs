//! Words to exact counts, on as many threads and machines as there are; learning needs nothing else.
//!
//! A [`WordCounter`] reads texts and files, cuts them into words and counts those in tables of its own for each worker and
//! language (`table`), which are sorted and merged at the end (`merge`). The result is the same for any order of the texts,
//! any number of threads and any size of chunk. [`WordCounts`] can be saved (`file`), loaded and merged with others.

mod counter;
mod file;
mod jsonl;
mod key;
mod merge;
mod pipeline;
mod reader;
mod table;
mod utf8;
mod words;

pub use counter::{FileFormat, FileOptions, WordCounter};
pub(crate) use jsonl::text_of;
pub(crate) use reader::{Chunk, ChunkReader, ChunkSizes, Cuts};
pub use utf8::Utf8Policy;
pub use words::WordCounts;
