//! Places that tiles cover ahead of where a sequence is.

use std::collections::VecDeque;

use super::table::CodeTable;

/// The codes that are known before their turn. In time there is a track for each codebook, in a plane for each column of each
/// codebook.
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

    /// Whether no code of this track is known.
    #[must_use]
    pub fn is_empty(&self, track: usize) -> bool {
        self.codes == 0 || self.tracks.get(track).is_none_or(VecDeque::is_empty)
    }

    /// The next code of a track, by its place in the block.
    pub fn take(&mut self, track: usize) -> Option<u32> {
        let code = self.tracks.get_mut(track)?.pop_front()?;
        self.codes -= 1;
        Some(code)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether a symbol of a codebook can stand on a track whose next code is not known, and which is the one after so many
    /// codes. In a plane, `room` are the columns and rows from there on; in time it is `None`.
    ///
    /// # Errors
    /// Why not.
    pub fn fits(
        &self,
        table: &CodeTable,
        symbol: u32,
        codebook: usize,
        (track, place): (usize, usize),
        room: Option<(usize, usize)>,
    ) -> Result<(), String> {
        let extent = table.symbols().extent(symbol).ok_or("is no symbol of the codes and merges that there are")?;
        if extent.codebook as usize != codebook {
            return Err(format!("is of codebook {}, and one of codebook {codebook} must follow", extent.codebook));
        }
        let Some((columns, rows)) = room else {
            return if table.may_begin(extent, place) {
                Ok(())
            } else {
                Err(format!("stands for {} codes, which from here on are no whole frames", extent.width))
            };
        };
        let (height, width) = (extent.height as usize, extent.width as usize);
        if width > columns || height > rows {
            return Err(format!("covers {height} x {width} cells, which reach over the border of the image"));
        }
        // A row that is free here is free below: what covers it there came before, and covers it here too.
        if (track..track + width).any(|track| !self.is_empty(track)) {
            return Err(format!("covers {height} x {width} cells, of which some are covered already"));
        }
        Ok(())
    }

    /// Puts a symbol where it [fits](Self::fits).
    ///
    /// # Errors
    /// Those of [`Self::fits`].
    pub fn lay(
        &mut self,
        table: &CodeTable,
        symbol: u32,
        codebook: usize,
        (track, place): (usize, usize),
        room: Option<(usize, usize)>,
    ) -> Result<(), String> {
        self.fits(table, symbol, codebook, (track, place), room)?;
        let is_plane = room.is_some();
        table.for_each_code(symbol, |row, column, code| {
            let track = if is_plane { track + column as usize } else { track };
            if self.tracks.len() <= track {
                self.tracks.resize(track + 1, VecDeque::new());
            }
            debug_assert!(!is_plane || self.tracks[track].len() == row as usize, "rows come from the top down");
            self.tracks[track].push_back(code);
            self.codes += 1;
        });
        Ok(())
    }
}
