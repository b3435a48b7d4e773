//! Batches out of files, and batches as rectangles.

use std::fs;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use omnitok_core::Error;
use omnitok_core::counts::Utf8Policy;
use omnitok_core::encoder::{Documents, Encoder, FileTexts, Padding, Side, SpecialSet, TokenBatch, padded};
use omnitok_core::parallel::unwatched;

use crate::special::{owned, special_encoder};

const HOW: FileTexts = FileTexts {
    documents: Documents::File,
    errors: Utf8Policy::Strict,
    allowed: SpecialSet::NONE,
    disallowed: SpecialSet::NONE,
};

fn write(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, content).expect("a file");
    path
}

fn zstd(content: &str) -> Vec<u8> {
    zstd::encode_all(content.as_bytes(), 3).expect("compressed")
}

fn gzip(content: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(content.as_bytes()).expect("compressed");
    packer.finish().expect("compressed")
}

fn batch_of(encoder: &Encoder, texts: &[&str], allowed: SpecialSet) -> TokenBatch {
    encoder.encode_batch(texts, allowed, SpecialSet::NONE, 1, &mut unwatched).expect("ids")
}

#[test]
fn a_file_is_a_text_whatever_its_size_and_compression() {
    let folder = tempfile::tempdir().expect("a folder");
    let encoder = special_encoder();
    // Over two megabytes, so that it is read in several pieces, with names of special tokens all over.
    let long = "ab <a> नमस्ते\n  a><a b <a>b, ".repeat(60_000);
    let endless = "ab".repeat(1_500_000);
    let texts = ["", "ab <a>", &long, "\u{feff}b", &endless, "é\n"];
    let contents = [vec![], zstd(texts[1]), gzip(&long), texts[3].into(), endless.clone().into(), texts[5].into()];
    let paths: Vec<PathBuf> =
        (0..).zip(&contents).map(|(index, content)| write(folder.path(), &format!("{index}"), content)).collect();
    for allowed in [SpecialSet::NONE, SpecialSet::All] {
        let expected = batch_of(&encoder, &texts, allowed);
        for threads in [1, 2, 7] {
            let how = FileTexts { allowed, ..HOW };
            assert!(encoder.encode_files(&paths, &how, threads, &mut unwatched).expect("ids") == expected);
        }
    }
    assert_eq!(encoder.encode_files(&[], &HOW, 2, &mut unwatched).expect("ids"), batch_of(&encoder, &[], HOW.allowed));
}

#[test]
fn lines_and_records_are_texts() {
    let folder = tempfile::tempdir().expect("a folder");
    let encoder = special_encoder();
    let texts: Vec<String> = (0..90_000).map(|number| format!("ab <a> {number} café")).collect();
    let lines = write(folder.path(), "lines", (texts.join("\r\n") + "\n\nlast\r").as_bytes());
    let records: Vec<String> = texts.iter().map(|text| format!("{{\"n\": 1, \"body\": {text:?}}}")).collect();
    let records = write(folder.path(), "records", &zstd(&("\u{feff}".to_owned() + &records.join("\n\n") + "\n")));
    let mut expected: Vec<&str> = texts.iter().map(String::as_str).collect();
    let of_records = batch_of(&encoder, &expected, HOW.allowed);
    expected.extend(["", "last"]);
    let of_lines = batch_of(&encoder, &expected, HOW.allowed);
    for threads in [1, 2, 7] {
        let encode = |documents, path: &PathBuf| {
            let how = FileTexts { documents, ..HOW };
            encoder.encode_files(std::slice::from_ref(path), &how, threads, &mut unwatched).expect("ids")
        };
        assert!(encode(Documents::Lines, &lines) == of_lines);
        assert!(encode(Documents::Records("body".into()), &records) == of_records);
    }
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let encoder = special_encoder();
    let good = write(folder.path(), "good", b"{\"text\": \"a\"}\n");
    let long = "ab cd\n".repeat(400_000);
    let refused = owned(&["<a>"]);
    let message = |content: &[u8], documents| {
        let bad = write(folder.path(), "bad", content);
        let how = FileTexts { documents, disallowed: SpecialSet::Only(&refused), ..HOW };
        let errors = [1, 2, 7].map(|threads| {
            let outcome =
                encoder.encode_files(&[good.clone(), bad.clone(), bad.clone()], &how, threads, &mut unwatched);
            outcome.expect_err("a bad file").to_string()
        });
        assert!(errors.iter().all(|error| *error == errors[0]), "{errors:?}");
        errors[0].replace(&bad.display().to_string(), "BAD")
    };
    let place = format!("at byte {}.", long.len() + 2);
    let found = message(format!("{long}a <a>").as_bytes(), Documents::File);
    assert!(found.starts_with("BAD: text contains the special token \"<a>\"") && found.contains(&place), "{found}");
    let found = message(b"ab\na <a>\n", Documents::Lines);
    assert!(found.starts_with("BAD, line 2: text contains") && found.contains("at byte 2."), "{found}");
    let found = message(b"{\"text\": \"a\"}\n{\"text\": 5}\n", Documents::Records("text".into()));
    assert!(found.starts_with("BAD: line 2: field \"text\" is not a string"), "{found}");
    let found = message(&[long.as_bytes(), b"\xff"].concat(), Documents::File);
    assert!(found.starts_with(&format!("invalid UTF-8 at byte {} of BAD (0xff)", long.len())), "{found}");
    let found = message(&gzip(&long)[..1000], Documents::File);
    assert!(found.starts_with("BAD: the compressed data is damaged or cut short"), "{found}");
    let missing = encoder.encode_files(&[good.clone(), folder.path().join("none")], &HOW, 2, &mut unwatched);
    assert!(matches!(missing, Err(Error::Io { path, .. }) if path.ends_with("none")));
    let stopped = encoder.encode_files(&[good], &HOW, 2, &mut || ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Error::Interrupted)));
}

#[test]
fn names_with_spaces_are_found_across_pieces() {
    let folder = tempfile::tempdir().expect("a folder");
    let encoder = special_encoder().vocabulary().with_special_tokens(&owned(&["a b"])).map(|vocabulary| {
        let splitter = omnitok_core::splitter::Splitter::new("gpt2").expect("a pattern");
        Encoder::new(vocabulary.into(), splitter, omnitok_core::encoder::Rules::default()).expect("an encoder")
    });
    let encoder = encoder.expect("a vocabulary");
    let text = "a b".repeat(1_000_000);
    let path = write(folder.path(), "text", text.as_bytes());
    let how = FileTexts { allowed: SpecialSet::All, ..HOW };
    let found = encoder.encode_files(&[path], &how, 2, &mut unwatched).expect("ids");
    assert!(found == batch_of(&encoder, &[&text], SpecialSet::All));
    assert_eq!(found.ids.len(), 1_000_000);
}

#[test]
fn rectangles_are_filled_and_cut_where_they_are_told() {
    let (ids, offsets) = ([1, 2, 3, 4, 5], [0, 3, 3, 5]);
    let padding = Padding { length: None, pad_id: 9, side: Side::Right, truncate: None };
    let rows = padded::<u32>(&ids, &offsets, padding).expect("rows");
    assert_eq!((rows.shape, rows.ids), ([3, 3], vec![1, 2, 3, 9, 9, 9, 4, 5, 9]));
    assert_eq!(rows.mask, [true, true, true, false, false, false, true, true, false]);
    let left = Padding { side: Side::Left, length: Some(4), ..padding };
    let rows = padded::<i64>(&ids, &offsets, left).expect("rows");
    assert_eq!((rows.shape, rows.ids), ([3, 4], vec![9, 1, 2, 3, 9, 9, 9, 9, 9, 9, 4, 5]));
    for (truncate, kept) in [(Side::Left, [2, 3]), (Side::Right, [1, 2])] {
        let short = Padding { length: Some(2), truncate: Some(truncate), ..padding };
        let rows = padded::<u32>(&ids, &offsets, short).expect("rows");
        assert_eq!((&rows.ids[..2], rows.shape), (&kept[..], [3, 2]));
    }
    let message = |offsets: &[i64], padding| padded::<u32>(&ids, offsets, padding).expect_err("no rows").to_string();
    assert!(message(&offsets, Padding { length: Some(2), ..padding }).starts_with("text 0 of the batch has 3 ids"));
    for offsets in [[0, 6], [-1, 3], [3, 2]] {
        assert!(message(&offsets, padding).starts_with("text 0 of the batch would be ids["));
    }
    assert!(
        message(&offsets, Padding { length: Some(usize::MAX / 2), ..padding }).contains("more memory than there is")
    );
}
