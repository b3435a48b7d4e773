//! Blocks: named ranges of ids, each of one kind, and what makes a list of them an id space.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::code_merges;
use super::{CodeLayout, CodeMerges};
use crate::error::{Error, Result};

/// The largest height or width of an image, in cells.
const MAX_SIZE: u64 = 1 << 16;

/// What the ids of a block stand for. Only text and special tokens have bytes; nothing else can be spelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum BlockKind {
    /// Byte strings; the only ids that text encoding returns.
    Text,
    /// Special tokens: named, never the result of encoding text unless the caller allows it by name.
    Special,
    /// Codes of an image or audio codec.
    Code(CodeLayout),
    /// Merges over the codes of another block.
    Merge(CodeMerges),
    /// Where codes begin and end, and the ends of rows.
    Mark(Named),
    /// Heights or widths of images, in cells.
    Size(Sizes),
    /// Voices that audio can be spoken in: capabilities, which only trusted code places.
    Voice(Named),
    /// Rows kept free, for alignment, for padding or for tokens to come.
    Reserved,
}

/// A name for each id of a block, and the code block that they belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The code block.
    pub parent: String,
    /// The names in id order.
    pub names: Vec<String>,
}

/// The numbers that the ids of a block stand for: `first` and those behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// Height or width.
    pub axis: Axis,
    /// What the first id stands for.
    pub first: u32,
}

/// A side of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Axis {
    /// Rows of cells.
    #[serde(rename = "h")]
    Height,
    /// Columns of cells.
    #[serde(rename = "w")]
    Width,
}

impl fmt::Display for Axis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if matches!(self, Self::Height) { "h" } else { "w" })
    }
}

impl BlockKind {
    /// What manifests call it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Special => "special",
            Self::Code(_) => "code",
            Self::Merge(_) => "merge",
            Self::Mark(_) => "mark",
            Self::Size(_) => "size",
            Self::Voice(_) => "voice",
            Self::Reserved => "reserved",
        }
    }
}

/// A named range `start..end` of ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Unique within the vocabulary.
    pub name: String,
    /// What its ids stand for.
    #[serde(flatten)]
    pub kind: BlockKind,
    /// First id.
    pub start: u32,
    /// One past the last id.
    pub end: u32,
}

impl Block {
    /// Its ids.
    #[must_use]
    pub fn ids(&self) -> Range<u32> {
        self.start..self.end
    }
}

impl fmt::Display for Block {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "block {:?} at ids {}..{}", self.name, self.start, self.end)
    }
}

/// Checks that blocks lie one after the other from id 0 on, and that what each says is true.
pub(crate) fn check_blocks(blocks: &[Block]) -> Result<()> {
    let mut last: Option<&Block> = None;
    let mut aliases = HashMap::new();
    for (index, block) in blocks.iter().enumerate() {
        let next = last.map_or(0, |last| last.end);
        let Block { name, start, end, .. } = block;
        if start == end {
            return Err(Error::Vocabulary(format!("block {name:?} has no ids; leave it out, or give it some")));
        }
        if *start != next || end < start {
            let behind = last.map_or_else(String::new, |last| format!(" behind {last}"));
            return Err(Error::Vocabulary(format!(
                "block {name:?} covers ids {start}..{end}, but blocks follow each other without gap or overlap and the \
                 next one starts at {next}{behind}"
            )));
        }
        if block.name.is_empty() {
            return Err(Error::Vocabulary(format!("{block} needs a name of its own")));
        }
        let before = &blocks[..index];
        if let Some(other) = before.iter().find(|other| other.name == block.name) {
            return Err(Error::Vocabulary(format!("{block} needs a name of its own: it is that of {other}")));
        }
        let wrong = fault(block, before).or_else(|| alias(block, &mut aliases));
        if let Some(wrong) = wrong {
            return Err(Error::Vocabulary(format!("{block}: {wrong}")));
        }
        last = Some(block);
    }
    Ok(())
}

/// What is wrong with a block that has a range and a name.
fn fault(block: &Block, before: &[Block]) -> Option<String> {
    let ids = block.end - block.start;
    match &block.kind {
        BlockKind::Text | BlockKind::Special | BlockKind::Reserved => None,
        BlockKind::Code(layout) if layout.codes() != u64::from(ids) => {
            Some(format!("it holds {ids} ids but its codebooks hold {} codes", layout.codes()))
        }
        BlockKind::Code(layout) => layout.fault(),
        BlockKind::Merge(merges) => code_merges::fault(block, merges, before),
        BlockKind::Mark(marks) => fault_of_names(ids, marks, before, |layout| {
            let expected = layout.marks()?;
            (marks.names != expected).then(|| format!("its marks are {:?}; they are {expected:?}", marks.names))
        }),
        BlockKind::Voice(voices) => fault_of_names(ids, voices, before, |layout| {
            layout
                .rate
                .is_none()
                .then(|| format!("its parent {:?} has no rate, and voices are for audio", voices.parent))
        }),
        BlockKind::Size(sizes) => {
            let last = u64::from(sizes.first) + u64::from(ids) - 1;
            (sizes.first == 0 || last > MAX_SIZE)
                .then(|| format!("sizes go from 1 to {MAX_SIZE}, and these from {} to {last}", sizes.first))
        }
    }
}

fn fault_of_names(
    ids: u32,
    Named { parent, names }: &Named,
    before: &[Block],
    fault: impl FnOnce(&CodeLayout) -> Option<String>,
) -> Option<String> {
    let layout = before.iter().find_map(|other| match &other.kind {
        BlockKind::Code(layout) if other.name == *parent => Some(layout),
        _ => None,
    });
    let Some(layout) = layout else { return Some(format!("its parent {parent:?} is no block of codes before it")) };
    if names.len() != ids as usize || names.iter().any(String::is_empty) {
        return Some(format!("it has {ids} ids, and each needs a name: {names:?}"));
    }
    if layout.marks().is_none() {
        return Some(format!("its parent {parent:?} has no rate and no patch, and so no segment holds its codes"));
    }
    fault(layout)
}

/// What names something: no two ids may stand for the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Meaning<'b> {
    Mark { parent: &'b str, name: &'b str },
    Size { axis: Axis, size: u32 },
    Voice { name: &'b str },
}

impl fmt::Display for Meaning<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mark { parent, name } => write!(formatter, "the mark {name:?} of {parent:?}"),
            Self::Size { axis, size } => write!(formatter, "the size {axis} = {size}"),
            Self::Voice { name } => write!(formatter, "the voice {name:?}"),
        }
    }
}

/// What already has an id, if one of this block means the same as one of `known`.
fn alias<'b>(block: &'b Block, known: &mut HashMap<Meaning<'b>, (&'b Block, u32)>) -> Option<String> {
    let mut insert = |meaning: Meaning<'b>, id| {
        let (other, other_id) = known.insert(meaning, (block, id))?;
        Some(format!("id {id} is {meaning}, which is id {other_id} of block {:?} already", other.name))
    };
    match &block.kind {
        BlockKind::Mark(Named { parent, names }) => {
            names.iter().zip(block.ids()).find_map(|(name, id)| insert(Meaning::Mark { parent, name }, id))
        }
        BlockKind::Voice(Named { names, .. }) => {
            names.iter().zip(block.ids()).find_map(|(name, id)| insert(Meaning::Voice { name }, id))
        }
        BlockKind::Size(Sizes { axis, first }) => {
            block.ids().find_map(|id| insert(Meaning::Size { axis: *axis, size: first + (id - block.start) }, id))
        }
        _ => None,
    }
}
