//! Words to exact counts, on as many threads and machines as there are; learning needs nothing else.
//!
//! A [`WordCounter`] reads texts and files, cuts them into words and counts those in tables of its own for each worker and
//! language (`worker`, `table`), which are sorted and merged at the end (`merge`). Tables that outgrow a [`Budget`] go to
//! temporary files as sorted runs (`run`), and these are merged range by range (`external`). The result is the same for any
//! order of the texts, any number of threads, any size of chunk and any budget. [`WordCounts`] can be saved (`file`), loaded
//! and merged with others; a counter merges files without loading them.

mod budget;
mod counter;
mod external;
mod file;
mod jsonl;
mod key;
mod merge;
mod pipeline;
mod reader;
mod run;
mod run_reader;
mod settings;
mod table;
mod unpack;
mod utf8;
mod words;
mod worker;

pub use budget::Budget;
pub use counter::{FileFormat, FileOptions, WordCounter};
pub use file::{CountsFile, Saved};
pub(crate) use jsonl::text_of;
pub(crate) use reader::{Chunk, ChunkReader, ChunkSizes, Cuts};
pub use settings::{Candidates, Caps};
pub use utf8::Utf8Policy;
pub(crate) use words::SortedWords;
pub use words::WordCounts;
pub(crate) use worker::Pieces;
