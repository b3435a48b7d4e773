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
//! first two bytes of every Devanagari letter, at rank 367. Where the left neighbour is whole in such a merge, the two
//! characters are one of some thousand pairs (33,000 of `o200k_base`), and a filter of these is asked: it may claim a pair
//! too many and never one too few. Other merges of parts are rare. For them a character has a bit that says whether some left neighbour
//! admits such a merge, a bit for the right, and two bits that say whether it is such a neighbour to some character.
//! Where a bit meets its counterpart, the character starts as bytes. All that is coarser than the truth, never finer. The
//! argument is about each character alone, so characters that start as bytes do not disturb the others.
//!
//! It holds for the first two bytes of a character of three as well: where they become a token by the merge of rank M and
//! every merge that holds bytes of them and bytes beside them has a higher rank, they start as this token. Scripts have a
//! page or two of characters, so these are among the first tokens of a vocabulary, and what could be in the way is
//! a merge of still lower rank. (With bits alone and without halves, new words of scripts of three bytes started as 11.7
//! symbols with `o200k_base`; now as 9.4.)

use rustc_hash::{FxHashMap, FxHashSet};

use super::huge_pages::bring_near;
use super::merge_table::{MergeTable, NO_MERGE};
use crate::parallel;
use crate::vocabulary::{MAX_TEXT_ID, TextTokens};

/// The character is one token when its neighbours do not object.
const ATOMIC: u32 = MAX_TEXT_ID;
/// Some end of a left neighbour takes a beginning of this character away.
const LEFT_SENSITIVE: u32 = MAX_TEXT_ID << 1;
/// The first two bytes of the character are one token when the left neighbour does not object.
const HALF: u32 = MAX_TEXT_ID << 2;
/// Some right neighbour takes an end of this character away.
const RIGHT_SENSITIVE: u32 = MAX_TEXT_ID << 3;
/// As a left neighbour it may object to any character, to one that is [`LEFT_SENSITIVE`], to a [`HALF`]: each the bit of
/// what it objects to, [`OBJECTS`] places higher.
const TAKES_ALL: u32 = ATOMIC << OBJECTS;
const TAKES_RIGHT: u32 = LEFT_SENSITIVE << OBJECTS;
const TAKES_HALF: u32 = HALF << OBJECTS;
/// Takes an end of some character to its left away.
const TAKES_LEFT: u32 = RIGHT_SENSITIVE << OBJECTS;
const OBJECTS: u32 = 4;
/// What is assumed of a character outside the basic plane.
const UNKNOWN: Character = Character { code: 0, entry: TAKES_ALL | TAKES_HALF | TAKES_LEFT };
/// Stands before and behind a word.
const NOTHING: Character = Character { code: 0, entry: 0 };

/// Characters that a thread looks at at once.
const PAGE: usize = 1 << 12;

const CHARACTERS: usize = 1 << 16;
/// First two bytes of characters of three, by their bits. What would be those of characters below U+0800 are of none.
const HALVES: usize = 1 << 10;
const FIRST_HALF: usize = 0x800 >> 6;
/// Bits of the filter of pairs; for `o200k_base` one in sixteen of them is set.
const TAKEN_BITS: u32 = 19;
const TAKEN: usize = 1 << (TAKEN_BITS - 5);

/// What characters start as.
#[derive(Debug)]
pub(super) struct Seeds {
    byte_ids: [u32; 256],
    /// For each character of the basic plane, the token that it starts as, and the bits above.
    characters: Vec<u32>,
    /// By the first two bytes of characters of three, their token if they have one.
    halves: Vec<u32>,
    /// Whether a left character may take a beginning of a right one away, or all of it: a filter.
    taken: Vec<u32>,
}

/// A character of the basic plane, and its entry.
#[derive(Clone, Copy)]
struct Character {
    code: u16,
    entry: u32,
}

impl Seeds {
    pub(super) fn new(text: &TextTokens, merges: &MergeTable, threads: usize) -> Self {
        let outer = OuterMerges::of(text, merges);
        let of_page = |page| (PAGE * page..PAGE * (page + 1)).map(|code| outer.taking(code as u32)).collect::<Vec<_>>();
        let characters = parallel::map(threads, CHARACTERS / PAGE, of_page).concat();
        let mut seeds = Self { byte_ids: *text.byte_ids(), characters, halves: vec![0; HALVES], taken: vec![0; TAKEN] };
        let mut atoms = Atoms::default();
        for (id, bytes) in text.iter().filter(|(_, bytes)| matches!(bytes.len(), 2 | 3)) {
            let Some(character) = single_character(bytes) else { continue };
            let Some((symbol, highest)) = encode_alone(bytes, text, merges) else { continue };
            if symbol == id && highest < lowest(&outer.whole, bytes) {
                seeds.characters[character as usize] |= id | ATOMIC | outer.sensitivity(bytes, highest);
                atoms.add(bytes, character as u16, highest);
            }
        }
        atoms.sort();
        for (rank, product) in merges.ranked_products() {
            seeds.take(text.get(product), rank, &atoms);
        }
        for half in FIRST_HALF..HALVES {
            seeds.halve(half, merges, &outer);
        }
        seeds
    }

    /// Notes which characters a merge takes away from which left neighbours.
    fn take(&mut self, product: &[u8], rank: u32, atoms: &Atoms) {
        for_each_border(product, |left, right| {
            let left =
                single_character(left).filter(|_| right[0] >= 0x80).and_then(|left| u16::try_from(left as u32).ok());
            let Some(left) = left else { return };
            for right in atoms.taken_by(right, rank) {
                let (word, bit) = place(left, right);
                self.taken[word] |= bit;
            }
        });
    }

    /// Lets characters with these first two bytes start as them where nothing inside is in the way.
    fn halve(&mut self, half: usize, merges: &MergeTable, outer: &OuterMerges) {
        let Some(rank) = outer.halves[half] else { return };
        self.halves[half] = merges.product(rank);
        let bytes = half_bytes(half);
        for last in 0..64 {
            let character = [bytes[0], bytes[1], 0x80 | last];
            if rank < lowest(&outer.inner, &character).min(lowest(&outer.inner, &character[1..])) {
                self.characters[half << 6 | usize::from(last)] |= HALF;
            }
        }
    }

    /// The seeds of the merges of ranks below `limit`, where a rank is the id of a token. Fewer merges object to no more
    /// characters.
    pub(super) fn below(&self, limit: u32) -> Self {
        let keep = |code: usize| {
            let entry = self.characters[code];
            let lost = if entry & ATOMIC != 0 && entry & (ATOMIC - 1) >= limit { ATOMIC } else { 0 };
            entry & !(lost | if self.halves[code >> 6 & (HALVES - 1)] >= limit { HALF } else { 0 })
        };
        let characters = (0..CHARACTERS).map(keep).collect();
        Self { byte_ids: self.byte_ids, characters, halves: self.halves.clone(), taken: self.taken.clone() }
    }

    pub(super) fn bring_near(&self) {
        for numbers in [&self.characters, &self.halves, &self.taken] {
            bring_near(numbers);
        }
    }

    /// The array that [`Self::from_array`] takes.
    pub(super) fn array(&self) -> Vec<u32> {
        [&self.characters[..], &self.halves, &self.taken].concat()
    }

    /// The seeds of this array; `None` when a character starts as something else than tokens of `text` with its bytes.
    pub(super) fn from_array(mut characters: Vec<u32>, text: &TextTokens) -> Option<Self> {
        if characters.len() != CHARACTERS + HALVES + TAKEN {
            return None;
        }
        let taken = characters.split_off(CHARACTERS + HALVES);
        let halves = characters.split_off(CHARACTERS);
        let is_seed = |(&entry, code): (&u32, u32)| {
            let mut buffer = [0; 4];
            let Some(character) = char::from_u32(code) else { return entry & (ATOMIC | HALF) == 0 };
            let bytes = character.encode_utf8(&mut buffer).as_bytes();
            let is_half = || bytes.len() == 3 && text.get(halves[code as usize >> 6 & (HALVES - 1)]) == &bytes[..2];
            (entry & ATOMIC == 0 || text.get(entry & (ATOMIC - 1)) == bytes) && (entry & HALF == 0 || is_half())
        };
        let are_seeds = characters.iter().zip(0..).all(is_seed);
        are_seeds.then(|| Self { byte_ids: *text.byte_ids(), characters, halves, taken })
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
        let mut left = bytes[..ascii].last().map_or(NOTHING, |&byte| self.character(byte.into()));
        let mut start = ascii;
        while start < bytes.len() {
            let (end, own) = self.read(bytes, start);
            let mut objections = left.entry >> OBJECTS & own.entry;
            if own.entry & RIGHT_SENSITIVE != 0 && self.read(bytes, end).1.entry & TAKES_LEFT != 0 {
                objections |= ATOMIC;
            }
            // (To look up and write all that a character may start as, without a branch that asks which, was no faster.)
            let (word, bit) = place(left.code, own.code);
            let is_taken = self.taken[word] & bit != 0 || objections & (ATOMIC | LEFT_SENSITIVE) != 0;
            if own.entry & ATOMIC != 0 && !is_taken {
                if room < 1 {
                    break;
                }
                room -= 1;
                emit(own.entry & (MAX_TEXT_ID - 1));
            } else if own.entry & HALF != 0 && objections & HALF == 0 {
                if room < 2 {
                    break;
                }
                room -= 2;
                emit(self.halves[usize::from(own.code) >> 6 & (HALVES - 1)]);
                emit(self.byte_ids[usize::from(bytes[end - 1])]);
            } else {
                if room < end - start {
                    break;
                }
                room -= end - start;
                bytes[start..end].iter().for_each(|&byte| emit(self.byte_ids[usize::from(byte)]));
            }
            (left, start) = (own, end);
        }
        start
    }

    #[inline]
    fn character(&self, code: u16) -> Character {
        Character { code, entry: self.characters[usize::from(code)] }
    }

    /// The end of the character at `start`, and what is known of it; nothing at the end of the word.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "called for every character, and from several places since words have windows"
    )]
    fn read(&self, bytes: &[u8], start: usize) -> (usize, Character) {
        let rest = bytes.get(start..).unwrap_or_default();
        let low = |byte: u8| u16::from(byte & 0x3F);
        match *rest {
            [lead @ ..0x80, ..] => (start + 1, self.character(lead.into())),
            [lead @ 0xE0..=0xEF, second, third, ..] => {
                (start + 3, self.character(u16::from(lead) << 12 | low(second) << 6 | low(third)))
            }
            [lead @ 0xC0..=0xDF, second, ..] => (start + 2, self.character(u16::from(lead & 0x1F) << 6 | low(second))),
            [] => (start, NOTHING),
            [0xF0..=0xFF, ..] => (bytes.len().min(start + 4), UNKNOWN),
            // A byte of a character that began before the window.
            _ => (start + 1, UNKNOWN),
        }
    }
}

/// Where the filter keeps a pair.
#[inline]
fn place(left: u16, right: u16) -> (usize, u32) {
    let pair = u32::from(left) << 16 | u32::from(right);
    let hash = pair.wrapping_mul(0x9E37_79B1) >> (32 - TAKEN_BITS);
    (hash as usize >> 5, 1 << (hash & 31))
}

/// Characters that may start as themselves, by each of their beginnings, with the highest rank on the way to them.
#[derive(Default)]
struct Atoms {
    by_beginning: FxHashMap<Part, Vec<(u32, u16)>>,
}

impl Atoms {
    fn add(&mut self, bytes: &[u8], code: u16, highest: u32) {
        for end in 1..=bytes.len() {
            self.by_beginning.entry(part(&bytes[..end])).or_default().push((highest, code));
        }
    }

    fn sort(&mut self) {
        self.by_beginning.values_mut().for_each(|atoms| atoms.sort_unstable_by(|one, other| other.cmp(one)));
    }

    /// Those of which a merge of this rank takes `beginning` away before they are whole.
    fn taken_by(&self, beginning: &[u8], rank: u32) -> impl Iterator<Item = u16> {
        let atoms = self.by_beginning.get(&part(beginning)).map_or(&[][..], Vec::as_slice);
        atoms.iter().take_while(move |(highest, _)| *highest >= rank).map(|&(_, code)| code)
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

/// The outer merges of a vocabulary, but for those that are in the filter of pairs.
#[derive(Default)]
struct OuterMerges {
    /// By a whole character that a product has beside something else, other than a whole character to its left.
    whole: Ranks,
    /// By the beginning of a character that a product has behind the end of another.
    beginnings: Ranks,
    /// By the end of a character that a product starts with.
    ends: Ranks,
    /// The ends of characters before those beginnings.
    before: FxHashSet<Part>,
    /// What stands behind those ends: a character, or the beginning of one.
    behind: FxHashSet<Part>,
    /// By all but the first byte of a character of three, with the first or without: of all products that hold them.
    inner: Ranks,
    /// By the first two bytes of characters of three, the rank of the merge of these.
    halves: Vec<Option<u32>>,
    /// What products have before a character of three bytes, or a beginning of one, whose half is not yet made then.
    before_halves: FxHashSet<Part>,
}

impl OuterMerges {
    fn of(text: &TextTokens, merges: &MergeTable) -> Self {
        let rank_of = |half| {
            let [first, second] = half_bytes(half).map(|byte| text.byte_ids()[usize::from(byte)]);
            Some(merges.rank(first, second)).filter(|rank| *rank != NO_MERGE)
        };
        let mut outer = Self {
            halves: (0..HALVES).map(|half| rank_of(half).filter(|_| half >= FIRST_HALF)).collect(),
            ..Self::default()
        };
        for (rank, product) in merges.ranked_products() {
            outer.add(text.get(product), rank);
        }
        outer
    }

    fn add(&mut self, product: &[u8], rank: u32) {
        if product.is_ascii() {
            return;
        }
        let first = &product[..first_part(product)];
        if is_inner(first) {
            note(&mut self.inner, first, rank);
        }
        if first[0] >= 0x80 && first.len() < product.len() {
            let behind = &product[first.len()..];
            if single_character(first).is_some() {
                note(&mut self.whole, first, rank);
            } else {
                note(&mut self.ends, first, rank);
                self.behind.insert(part(&behind[..first_part(behind)]));
            }
        }
        let mut rest = product.len() - first.len();
        for_each_border(product, |left, right| {
            rest -= right.len();
            if right[0] < 0x80 {
                return;
            }
            if is_inner(right) {
                note(&mut self.inner, right, rank);
            }
            if Some(rank) <= self.last_half(right) {
                self.before_halves.insert(part(left));
            }
            let is_whole = single_character(right).is_some();
            let is_left_whole = single_character(left).is_some();
            if is_whole && (rest > 0 || !is_left_whole) {
                note(&mut self.whole, right, rank);
            }
            if !is_whole && !is_left_whole {
                note(&mut self.beginnings, right, rank);
                self.before.insert(part(left));
            }
        });
    }

    /// The highest rank of the halves that a character may have which begins like this.
    fn last_half(&self, beginning: &[u8]) -> Option<u32> {
        match *beginning {
            [first @ 0xE0..=0xEF] => self.halves[usize::from(first & 0xF) << 6..][..64].iter().copied().max().flatten(),
            [first @ 0xE0..=0xEF, second, ..] => {
                self.halves[usize::from(first & 0xF) << 6 | usize::from(second & 0x3F)]
            }
            _ => None,
        }
    }

    /// What the character with this code point takes away. Surrogates never occur and get any.
    fn taking(&self, code: u32) -> u32 {
        let mut buffer = [0; 4];
        let character = char::from_u32(code).unwrap_or_default();
        let bytes: &[u8] = character.encode_utf8(&mut buffer).as_bytes();
        let takes_right = (1..bytes.len()).any(|cut| self.before.contains(&part(&bytes[cut..])));
        let takes_left = (1..=bytes.len()).any(|cut| self.behind.contains(&part(&bytes[..cut])));
        let takes_half = (0..bytes.len()).any(|cut| self.before_halves.contains(&part(&bytes[cut..])));
        (u32::from(takes_right) * TAKES_RIGHT)
            | (u32::from(takes_left) * TAKES_LEFT)
            | (u32::from(takes_half) * TAKES_HALF)
    }

    /// `LEFT_SENSITIVE` and `RIGHT_SENSITIVE` of a character that is whole after merges up to rank `highest`.
    fn sensitivity(&self, character: &[u8], highest: u32) -> u32 {
        let mut cuts = 1..character.len();
        let left = cuts.clone().any(|cut| lowest(&self.beginnings, &character[..cut]) <= highest);
        let right = cuts.any(|cut| lowest(&self.ends, &character[cut..]) <= highest);
        (u32::from(left) * LEFT_SENSITIVE) | (u32::from(right) * RIGHT_SENSITIVE)
    }
}

/// Whether a part holds the last two bytes of a character of three.
fn is_inner(part: &[u8]) -> bool {
    match *part {
        [0xE0..=0xEF, _, _] => true,
        [first, _] => first & 0xC0 == 0x80,
        _ => false,
    }
}

/// The first two bytes of characters of three, by their number.
fn half_bytes(half: usize) -> [u8; 2] {
    [0xE0 | (half >> 6) as u8, 0x80 | (half & 0x3F) as u8]
}

/// Calls `visit` with every two parts of a token that lie side by side: characters, or ends or beginnings of them.
fn for_each_border<'p>(product: &'p [u8], mut visit: impl FnMut(&'p [u8], &'p [u8])) {
    let (mut left, mut rest) = product.split_at(first_part(product));
    while !rest.is_empty() {
        let (right, behind) = rest.split_at(first_part(rest));
        visit(left, right);
        (left, rest) = (right, behind);
    }
}

/// Length of the character, or part of one, that `bytes` start with: up to the next byte that is no continuation byte.
fn first_part(bytes: &[u8]) -> usize {
    1 + bytes.iter().skip(1).take_while(|byte| **byte & 0xC0 == 0x80).count()
}
