//! The encoder, the decoder, the vocabulary and its files: against the cases, against a slow encoder that is plainly
//! right, and against faults.

mod encoding;
mod files;
mod outputs;
mod small;
mod special;
mod vocabulary;
