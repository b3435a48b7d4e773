//! Counting: the same result however the work is cut up, whole files or none, and no damaged file believed.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use omnitok_core::Error;
use omnitok_core::counts::{FileFormat, FileOptions, Utf8Policy, WordCounter, WordCounts};
use omnitok_core::splitter::Splitter;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const PATTERN: &str = "o200k";

fn counter(threads: usize) -> WordCounter {
    WordCounter::new(Splitter::new(PATTERN).unwrap(), threads)
}

fn add_file(counter: &mut WordCounter, path: &Path, options: &FileOptions) -> Result<(), Error> {
    counter.add_file(path, options, &mut |_| ControlFlow::Continue(()))
}

fn count_file(path: &Path, options: &FileOptions) -> Result<WordCounts, Error> {
    let mut counter = counter(1);
    add_file(&mut counter, path, options)?;
    counter.finish()
}

fn count_texts(texts: &[&str], language: &str, threads: usize) -> WordCounts {
    let mut counter = counter(threads);
    counter.add_texts(texts, language).unwrap();
    counter.finish().unwrap()
}

fn items(counts: &WordCounts, language: Option<&str>) -> Vec<(String, u64)> {
    counts.items(language).map(|(word, count)| (String::from_utf8(word.to_vec()).unwrap(), count)).collect()
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// As the command line tool writes it.
fn zstd_with_checksum(content: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// Text with everything that cuts and words depend on, and long enough for several chunks.
fn sample(paragraphs: usize) -> String {
    let lines = [
        "It's 1234 o'clock,  \n",
        "\n\n  don't!!\n//x\n",
        "தமிழ் मराठी 你好世界 été\r\n",
        "a\u{300}b\t\t c\u{a0}d …\n\n\n",
    ];
    (0..paragraphs).flat_map(|index| [lines[index % 4], lines[(index / 4) % 4]]).collect()
}

#[test]
fn words_are_counted_by_language() {
    let mut counter = counter(1);
    counter.add_texts(&["one two", "two"], "en").unwrap();
    counter.add_texts(&["two"], "de").unwrap();
    let counts = counter.finish().unwrap();
    assert_eq!(counts.languages(), ["de", "en"]);
    assert_eq!(items(&counts, None), [(" two".into(), 1), ("one".into(), 1), ("two".into(), 2)]);
    assert_eq!(items(&counts, Some("de")), [("two".into(), 1)]);
    assert_eq!(items(&counts, Some("fr")), []);
    assert_eq!((counts.total(), counts.distinct(), counts.bytes()), (4, 3, 13));
    assert_eq!((counts.pattern(), counts.regex()), (PATTERN, Splitter::new(PATTERN).unwrap().regex()));
}

#[test]
fn order_threads_and_chunks_do_not_matter() {
    let folder = Folder::new();
    let (first, second) = (sample(3000), sample(501));
    let paths = [folder.file("first", first.as_bytes()), folder.file("second", second.as_bytes())];
    let expected = count_texts(&[&first, &second], "xx", 1);
    let options = FileOptions { language: "xx".into(), ..FileOptions::default() };
    for threads in 1..=4 {
        assert_eq!(count_texts(&[&second, &first], "xx", threads), expected);
        for chunk in [7, 64, 1000, 1 << 20] {
            for order in [[0, 1], [1, 0]] {
                let mut counter = counter(threads).with_chunk_size(chunk, 1 << 20);
                for at in order {
                    add_file(&mut counter, &paths[at], &options).unwrap();
                }
                assert_eq!(counter.finish().unwrap(), expected, "{threads} threads, chunks of {chunk}");
            }
        }
    }
}

proptest! {
    #[test]
    fn chunks_of_any_text_do_not_matter(text in "[ab1'é你 \n\r\t!/]{0,80}", chunk in 1_usize..20, pattern in 0_usize..3) {
        let splitter = Splitter::new(["gpt2", "cl100k", "o200k"][pattern]).unwrap();
        let folder = Folder::new();
        let mut whole = WordCounter::new(splitter.clone(), 1);
        whole.add_texts(&[&text], "").unwrap();
        let mut cut = WordCounter::new(splitter, 2).with_chunk_size(chunk, 1 << 20);
        add_file(&mut cut, &folder.file("text", text.as_bytes()), &FileOptions::default()).unwrap();
        prop_assert_eq!(cut.finish().unwrap(), whole.finish().unwrap());
    }

    #[test]
    fn parts_merge_into_the_whole(texts in prop::collection::vec("[ab ]{0,9}", 0..9), at in 0_usize..9) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (left, right) = texts.split_at(at.min(texts.len()));
        let (left, right) = (count_texts(left, "x", 1), count_texts(right, "x", 1));
        let whole = count_texts(&texts, "x", 1);
        prop_assert_eq!(&left.clone().merge(right.clone()).unwrap(), &whole);
        prop_assert_eq!(&right.merge(left).unwrap(), &whole);
        let from_items = WordCounts::from_items(PATTERN, "x", whole.items(None)).unwrap();
        prop_assert_eq!(from_items, whole);
    }
}

#[test]
fn a_text_without_a_safe_cut_is_cut_at_the_limit() {
    // No letter is a safe cut, so the words end where the chunks must: after 16 bytes, or the last whole character.
    let folder = Folder::new();
    let path = folder.file("endless", "é".repeat(20).as_bytes());
    let mut counter = counter(2).with_chunk_size(8, 15);
    add_file(&mut counter, &path, &FileOptions::default()).unwrap();
    assert_eq!(items(&counter.finish().unwrap(), None), [("é".repeat(6), 1), ("é".repeat(7), 2)]);
}

#[test]
fn compression_is_seen_in_the_bytes_and_line_ends_are_counted() {
    let folder = Folder::new();
    let text = format!("\u{feff}{}", sample(100));
    let zstandard = zstd::encode_all(text.as_bytes(), 3).unwrap();
    let halves = text.as_bytes().split_at(text.len() / 2 + 1);
    let members = [gzip(halves.0), gzip(halves.1)].concat();
    let frames = [zstd::encode_all(halves.0, 1).unwrap(), zstd::encode_all(halves.1, 1).unwrap()].concat();
    let expected = count_texts(&[text.trim_start_matches('\u{feff}')], "", 1);
    assert!(items(&expected, None).iter().any(|(word, _)| word == "\n\n\n"));
    for (name, content) in [
        ("plain", text.as_bytes()),
        ("zst", &zstandard),
        ("gz", &gzip(text.as_bytes())),
        ("two", &members),
        ("2", &frames),
    ] {
        assert_eq!(count_file(&folder.file(name, content), &FileOptions::default()).unwrap(), expected, "{name}");
    }
}

#[test]
fn empty_files_count_nothing() {
    let folder = Folder::new();
    for format in [FileFormat::Txt, FileFormat::Jsonl] {
        let options = FileOptions { format, language: "en".into(), ..FileOptions::default() };
        let counts = count_file(&folder.file("empty", b""), &options).unwrap();
        assert_eq!((counts.total(), counts.languages().len()), (0, 0));
    }
}

#[test]
fn truncated_and_damaged_compression_is_an_error() {
    let folder = Folder::new();
    let noise: Vec<u8> = (0..9000_u32).flat_map(|index| Sha256::digest(index.to_le_bytes()).to_vec()).collect();
    let text: String = noise.iter().map(|byte| char::from(b'a' + byte % 26)).collect();
    for (name, whole) in [("zst", zstd_with_checksum(text.as_bytes())), ("gz", gzip(text.as_bytes()))] {
        for threads in [1, 2] {
            let mut counter = counter(threads);
            let path = folder.file(name, &whole[..whole.len() * 2 / 3]);
            let error = add_file(&mut counter, &path, &FileOptions::default()).unwrap_err();
            assert!(matches!(&error, Error::CorruptFile { .. }), "{error:?}");
            assert!(error.to_string().contains("cut short"), "{error}");
        }
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 0x55;
        let error = count_file(&folder.file(name, &flipped), &FileOptions::default()).unwrap_err();
        assert!(matches!(error, Error::CorruptFile { .. }), "{error:?}");
    }
}

#[test]
fn invalid_utf8_is_named_replaced_or_skipped() {
    let folder = Folder::new();
    let mut content = sample(40_000).into_bytes();
    let bad = content.len();
    content.extend_from_slice(b"\xf0\x9f\x98 end");
    for (name, stored) in [("plain", content.clone()), ("zst", zstd::encode_all(content.as_slice(), 1).unwrap())] {
        let path = folder.file(name, &stored);
        match count_file(&path, &FileOptions::default()) {
            Err(Error::InvalidUtf8 { position, byte: 0xf0, origin }) => {
                assert_eq!((position, origin), (bad as u64, path.display().to_string()));
            }
            other => panic!("{other:?}"),
        }
        for (errors, kept) in [(Utf8Policy::Replace, "\u{fffd} end"), (Utf8Policy::Skip, " end")] {
            let counts = count_file(&path, &FileOptions { errors, ..FileOptions::default() }).unwrap();
            assert_eq!(counts, count_texts(&[&format!("{}{kept}", sample(40_000))], "", 1));
        }
    }
}

fn jsonl() -> FileOptions {
    FileOptions { format: FileFormat::Jsonl, ..FileOptions::default() }
}

#[test]
fn every_line_of_jsonl_is_a_text() {
    let folder = Folder::new();
    let lines =
        "{\"text\": \"one\\ntwo\", \"id\": [1, {\"text\": \"no\"}]}\r\n\n  \n{\"\\u0074ext\":\"\\ud83d\\ude00 one\"}";
    let expected = count_texts(&["one\ntwo", "😀 one"], "", 1);
    let path = folder.file("lines", format!("\u{feff}{lines}").as_bytes());
    for (threads, chunk) in [(1, 1 << 20), (3, 1), (2, 40)] {
        let mut counter = counter(threads).with_chunk_size(chunk, 1 << 20);
        add_file(&mut counter, &path, &jsonl()).unwrap();
        assert_eq!(counter.finish().unwrap(), expected);
    }
    let other = FileOptions { text_field: "id".into(), ..jsonl() };
    assert!(count_file(&path, &other).unwrap_err().to_string().contains("line 1: field \"id\" is not a string"));
}

#[test]
fn halves_of_surrogate_pairs_are_replaced_or_skipped() {
    let folder = Folder::new();
    let path = folder.file("lines", br#"{"text": "\ud83dx\udc00\ud83d\ude00\ud800\u00e9\udfff"}"#);
    for (errors, text) in [(Utf8Policy::Replace, "\u{fffd}x\u{fffd}😀\u{fffd}é\u{fffd}"), (Utf8Policy::Skip, "x😀é")]
    {
        let counts = count_file(&path, &FileOptions { errors, ..jsonl() }).unwrap();
        assert_eq!(counts, count_texts(&[text], "", 1));
    }
}

#[test]
fn the_first_bad_line_of_jsonl_is_named() {
    let folder = Folder::new();
    let good = "{\"text\": \"a word or two\"}\n".repeat(5000);
    for (bad, part) in [
        ("{\"text\": null}", "is not a string"),
        ("{\"body\": \"\"}", "no field \"text\""),
        ("{\"text\": \"x\"", "EOF"),
        ("{\"text\": \"x\"} {}", "trailing"),
        ("[]", "a JSON object"),
        ("plain text", "one JSON object on each line"),
        ("{\"text\": \"\\u00e9\\ud83d\"}", "half of a surrogate pair behind 1 characters"),
        ("{\"text\": \"\\ud83d", "EOF"),
    ] {
        let path = folder.file("lines", format!("{good}\n{bad}\n{good}{bad}\n").as_bytes());
        for threads in [1, 4] {
            let mut counter = counter(threads).with_chunk_size(100, 1 << 20);
            let message = add_file(&mut counter, &path, &jsonl()).unwrap_err().to_string();
            assert!(message.contains("line 5002: ") && message.contains(part), "{message:?} lacks {part:?}");
        }
    }
}

#[test]
fn a_counter_that_failed_gives_no_counts() {
    let folder = Folder::new();
    let path = folder.file("text", sample(9000).as_bytes());
    for threads in [1, 3] {
        let mut counter = counter(threads).with_chunk_size(1000, 1 << 20);
        let mut blocks = 0;
        let stopped = counter.add_file(&path, &FileOptions::default(), &mut |_| {
            blocks += 1;
            if blocks == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(stopped, Err(Error::Interrupted)));
        assert!(matches!(counter.add_texts(&["more"], ""), Err(Error::Corpus(_))));
        assert!(matches!(counter.finish(), Err(Error::Corpus(_))));
    }
    assert!(matches!(count_file(&folder.0.path().join("none"), &FileOptions::default()), Err(Error::Io { .. })));
}

#[test]
fn progress_ends_at_the_size_of_the_file() {
    let folder = Folder::new();
    let content = zstd::encode_all(sample(20_000).as_bytes(), 1).unwrap();
    let path = folder.file("text", &content);
    let mut last = 0;
    let mut counter = counter(2).with_chunk_size(5000, 1 << 20);
    counter
        .add_file(&path, &FileOptions::default(), &mut |read| {
            assert!(read >= last);
            last = read;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(last, content.len() as u64);
}

#[test]
fn different_patterns_do_not_merge() {
    let gpt2 = WordCounts::from_items("gpt2", "", [("a", 1)]).unwrap();
    let message = gpt2.merge(count_texts(&["a"], "", 1)).unwrap_err().to_string();
    assert!(message.contains("gpt2") && message.contains(PATTERN), "{message}");
}

#[test]
fn counts_are_64_bits_wide_and_checked() {
    let half = |count| WordCounts::from_items(PATTERN, "en", [("ab", count)]).unwrap();
    let sum = half(1 << 40).merge(half((1 << 40) + 1)).unwrap();
    assert_eq!((sum.total(), sum.bytes()), ((1 << 41) + 1, (1 << 42) + 2));
    let overflow = half(u64::MAX / 2 - 1).merge(half(u64::MAX / 2 - 1));
    assert!(matches!(overflow, Err(Error::CountOverflow(_))));
    let twice = WordCounts::from_items(PATTERN, "", [("a", u64::MAX), ("a", 1)]);
    assert!(matches!(twice, Err(Error::CountOverflow(_))));
    assert!(matches!(WordCounts::from_items(PATTERN, "", [("", 1)]), Err(Error::Corpus(_))));
}

fn mixed() -> WordCounts {
    let mut counter = counter(2);
    counter.add_texts(&[&sample(40)], "ta").unwrap();
    counter.add_texts(&[&sample(3), "plain words of some length: internationalisation"], "").unwrap();
    counter.finish().unwrap()
}

#[test]
fn saved_counts_load_as_they_were() {
    let folder = Folder::new();
    let path = folder.0.path().join("counts");
    let empty = counter(1).finish().unwrap();
    let rare = WordCounts::from_items(PATTERN, "x", [("b", u64::MAX - 300), ("a", 300)]).unwrap();
    for counts in [mixed(), empty, rare] {
        counts.save(&path, true).unwrap();
        assert_eq!(WordCounts::load(&path).unwrap(), counts);
        let content = std::fs::read(&path).unwrap();
        let digest = counts.digest();
        let bytes: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&digest[2 * at..2 * at + 2], 16).unwrap()).collect();
        assert!(content.ends_with(&bytes), "the digest is what ends the file");
        assert!(matches!(counts.save(&path, false), Err(Error::Exists { .. })));
    }
}

#[test]
fn any_flipped_bit_and_any_cut_is_detected() {
    let folder = Folder::new();
    let path = folder.0.path().join("counts");
    mixed().save(&path, false).unwrap();
    let content = std::fs::read(&path).unwrap();
    for index in 0..content.len() {
        let mut flipped = content.clone();
        flipped[index] ^= 1 << (index % 8);
        assert!(matches!(WordCounts::load(&folder.file("bad", &flipped)), Err(Error::CorruptFile { .. })));
        assert!(matches!(WordCounts::load(&folder.file("bad", &content[..index])), Err(Error::CorruptFile { .. })));
    }
}

/// A counts file whose digest is right, whatever it says.
fn forged(header: &str, words: &[u8]) -> Vec<u8> {
    let mut file = b"omnitok counts\n\x01".to_vec();
    file.extend_from_slice(&(header.len() as u32).to_le_bytes());
    file.extend_from_slice(header.as_bytes());
    file.extend_from_slice(words);
    let digest = Sha256::digest(&file);
    file.extend_from_slice(&digest);
    file
}

fn header(languages: &str, words: u64, total: u64, bytes: u64) -> String {
    format!(
        r#"{{"pattern":"p","regex":"r","languages":[{languages}],"words":{words},"total":{total},"bytes":{bytes}}}"#
    )
}

#[test]
fn forged_files_are_refused_with_a_reason() {
    let folder = Folder::new();
    let good = header("\"en\"", 1, 5, 10);
    let load = |content: &[u8]| WordCounts::load(&folder.file("forged", content));
    assert_eq!(items(&load(&forged(&good, b"\x02ab\x01\x00\x05")).unwrap(), None), [("ab".into(), 5)]);
    for (header, words, part) in [
        (good.clone(), &b"\x02ab\x01\x00\x06"[..], "the totals in the header"),
        (good.clone(), b"\x02ab\x01\x00\x85\x00", "shortest form"),
        (good.clone(), b"\x02ab\x01\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "shortest form"),
        (good.clone(), b"\x02ab\x01\x01\x05", "no language number 1"),
        (good.clone(), b"\x02ab\x00", "no language"),
        (good.clone(), b"\x02ab\x01\x00\x00", "count 0"),
        (good.clone(), b"\x02ab\x02\x00\x05\x00\x05", "not ascending"),
        (good.clone(), b"\x00\x01\x00\x05", "does not sort after"),
        (good.clone(), b"\x01b\x01\x00\x05\x01a\x01\x00\x05", "does not sort after"),
        (good.clone(), b"\xff\xff\xff\xff\xff\xff\xff\xff\x7fab", "the file ends within"),
        (good.clone(), b"\x02ab\x01\x00", "the file ends within"),
        (header_of(&["de", "en"]), b"\x02ab\x01\x00\x05", "language \"en\" has no words"),
        (header_of(&["en", "de"]), b"\x02ab\x01\x00\x05", "not sorted"),
        (good.replace(':', ": "), b"", "not in canonical form"),
        (good.replace("words", "sorrow"), b"", "unknown field"),
    ] {
        match load(&forged(&header, words)) {
            Err(Error::CorruptFile { reason, .. }) => assert!(reason.contains(part), "{reason:?} lacks {part:?}"),
            other => panic!("{other:?} for {words:?}"),
        }
    }
    for (content, part) in [
        (&b"PNG"[..], "not a counts file"),
        (b"omnitok counts\n", "ends after its first line"),
        (b"omnitok counts\n\x04", "version 4"),
        (b"omnitok counts\n\x01 and too short", "before its digest"),
    ] {
        assert!(load(content).unwrap_err().to_string().contains(part));
    }
    let no_header = Sha256::digest(b"omnitok counts\n\x01");
    assert!(load(&[&b"omnitok counts\n\x01"[..], &no_header[..]].concat()).is_err());
    let overflow = header("\"en\"", 2, 5, 10);
    let huge = b"\x01a\x01\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01b\x01\x00\x01";
    assert!(load(&forged(&overflow, huge)).is_err());
}

fn header_of(languages: &[&str]) -> String {
    header(&format!("\"{}\",\"{}\"", languages[0], languages[1]), 1, 5, 10)
}
