//! Merges over codes: which two symbols of a code block are one symbol more.
//!
//! The symbols of a code block are its codes, by their place in the block, and behind them its merges in their order, over
//! all blocks of merges that it has. A merge joins what lies inside one codebook; on a plane it joins rectangles to a
//! rectangle, so that what it covers is known without looking.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Block, BlockKind, CodeLayout};

/// The most codes that one symbol may stand for.
const MAX_CODES: u64 = 1 << 16;

/// Two symbols that are one: in time the second follows, on a plane it lies at the right, or below when `down`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CodeMerge {
    /// The symbol that comes first.
    pub left: u32,
    /// The symbol that comes second.
    pub right: u32,
    /// Whether the second lies below the first.
    pub down: bool,
}

/// What a block of merges says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeMerges {
    /// The code block whose symbols are merged.
    pub parent: String,
    /// A merge for each id of the block. They have a file of their own, and are not in the manifest.
    #[serde(skip)]
    pub pairs: Arc<[CodeMerge]>,
}

/// What a symbol covers, by which it can be merged.
#[derive(Clone, Copy)]
struct Extent {
    codebook: usize,
    height: u32,
    width: u32,
}

impl Extent {
    /// The two joined; `None` where they do not make a run of one codebook, or a rectangle.
    fn joined(self, other: Self, merge: CodeMerge, is_plane: bool) -> Option<Self> {
        let edges_meet = if merge.down { is_plane && self.width == other.width } else { self.height == other.height };
        let (height, width) = if merge.down { (other.height, 0) } else { (0, other.width) };
        let whole = Self { height: self.height + height, width: self.width + width, ..self };
        let codes = u64::from(whole.height) * u64::from(whole.width);
        (edges_meet && self.codebook == other.codebook && codes <= MAX_CODES).then_some(whole)
    }
}

/// What is wrong with the merges of block `block`, whose parent and earlier merges are in `before`.
pub(super) fn fault(block: &Block, merges: &CodeMerges, before: &[Block]) -> Option<String> {
    let parent = before.iter().find(|other| other.name == merges.parent);
    let Some(Block { kind: BlockKind::Code(layout), .. }) = parent else {
        return Some(format!("its parent {:?} is no block of codes before it", merges.parent));
    };
    if !is_file_name(&merges.parent) {
        let name = &merges.parent;
        return Some(format!(
            "its parent {name:?} gives the file of merges its name: letters, digits, - and _, and not text"
        ));
    }
    let (given, ids) = (merges.pairs.len(), (block.end - block.start) as usize);
    if given != ids {
        return Some(format!("it has {ids} ids for {given} merges"));
    }
    let earlier = before.iter().filter_map(|other| match &other.kind {
        BlockKind::Merge(other) if other.parent == merges.parent => Some(&other.pairs[..]),
        _ => None,
    });
    let all: Vec<CodeMerge> = earlier.flatten().chain(&merges.pairs[..]).copied().collect();
    fault_of(&all, layout)
}

/// What is wrong with merges over a layout.
fn fault_of(merges: &[CodeMerge], layout: &CodeLayout) -> Option<String> {
    let ends: Vec<u64> = layout.ends().collect();
    let codes = layout.codes();
    let mut extents: Vec<Extent> = Vec::with_capacity(merges.len());
    let mut seen = HashSet::with_capacity(merges.len());
    for (index, &merge) in merges.iter().enumerate() {
        let CodeMerge { left, right, .. } = merge;
        let extent = |symbol: u32| match u64::from(symbol).checked_sub(codes) {
            Some(row) => extents.get(row as usize).copied(),
            None => {
                Some(Extent { codebook: ends.partition_point(|&end| end <= u64::from(symbol)), height: 1, width: 1 })
            }
        };
        let (Some(first), Some(second)) = (extent(left), extent(right)) else {
            return Some(format!("merge {index} of {left} and {right} names a symbol that is not before it"));
        };
        if !seen.insert(merge) {
            return Some(format!("merge {index} of {left} and {right} occurs twice"));
        }
        let Some(whole) = first.joined(second, merge, layout.patch.is_some()) else {
            return Some(format!(
                "merge {index} of {left} and {right} makes no run or rectangle of up to {MAX_CODES} codes of one codebook"
            ));
        };
        extents.push(whole);
    }
    None
}

fn is_file_name(name: &str) -> bool {
    name != "text" && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
