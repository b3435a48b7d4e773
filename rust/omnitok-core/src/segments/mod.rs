//! Typed pieces of a sequence, text, images and audio, to ids with side tables in one pass, and back.
//!
//! Codes never pass through strings, and text only gives ids of text: nothing that is written in a text can begin a segment.

mod audio;
mod check;
mod merged;
mod read;
mod steps;
mod write;

pub use read::{Event, Piece, Reader, read};
pub use steps::steps;
pub use write::{NO_LABEL, Segment, Sequence, Weighted, Writer};
