//! The id space: named blocks of ids, and the bytes of every token that has some.
//!
//! Ids are dense: the blocks lie one after the other and cover `0..size` without a gap or an overlap, so `size` is the
//! number of rows of an embedding table. Only ids of text blocks come out of text encoding.

mod block;
mod code_merges;
mod codes;
mod text_tokens;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
pub(crate) use block::check_blocks;
pub use block::{Axis, Block, BlockKind, Named, Sizes};
pub use code_merges::{CodeMerge, CodeMerges, Extent, Symbols};
pub(crate) use code_merges::{MAX_CODES, merges_over, symbols_of};
pub use codes::{CodeLayout, Order, Rate};
pub use text_tokens::TextTokens;

/// Text ids are smaller than this by two or more: the merge table packs two ids and a rank of this width, or a mark,
/// into 64 bits.
pub const MAX_TEXT_ID: u32 = 1 << 21;

/// One more than the largest id that a special token may have. An embedding table has a row for every id: without a limit
/// a file of a few bytes could ask for four billion rows.
pub const MAX_SPECIAL_ID: u32 = 1 << 24;

/// A block to append; its ids are the next ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBlock {
    /// Unique within the vocabulary.
    pub name: String,
    /// What its ids stand for.
    #[serde(flatten)]
    pub kind: BlockKind,
    /// Number of ids.
    pub size: u32,
    /// The names of a block of special tokens, in id order.
    #[serde(default)]
    pub special: Vec<String>,
    /// The merges of a block of merges, in id order: two symbols, and whether the second lies below the first.
    #[serde(default)]
    pub merges: Vec<(u32, u32, bool)>,
}

/// Ids, their blocks and their bytes. Immutable.
#[derive(Debug)]
pub struct Vocabulary {
    blocks: Vec<Block>,
    special: BTreeMap<String, u32>,
    /// The special tokens again, by id.
    names: Vec<(u32, String)>,
    text: Arc<TextTokens>,
}

impl Vocabulary {
    /// A vocabulary from text tokens and special tokens whose ids are given; ids that neither has become reserved
    /// blocks. This is how a foreign vocabulary comes in: its blocks are the maximal runs of ids of one kind.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when an id or a token occurs twice, a token is empty or one of the 256 bytes is missing.
    pub fn from_tokens(text: &[(u32, &[u8])], special: BTreeMap<String, u32>) -> Result<Self> {
        Self::from_text(Arc::new(TextTokens::new(text)?), special)
    }

    /// [`Self::from_tokens`] of tokens that are one already.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when an id occurs twice, or a special token has no name.
    pub fn from_text(text: Arc<TextTokens>, special: BTreeMap<String, u32>) -> Result<Self> {
        let names = by_id(&text, &special)?;
        let mut runs: Vec<(Range<u32>, BlockKind)> = text.runs().map(|ids| (ids, BlockKind::Text)).collect();
        runs.extend(names.iter().map(|&(id, _)| (id..id + 1, BlockKind::Special)));
        runs.sort_unstable_by_key(|(ids, _)| ids.start);
        let mut blocks: Vec<Block> = Vec::new();
        for (Range { start, end }, kind) in runs {
            let next = blocks.last().map_or(0, |last| last.end);
            if start > next {
                blocks.push(Block { name: String::new(), kind: BlockKind::Reserved, start: next, end: start });
            }
            match blocks.last_mut() {
                Some(last) if last.kind == kind => last.end = end,
                _ => blocks.push(Block { name: String::new(), kind, start, end }),
            }
        }
        name_blocks(&mut blocks);
        Ok(Self { blocks, special, names, text })
    }

    /// A vocabulary whose blocks are declared.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when the blocks leave a gap or overlap, or a text or special block is not filled exactly by
    /// the tokens given; otherwise as [`Self::from_text`].
    pub fn new(blocks: Vec<Block>, text: Arc<TextTokens>, special: BTreeMap<String, u32>) -> Result<Self> {
        let names = by_id(&text, &special)?;
        check_blocks(&blocks)?;
        check_ids(&blocks, &text, &special)?;
        Ok(Self { blocks, special, names, text })
    }

    /// This vocabulary with blocks appended in the order given: old ids keep their meaning.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when a name is taken, a size is zero, or what a block says does not fit its size or the
    /// blocks before it.
    pub fn with_blocks(&self, new: Vec<NewBlock>) -> Result<Self> {
        let (mut blocks, mut special) = (self.blocks.clone(), self.special.clone());
        for NewBlock { name, mut kind, size, special: names, merges } in new {
            if let BlockKind::Merge(of) = &mut kind {
                of.pairs = merges.into_iter().map(|(left, right, down)| CodeMerge { left, right, down }).collect();
            }
            let start = blocks.last().map_or(0, |block| block.end);
            let end = start.checked_add(size).ok_or_else(|| {
                let room = format!("block {name:?} of {size} ids does not fit behind {start} ids: ids are 32-bit");
                Error::Vocabulary(room)
            })?;
            for (id, name) in (start..).zip(names) {
                if let Some(other) = special.insert(name.clone(), id) {
                    return Err(Error::Vocabulary(format!(
                        "there is a special token {name:?} already, with id {other}"
                    )));
                }
            }
            blocks.push(Block { name, kind, start, end });
        }
        Self::new(blocks, Arc::clone(&self.text), special)
    }

    /// This vocabulary with a block appended.
    ///
    /// # Errors
    /// Those of [`Self::with_blocks`].
    pub fn with_block(&self, name: &str, kind: BlockKind, size: u32) -> Result<Self> {
        self.with_blocks(vec![NewBlock { name: name.to_owned(), kind, size, special: Vec::new(), merges: Vec::new() }])
    }

    /// This vocabulary with special tokens appended in the order given.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when a name is empty or exists already.
    pub fn with_special_tokens(&self, names: &[String]) -> Result<Self> {
        let size = u32::try_from(names.len())
            .map_err(|_| Error::Vocabulary(format!("{} special tokens are too many: ids are 32-bit", names.len())))?;
        let name = free_name(&self.blocks, "special");
        let block = NewBlock { name, kind: BlockKind::Special, size, special: names.to_vec(), merges: Vec::new() };
        self.with_blocks(if names.is_empty() { Vec::new() } else { vec![block] })
    }

    /// This vocabulary with text tokens appended in the order given, which is that of their ranks.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when a token is empty or exists already, or ids reach [`MAX_TEXT_ID`].
    pub fn with_text_tokens(&self, tokens: &[Vec<u8>]) -> Result<Self> {
        let start = self.size();
        let new = (start..).zip(tokens.iter().map(Vec::as_slice));
        let all: Vec<(u32, &[u8])> = self.text.iter().chain(new).collect();
        let mut blocks = self.blocks.clone();
        if !tokens.is_empty() {
            let end = start + (all.len() - self.text.count()) as u32;
            blocks.push(Block { name: free_name(&blocks, "text"), kind: BlockKind::Text, start, end });
        }
        Self::new(blocks, Arc::new(TextTokens::new(&all)?), self.special.clone())
    }

    /// This vocabulary with only those text tokens whose ids are `kept`, ascending, and the old id of each id: the rows to
    /// keep of an embedding table. Ids close up; blocks keep their order, and text blocks of which nothing is left go.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when an id is none of a text token or does not ascend, or one of the 256 bytes is missing.
    pub fn with_text_kept(&self, kept: &[u32]) -> Result<(Self, Vec<u32>)> {
        if let Some(id) = kept.iter().find(|id| self.text.get(**id).is_empty()) {
            return Err(Error::Vocabulary(format!("id {id} is to be kept and is no text token")));
        }
        if let Some((first, second)) = kept.iter().zip(kept.iter().skip(1)).find(|(first, second)| first >= second) {
            return Err(Error::Vocabulary(format!("ids to keep must ascend: {first} comes before {second}")));
        }
        let (mut blocks, mut old_ids) = (Vec::new(), Vec::new());
        for block in &self.blocks {
            let start = old_ids.len() as u32;
            if block.kind == BlockKind::Text {
                let below = |limit: u32| kept.partition_point(|&id| id < limit);
                old_ids.extend_from_slice(&kept[below(block.start)..below(block.end)]);
            } else {
                old_ids.extend(block.start..block.end);
            }
            let end = old_ids.len() as u32;
            if start < end {
                blocks.push(Block { start, end, ..block.clone() });
            }
        }
        let new_id = |old: u32| old_ids.partition_point(|&id| id < old) as u32;
        let text: Vec<(u32, &[u8])> = kept.iter().map(|&id| (new_id(id), self.text.get(id))).collect();
        let special = self.special.iter().map(|(name, &id)| (name.clone(), new_id(id))).collect();
        Ok((Self::new(blocks, Arc::new(TextTokens::new(&text)?), special)?, old_ids))
    }

    /// Number of ids, and so of rows of an embedding table.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.blocks.last().map_or(0, |block| block.end)
    }

    /// The blocks in id order.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Special tokens and their ids, by name.
    #[must_use]
    pub fn special_tokens(&self) -> &BTreeMap<String, u32> {
        &self.special
    }

    /// The block that `id` lies in. O(log blocks).
    #[must_use]
    pub fn block_of(&self, id: u32) -> Option<&Block> {
        let index = self.blocks.partition_point(|block| block.end <= id);
        self.blocks.get(index)
    }

    /// The text tokens.
    #[must_use]
    pub fn text(&self) -> &Arc<TextTokens> {
        &self.text
    }

    /// The bytes of a text token or of a special token's name; `None` for codes, reserved ids and ids outside. O(1) for
    /// text, O(log special tokens) for the others.
    #[inline]
    #[must_use]
    pub fn token_bytes(&self, id: u32) -> Option<&[u8]> {
        let bytes = self.text.get(id);
        if bytes.is_empty() { self.special_name(id).map(str::as_bytes) } else { Some(bytes) }
    }

    #[cold]
    fn special_name(&self, id: u32) -> Option<&str> {
        let index = self.names.binary_search_by_key(&id, |&(id, _)| id).ok()?;
        Some(&self.names[index].1)
    }
}

/// The special tokens by id, once it is sure that each has a name, and an id of its own.
fn by_id(text: &TextTokens, special: &BTreeMap<String, u32>) -> Result<Vec<(u32, String)>> {
    let mut names: Vec<(u32, String)> = special.iter().map(|(name, &id)| (id, name.clone())).collect();
    names.sort_by_key(|&(id, _)| id);
    let twice = |id: u32, first: &[u8], second: &str| {
        let (first, second) = (first.escape_ascii(), second.as_bytes().escape_ascii());
        Err(Error::Vocabulary(format!("id {id} has two tokens, {first} and {second}")))
    };
    for (index, (id, name)) in names.iter().enumerate() {
        if *id >= MAX_SPECIAL_ID {
            let place =
                format!("special token {name:?} has id {id}, which is beyond the limit of {MAX_SPECIAL_ID} ids");
            return Err(Error::Vocabulary(place));
        }
        if name.is_empty() {
            return Err(Error::Vocabulary(format!("the token of id {id} is empty")));
        }
        if !text.get(*id).is_empty() {
            return twice(*id, text.get(*id), name);
        }
        if let Some((_, other)) = index.checked_sub(1).map(|before| &names[before]).filter(|(other, _)| other == id) {
            return twice(*id, other.as_bytes(), name);
        }
    }
    Ok(names)
}

/// Names blocks that have none, each after its kind.
fn name_blocks(blocks: &mut [Block]) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for block in blocks {
        let stem = block.kind.name();
        let count = counts.entry(stem).or_default();
        *count += 1;
        block.name = if *count == 1 { stem.to_owned() } else { format!("{stem}-{count}") };
    }
}

/// `stem`, or `stem-2`, `stem-3`, ... when it is taken.
fn free_name(blocks: &[Block], stem: &str) -> String {
    let taken = |name: &str| blocks.iter().any(|block| block.name == name);
    if !taken(stem) {
        return stem.to_owned();
    }
    let numbered = (2..).map(|number| format!("{stem}-{number}"));
    numbered.into_iter().find(|name| !taken(name)).unwrap_or_default()
}

/// Checks that the tokens fill the text and special blocks exactly.
fn check_ids(blocks: &[Block], text: &TextTokens, special: &BTreeMap<String, u32>) -> Result<()> {
    let block_of = |id: u32, kind: &BlockKind| {
        let index = blocks.partition_point(|block| block.end <= id);
        blocks.get(index).filter(|block| block.kind == *kind)
    };
    for Range { mut start, end } in text.runs() {
        while start < end {
            let block = block_of(start, &BlockKind::Text);
            start = block.ok_or_else(|| Error::Vocabulary(format!("text id {start} lies in no text block")))?.end;
        }
    }
    if let Some((name, id)) = special.iter().find(|(_, id)| block_of(**id, &BlockKind::Special).is_none()) {
        return Err(Error::Vocabulary(format!("special token {name:?} with id {id} lies in no special block")));
    }
    let held = |kind: BlockKind| -> usize {
        blocks.iter().filter(|block| block.kind == kind).map(|block| (block.end - block.start) as usize).sum()
    };
    for (kind, given, what) in
        [(BlockKind::Text, text.count(), "text"), (BlockKind::Special, special.len(), "special tokens")]
    {
        let room = held(kind);
        if room != given {
            return Err(Error::Vocabulary(format!(
                "the blocks hold {room} ids for {what}, but there are {given}; the ids in between would have no token"
            )));
        }
    }
    Ok(())
}
