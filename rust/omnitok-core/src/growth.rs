//! What a vocabulary has more than an older one, and where the rows of a grown embedding table come from.

use std::ops::Range;

use serde::Serialize;

use crate::encoder::{RankMerges, WordScratch};
use crate::error::{Error, Result};
use crate::parallel;
use crate::vocabulary::{Block, BlockKind, Vocabulary};

/// So many tokens that changed are shown.
const SHOWN: usize = 8;

/// How a vocabulary differs from an older one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diff {
    /// Blocks whose names the old one does not have, in id order.
    pub added: Vec<Block>,
    /// Blocks whose names only the old one has, in id order.
    pub removed: Vec<Block>,
    /// Blocks of one name that differ: the old and the new one.
    pub changed: Vec<(Block, Block)>,
    /// Number of ids of the old one that had other bytes, or none, or have none now.
    pub tokens_changed: u64,
    /// The first of these.
    pub tokens: Vec<TokenChange>,
    /// Whether every old id means what it meant, and new blocks lie behind all old ones.
    pub is_extension: bool,
}

/// An id whose bytes are not what they were; they are escaped as Rust and Python do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenChange {
    /// The id.
    pub id: u32,
    /// Its bytes before, if it had any.
    pub old: Option<String>,
    /// Its bytes now, if it has any.
    pub new: Option<String>,
}

/// Where the rows of the embedding table of a grown vocabulary come from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EmbeddingPlan {
    /// Rows of the old table. They are copied: ids keep their rows.
    pub old_rows: u32,
    /// Rows of the new table.
    pub new_rows: u32,
    /// The rows behind those that are copied, in id order.
    pub initialise: Vec<NewRows>,
}

/// Rows `start..end` of a new embedding table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewRows {
    /// The block that they belong to.
    pub block: String,
    /// The first row.
    pub start: u32,
    /// One past the last row.
    pub end: u32,
    /// Where they come from.
    #[serde(flatten)]
    pub source: RowSource,
}

/// Where new rows come from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum RowSource {
    /// Each is the mean of these ranges of old rows.
    MeanOfRows {
        /// First rows, and one past the last ones.
        rows: Vec<(u32, u32)>,
    },
    /// Each is the mean of rows of its own, which were copied or come earlier.
    MeanOfParts {
        /// A list for each row.
        parts: Vec<Vec<u32>>,
    },
    /// The vectors of a codebook, projected to the width of the table and given the mean and the spread of old rows.
    Codebook {
        /// SHA-256 of the codec.
        codec: String,
        /// Which of its codebooks.
        codebook: u32,
        /// Whose mean and spread: first rows, and one past the last ones.
        rows: Vec<(u32, u32)>,
    },
}

impl Vocabulary {
    /// How this vocabulary differs from `old`. O(ids).
    #[must_use]
    pub fn diff(&self, old: &Self) -> Diff {
        let find = |blocks: &[Block], name: &str| blocks.iter().find(|block| block.name == name).cloned();
        let lacks = |blocks: &[Block], block: &Block| find(blocks, &block.name).is_none();
        let changed = old.blocks().iter().filter_map(|block| {
            let now = find(self.blocks(), &block.name)?;
            (now != *block).then(|| (block.clone(), now))
        });
        let changed: Vec<(Block, Block)> = changed.collect();
        let moved = |id: &u32| old.token_bytes(*id) != self.token_bytes(*id);
        let show = |bytes: Option<&[u8]>| bytes.map(|bytes| bytes.escape_ascii().to_string());
        let change = |id| TokenChange { id, old: show(old.token_bytes(id)), new: show(self.token_bytes(id)) };
        // Only these blocks have bytes; others may be as large as they like.
        let spelled = |block: &&Block| matches!(block.kind, BlockKind::Text | BlockKind::Special);
        let spelled: Vec<Range<u32>> = old.blocks().iter().filter(spelled).map(Block::ids).collect();
        let moved: Vec<u32> = spelled.into_iter().flatten().filter(moved).collect();
        Diff {
            added: self.blocks().iter().filter(|block| lacks(old.blocks(), block)).cloned().collect(),
            removed: old.blocks().iter().filter(|block| lacks(self.blocks(), block)).cloned().collect(),
            changed,
            is_extension: moved.is_empty() && self.blocks().starts_with(old.blocks()),
            tokens_changed: moved.len() as u64,
            tokens: moved.into_iter().take(SHOWN).map(change).collect(),
        }
    }

    /// Where the rows of this vocabulary's embedding table come from, when `old` has one.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] when this is no extension of `old`: rows would change their meaning.
    pub fn embedding_plan(&self, old: &Self) -> Result<EmbeddingPlan> {
        let diff = self.diff(old);
        if !diff.is_extension {
            return Err(Error::Vocabulary(format!(
                "this vocabulary is no extension of the old one: {}",
                reason(&diff)
            )));
        }
        let mut plan = EmbeddingPlan { old_rows: old.size(), new_rows: self.size(), initialise: Vec::new() };
        for block in &self.blocks()[old.blocks().len()..] {
            let mut add = |Range { start, end }: Range<u32>, source| {
                plan.initialise.push(NewRows { block: block.name.clone(), start, end, source });
            };
            let rows = like(old, block);
            match &block.kind {
                BlockKind::Text => add(block.ids(), RowSource::MeanOfParts { parts: self.parts_of_text(block, old) }),
                BlockKind::Merge(_) => add(block.ids(), RowSource::MeanOfParts { parts: self.parts_of_merges(block) }),
                BlockKind::Code(layout) if layout.codec.is_some() => {
                    let mut start = block.start;
                    for (codebook, &codes) in (0..).zip(&layout.codebooks) {
                        let codec = layout.codec.clone().unwrap_or_default();
                        add(start..start + codes, RowSource::Codebook { codec, codebook, rows: rows.clone() });
                        start += codes;
                    }
                }
                _ => add(block.ids(), RowSource::MeanOfRows { rows }),
            }
        }
        Ok(plan)
    }

    /// What the old text tokens make of each new one.
    fn parts_of_text(&self, block: &Block, old: &Self) -> Vec<Vec<u32>> {
        let merges = RankMerges::new(old.text(), parallel::available_threads());
        let mut scratch = WordScratch::default();
        let mut parts = |id| {
            merges.merge(self.text().get(id), &mut scratch);
            scratch.ids.clone()
        };
        block.ids().map(&mut parts).collect()
    }

    /// The ids of the two symbols of each merge.
    fn parts_of_merges(&self, block: &Block) -> Vec<Vec<u32>> {
        let BlockKind::Merge(merges) = &block.kind else { return Vec::new() };
        let symbols = self.symbol_ids(&merges.parent);
        let id = |symbol: u32| {
            let range = symbols.iter().find(|(first, ids)| symbol - first < ids.end - ids.start);
            range.map_or(0, |(first, ids)| ids.start + (symbol - first))
        };
        merges.pairs.iter().map(|merge| vec![id(merge.left), id(merge.right)]).collect()
    }

    /// Where the symbols of a code block have their ids: the first symbol of each range of ids, and the range.
    #[must_use]
    pub fn symbol_ids(&self, parent: &str) -> Vec<(u32, Range<u32>)> {
        let holds = |block: &&Block| match &block.kind {
            BlockKind::Code(_) => block.name == parent,
            BlockKind::Merge(merges) => merges.parent == parent,
            _ => false,
        };
        let mut next = 0;
        let blocks = self.blocks().iter().filter(holds);
        blocks
            .map(|block| {
                let first = next;
                next += block.end - block.start;
                (first, block.ids())
            })
            .collect()
    }
}

/// The old rows that rows of a new block are made like: those of blocks of its kind, else those of text.
fn like(old: &Vocabulary, block: &Block) -> Vec<(u32, u32)> {
    let rows_of = |name: &str| -> Vec<(u32, u32)> {
        let blocks = old.blocks().iter().filter(|other| other.kind.name() == name);
        blocks.map(|other| (other.start, other.end)).collect()
    };
    let rows = match block.kind {
        BlockKind::Mark(_) | BlockKind::Size(_) | BlockKind::Voice(_) => rows_of(block.kind.name()),
        _ => Vec::new(),
    };
    if rows.is_empty() { rows_of("text") } else { rows }
}

/// The first thing that keeps a vocabulary from being an extension.
fn reason(diff: &Diff) -> String {
    if let Some(block) = diff.removed.first() {
        return format!("{block} is gone");
    }
    if let Some((old, new)) = diff.changed.first() {
        return if old.kind == new.kind {
            format!("{old} is now {new}")
        } else {
            format!("{old} says something else now")
        };
    }
    if let Some(TokenChange { id, old, new }) = diff.tokens.first() {
        let [old, new] = [old, new].map(|bytes| bytes.as_deref().unwrap_or("nothing"));
        return format!("id {id} was {old} and is {new}");
    }
    "new blocks lie before old ones".to_owned()
}
