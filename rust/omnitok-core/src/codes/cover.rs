//! Places that tiles cover ahead of where a sequence is.

use std::collections::VecDeque;

use super::table::CodeTable;
use crate::vocabulary::Extent;

/// A place that a symbol may begin at: the next one of a sequence whose code is not known.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    /// Of which codebook its code is.
    pub codebook: usize,
    /// In time, how many codes of the codebook come before it; since a frame began is enough.
    pub before: usize,
    /// In a plane, where it is there.
    pub plane: Option<PlaneSpot>,
}

/// A place in a plane.
#[derive(Clone, Copy, Debug)]
pub struct PlaneSpot {
    /// Its column.
    pub column: usize,
    /// Columns from there on.
    pub columns: usize,
    /// Rows from there on.
    pub rows: usize,
}

/// The codes that are known before their turn. In time there is a track for each codebook, in a plane for each codebook of each
/// column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    tracks: Vec<VecDeque<u32>>,
    codes: usize,
}

impl Cover {
    /// Whether no code of any track is known.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.codes == 0
    }

    /// Whether the code of a place is not known.
    #[must_use]
    pub fn is_free(&self, table: &CodeTable, spot: Spot) -> bool {
        self.is_empty(track(table, spot, 0))
    }

    /// The code of a place, by its place in the block, if it is known.
    pub fn take(&mut self, table: &CodeTable, spot: Spot) -> Option<u32> {
        let code = self.tracks.get_mut(track(table, spot, 0))?.pop_front()?;
        self.codes -= 1;
        Some(code)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    fn is_empty(&self, track: usize) -> bool {
        self.codes == 0 || self.tracks.get(track).is_none_or(VecDeque::is_empty)
    }

    /// How many of so many columns are free, from a place on.
    fn free(&self, table: &CodeTable, spot: Spot, columns: usize) -> usize {
        (0..columns).find(|&column| !self.is_empty(track(table, spot, column))).unwrap_or(columns)
    }

    /// Whether a symbol can stand at a place.
    ///
    /// # Errors
    /// Why not.
    pub fn fits(&self, table: &CodeTable, symbol: u32, spot: Spot) -> Result<(), String> {
        let extent = table.symbols().extent(symbol).ok_or("is no symbol of the codes and merges that there are")?;
        if extent.codebook as usize != spot.codebook {
            return Err(format!(
                "is of codebook {}, and one of codebook {} must follow",
                extent.codebook, spot.codebook
            ));
        }
        let Some(plane) = spot.plane else {
            return if table.may_begin(extent, spot.before) {
                Ok(())
            } else {
                Err(format!("stands for {} codes, which from here on are no whole frames", extent.width))
            };
        };
        let (height, width) = (extent.height as usize, extent.width as usize);
        if width > plane.columns || height > plane.rows {
            return Err(format!("covers {height} x {width} cells, which reach over the border of the image"));
        }
        // A row that is free here is free below: what covers it there came before, and covers it here too.
        if self.free(table, spot, width) < width {
            return Err(format!("covers {height} x {width} cells, of which some are covered already"));
        }
        Ok(())
    }

    /// Which extents [fit](Self::fits) at a place: for asking about all symbols, in O(columns) and then O(1) each.
    pub fn fitting<'t>(&self, table: &'t CodeTable, spot: Spot) -> impl Fn(Extent) -> bool + use<'t> {
        let room = spot.plane.map(|plane| (self.free(table, spot, plane.columns) as u64, plane.rows as u64));
        move |extent| {
            extent.codebook as usize == spot.codebook
                && match room {
                    Some((columns, rows)) => u64::from(extent.width) <= columns && u64::from(extent.height) <= rows,
                    None => table.may_begin(extent, spot.before),
                }
        }
    }

    /// Puts a symbol where it [fits](Self::fits).
    ///
    /// # Errors
    /// Those of [`Self::fits`].
    pub fn lay(&mut self, table: &CodeTable, symbol: u32, spot: Spot) -> Result<(), String> {
        self.fits(table, symbol, spot)?;
        table.for_each_code(symbol, |row, column, code| {
            let track = track(table, spot, if spot.plane.is_some() { column as usize } else { 0 });
            if self.tracks.len() <= track {
                self.tracks.resize(track + 1, VecDeque::new());
            }
            debug_assert!(
                spot.plane.is_none() || self.tracks[track].len() == row as usize,
                "rows come from the top down"
            );
            self.tracks[track].push_back(code);
            self.codes += 1;
        });
        Ok(())
    }
}

/// The track so many columns behind a place. The codebooks of a column are neighbours, so that there are no more tracks than
/// a sequence has reached.
fn track(table: &CodeTable, spot: Spot, columns: usize) -> usize {
    spot.plane.map_or(spot.codebook, |plane| (plane.column + columns) * table.codebooks() + spot.codebook)
}
