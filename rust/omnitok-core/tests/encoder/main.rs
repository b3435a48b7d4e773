//! The encoder, the decoder, the vocabulary and its files: against the cases, against a slow encoder that is plainly
//! right, and against faults.

mod encoding;
mod files;
mod long_words;
mod small;
mod special;
mod vocabulary;
