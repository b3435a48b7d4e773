use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::encoder::Rules;
use crate::splitter::Splitter;
use crate::vocabulary::{TextTokens, Vocabulary};

const KEY: [u8; super::KEY] = [7; super::KEY];
const TEXTS: [&str; 6] = [
    "",
    "abababab the abcabc, and aabbcc",
    "naïve čeština, éèéè",
    "नमस्ते दुनिया किताब कखग",
    "中文为中丮为 日本語",
    "👍👎💍 \u{FFFD}\n\n\0",
];

/// Tokens over all bytes with some of several characters, of parts of characters, and two that merging does not make.
fn encoder(is_listed: bool) -> Encoder {
    let words =
        ["ab", "abab", "abc", "aa", "é", "è", "éè", "क", "\u{915}\u{93f}", "中", "中文", "为", "👍", " the", "the"];
    let mut tokens: Vec<Vec<u8>> = (0..=255_u8).map(|byte| vec![byte]).collect();
    tokens.extend([&b"\xE0\xA4"[..], b" \xE0\xA4", b"\xC3", b"\xE4\xB8", b"th", b" t", b"xyz"].map(<[u8]>::to_vec));
    tokens.extend(words.map(|word| word.as_bytes().to_vec()));
    let mut seen = std::collections::HashSet::new();
    tokens.retain(|token| seen.insert(token.clone()));
    let tokens: Vec<(u32, &[u8])> = (0..).zip(tokens.iter().map(Vec::as_slice)).collect();
    let text = Arc::new(TextTokens::new(&tokens).expect("tokens that can exist"));
    let id = |bytes: &[u8]| text.id(bytes).expect("a token");
    let pairs = [("a", "b"), ("ab", "ab"), ("ab", "c"), ("t", "h"), ("th", "e"), (" t", "h"), ("a", "a"), (" ", "t")];
    let merges = is_listed.then(|| {
        let made = pairs.iter().filter(|(left, right)| text.id(format!("{left}{right}").as_bytes()).is_some());
        made.map(|(left, right)| (id(left.as_bytes()), id(right.as_bytes()))).collect()
    });
    let rules = Rules { merges, whole_words: true, normalizer: None };
    let vocabulary = Vocabulary::from_text(text, BTreeMap::new()).expect("a vocabulary");
    Encoder::new(Arc::new(vocabulary), Splitter::new("o200k").expect("a name"), rules).expect("merges that fit")
}

fn source(is_listed: bool) -> Source<'static> {
    let merges = is_listed.then_some("merges");
    Source { path: Path::new("ranks"), size: 1 << 16, ranks: "ranks", merges, whole_words: true }
}

fn written(arrays: &Arrays) -> Vec<u8> {
    let mut bytes = Vec::new();
    let writer = Writer { file: &mut bytes, sum: Hasher::new(), buffer: Vec::new() };
    writer.form(&KEY, arrays).expect("memory is there");
    bytes
}

fn opened(bytes: &[u8], is_listed: bool) -> Option<Compiled> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("form");
    fs::write(&path, bytes).expect("a file");
    read(&path, &KEY, &source(is_listed))
}

fn assembled(compiled: Compiled) -> Encoder {
    let vocabulary = |text| Vocabulary::from_text(text, BTreeMap::new());
    let rules = Rules { whole_words: true, ..Rules::default() };
    Encoder::from_compiled(compiled, vocabulary, Splitter::new("o200k").expect("a name"), &rules).expect("an encoder")
}

/// Where the header, each array and the checksum end.
fn borders(arrays: &Arrays) -> Vec<usize> {
    let sizes = lengths(arrays).into_iter().zip(SIZES).map(|(length, size)| (length * size) as usize);
    let parts = [MAGIC.len(), super::KEY, ARRAYS * 8].into_iter().chain(sizes).chain([CHECKSUM]);
    let end = |end: &mut usize, size| {
        *end += size;
        Some(*end)
    };
    parts.scan(0, end).collect()
}

#[test]
fn what_is_written_is_read_again() {
    for is_listed in [false, true] {
        let encoder = encoder(is_listed);
        let arrays = encoder.arrays();
        assert!(!arrays.unreached.is_empty(), "some token is not made by merging");
        assert_eq!(is_listed, !arrays.products.is_empty());
        let again = assembled(opened(&written(&arrays), is_listed).expect("a compiled form"));
        assert_eq!(again.arrays(), arrays);
        assert_eq!(again.rules().merges, encoder.rules().merges);
        assert_eq!(again.vocabulary().blocks(), encoder.vocabulary().blocks());
        assert_eq!(again.vocabulary().text().byte_ids(), encoder.vocabulary().text().byte_ids());
        assert!(again.vocabulary().text().iter().all(|(id, bytes)| again.vocabulary().text().id(bytes) == Some(id)));
        for text in TEXTS {
            assert_eq!(again.encode_ordinary(text).expect("ids"), encoder.encode_ordinary(text).expect("ids"));
        }
    }
}

#[test]
fn the_layout_has_a_number() {
    let digest = |is_listed| sha256(&written(&encoder(is_listed).arrays())[HEADER..]);
    let expected = [
        "c1de2975f5481117f41e26b4bbb9b53a7bb7afbd9d11436d3676ec3ed482fb4b",
        "d3542b624e61dcd46e510f66e5a485082719275b3e875b7918dbc6329068f481",
    ];
    let advice = "the arrays of an encoder have changed: raise LAYOUT, and put the new digests here";
    assert_eq!((LAYOUT, [digest(false), digest(true)]), (5, expected.map(str::to_owned)), "{advice}");
}

#[test]
fn a_form_of_something_else_is_not_read() {
    let bytes = written(&encoder(false).arrays());
    assert!(opened(&bytes, true).is_none(), "it has no list of merges");
    assert!(opened(&written(&encoder(true).arrays()), false).is_none(), "it has one");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("form");
    fs::write(&path, &bytes).expect("a file");
    assert!(read(&path, &KEY, &source(false)).is_some());
    assert!(read(&path, &[8; super::KEY], &source(false)).is_none());
    assert!(read(&path, &KEY, &Source { size: 10, ..source(false) }).is_some(), "within the first MiB");
    assert!(read(folder.path(), &KEY, &source(false)).is_none(), "a folder");
    let keys = [
        source(false).key(),
        source(true).key(),
        Source { ranks: "others", ..source(false) }.key(),
        Source { whole_words: false, ..source(false) }.key(),
    ];
    assert!((0..4).all(|index| !keys[..index].contains(&keys[index])));
}

#[test]
fn a_form_that_is_cut_or_longer_is_not_read() {
    let encoder = encoder(true);
    let arrays = encoder.arrays();
    let bytes = written(&arrays);
    assert_eq!(borders(&arrays).last(), Some(&bytes.len()));
    for border in borders(&arrays) {
        for length in border.saturating_sub(9)..=border {
            assert_eq!(opened(&bytes[..length], true).is_some(), length == bytes.len(), "{length} bytes");
        }
    }
    assert!(opened(&[&bytes[..], b"\0"].concat(), true).is_none());
    assert!(opened(&[], true).is_none());
}

#[test]
fn a_flipped_bit_is_seen_wherever_it_is() {
    let encoder = encoder(true);
    let arrays = encoder.arrays();
    let mut bytes = written(&arrays);
    let near = borders(&arrays).into_iter().flat_map(|border| border.saturating_sub(2)..border + 2);
    let places: std::collections::BTreeSet<usize> =
        (0..HEADER).chain(near).filter(|place| *place < bytes.len()).collect();
    for place in places {
        bytes[place] ^= 1 << (place % 8);
        assert!(opened(&bytes, true).is_none(), "byte {place}");
        bytes[place] ^= 1 << (place % 8);
    }
    assert!(opened(&bytes, true).is_some());
}

#[test]
fn lengths_that_lie_ask_for_no_memory() {
    let bytes = written(&encoder(false).arrays());
    for array in 0..ARRAYS {
        for length in [0, 1, 1 << 40, u64::MAX / 8, u64::MAX] {
            let mut bytes = bytes.clone();
            let place = MAGIC.len() + super::KEY + 8 * array;
            bytes[place..place + 8].copy_from_slice(&length.to_le_bytes());
            let end = bytes.len() - CHECKSUM;
            let sum = crc32fast::hash(&bytes[..end]);
            bytes[end..].copy_from_slice(&sum.to_le_bytes());
            assert!(opened(&bytes, false).is_none() || array == 4 || array == 6, "array {array}, length {length}");
        }
    }
    // A file of 1 TiB without content.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("form");
    fs::write(&path, &bytes).expect("a file");
    if OpenOptions::new().write(true).open(&path).and_then(|file| file.set_len(1 << 40)).is_ok() {
        assert!(read(&path, &KEY, &source(false)).is_none());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn only_files_of_ours_are_opened() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("form");
    mknodat(CWD, &path, FileType::Fifo, Mode::RWXU, 0).expect("a pipe");
    assert!(open(&path).is_none(), "a pipe that nobody writes into");
    fs::remove_file(&path).expect("a pipe");
    std::os::unix::fs::symlink("/dev/zero", &path).expect("a link");
    assert!(open(&path).is_none(), "a device");
    fs::remove_file(&path).expect("a link");
    fs::write(&path, written(&encoder(false).arrays())).expect("a file");
    assert!(open(&path).is_some());
    // Only root can give files away.
    let give = |path: &Path, owner| std::os::unix::fs::chown(path, Some(owner), None).is_ok();
    if give(&path, 12345) {
        assert!(open(&path).is_none(), "a file of somebody else in a folder of ours");
        assert!(give(folder.path(), 12345));
        assert!(open(&path).is_some(), "a file of the owner of the folder");
    }
}

#[test]
fn the_first_place_that_takes_it_keeps_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ranks.tiktoken");
    let source = Source { path: &path, size: SMALLEST, ..source(false) };
    let cache = Some(folder.path().join("deep/cache"));
    let files = || {
        let entries = |folder: &Path| fs::read_dir(folder).map_or(0, Iterator::count);
        (folder.path().join(".ranks.tiktoken.compiled").exists(), entries(&folder.path().join("deep/cache")))
    };
    let kept = |source: &Source, places: &Places| {
        let made = std::cell::Cell::new(0);
        let assemble = |compiled: Option<Compiled>| {
            made.set(made.get() + u32::from(compiled.is_none()));
            Ok(compiled.map_or_else(|| encoder(false), assembled))
        };
        assert_eq!(load(source, places, assemble).expect("an encoder").arrays(), encoder(false).arrays());
        made.get() == 0
    };
    assert!(!kept(&source, &Places::NONE));
    assert!(!kept(&Source { size: SMALLEST - 1, ..source }, &Places { beside: true, folder: cache.clone() }));
    assert_eq!(files(), (false, 0));
    let both = Places { beside: true, folder: cache.clone() };
    assert!(!kept(&source, &both));
    assert_eq!(files(), (true, 0));
    assert!(kept(&source, &both));
    assert!(!kept(&Source { ranks: "others", ..source }, &both), "that of another source is replaced");
    assert!(!kept(&source, &both));
    assert!(kept(&source, &both));
    let inside = Places { beside: false, folder: cache.clone() };
    assert!(!kept(&source, &inside));
    assert_eq!(files(), (true, 1));
    assert!(kept(&source, &inside));
    // A file in place of a folder takes nothing.
    let file = folder.path().join("file");
    fs::write(&file, "content").expect("a file");
    let nowhere = Source { path: &file.join("ranks"), ..source };
    assert!(kept(&nowhere, &both), "the second place has it");
    assert!(!kept(&nowhere, &Places { beside: true, folder: Some(file.join("cache")) }));
    assert!(!kept(&nowhere, &Places { beside: true, folder: Some(file.join("cache")) }));
    assert_eq!(fs::read_to_string(&file).expect("a file"), "content");
}

fn change(arrays: &mut Arrays, array: usize, at: Index, value: u64, is_cut: bool) {
    fn one<T: Clone>(array: &mut Cow<'_, [T]>, at: Index, value: T, is_cut: bool)
    where
        [T]: ToOwned<Owned = Vec<T>>,
    {
        let array = array.to_mut();
        match (array.is_empty(), is_cut) {
            (true, _) => array.push(value),
            (_, true) => array.truncate(at.index(array.len())),
            _ => {
                let at = at.index(array.len());
                array[at] = value;
            }
        }
    }
    match array {
        0 => one(&mut arrays.bytes, at, value as u8, is_cut),
        1 => one(&mut arrays.ends, at, value as u32, is_cut),
        2 => one(&mut arrays.slots, at, value, is_cut),
        3 => one(&mut arrays.filter, at, value, is_cut),
        4 => one(&mut arrays.products, at, value as u32, is_cut),
        5 => one(&mut arrays.characters, at, value as u32, is_cut),
        6 => one(&mut arrays.pairs, at, value, is_cut),
        7 => one(&mut arrays.sides, at, value as u8, is_cut),
        _ => one(&mut arrays.unreached, at, value as u32, is_cut),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whoever writes a compiled form with a good checksum: it is refused, or its ids stand for the text.
    #[test]
    fn no_form_can_do_harm(
        is_listed in any::<bool>(),
        changes in proptest::collection::vec(
            (0..ARRAYS, any::<Index>(), prop_oneof![
                any::<u64>(), 0..400_u64, Just(u64::MAX),
                // A pair, its rank; a character that starts as a token.
                (0..280_u64, 0..280_u64, 0..280_u64).prop_map(|(left, right, rank)| (left << 21 | right) << 21 | rank),
                (0..280_u64, 0..32_u64).prop_map(|(id, marks)| id | marks << 21),
            ], prop::bool::weighted(0.05)), 1..4),
        text in prop_oneof![select(TEXTS.to_vec()).prop_map(str::to_owned), any::<String>()],
        limit in 0..20_usize,
    ) {
        let original = encoder(is_listed);
        let mut arrays = original.arrays();
        for (array, at, value, is_cut) in changes {
            change(&mut arrays, array, at, value, is_cut);
        }
        if let Some(compiled) = opened(&written(&arrays), is_listed) {
            let encoder = assembled(compiled);
            for text in [text.as_str(), &text.repeat(40)] {
                let ids = encoder.encode_ordinary(text).expect("ids");
                prop_assert_eq!(encoder.vocabulary().decode(&ids).expect("bytes"), text.as_bytes());
                prop_assert_eq!(encoder.count(text).expect("a count"), ids.len());
                prop_assert_eq!(encoder.spans(text, &ids).expect("spans").last().map_or(0, |span| span.1), text.len());
                prop_assert!(text.starts_with(encoder.truncate(text, limit).expect("a text")));
            }
        }
    }

    #[test]
    fn no_bytes_are_a_form(at in any::<Index>(), more in proptest::collection::vec(any::<u8>(), 1..20)) {
        let mut bytes = written(&encoder(false).arrays());
        let at = at.index(bytes.len());
        let end = bytes.len().min(at + more.len());
        let same = bytes[at..end] == more[..end - at];
        bytes[at..end].copy_from_slice(&more[..end - at]);
        prop_assert_eq!(opened(&bytes, false).is_some(), same);
    }
}
