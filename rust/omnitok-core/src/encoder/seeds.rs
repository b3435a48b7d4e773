//! The symbols that a word starts from.
//!
//! Merging starts from bytes. A character of two or three bytes that always becomes one token first can just as well
//! start as that token, which saves two thirds of the work on Chinese, Japanese and Indic text. Whether it always does
//! depends on the vocabulary, and is proved for each character when the vocabulary is loaded:
//!
//! Let a character c become one token when it is encoded alone, by merges of rank at most M. Call a merge *outer* for c
//! when its product holds bytes of c and bytes beside c: all of c and a neighbour, or a beginning of c behind the end
//! of its left neighbour, or an end of c before the beginning of its right neighbour. If every outer merge that the
//! neighbours admit has a rank above M, then as long as c is in parts, some merge inside c has a lower rank than every
//! merge across its border and is done first; and no merge of the whole c with anything is preferred to what goes on
//! elsewhere before c is whole. So the bytes become c, and the rest goes as if they had been c from the start.
//!
//! Merges of the whole c are rarely in the way. Merges of parts are: `o200k_base` has " \xE0\xA4", a space and the
//! first two bytes of every Devanagari letter, at rank 367. So a character also has a bit that says whether some left
//! neighbour admits such a merge, a bit for the right, and two bits that say whether it is such a neighbour to some
//! character. Where a bit meets its counterpart, the character starts as bytes. That is coarser than the truth, never
//! finer. The argument is about each character alone, so characters that start as bytes do not disturb the others.

use rustc_hash::{FxHashMap, FxHashSet};

use super::merge_table::{MergeTable, NO_MERGE};
use crate::parallel;
use crate::vocabulary::{MAX_TEXT_ID, TextTokens};

/// The character is one token when its neighbours do not object.
const ATOMIC: u32 = MAX_TEXT_ID;
/// Some left neighbour takes a beginning of this character away.
const LEFT_SENSITIVE: u32 = MAX_TEXT_ID << 1;
/// Some right neighbour takes an end of this character away.
const RIGHT_SENSITIVE: u32 = MAX_TEXT_ID << 2;
/// Takes a beginning of some character to its right away.
const TAKES_RIGHT: u32 = MAX_TEXT_ID << 3;
/// Takes an end of some character to its left away.
const TAKES_LEFT: u32 = MAX_TEXT_ID << 4;
/// What is assumed of a character outside the basic plane.
const UNKNOWN: u32 = TAKES_RIGHT | TAKES_LEFT;

/// Characters that a thread looks at at once.
const PAGE: usize = 1 << 12;

/// For each character of the basic plane, the token that it starts as, and the bits above.
#[derive(Debug)]
pub(super) struct Seeds {
    byte_ids: [u32; 256],
    characters: Vec<u32>,
}

impl Seeds {
    pub(super) fn new(text: &TextTokens, merges: &MergeTable, threads: usize) -> Self {
        let outer = OuterMerges::of(text, merges);
        let of_page = |page| (PAGE * page..PAGE * (page + 1)).map(|code| outer.taking(code as u32)).collect::<Vec<_>>();
        let mut characters = parallel::map(threads, (1 << 16) / PAGE, of_page).concat();
        for (id, bytes) in text.iter().filter(|(_, bytes)| matches!(bytes.len(), 2 | 3)) {
            let Some(character) = single_character(bytes) else { continue };
            let Some((symbol, highest)) = encode_alone(bytes, text, merges) else { continue };
            if symbol == id && highest < lowest(&outer.whole, bytes) {
                characters[character as usize] |= id | ATOMIC | outer.sensitivity(bytes, highest);
            }
        }
        Self { byte_ids: *text.byte_ids(), characters }
    }

    /// The seeds of the merges of ranks below `limit`, where a rank is the id of a token. Fewer merges object to no more
    /// characters.
    pub(super) fn below(&self, limit: u32) -> Self {
        let is_kept = |entry: u32| entry & ATOMIC == 0 || entry & (ATOMIC - 1) < limit;
        let kept = self.characters.iter().map(|&entry| if is_kept(entry) { entry } else { entry & !ATOMIC });
        Self { byte_ids: self.byte_ids, characters: kept.collect() }
    }

    /// The array that [`Self::from_array`] takes.
    pub(super) fn array(&self) -> &[u32] {
        &self.characters
    }

    /// The seeds of this array; `None` when a character starts as something else than a token of `text` with its bytes.
    pub(super) fn from_array(characters: Vec<u32>, text: &TextTokens) -> Option<Self> {
        let mut buffer = [0; 4];
        let mut is_seed = |(&entry, code): (&u32, u32)| {
            let bytes =
                |character: char| character.encode_utf8(&mut buffer).as_bytes() == text.get(entry & (ATOMIC - 1));
            entry & ATOMIC == 0 || char::from_u32(code).is_some_and(bytes)
        };
        let is_whole = characters.len() == 1 << 16 && characters.iter().zip(0..).all(&mut is_seed);
        is_whole.then(|| Self { byte_ids: *text.byte_ids(), characters })
    }

    /// Calls `emit` with the starting symbols of a beginning of `bytes`, at most `most` of them, and returns its length.
    /// Both may lie in the middle of a word: bytes of a character that began before come as bytes.
    ///
    /// A character at the end of a window may start as bytes because of a neighbour that the window does not hold. That
    /// is coarser than the truth too.
    #[inline]
    pub(super) fn start_window(&self, bytes: &[u8], most: usize, mut emit: impl FnMut(u32)) -> usize {
        // Most words begin with ASCII and most of those are nothing else. (A branch for every character that asks whether
        // it is ASCII made Chinese 6 % slower and English no faster than this.)
        let ascii = bytes.iter().take(most).take_while(|byte| byte.is_ascii()).count();
        for &byte in &bytes[..ascii] {
            emit(self.byte_ids[usize::from(byte)]);
        }
        let mut room = most - ascii;
        let mut left = bytes[..ascii].last().map_or(0, |&byte| self.characters[usize::from(byte)]);
        let mut start = ascii;
        let (mut end, mut entry) = self.read(bytes, start);
        while start < bytes.len() {
            let (next_end, right) = self.read(bytes, end);
            let objection = (left & TAKES_RIGHT != 0 && entry & LEFT_SENSITIVE != 0)
                || (right & TAKES_LEFT != 0 && entry & RIGHT_SENSITIVE != 0);
            let is_atomic = entry & ATOMIC != 0 && !objection;
            let symbols = if is_atomic { 1 } else { end - start };
            if symbols > room {
                break;
            }
            room -= symbols;
            if is_atomic {
                emit(entry & (MAX_TEXT_ID - 1));
            } else {
                bytes[start..end].iter().for_each(|&byte| emit(self.byte_ids[usize::from(byte)]));
            }
            (left, entry) = (entry, right);
            (start, end) = (end, next_end);
        }
        start
    }

    /// The end of the character at `start`, and what is known of it; nothing at the end of the word.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "called for every character, and from several places since words have windows"
    )]
    fn read(&self, bytes: &[u8], start: usize) -> (usize, u32) {
        let rest = bytes.get(start..).unwrap_or_default();
        let low = |byte: u8| usize::from(byte & 0x3F);
        match *rest {
            [lead @ ..0x80, ..] => (start + 1, self.characters[usize::from(lead)]),
            [lead @ 0xE0..=0xEF, second, third, ..] => {
                (start + 3, self.characters[usize::from(lead & 0x0F) << 12 | low(second) << 6 | low(third)])
            }
            [lead @ 0xC0..=0xDF, second, ..] => {
                (start + 2, self.characters[usize::from(lead & 0x1F) << 6 | low(second)])
            }
            [] => (start, 0),
            [0xF0..=0xFF, ..] => (bytes.len().min(start + 4), UNKNOWN),
            // A byte of a character that began before the window.
            _ => (start + 1, UNKNOWN),
        }
    }
}

fn single_character(bytes: &[u8]) -> Option<char> {
    let mut characters = std::str::from_utf8(bytes).ok()?.chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// The one symbol that `bytes` become, and the highest rank on the way; `None` when they stay several.
fn encode_alone(bytes: &[u8], text: &TextTokens, merges: &MergeTable) -> Option<(u32, u32)> {
    let mut symbols: Vec<u32> = bytes.iter().map(|&byte| text.byte_ids()[usize::from(byte)]).collect();
    let mut highest = 0;
    while symbols.len() > 1 {
        let ranks = symbols.windows(2).map(|pair| merges.rank(pair[0], pair[1]));
        let (rank, position) = ranks.zip(0..).min()?;
        if rank == NO_MERGE {
            return None;
        }
        highest = highest.max(rank);
        symbols.splice(position..position + 2, [merges.product(rank)]);
    }
    Some((symbols[0], highest))
}

/// A character or a part of one as a number: its bytes behind their count.
type Part = u64;

fn part(bytes: &[u8]) -> Part {
    bytes.iter().fold(bytes.len() as u64, |part, &byte| part << 8 | u64::from(byte))
}

/// Lowest ranks by what a product holds beside others.
type Ranks = FxHashMap<Part, u32>;

fn lowest(ranks: &Ranks, bytes: &[u8]) -> u32 {
    ranks.get(&part(bytes)).copied().unwrap_or(NO_MERGE)
}

fn note(ranks: &mut Ranks, bytes: &[u8], rank: u32) {
    let lowest = ranks.entry(part(bytes)).or_insert(rank);
    *lowest = rank.min(*lowest);
}

/// The outer merges of a vocabulary.
#[derive(Default)]
struct OuterMerges {
    /// By a whole character that a product has beside something else.
    whole: Ranks,
    /// By the beginning of a character that a product ends with.
    beginnings: Ranks,
    /// By the end of a character that a product starts with.
    ends: Ranks,
    /// What stands before those beginnings: a character, or the end of one.
    before: FxHashSet<Part>,
    /// What stands behind those ends: a character, or the beginning of one.
    behind: FxHashSet<Part>,
}

impl OuterMerges {
    fn of(text: &TextTokens, merges: &MergeTable) -> Self {
        let mut outer = Self::default();
        for (rank, product) in merges.ranked_products() {
            outer.add(text.get(product), rank);
        }
        outer
    }

    fn add(&mut self, product: &[u8], rank: u32) {
        if product.is_ascii() {
            return;
        }
        let mut before: Option<&[u8]> = None;
        let mut rest = product;
        while !rest.is_empty() {
            let (bytes, behind) = rest.split_at(first_part(rest));
            let is_alone = before.is_none() && behind.is_empty();
            if bytes[0] >= 0x80 && !is_alone {
                if single_character(bytes).is_some() {
                    note(&mut self.whole, bytes, rank);
                } else if let Some(before) = before {
                    note(&mut self.beginnings, bytes, rank);
                    self.before.insert(part(before));
                } else {
                    note(&mut self.ends, bytes, rank);
                    self.behind.insert(part(&behind[..first_part(behind)]));
                }
            }
            (before, rest) = (Some(bytes), behind);
        }
    }

    /// `TAKES_RIGHT` and `TAKES_LEFT` of the character with this code point. Surrogates never occur and get any.
    fn taking(&self, code: u32) -> u32 {
        let mut buffer = [0; 4];
        let character = char::from_u32(code).unwrap_or_default();
        let bytes: &[u8] = character.encode_utf8(&mut buffer).as_bytes();
        let takes_right = (0..bytes.len()).any(|cut| self.before.contains(&part(&bytes[cut..])));
        let takes_left = (1..=bytes.len()).any(|cut| self.behind.contains(&part(&bytes[..cut])));
        (u32::from(takes_right) * TAKES_RIGHT) | (u32::from(takes_left) * TAKES_LEFT)
    }

    /// `LEFT_SENSITIVE` and `RIGHT_SENSITIVE` of a character that is whole after merges up to rank `highest`.
    fn sensitivity(&self, character: &[u8], highest: u32) -> u32 {
        let mut cuts = 1..character.len();
        let left = cuts.clone().any(|cut| lowest(&self.beginnings, &character[..cut]) <= highest);
        let right = cuts.any(|cut| lowest(&self.ends, &character[cut..]) <= highest);
        (u32::from(left) * LEFT_SENSITIVE) | (u32::from(right) * RIGHT_SENSITIVE)
    }
}

/// Length of the character, or part of one, that `bytes` start with: up to the next byte that is no continuation byte.
fn first_part(bytes: &[u8]) -> usize {
    1 + bytes.iter().skip(1).take_while(|byte| **byte & 0xC0 == 0x80).count()
}
