//! What makes codes a segment of their medium, before any of their ids is written.

use super::write::{Segment, Writer};
use crate::error::{Error, Result};
use crate::grammar::Medium;
use crate::vocabulary::Order;

impl Writer {
    /// The number of ids of a segment that is no text, once it is sure that they can be written.
    pub(super) fn check(&self, segment: Segment, weight: f32) -> Result<usize> {
        if let Segment::Audio { medium, .. } | Segment::Image { medium, .. } = segment
            && let Some(most) = self.weights[medium].iter().find(|factor| !(weight * **factor).is_finite())
        {
            return Err(Error::Argument(format!(
                "its codes count {weight:?} times {most:?} in the loss, which is too much"
            )));
        }
        match segment {
            Segment::Text(_) | Segment::Special(_) => Ok(1),
            Segment::Audio { medium, voice, codes } => {
                let medium = &self.grammar.media()[medium];
                check_kind(medium, medium.layout.rate.is_some(), "images, and these are codes of audio")?;
                let frames = frames(medium, codes)?;
                for (codebook, of_codebook) in codes.iter().enumerate() {
                    check_codes(medium, codebook, of_codebook.iter())?;
                }
                let length = medium.pattern.length(frames as u64).and_then(|length| usize::try_from(length).ok());
                length.and_then(|length| length.checked_add(2 + usize::from(voice.is_some()))).ok_or_else(|| {
                    Error::Argument(format!("{frames} frames of {:?} have more ids than memory can hold", medium.name))
                })
            }
            Segment::Image { medium, height, width, codes } => {
                let medium = &self.grammar.media()[medium];
                check_kind(medium, medium.layout.patch.is_some(), "audio, and these are codes of an image")?;
                let (cells, places) = (u64::from(height) * u64::from(width), medium.places.len());
                if cells == 0 || cells.saturating_mul(places as u64) != codes.len() as u64 {
                    let found = codes.len();
                    return Err(Error::Argument(format!(
                        "an image of {:?} has {height} x {width} cells of {places} codes, and there are {found} codes",
                        medium.name
                    )));
                }
                let extra = self.check_size(medium, height, width)?;
                for codebook in 0..places {
                    check_codes(medium, codebook, codes.iter().skip(codebook).step_by(places))?;
                }
                Ok(2 + extra + codes.len())
            }
        }
    }

    /// The number of ids for the size of an image, once it is sure that there are images of that size.
    fn check_size(&self, medium: &Medium, height: u32, width: u32) -> Result<usize> {
        let refuse = |most: &str, [rows, columns]: [u32; 2]| {
            let found = format!("the image has {height} x {width} cells");
            Err(Error::Argument(format!("{found}, and those of {:?} have {most}{rows} x {columns}", medium.name)))
        };
        match (medium.layout.layout, medium.layout.grid) {
            (Some(order), _) if order.is_sized() => {
                self.sizes(height, width).map(|_| 2 + if order.has_row_marks() { height as usize - 1 } else { 0 })
            }
            (Some(Order::Raster), Some(grid)) if grid != [height, width] => refuse("", grid),
            (Some(Order::Rows), Some(grid)) if height > grid[0] || width > grid[1] => refuse("up to ", grid),
            (Some(Order::Rows), _) => Ok(height as usize - 1),
            _ => Ok(0),
        }
    }
}

/// Frames of audio whose codebooks all have their codes.
pub(super) fn frames(medium: &Medium, codes: &[&[u32]]) -> Result<usize> {
    let codebooks = medium.layout.codebooks.len();
    if codes.len() != codebooks {
        let found = codes.len();
        return Err(Error::Argument(format!(
            "{:?} has {codebooks} codebooks, and there are codes of {found}",
            medium.name
        )));
    }
    let times = |codebook: usize| medium.layout.codes_a_frame(codebook);
    let frames = codes.first().map_or(0, |first| first.len() / times(0));
    for (codebook, of_codebook) in codes.iter().enumerate() {
        if of_codebook.len() != frames * times(codebook) {
            return Err(Error::Argument(format!(
                "{frames} frames of {:?} have {} codes of codebook {codebook}, and there are {}",
                medium.name,
                frames * times(codebook),
                of_codebook.len()
            )));
        }
    }
    Ok(frames)
}

/// Refuses codes in time where they lie in a plane, and the other way round.
fn check_kind(medium: &Medium, is_right: bool, found: &str) -> Result<()> {
    if is_right { Ok(()) } else { Err(Error::Argument(format!("{:?} holds codes of {found}", medium.name))) }
}

fn check_codes<'c>(medium: &Medium, codebook: usize, mut codes: impl Iterator<Item = &'c u32>) -> Result<()> {
    let size = medium.layout.codebooks[codebook];
    match codes.position(|&code| code >= size) {
        Some(index) => Err(Error::Argument(format!(
            "code {index} of codebook {codebook} of {:?} is not below {size}, the number of its codes; was it made by another \
             codec, or does it belong to another codebook?",
            medium.name
        ))),
        None => Ok(()),
    }
}
