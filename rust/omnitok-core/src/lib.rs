//! The core of omnitok: text to words, words to counts, counts to ranks, text to ids and back.
//!
//! No Python, no printing, no network and no global state: everything a function needs is in its arguments.
//! The modules form layers, and each may only use those to its right:
//! `format`, `growth`, `measure`, `refine`, `segments`, `superwords` ▶ `encoder`, `decoder`, `grammar` ▶ `codes` ▶ `learner` ▶ `splitter`, `counts` ▶ `vocabulary`, `atomic`, `parallel`, `memory` ▶
//! `error`.

pub mod atomic;
pub mod codes;
pub mod counts;
pub mod decoder;
pub mod encoder;
pub mod error;
pub mod format;
pub mod grammar;
pub mod growth;
pub mod learner;
pub mod measure;
pub mod memory;
pub mod parallel;
pub mod refine;
pub mod segments;
pub mod splitter;
pub mod superwords;
pub mod vocabulary;

pub use error::{Error, Result};
