//! The ids of many texts as a rectangle.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// Names by which vocabularies call the token that fills up a row: ours; T5, Gemma and Llama; BERT; GPT-NeoX; Llama 3.1.
const PAD_NAMES: [&str; 5] = ["<|pad|>", "<pad>", "[PAD]", "<|padding|>", "<|finetune_right_pad_id|>"];

/// The id of the special token that is for padding, if there is one.
#[must_use]
pub fn pad_id(special_tokens: &BTreeMap<String, u32>) -> Option<u32> {
    PAD_NAMES.iter().find_map(|&name| special_tokens.get(name).copied())
}

/// An end of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Its start.
    Left,
    /// Its end.
    Right,
}

/// What a rectangle of ids looks like.
#[derive(Clone, Copy, Debug)]
pub struct Padding {
    /// Ids of a row; without it, those of the longest text.
    pub length: Option<usize>,
    /// What fills a row up.
    pub pad_id: u32,
    /// Where it is filled up.
    pub side: Side,
    /// Where a text that is too long loses ids; without it such a text is an error.
    pub truncate: Option<Side>,
}

/// Rows of ids, all of one length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<T> {
    /// Number of rows, number of ids in each.
    pub shape: [usize; 2],
    /// Row after row.
    pub ids: Vec<T>,
    /// True for ids of a text, false for padding.
    pub mask: Vec<bool>,
}

/// Text `i` has `ids[offsets[i]..offsets[i + 1]]` and becomes row `i`. O(size of the result), which holds
/// `size_of::<T>() + 1` bytes for every place.
///
/// # Errors
/// [`Error::Argument`] for a text that is too long, for offsets that do not fit the ids, and for a rectangle that memory
/// does not hold.
pub fn padded<T: Copy + From<u32>>(ids: &[u32], offsets: &[i64], padding: Padding) -> Result<Rows<T>> {
    let texts = texts(ids, offsets)?;
    let length = padding.length.unwrap_or_else(|| texts.iter().map(|text| text.len()).max().unwrap_or(0));
    let mut rows = empty([texts.len(), length])?;
    for (index, &text) in texts.iter().enumerate() {
        let kept = match padding.truncate {
            _ if text.len() <= length => text,
            Some(Side::Right) => &text[..length],
            Some(Side::Left) => &text[text.len() - length..],
            None => {
                return Err(Error::Argument(format!(
                    "text {index} of the batch has {} ids, and a row has length={length}; pass a larger length, or \
                     truncate=\"right\" or \"left\" to drop ids there",
                    text.len()
                )));
            }
        };
        push(&mut rows, kept, length - kept.len(), padding);
    }
    Ok(rows)
}

/// The ids of each text.
///
/// # Errors
/// [`Error::Argument`] for offsets that do not ascend from 0 or more to the number of ids or less.
pub fn texts<'i>(ids: &'i [u32], offsets: &[i64]) -> Result<Vec<&'i [u32]>> {
    let text = |(index, ends): (usize, &[i64])| {
        let range = usize::try_from(ends[0]).ok().zip(usize::try_from(ends[1]).ok());
        range.and_then(|(start, end)| ids.get(start..end)).ok_or_else(|| {
            let (start, end, count) = (ends[0], ends[1], ids.len());
            Error::Argument(format!("text {index} of the batch would be ids[{start}:{end}], and there are {count} ids"))
        })
    };
    offsets.windows(2).enumerate().map(text).collect()
}

fn empty<T>(shape: [usize; 2]) -> Result<Rows<T>> {
    let [rows, length] = shape;
    let (mut ids, mut mask) = (Vec::new(), Vec::new());
    let places = rows
        .checked_mul(length)
        .filter(|&places| ids.try_reserve_exact(places).is_ok() && mask.try_reserve_exact(places).is_ok());
    match places {
        Some(_) => Ok(Rows { shape, ids, mask }),
        None => Err(Error::Argument(format!(
            "{rows} rows of {length} ids take {} bytes a place, more memory than there is; pass a smaller length, or \
             fewer texts at a time",
            size_of::<T>() + 1
        ))),
    }
}

fn push<T: Copy + From<u32>>(rows: &mut Rows<T>, text: &[u32], spare: usize, padding: Padding) {
    let pad = |rows: &mut Rows<T>| {
        rows.ids.resize(rows.ids.len() + spare, T::from(padding.pad_id));
        rows.mask.resize(rows.mask.len() + spare, false);
    };
    if padding.side == Side::Left {
        pad(rows);
    }
    rows.ids.extend(text.iter().map(|&id| T::from(id)));
    rows.mask.resize(rows.mask.len() + text.len(), true);
    if padding.side == Side::Right {
        pad(rows);
    }
}
