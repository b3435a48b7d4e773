//! The encoder, the decoder, the vocabulary and its files: against the cases, against a slow encoder that is plainly
//! right, and against faults.

mod blocks;
mod cases;
mod definition;
mod encoding;
mod every_way;
mod files;
mod limits;
mod long_words;
mod outputs;
mod patterns;
mod segments;
mod small;
mod special;
mod strategies;
mod superwords;
mod vocabulary;
