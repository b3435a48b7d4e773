//! Sequences of codes: the order in which they stand ([`Pattern`]), and merges over them.
//!
//! Merges take integers from a codec's codebooks, in time or in a plane, to fewer symbols and back.
//!
//! A merge joins two symbols of one codebook: in time the second follows the first, in a plane it lies beside it with the same
//! height, or below it with the same width. What symbols cover are *tiles*, runs in time and rectangles in a plane. A
//! sequence has them in the order of their first code, top left, and whoever reads it puts each at the first place that is
//! still empty. So every tiling comes back, whatever its merges, and nothing needs to be written beside the symbols.

/// The most codes that are made of symbols at once, where these are more than the symbols: a gigabyte. Few merges, each of the
/// one before with itself, say as much as anyone likes.
pub const MOST_DECODED: usize = 1 << 28;

mod cover;
mod grid;
mod learn;
mod lines;
mod patterns;
mod planes;
mod table;

pub use cover::{Cover, PlaneSpot, Spot};
pub use learn::{CodeLearnOptions, CodesLearned, Sample, learn};
pub use patterns::{Cursor, Expected, Pattern, Place, Symbol};
pub(crate) use table::count_codes;
pub use table::{CodeTable, Tile};
