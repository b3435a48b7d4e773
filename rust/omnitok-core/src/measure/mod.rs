//! What a tokenizer does to a text that people read: where its tokens end among the words and characters of the text,
//! and what the tokens of a vocabulary are by themselves.
//!
//! A [`TextLayout`] finds words and characters once; any number of tokenizers are measured on it. A tokenizer is known
//! here by the bytes of its tokens alone ([`TokenTable`]), so it need not be ours.

mod class;
mod layout;
mod tokens;

pub use class::{JUNK, TokenClass, UTF8_KINDS, Utf8Kind, classify, folded_duplicates};
pub use layout::{LineFigures, SEGMENTER, TextLayout};
pub use tokens::{LineTokens, TextTokenFigures, TokenTable};
