//! Segments whose codes are merged before they are written.

use super::audio::{behind, elapsed, milliseconds};
use super::write::{Row, Segment, Sequence, Writer};
use crate::codes::Tile;
use crate::error::Result;
use crate::grammar::Medium;

impl Writer {
    /// How many ids fewer a segment takes for its merges. Its codes must have been checked.
    pub(super) fn saved(&self, segment: Segment) -> Result<usize> {
        let (medium, codes, tiles) = match segment {
            Segment::Audio { medium, codes, .. } => {
                let count = codes.iter().map(|codes| codes.len()).sum();
                (medium, count, in_time(&self.grammar.media()[medium], codes)?)
            }
            Segment::Image { medium, width, codes, .. } => {
                (medium, codes.len(), in_plane(&self.grammar.media()[medium], width as usize, codes)?)
            }
            Segment::Text(_) | Segment::Special(_) => return Ok(0),
        };
        let written = tiles.iter().map(Vec::len).sum::<usize>();
        Ok(if self.grammar.media()[medium].merged.is_some() { codes - written } else { 0 })
    }

    /// The ids of frames: each where its first code would be, with the time of that.
    pub(super) fn merged_audio(
        &self,
        index: usize,
        codes: &[&[u32]],
        row: Row,
        first: i32,
        sequence: &mut Sequence,
    ) -> Result<()> {
        let (medium, weights) = (&self.grammar.media()[index], &self.weights[index]);
        let (Some(merged), milliseconds) = (&medium.merged, milliseconds(medium)) else { return Ok(()) };
        let all = in_time(medium, codes)?;
        let mut rest: Vec<_> = all.iter().map(|tiles| tiles.iter().peekable()).collect();
        for frame in 1.. {
            for (codebook, tiles) in rest.iter_mut().enumerate() {
                let row = Row { weight: row.weight * weights[codebook], ..row };
                let (stride, end) = (medium.layout.stride(codebook) as usize, frame * merged.table.frame(codebook));
                while let Some(tile) = tiles.next_if(|tile| tile.place < end) {
                    let step = tile.place as usize * stride;
                    let id = merged.id(tile.symbol, medium.start);
                    let position = behind(first, step);
                    sequence.push(id, row, codebook as i16, elapsed(step, milliseconds), [position; 3]);
                }
            }
            if rest.iter_mut().all(|tiles| tiles.peek().is_none()) {
                break;
            }
        }
        Ok(())
    }

    /// The ids of cells: each where its first code would be, top left, with the place of that.
    pub(super) fn merged_image(
        &self,
        index: usize,
        (width, codes): (usize, &[u32]),
        row: Row,
        origin: i32,
        sequence: &mut Sequence,
    ) -> Result<()> {
        let (medium, weights) = (&self.grammar.media()[index], &self.weights[index]);
        let Some(merged) = &medium.merged else { return Ok(()) };
        let all = in_plane(medium, width, codes)?;
        let mut tiles: Vec<(u32, usize, u32)> = Vec::new();
        for (place, of_place) in all.iter().enumerate() {
            tiles.extend(of_place.iter().map(|tile| (tile.place, place, tile.symbol)));
        }
        tiles.sort_unstable();
        for (cell, place, symbol) in tiles {
            let at = |steps: usize| origin.saturating_add(steps as i32);
            let position = [origin, at(cell as usize / width), at(cell as usize % width)];
            let row = Row { weight: row.weight * weights[place], ..row };
            sequence.push(merged.id(symbol, medium.start), row, place as i16, -1, position);
        }
        Ok(())
    }
}

/// The tiles of each codebook; none where nothing is merged.
fn in_time(medium: &Medium, codes: &[&[u32]]) -> Result<Vec<Vec<Tile>>> {
    let Some(merged) = &medium.merged else { return Ok(Vec::new()) };
    codes.iter().enumerate().map(|(codebook, codes)| merged.table.tiles(codebook, codes, None)).collect()
}

/// The tiles of each codebook, whose codes take turns; none where nothing is merged.
fn in_plane(medium: &Medium, width: usize, codes: &[u32]) -> Result<Vec<Vec<Tile>>> {
    let (Some(merged), places) = (&medium.merged, medium.places.len()) else { return Ok(Vec::new()) };
    let of_place = |place: usize| {
        let codes: Vec<u32> = codes.iter().skip(place).step_by(places).copied().collect();
        merged.table.tiles(place, &codes, Some(width))
    };
    (0..places).map(of_place).collect()
}
