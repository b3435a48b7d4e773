//! Where a sequence is, when an id may stand for several codes.

use std::ops::Range;

use super::{Grammar, Medium, Role, State, Token};
use crate::codes::{CodeTable, Cover, PlaneSpot, Spot};
use crate::error::Result;
use crate::vocabulary::{Block, BlockKind, CodeLayout, Extent, Order, merges_over};

/// The merges over the codes of a medium, and their ids.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The merges.
    pub table: CodeTable,
    /// The ids of each block of merges, and the symbol of the first.
    blocks: Vec<(Range<u32>, u32)>,
}

impl Merged {
    /// The merges over a block of codes; `None` where it has none, and where marks behind rows would lie inside of what they
    /// cover.
    ///
    /// # Errors
    /// Those of [`CodeTable::new`].
    pub(super) fn new(parent: &str, layout: &CodeLayout, blocks: &[Block]) -> Result<Option<Self>> {
        let over: Vec<_> = merges_over(parent, blocks).collect();
        if over.is_empty() || !matches!(layout.layout, Some(Order::Flat | Order::Raster | Order::Sized)) {
            return Ok(None);
        }
        let whole_frames = over.iter().any(|merges| merges.whole_frames);
        let pairs = over.iter().flat_map(|merges| merges.pairs.iter().copied()).collect();
        let table = CodeTable::new(layout, pairs, whole_frames)?;
        let ids = blocks.iter().filter(|block| matches!(&block.kind, BlockKind::Merge(of) if of.parent == parent));
        let mut symbol = table.symbols().codes() as u32;
        let blocks = ids.map(|block| {
            let first = symbol;
            symbol += block.end - block.start;
            (block.ids(), first)
        });
        Ok(Some(Self { blocks: blocks.collect(), table }))
    }

    /// The id of a symbol, of a block of codes that begins at `start`.
    #[inline]
    pub(crate) fn id(&self, symbol: u32, start: u32) -> u32 {
        let block = self.blocks.partition_point(|&(_, first)| first <= symbol);
        match block.checked_sub(1).map(|block| &self.blocks[block]) {
            Some((ids, first)) => ids.start + (symbol - first),
            None => start + symbol,
        }
    }

    /// How many codes an id of its blocks stands for.
    pub(super) fn codes(&self, id: u32) -> u64 {
        self.symbol(id).and_then(|symbol| self.table.symbols().extent(symbol)).map_or(0, Extent::codes)
    }

    fn symbol(&self, id: u32) -> Option<u32> {
        self.blocks.iter().find(|(ids, _)| ids.contains(&id)).map(|(ids, first)| first + (id - ids.start))
    }
}

/// A place that a code must come for.
struct Slot<'g> {
    index: usize,
    medium: &'g Medium,
    merged: &'g Merged,
    spot: Spot,
}

/// A step of the automaton: the state before and behind, and what stood between.
pub type Step = (State, State, Token);

/// Where a sequence is: a state of the grammar, and the codes that merges brought ahead of their turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    state: State,
    cover: Cover,
}

impl Walk {
    /// The state.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Takes an id, writes the steps that it makes to `steps`, and returns how many frames or rows it reaches into: a merge
    /// makes as many steps as there are codes of it up to the next place that is empty, others one. Where there is an error
    /// nothing has changed. O(log blocks), and for merges O(codes).
    ///
    /// # Errors
    /// Why the id cannot stand there.
    pub fn step(&mut self, grammar: &Grammar, id: u32, steps: &mut Vec<Step>) -> Result<usize, String> {
        steps.clear();
        let slot = self.slot(grammar);
        let merge = slot.as_ref().and_then(|slot| match grammar.role(id) {
            Role::Merge(index) if index == slot.index => Some((slot, slot.merged.symbol(id)?)),
            _ => None,
        });
        let span = if let Some((slot, symbol)) = merge {
            self.cover.lay(&slot.merged.table, symbol, slot.spot).map_err(|reason| format!("id {id} {reason}"))?;
            slot.span(symbol)
        } else {
            if self.is_ahead() && matches!(self.state, State::Frame(index, _) if grammar.media()[index].end == id) {
                return Err(grammar.refusal(id, "a merge reaches beyond this frame, whose other codes must follow"));
            }
            self.plain(grammar, id, steps)?;
            1
        };
        while let Some(slot) = self.slot(grammar) {
            let Some(code) = self.cover.take(&slot.merged.table, slot.spot) else { break };
            self.plain(grammar, slot.medium.start + code, steps)?;
        }
        Ok(span)
    }

    fn plain(&mut self, grammar: &Grammar, id: u32, steps: &mut Vec<Step>) -> Result<(), String> {
        let (next, token) = grammar.step(self.state, id)?;
        steps.push((std::mem::replace(&mut self.state, next), next, token));
        Ok(())
    }

    /// Whether codes of frames or cells to come are known.
    fn is_ahead(&self) -> bool {
        !self.cover.is_clear()
    }

    /// The place before which the sequence is, if it is one for a code that merges may cover.
    fn slot<'g>(&self, grammar: &'g Grammar) -> Option<Slot<'g>> {
        match self.state {
            State::Frame(index, cursor) => {
                let medium = &grammar.media()[index];
                let merged = medium.merged.as_ref()?;
                // Codes are merged in the flat order only, whose rows are frames with codebook behind codebook.
                let (_, place) = cursor.row_and_place();
                let codebook = medium.places[place].0;
                let before = place - medium.places.partition_point(|other| other.0 < codebook);
                let spot = Spot { codebook: usize::from(codebook), before, plane: None };
                Some(Slot { index, medium, merged, spot })
            }
            State::Cells(index, cells) if cells.row < cells.height => {
                let medium = &grammar.media()[index];
                let merged = medium.merged.as_ref()?;
                let columns = cells.width.checked_sub(cells.column)? as usize;
                let rows = (cells.height - cells.row) as usize;
                let plane = PlaneSpot { column: cells.column as usize, columns, rows };
                Some(Slot {
                    index,
                    medium,
                    merged,
                    spot: Spot { codebook: cells.place, before: 0, plane: Some(plane) },
                })
            }
            _ => None,
        }
    }

    /// The ids that a sampler may draw next, as ascending ranges: those of [`Grammar::allowed`], merges that fit among them;
    /// no end while a merge reaches beyond it. O(blocks + merges of the block + columns).
    #[must_use]
    pub fn allowed(&self, grammar: &Grammar) -> Vec<Range<u32>> {
        let mut ranges = grammar.allowed(self.state);
        let Some(slot) = self.slot(grammar) else { return ranges };
        if self.is_ahead() {
            ranges.retain(|ids| *ids != (slot.medium.end..slot.medium.end + 1));
        }
        let table = &slot.merged.table;
        let fits = self.cover.fitting(table, slot.spot);
        for (ids, first) in &slot.merged.blocks {
            for (id, symbol) in ids.clone().zip(*first..) {
                if table.symbols().extent(symbol).is_some_and(&fits) {
                    match ranges.last_mut() {
                        Some(last) if last.end == id && ids.contains(&last.start) => last.end = id + 1,
                        _ => ranges.push(id..id + 1),
                    }
                }
            }
        }
        ranges.sort_unstable_by_key(|ids| ids.start);
        ranges
    }
}

impl Slot<'_> {
    /// Frames or rows that a symbol reaches into from here on.
    fn span(&self, symbol: u32) -> usize {
        let (table, Spot { codebook, before, plane }) = (&self.merged.table, self.spot);
        table.symbols().extent(symbol).map_or(1, |extent| match plane {
            Some(_) => extent.height as usize,
            None => (before + extent.width as usize).div_ceil(table.frame(codebook) as usize),
        })
    }
}
