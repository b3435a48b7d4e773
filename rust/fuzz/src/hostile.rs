//! Bytes that claim to be something: refused with an error or read as what they are, and never a panic.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::LazyLock;

use omnitok_core::counts::{FileFormat, FileOptions, Utf8Policy, WordCounter, WordCounts};
use omnitok_core::decoder::Utf8Stream;
use omnitok_core::format::{self, RankFile, sha256, write_rank_file};
use omnitok_core::splitter::Splitter;
use omnitok_core::vocabulary::{BlockKind, Vocabulary};

use crate::input::cut;
use crate::small::Small;

/// Ends a part of an input that holds several.
const SEPARATOR: u8 = 0x1E;

/// The first line says what the rest claims to be.
pub fn hostile_bytes(data: &[u8]) {
    let (kind, rest) = cut(data, b'\n');
    match kind {
        b"ranks" => rank_file(rest),
        b"folder" => folder(rest),
        b"counts" => counts(rest),
        b"text" => text_file(rest, FileFormat::Txt),
        b"jsonl" => text_file(rest, FileFormat::Jsonl),
        b"ids" => ids(rest),
        b"stream" => stream(rest),
        b"pattern" => pattern(rest),
        _ => {}
    }
}

/// A rank file that is read is written as the same tokens.
fn rank_file(data: &[u8]) {
    let origin = Path::new("ranks");
    // All bytes first: mutations alone would hardly find them.
    let data = [write_rank_file(&bytes_alone()).as_slice(), data].concat();
    let Ok(file) = RankFile::parse(&data, origin) else { return };
    let Ok(vocabulary) = file.vocabulary(&BTreeMap::from([("<x>".to_owned(), 258)]), origin) else { return };
    let again = RankFile::parse(&write_rank_file(&vocabulary), origin).expect("what was written");
    assert!(again.tokens().into_iter().eq(vocabulary.text().iter()));
}

fn bytes_alone() -> Vocabulary {
    Small::default().vocabulary()
}

/// A folder that is read is written as one that is read as the same. `@RANKS@` and `@MERGES@` in the manifest stand for
/// checksums, `@BYTES@` at the start of the rank file for the 256 bytes.
fn folder(data: &[u8]) {
    let (manifest, rest) = cut(data, SEPARATOR);
    let (ranks, merges) = cut(rest, SEPARATOR);
    let ranks = match ranks.strip_prefix(b"@BYTES@\n") {
        Some(ranks) => [write_rank_file(&bytes_alone()).as_slice(), ranks].concat(),
        None => ranks.to_vec(),
    };
    let manifest = String::from_utf8_lossy(manifest);
    let manifest = manifest.replace("@RANKS@", &sha256(&ranks)).replace("@MERGES@", &sha256(merges));
    let files = [("manifest.json", manifest.into_bytes()), ("text.tiktoken", ranks), ("text.merges", merges.to_vec())];
    let files: BTreeMap<String, Vec<u8>> = files.map(|(name, data)| (name.to_owned(), data)).into();
    let Ok((encoder, label)) = format::from_files(&files, Path::new("")) else { return };
    let text = "The text, नमस्ते — <x>";
    let ids = encoder.encode_ordinary(text);
    let written = format::files(&encoder, &label);
    let (again, label_again) = format::from_files(&written, Path::new("")).expect("what was written");
    assert_eq!(format::files(&again, &label_again), written);
    assert_eq!(ids.ok(), again.encode_ordinary(text).ok());
    assert_eq!(label, label_again);
}

/// Counts that are read are written as the same bytes. The digest at the end is put right.
fn counts(data: &[u8]) {
    let digest = sha256(data);
    let digest = (0..32).map(|at| u8::from_str_radix(&digest[2 * at..2 * at + 2], 16).expect("hexadecimal"));
    let signed: Vec<u8> = data.iter().copied().chain(digest).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let (path, copy) = (folder.path().join("counts"), folder.path().join("copy"));
    std::fs::write(&path, &signed).expect("a file");
    let Ok(counts) = WordCounts::load(&path) else { return };
    counts.save(&copy, false).expect("a file");
    assert_eq!(std::fs::read(copy).expect("a file"), signed);
}

/// A file of text gives the same counts, or the same error, in blocks of any size and for any number of threads. The
/// first byte is the size.
fn text_file(data: &[u8], format: FileFormat) {
    let (size, data) = data.split_first().map_or((1, data), |(first, rest)| (usize::from(*first), rest));
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    std::io::Write::write_all(&mut file, data).expect("a file");
    for errors in [Utf8Policy::Strict, Utf8Policy::Replace, Utf8Policy::Skip] {
        let options = FileOptions { format, errors, ..FileOptions::default() };
        let count = |threads, chunk| {
            let mut counter = WordCounter::new(Splitter::new("o200k").expect("a built-in name"), threads);
            if chunk > 0 {
                counter = counter.with_chunk_size(chunk, 1 << 30);
            }
            counter.add_file(file.path(), &options, &mut |_| ControlFlow::Continue(()))?;
            counter.finish()
        };
        match (count(1, 0), count(2, size.max(1))) {
            (Ok(whole), Ok(pieces)) => assert_eq!(whole.digest(), pieces.digest(), "{errors:?}, blocks of {size}"),
            // Which of several faults is met first depends on the blocks.
            (Err(_), Err(_)) => {}
            (whole, pieces) => panic!("{errors:?}, blocks of {size}: {:?} and {:?}", whole.err(), pieces.err()),
        }
    }
}

/// Ids are decoded, or refused at the first that has no bytes.
fn ids(data: &[u8]) {
    static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
        let special = BTreeMap::from([("<x>".to_owned(), 258)]);
        let small = Small { tokens: vec![b"ab".to_vec()], special, ..Small::default() };
        small.vocabulary().with_block("padding", BlockKind::Reserved, 5).expect("a block")
    });
    let ids: Vec<u32> = data.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
    let tokens = ids.iter().map_while(|&id| VOCABULARY.token_bytes(id));
    match VOCABULARY.decode(&ids) {
        Ok(bytes) => assert_eq!(bytes, tokens.collect::<Vec<_>>().concat()),
        Err(omnitok_core::Error::UnknownToken { position, .. }) => assert_eq!(position, tokens.count()),
        Err(other) => panic!("{other}"),
    }
}

/// Pieces of bytes give the text of the whole. The first byte is the size of a piece.
fn stream(data: &[u8]) {
    let Some((&size, data)) = data.split_first() else { return };
    let mut stream = Utf8Stream::default();
    let mut text: String = data.chunks(usize::from(size).max(1)).map(|piece| stream.push(piece)).collect();
    text += &stream.finish();
    assert_eq!(text, String::from_utf8_lossy(data));
}

/// A pattern of any kind is refused, or its words partition the text, or the text is refused as too much reading.
fn pattern(data: &[u8]) {
    let (pattern, text) = cut(data, SEPARATOR);
    let (pattern, text) = (String::from_utf8_lossy(pattern), String::from_utf8_lossy(text));
    let Ok(splitter) = Splitter::new(&pattern) else { return };
    let mut words = Vec::new();
    if splitter.for_each_word(&text, |word| words.push(word)).is_ok() {
        assert_eq!(words.concat(), text);
        assert!(words.iter().all(|word| !word.is_empty()));
    }
}
