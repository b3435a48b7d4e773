//! Merges over codes: which two symbols of a code block are one symbol more.
//!
//! The symbols of a code block are its codes, by their place in the block, and behind them its merges in their order, over
//! all blocks of merges that it has. A merge joins what lies inside one codebook; on a plane it joins rectangles to a
//! rectangle, so that what it covers is known without looking.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Block, BlockKind, CodeLayout};

/// The most codes that one symbol may stand for.
pub(crate) const MAX_CODES: u64 = 1 << 16;

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
    /// Whether merges over codes of audio keep to frames: each lies inside one, or is made of whole ones.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub whole_frames: bool,
    /// A merge for each id of the block. They have a file of their own, and are not in the manifest.
    #[serde(skip)]
    pub pairs: Arc<[CodeMerge]>,
}

/// What a symbol covers, by which it can be merged: on a plane rows and columns, in time one row of so many codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Of which codebook its codes are.
    pub codebook: u32,
    /// Rows.
    pub height: u32,
    /// Columns.
    pub width: u32,
}

impl Extent {
    /// Number of codes.
    #[must_use]
    pub fn codes(self) -> u64 {
        u64::from(self.height) * u64::from(self.width)
    }

    /// The two joined; `None` where they do not make a run of one codebook, or a rectangle.
    #[inline]
    fn joined(self, other: Self, down: bool, is_plane: bool) -> Option<Self> {
        let edges_meet = if down { is_plane && self.width == other.width } else { self.height == other.height };
        let (height, width) = if down { (other.height, 0) } else { (0, other.width) };
        let whole = Self { height: self.height + height, width: self.width + width, ..self };
        (edges_meet && self.codebook == other.codebook && whole.codes() <= MAX_CODES).then_some(whole)
    }
}

/// The symbols of a block of codes, and what each covers.
#[derive(Clone, Debug)]
pub struct Symbols {
    /// Where the codes of each codebook end.
    ends: Vec<u64>,
    is_plane: bool,
    merged: Vec<Extent>,
}

impl Symbols {
    /// The codes of a block, before all merges.
    #[must_use]
    pub fn new(layout: &CodeLayout) -> Self {
        Self { ends: layout.ends().collect(), is_plane: layout.patch.is_some(), merged: Vec::new() }
    }

    /// Number of codes, which is the symbol of the first merge.
    #[must_use]
    pub fn codes(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Number of merges.
    #[must_use]
    pub fn merges(&self) -> usize {
        self.merged.len()
    }

    /// Whether they lie in a plane.
    #[must_use]
    pub fn is_plane(&self) -> bool {
        self.is_plane
    }

    /// What a symbol covers; `None` for one that there is not. O(log codebooks).
    #[inline]
    #[must_use]
    pub fn extent(&self, symbol: u32) -> Option<Extent> {
        if let Some(row) = u64::from(symbol).checked_sub(self.codes()) {
            return self.merged.get(row as usize).copied();
        }
        let codebook = self.ends.partition_point(|&end| end <= u64::from(symbol)) as u32;
        Some(Extent { codebook, height: 1, width: 1 })
    }

    /// What a merge covers; `None` where it cannot be.
    #[inline]
    #[must_use]
    pub fn joined(&self, CodeMerge { left, right, down }: CodeMerge) -> Option<Extent> {
        self.extent(left)?.joined(self.extent(right)?, down, self.is_plane)
    }

    /// One merge more.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn push(&mut self, merge: CodeMerge) -> Result<(), String> {
        let (CodeMerge { left, right, .. }, index) = (merge, self.merged.len());
        if self.extent(left).is_none() || self.extent(right).is_none() {
            return Err(format!("merge {index} of {left} and {right} names a symbol that is not before it"));
        }
        let whole = self.joined(merge).ok_or_else(|| {
            format!("merge {index} of {left} and {right} makes no run or rectangle of up to {MAX_CODES} codes of one codebook")
        })?;
        self.merged.push(whole);
        Ok(())
    }
}

/// The blocks of merges over the codes of a block, in id order.
pub(crate) fn merges_over<'b>(parent: &'b str, blocks: &'b [Block]) -> impl Iterator<Item = &'b CodeMerges> {
    blocks.iter().filter_map(move |block| match &block.kind {
        BlockKind::Merge(merges) if merges.parent == parent => Some(merges),
        _ => None,
    })
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
    if merges.whole_frames && layout.rate.is_none() {
        return Some(format!("it keeps to whole frames, and its parent {:?} has none: it has no rate", merges.parent));
    }
    let earlier: Vec<&CodeMerges> = merges_over(&merges.parent, before).collect();
    if earlier.iter().any(|other| other.whole_frames != merges.whole_frames) {
        return Some(format!("the merges of {:?} all keep to whole frames, or none do", merges.parent));
    }
    let all: Vec<CodeMerge> =
        earlier.iter().flat_map(|other| &other.pairs[..]).chain(&merges.pairs[..]).copied().collect();
    symbols_of(&all, layout).err()
}

/// The symbols of merges over a layout.
///
/// # Errors
/// What is wrong with the merges.
pub(crate) fn symbols_of(merges: &[CodeMerge], layout: &CodeLayout) -> Result<Symbols, String> {
    let mut symbols = Symbols::new(layout);
    let mut places = HashMap::with_capacity(merges.len());
    for (index, &merge) in merges.iter().enumerate() {
        symbols.push(merge)?;
        if let Some(first) = places.insert(merge, index) {
            let CodeMerge { left, right, down } = merge;
            let how = if down { " below it" } else { "" };
            return Err(format!(
                "merges {first} and {index} are both of {left} and {right}{how}; a pair is merged once"
            ));
        }
    }
    Ok(symbols)
}

fn is_file_name(name: &str) -> bool {
    name != "text" && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
