//! The id space: named blocks of ids, and the bytes of every token that has some.
//!
//! Ids are dense: the blocks lie one after the other and cover `0..size` without a gap or an overlap, so `size` is the
//! number of rows of an embedding table. Only ids of text blocks come out of text encoding.

use std::collections::BTreeMap;
use std::hash::Hasher;

use hashbrown::HashTable;
use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Text ids are smaller than this by two or more: the merge table packs two ids and a rank of this width, or a mark,
/// into 64 bits.
pub const MAX_TEXT_ID: u32 = 1 << 21;

/// One more than the largest id that a special token may have. The token arena has an entry for every id up to the last
/// token: without a limit a file of a few bytes could ask for 16 GiB.
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
    tokens: TokenArena,
    text_ids: HashTable<u32>,
    byte_ids: [u32; 256],
}

/// Token bytes end to end; an id without bytes has an empty range.
#[derive(Debug)]
struct TokenArena {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl TokenArena {
    /// `tokens` must be sorted by id.
    fn new(tokens: &[(u32, &[u8])]) -> Result<Self> {
        let total: usize = tokens.iter().map(|(_, bytes)| bytes.len()).sum();
        if u32::try_from(total).is_err() {
            return Err(Error::Vocabulary(format!("the tokens hold {total} bytes; the limit is 2^32 - 1")));
        }
        let mut arena = Self { bytes: Vec::with_capacity(total), ends: Vec::with_capacity(tokens.len()) };
        for &(id, bytes) in tokens {
            arena.ends.resize(id as usize, arena.bytes.len() as u32);
            arena.bytes.extend_from_slice(bytes);
            arena.ends.push(arena.bytes.len() as u32);
        }
        Ok(arena)
    }

    #[inline]
    fn get(&self, id: u32) -> &[u8] {
        let index = id as usize;
        let Some(&end) = self.ends.get(index) else { return &[] };
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start as usize..end as usize]
    }
}

impl Vocabulary {
    /// A vocabulary from text tokens and special tokens whose ids are given; ids that neither has become reserved
    /// blocks. This is how a foreign vocabulary comes in: its blocks are the maximal runs of ids of one kind.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when an id or a token occurs twice, a token is empty or one of the 256 bytes is missing.
    pub fn from_tokens(text: &[(u32, &[u8])], special: BTreeMap<String, u32>) -> Result<Self> {
        let mut kinds: Vec<(u32, BlockKind)> = Vec::with_capacity(text.len() + special.len());
        kinds.extend(text.iter().map(|&(id, _)| (id, BlockKind::Text)));
        kinds.extend(special.values().map(|&id| (id, BlockKind::Special)));
        kinds.sort_by_key(|&(id, _)| id);
        let mut blocks: Vec<Block> = Vec::new();
        let mut next = 0;
        for (id, kind) in kinds {
            if id > next {
                blocks.push(Block { name: String::new(), kind: BlockKind::Reserved, start: next, end: id });
            }
            match blocks.last_mut() {
                Some(last) if last.kind == kind && last.end == id => last.end = id + 1,
                _ => blocks.push(Block { name: String::new(), kind, start: id, end: id.saturating_add(1) }),
            }
            next = id.saturating_add(1);
        }
        name_blocks(&mut blocks);
        Self::new(blocks, text, special)
    }

    /// A vocabulary whose blocks are declared.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when the blocks leave a gap or overlap, when a text or special block is not filled exactly
    /// by the tokens given, or when a token is empty, occurs twice, or is missing though it is a single byte.
    pub fn new(blocks: Vec<Block>, text: &[(u32, &[u8])], special: BTreeMap<String, u32>) -> Result<Self> {
        let mut tokens: Vec<(u32, &[u8])> = text.to_vec();
        tokens.extend(special.iter().map(|(name, &id)| (id, name.as_bytes())));
        tokens.sort_by_key(|&(id, _)| id);
        check_tokens(&tokens, text, &special)?;
        check_blocks(&blocks)?;
        check_ids(&blocks, text, &special)?;
        let tokens = TokenArena::new(&tokens)?;
        let text_ids = index_text(&tokens, text)?;
        let mut byte_ids = [0; 256];
        let mut missing = Vec::new();
        for byte in 0..=255u8 {
            match lookup(&text_ids, &tokens, &[byte]) {
                Some(id) => byte_ids[usize::from(byte)] = id,
                None => missing.push(format!("0x{byte:02x}")),
            }
        }
        if !missing.is_empty() {
            return Err(Error::Vocabulary(format!(
                "{} of the 256 single bytes are no tokens (the first is {}); a byte-level vocabulary needs all of them, \
                 or some text could not be encoded",
                missing.len(),
                missing[0]
            )));
        }
        Ok(Self { blocks, special, tokens, text_ids, byte_ids })
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
        Self::new(blocks, &self.text_tokens().collect::<Vec<_>>(), self.special.clone())
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
        Self::new(blocks, &self.text_tokens().collect::<Vec<_>>(), special)
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

    /// The bytes of a text token or of a special token's name; `None` for codes, reserved ids and ids outside. O(1).
    #[inline]
    #[must_use]
    pub fn token_bytes(&self, id: u32) -> Option<&[u8]> {
        let bytes = self.tokens.get(id);
        if bytes.is_empty() { None } else { Some(bytes) }
    }

    /// The id of the text token with exactly these bytes. O(length).
    #[inline]
    #[must_use]
    pub fn text_id(&self, bytes: &[u8]) -> Option<u32> {
        lookup(&self.text_ids, &self.tokens, bytes)
    }

    /// The ids of the 256 single bytes.
    #[inline]
    #[must_use]
    pub fn byte_ids(&self) -> &[u32; 256] {
        &self.byte_ids
    }

    /// Text tokens in id order.
    pub fn text_tokens(&self) -> impl Iterator<Item = (u32, &[u8])> {
        let text = self.blocks.iter().filter(|block| block.kind == BlockKind::Text);
        text.flat_map(|block| block.start..block.end).map(|id| (id, self.tokens.get(id)))
    }

    /// Number of text tokens.
    #[must_use]
    pub fn text_len(&self) -> usize {
        self.text_ids.len()
    }
}

#[inline]
fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

#[inline]
fn lookup(text_ids: &HashTable<u32>, tokens: &TokenArena, bytes: &[u8]) -> Option<u32> {
    text_ids.find(hash(bytes), |&id| tokens.get(id) == bytes).copied()
}

fn index_text(tokens: &TokenArena, text: &[(u32, &[u8])]) -> Result<HashTable<u32>> {
    let mut text_ids: HashTable<u32> = HashTable::with_capacity(text.len());
    for &(id, bytes) in text {
        let hash_value = hash(bytes);
        if let Some(&other) = text_ids.find(hash_value, |&other| tokens.get(other) == bytes) {
            return Err(Error::Vocabulary(format!("the token {} has two ids, {other} and {id}", bytes.escape_ascii())));
        }
        text_ids.insert_unique(hash_value, id, |&id| hash(tokens.get(id)));
    }
    Ok(text_ids)
}

fn name_blocks(blocks: &mut [Block]) {
    for index in 0..blocks.len() {
        let stem = match blocks[index].kind {
            BlockKind::Text => "text",
            BlockKind::Special => "special",
            BlockKind::Code(_) => "code",
            BlockKind::Reserved => "reserved",
        };
        blocks[index].name = free_name(&blocks[..index], stem);
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

/// Checks what needs no blocks: every one of the tokens, sorted by id, has bytes, an id of its own, and one in range.
fn check_tokens(tokens: &[(u32, &[u8])], text: &[(u32, &[u8])], special: &BTreeMap<String, u32>) -> Result<()> {
    if let Some(pair) = tokens.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let (id, first, second) = (pair[0].0, pair[0].1.escape_ascii(), pair[1].1.escape_ascii());
        return Err(Error::Vocabulary(format!("id {id} has two tokens, {first} and {second}")));
    }
    if let Some((id, _)) = tokens.iter().find(|(_, bytes)| bytes.is_empty()) {
        return Err(Error::Vocabulary(format!("the token of id {id} is empty")));
    }
    if let Some((id, _)) = text.iter().find(|(id, _)| *id >= MAX_TEXT_ID - 1) {
        return Err(Error::Vocabulary(format!("text id {id} is beyond the limit of {} ids", MAX_TEXT_ID - 1)));
    }
    if let Some((name, id)) = special.iter().find(|(_, id)| **id >= MAX_SPECIAL_ID) {
        let place = format!("special token {name:?} has id {id}, which is beyond the limit of {MAX_SPECIAL_ID} ids");
        return Err(Error::Vocabulary(place));
    }
    Ok(())
}

/// Checks that the tokens fill the text and special blocks exactly.
fn check_ids(blocks: &[Block], text: &[(u32, &[u8])], special: &BTreeMap<String, u32>) -> Result<()> {
    let inside = |id: u32, kind: &BlockKind| {
        let index = blocks.partition_point(|block| block.end <= id);
        blocks.get(index).is_some_and(|block| block.kind == *kind)
    };
    if let Some((id, _)) = text.iter().find(|(id, _)| !inside(*id, &BlockKind::Text)) {
        return Err(Error::Vocabulary(format!("text id {id} lies in no text block")));
    }
    if let Some((name, id)) = special.iter().find(|(_, id)| !inside(**id, &BlockKind::Special)) {
        return Err(Error::Vocabulary(format!("special token {name:?} with id {id} lies in no special block")));
    }
    let held = |kind: BlockKind| -> usize {
        blocks.iter().filter(|block| block.kind == kind).map(|block| (block.end - block.start) as usize).sum()
    };
    for (kind, given, what) in
        [(BlockKind::Text, text.len(), "text"), (BlockKind::Special, special.len(), "special tokens")]
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
