//! The id space: named blocks of ids, and the bytes of every token that has some.
//!
//! Ids are dense: the blocks lie one after the other and cover `0..size` without a gap or an overlap, so `size` is the
//! number of rows of an embedding table. Only ids of text blocks come out of text encoding.

mod text_tokens;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
pub use text_tokens::TextTokens;

/// Text ids are smaller than this by two or more: the merge table packs two ids and a rank of this width, or a mark,
/// into 64 bits.
pub const MAX_TEXT_ID: u32 = 1 << 21;

/// One more than the largest id that a special token may have. An embedding table has a row for every id: without a limit
/// a file of a few bytes could ask for four billion rows.
pub const MAX_SPECIAL_ID: u32 = 1 << 24;

/// What the ids of a block stand for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum BlockKind {
    /// Byte strings; the only ids that text encoding returns.
    Text,
    /// Special tokens: named, never the result of encoding text unless the caller allows it by name.
    Special,
    /// Codes of an image or audio codec: integers without any spelling.
    Code(CodeLayout),
    /// Rows kept free, for padding or for tokens to come.
    Reserved,
}

/// How the ids of a code block are laid out: codebook after codebook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeLayout {
    /// SHA-256 of the codec file whose codes these are, in hex.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub codec: Option<String>,
    /// Number of codes of each codebook, in codebook order; their sum is the size of the block.
    pub codebooks: Vec<u32>,
    /// Frames per second, for a codec of time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub frame_rate: Option<f64>,
    /// Samples or pixels between two codes, one number a dimension.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub strides: Vec<u32>,
    /// Order of codes in a sequence, for example `raster` or `frame`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub layout: Option<String>,
}

/// A named range `start..end` of ids.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

    /// This vocabulary with `block` appended: old ids keep their meaning.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when the name is taken, the size is zero or does not fit the codebooks.
    pub fn with_block(&self, name: &str, kind: BlockKind, size: u32) -> Result<Self> {
        let start = self.size();
        let end = start.checked_add(size).ok_or_else(|| {
            Error::Vocabulary(format!("block {name:?} of {size} ids does not fit behind {start} ids: ids are 32-bit"))
        })?;
        let mut blocks = self.blocks.clone();
        blocks.push(Block { name: name.to_owned(), kind, start, end });
        Self::new(blocks, self.text.clone(), self.special.clone())
    }

    /// This vocabulary with special tokens appended in the order given.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when a name is empty or exists already.
    pub fn with_special_tokens(&self, names: &[String]) -> Result<Self> {
        let start = self.size();
        let end = u32::try_from(names.len()).ok().and_then(|count| start.checked_add(count)).ok_or_else(|| {
            Error::Vocabulary(format!("{} special tokens do not fit behind {start} ids: ids are 32-bit", names.len()))
        })?;
        let mut special = self.special.clone();
        for (id, name) in (start..end).zip(names) {
            if special.insert(name.clone(), id).is_some() {
                return Err(Error::Vocabulary(format!("there is a special token {name:?} already")));
            }
        }
        let mut blocks = self.blocks.clone();
        if !names.is_empty() {
            blocks.push(Block { name: free_name(&blocks, "special"), kind: BlockKind::Special, start, end });
        }
        Self::new(blocks, self.text.clone(), special)
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
    let mut counts = [0; 4];
    for block in blocks {
        let (stem, count) = match block.kind {
            BlockKind::Text => ("text", &mut counts[0]),
            BlockKind::Special => ("special", &mut counts[1]),
            BlockKind::Code(_) => ("code", &mut counts[2]),
            BlockKind::Reserved => ("reserved", &mut counts[3]),
        };
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

fn check_blocks(blocks: &[Block]) -> Result<()> {
    let mut next = 0;
    for (index, block) in blocks.iter().enumerate() {
        let Block { name, start, end, .. } = block;
        if *start != next || end <= start {
            return Err(Error::Vocabulary(format!(
                "block {name:?} covers ids {start}..{end}, but blocks follow each other without gap or overlap and the \
                 next one starts at {next}"
            )));
        }
        if name.is_empty() || blocks[..index].iter().any(|other| other.name == *name) {
            return Err(Error::Vocabulary(format!("block {name:?} at ids {start}..{end} needs a name of its own")));
        }
        if let BlockKind::Code(layout) = &block.kind {
            let codes: u64 = layout.codebooks.iter().map(|&size| u64::from(size)).sum();
            if codes != u64::from(end - start) {
                return Err(Error::Vocabulary(format!(
                    "block {name:?} holds {} ids but its codebooks hold {codes} codes",
                    end - start
                )));
            }
        }
        next = *end;
    }
    Ok(())
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
