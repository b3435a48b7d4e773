//! Rank files and folders: kept, and refused when they are not what they should be.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use omnitok_core::Error;
use omnitok_core::encoder::{Encoder, Normalizer, Rules};
use omnitok_core::format::{self, Label, Places, RankFile, write_rank_file};
use omnitok_core::splitter::Splitter;
use omnitok_core::vocabulary::{NewBlock, Vocabulary};
use proptest::prelude::*;
use proptest::sample::select;

use crate::small::Small;
use crate::special::special_encoder;
use crate::strategies::configuration;

fn rank_file(change: impl FnOnce(&mut Vec<String>)) -> String {
    let text = String::from_utf8(write_rank_file(&special_encoder().vocabulary().clone())).expect("ASCII");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    change(&mut lines);
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

fn read_rank_file(data: &[u8]) -> omnitok_core::Result<Vocabulary> {
    let origin = Path::new("some.tiktoken");
    RankFile::parse(data, origin)?.vocabulary(&BTreeMap::from([("<x>".to_owned(), 258)]), origin)
}

#[test]
fn a_rank_file_keeps_its_tokens() {
    let vocabulary = read_rank_file(rank_file(|_| ()).as_bytes()).expect("a good file");
    assert_eq!(vocabulary.size(), 259);
    assert_eq!(vocabulary.token_bytes(256), Some(&b"ab"[..]));
    // Lines in any order, empty ones, and those of Windows.
    for change in [<[String]>::reverse as fn(&mut [String]), |lines| lines[7].push('\r'), |lines| lines[9].push('\n')] {
        let other = read_rank_file(rank_file(|lines| change(lines)).as_bytes()).expect("a good file");
        assert!(other.text().iter().eq(vocabulary.text().iter()));
    }
}

#[test]
fn a_bad_rank_file_is_refused_with_its_place() {
    let whole = rank_file(|_| ());
    for (data, reason) in [
        (rank_file(|lines| _ = lines.remove(100)), "rank 100 is missing"),
        (rank_file(|lines| lines[257] = "PGE= 260".into()), "rank 257 is missing"),
        (rank_file(|lines| lines[257] = "PGE= 256".into()), "rank 256 occurs twice"),
        (rank_file(|lines| lines[257] = "YWI= 257".into()), "the token ab has two ids, 256 and 257"),
        (rank_file(|lines| lines[257] = "Y!I= 257".into()), r#"line 258: the token "Y!I= 257" is not base64"#),
        (rank_file(|lines| lines[257] = "YWI 257".into()), "line 258: the token"),
        (rank_file(|lines| lines[257] = "PGE=257".into()), r#"line 258: "PGE=257" is not a token in base64, a space"#),
        (rank_file(|lines| lines[257] = "PGE= ".into()), "line 258: \"PGE= \" has no rank"),
        (rank_file(|lines| lines[257] = "PGE= -1".into()), "has no rank from 0 to 2^32 - 1"),
        (rank_file(|lines| lines[257] = "PGE= 4294967296".into()), "has no rank from 0 to 2^32 - 1"),
        (rank_file(|lines| lines[257] = "PGE= 25 7".into()), "has no rank from 0 to 2^32 - 1"),
        (rank_file(|lines| lines[257] = " 257".into()), "line 258: the token is empty"),
        (rank_file(|lines| lines[0] = format!("{} 0", "x".repeat(501))), "line 1: the token \"xxx"),
        (whole[..whole.len() / 2].to_owned(), "has no end: the file is cut short"),
        (whole[..whole.len() - 1].to_owned(), "line 258 has no end"),
        (String::new(), "the file holds no tokens"),
        ("\n\n".to_owned(), "the file holds no tokens"),
    ] {
        match read_rank_file(data.as_bytes()).map(|_| ()) {
            Err(Error::CorruptFile { path, reason: found }) => {
                assert_eq!(path, Path::new("some.tiktoken"));
                assert!(found.contains(reason), "{found:?} does not say {reason:?}");
                assert!(found.len() < 300, "{found:?} repeats the file");
            }
            other => panic!("{reason}: {other:?}"),
        }
    }
}

/// Threads share a file that is longer than this one's parts of 256 KiB.
#[test]
fn a_long_rank_file_is_read_as_a_whole_and_refused_by_its_line() {
    let tokens =
        (0..=255u8).map(|byte| vec![byte]).chain((256..40_000).map(|number| format!("{number:06}").into_bytes()));
    let tokens: Vec<Vec<u8>> = tokens.collect();
    let tokens: Vec<(u32, &[u8])> = (0..).zip(tokens.iter().map(Vec::as_slice)).collect();
    let vocabulary = Vocabulary::from_tokens(&tokens, BTreeMap::new()).expect("tokens that can exist");
    let data = write_rank_file(&vocabulary);
    assert!(data.len() > 2 << 18, "{} bytes", data.len());
    assert_eq!(RankFile::parse(&data, Path::new("long")).expect("a good file").tokens(), tokens);
    let lines: Vec<&[u8]> = data.split_inclusive(|&byte| byte == b'\n').collect();
    for bad in [0, 16_000, 17_500, 35_000, 39_999] {
        let changed = [&lines[..bad], &[&b"?\n"[..]], &lines[bad + 1..]].concat().concat();
        let error = RankFile::parse(&changed, Path::new("long")).expect_err("a bad line").to_string();
        let place = format!("long: line {}: \"?\" is not a token", bad + 1);
        assert!(error.starts_with(&place), "{error:?} does not start with {place:?}");
    }
    let error = RankFile::parse(&data[..data.len() - 1], Path::new("long")).expect_err("a cut line").to_string();
    assert!(error.starts_with("long: line 40000 has no end"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_are_a_rank_file_or_an_error(data in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_rank_file(&data);
    }

    #[test]
    fn any_lines_are_a_rank_file_or_an_error(lines in "([A-Za-z0-9+/=]{0,9} [0-9]{0,11}\r?\n){0,6}") {
        let _ = read_rank_file(lines.as_bytes());
    }
}

fn label() -> Label {
    Label {
        name: "small".into(),
        training: Some(serde_json::json!({"options": {"b": 1, "a": [1.5, null]}})),
        parent: None,
    }
}

/// An encoder with everything that a folder can hold.
fn rich_encoder() -> Encoder {
    let small = Small {
        pattern: "o200k".into(),
        tokens: vec![b"ab".to_vec(), b"bc".to_vec(), vec![0xE0, 0xA4]],
        merges: Some(vec![(98, 99), (97, 98)]),
        normalizer: Some(Normalizer::Nfc),
        special: BTreeMap::from([("<|é|>".to_owned(), 259)]),
        ..Small::default()
    };
    let blocks = serde_json::json!([
        {"name": "audio", "kind": "code", "size": 16, "codec": "ab".repeat(32), "codebooks": [8, 8], "rate": "25/2",
         "strides": [2, 1], "layout": "flat"},
        {"name": "audio-marks", "kind": "mark", "size": 2, "parent": "audio", "names": ["begin", "end"]},
        {"name": "image", "kind": "code", "size": 8, "codebooks": [8], "patch": [4, 4], "layout": "sized"},
        {"name": "h", "kind": "size", "size": 3, "axis": "h", "first": 1},
        {"name": "voices", "kind": "voice", "size": 1, "parent": "audio", "names": ["tara"]},
        {"name": "audio-merges", "kind": "merge", "size": 2, "parent": "audio", "merges": [[0, 1, false], [16, 2, false]]},
        {"name": "image-merges", "kind": "merge", "size": 1, "parent": "image", "merges": [[3, 3, true]]},
        {"name": "pad", "kind": "reserved", "size": 4},
    ]);
    let blocks: Vec<NewBlock> = serde_json::from_value(blocks).expect("blocks");
    let vocabulary = small.vocabulary().with_blocks(blocks).expect("blocks that fit");
    let rules = Rules { merges: small.merges, whole_words: false, normalizer: small.normalizer };
    Encoder::new(Arc::new(vocabulary), Splitter::new("o200k").expect("a built-in name"), rules).expect("an encoder")
}

fn folder_files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    entries.map(|path| (name(&path), fs::read(&path).expect("a file"))).collect()
}

#[test]
fn a_folder_brings_everything_back() {
    let place = tempfile::tempdir().expect("a folder");
    let (first, second) = (place.path().join("deep/first"), place.path().join("second"));
    let (encoder, label) = (rich_encoder(), label());
    format::save(&first, &encoder, &label, false).expect("a folder");
    let (loaded, loaded_label) = format::load(&first, &Places::NONE).expect("a good folder");
    assert_eq!(loaded_label, label);
    assert_eq!(loaded.vocabulary().blocks(), encoder.vocabulary().blocks());
    assert_eq!(loaded.rules().merges, encoder.rules().merges);
    assert_eq!(format::digest(&loaded, &loaded_label), format::digest(&encoder, &label));
    let text = "abc e\u{301}  <|é|>\n";
    assert_eq!(loaded.encode_ordinary(text).expect("ids"), encoder.encode_ordinary(text).expect("ids"));
    format::save(&second, &loaded, &loaded_label, false).expect("a folder");
    assert_eq!(folder_files(&first), folder_files(&second), "equal vocabularies are equal bytes");
    assert_eq!(folder_files(&first).len(), 5);
}

#[test]
fn a_folder_that_is_there_stays_unless_asked() {
    let place = tempfile::tempdir().expect("a folder");
    let target = place.path().join("vocabulary");
    format::save(&target, &rich_encoder(), &label(), false).expect("a folder");
    let before = folder_files(&target);
    let other = Label { name: "other".into(), ..label() };
    match format::save(&target, &special_encoder(), &other, false) {
        Err(Error::Exists { path }) => assert_eq!(path, target),
        other => panic!("{other:?}"),
    }
    assert_eq!(folder_files(&target), before);
    format::save(&target, &special_encoder(), &other, true).expect("a folder");
    assert_eq!(format::load(&target, &Places::NONE).expect("a good folder").1, other);
    assert_eq!(folder_files(&target).len(), 2, "nothing of the old folder is left");
    assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 1, "nothing lies beside it");
}

#[test]
fn a_save_that_fails_leaves_nothing() {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("file");
    fs::write(&file, "content").expect("a file");
    let below_a_file = format::save(&file.join("vocabulary"), &special_encoder(), &label(), true);
    assert!(matches!(below_a_file, Err(Error::Io { .. })), "{below_a_file:?}");
    let name_too_long = format::save(&place.path().join("x".repeat(300)), &special_encoder(), &label(), true);
    assert!(matches!(name_too_long, Err(Error::Io { .. })), "{name_too_long:?}");
    assert!(format::save(Path::new("/"), &special_encoder(), &label(), true).is_err());
    assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 1);
    assert_eq!(fs::read_to_string(&file).expect("a file"), "content");
}

#[test]
fn only_a_vocabulary_is_ever_replaced() {
    let place = tempfile::tempdir().expect("a folder");
    let refused = |target: &Path| {
        let error = format::save(target, &special_encoder(), &label(), true).expect_err("a refusal").to_string();
        assert!(error.contains("something else than what was to be written (no manifest.json in it)"), "{error}");
    };
    let (file, home, empty) = (place.path().join("file"), place.path().join("home"), place.path().join("empty"));
    fs::write(&file, "content").expect("a file");
    refused(&file);
    fs::create_dir(&home).expect("a folder");
    fs::write(home.join("letters"), "content").expect("a file");
    refused(&home);
    fs::create_dir(&empty).expect("a folder");
    format::save(&empty, &special_encoder(), &label(), true).expect("a folder");
    assert_eq!(format::load(&empty, &Places::NONE).expect("a good folder").1, label());
    assert_eq!(fs::read_to_string(&file).expect("a file"), "content");
    assert_eq!(folder_files(&home).len(), 1);
    assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 3, "nothing lies beside them");
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let place = tempfile::tempdir().expect("a folder");
    let (real, link) = (place.path().join("real"), place.path().join("link"));
    format::save(&real, &rich_encoder(), &label(), false).expect("a folder");
    std::os::unix::fs::symlink("real", &link).expect("a link");
    let other = Label { name: "other".into(), ..label() };
    format::save(&link, &special_encoder(), &other, true).expect("a folder");
    assert!(link.is_symlink());
    assert_eq!(format::load(&real, &Places::NONE).expect("a good folder").1, other);
    assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 2);
}

fn refusal(files: &BTreeMap<String, Vec<u8>>) -> (String, String) {
    match format::from_files(files, Path::new("folder")).map(|(_, label)| label) {
        Err(Error::CorruptFile { path, reason }) => (path.to_string_lossy().into_owned(), reason),
        other => panic!("{other:?}"),
    }
}

fn rich_files() -> BTreeMap<String, Vec<u8>> {
    format::files(&rich_encoder(), &label())
}

/// The files after a change to the manifest as JSON.
fn with_manifest(change: impl FnOnce(&mut serde_json::Value)) -> BTreeMap<String, Vec<u8>> {
    let mut files = rich_files();
    let mut manifest = serde_json::from_slice(&files["manifest.json"]).expect("JSON");
    change(&mut manifest);
    files.insert("manifest.json".into(), serde_json::to_vec(&manifest).expect("JSON"));
    files
}

#[test]
fn a_bad_folder_is_refused_with_the_file_and_the_reason() {
    let mut changed = rich_files();
    changed.get_mut("text.tiktoken").expect("a file")[3] ^= 1;
    let (path, reason) = refusal(&changed);
    assert_eq!(path, "folder/text.tiktoken");
    assert!(reason.contains("but manifest.json promises"), "{reason}");
    let mut missing = rich_files();
    missing.remove("text.merges");
    assert!(refusal(&missing).1.contains("there is no file text.merges"));
    let mut empty = rich_files();
    empty.insert("manifest.json".into(), Vec::new());
    assert!(refusal(&empty).1.contains("is no omnitok manifest"));
    for (change, expected) in [
        ((|manifest| manifest["format_version"] = 3.into()) as fn(&mut serde_json::Value), "has format version 3"),
        (
            |manifest| manifest["format_version"] = 1.into(),
            "has format version 1, and a vocabulary with such blocks has version 2",
        ),
        (|manifest| manifest["format_version"] = "1".into(), "it has no format_version"),
        (|manifest| *manifest = serde_json::json!([1]), "it has no format_version"),
        (|manifest| manifest["surprise"] = 1.into(), "unknown field `surprise`"),
        (|manifest| _ = manifest.as_object_mut().map(|fields| fields.remove("blocks")), "missing field `blocks`"),
        (|manifest| manifest["blocks"][0]["end"] = 258.into(), "the next one starts at 258"),
        (|manifest| manifest["blocks"][0]["kind"] = "sound".into(), "unknown variant `sound`"),
        (|manifest| manifest["special_tokens"] = serde_json::json!({"<x>": 4_294_967_295_u32}), "<x>"),
        (|manifest| manifest["special_tokens"] = serde_json::json!({"<x>": -1}), "-1"),
        (|manifest| manifest["pattern"] = "gpt2".into(), "says that the pattern \"gpt2\" is "),
        (|manifest| manifest["normalizer"] = "nfd".into(), "unknown variant `nfd`"),
        (
            |manifest| manifest["blocks"][2]["rate"] = "12.5".into(),
            "blocks[2] (\"audio\"): the rate \"12.5\" is no fraction",
        ),
        (
            |manifest| manifest["blocks"][2]["codec"] = "AB".into(),
            "block \"audio\" at ids 260..276: its codec \"AB\" is no SHA-256",
        ),
        (
            |manifest| manifest["blocks"][6]["names"] = serde_json::json!(["a", "b"]),
            "it has 1 ids, and each needs a name",
        ),
        (|manifest| manifest["blocks"][7]["parent"] = "image".into(), "it has 2 ids for 1 merges"),
        (|manifest| manifest["blocks"][2]["codec"] = "cd".repeat(32).into(), "it was changed after it was written"),
        (|_| {}, "line 1 is"),
        (|manifest| _ = manifest["files"].as_object_mut().map(|files| files.remove("text.tiktoken")), "text.tiktoken"),
    ] {
        let (path, reason) = refusal(&with_manifest(change));
        assert_eq!(path, "folder/manifest.json");
        assert!(reason.contains(expected), "{reason:?} does not say {expected:?}");
    }
}

#[test]
fn a_pattern_that_nobody_can_run_is_refused_with_its_manifest() {
    let files = with_manifest(|manifest| manifest["pattern"] = "o200i".into());
    let error = format::from_files(&files, Path::new("folder")).map(|(_, label)| label).expect_err("no such pattern");
    assert!(matches!(&error, Error::Within { source, .. } if matches!(**source, Error::Pattern { .. })), "{error:?}");
    assert!(error.to_string().starts_with("folder/manifest.json: unknown name (known: gpt2"), "{error}");
}

#[test]
fn a_manifest_cannot_reach_outside_its_folder() {
    let place = tempfile::tempdir().expect("a folder");
    let secret = place.path().join("secret");
    fs::write(&secret, "secret").expect("a file");
    for name in ["../secret", "..", ".", "", "a/b", "a/", secret.to_str().expect("UTF-8")] {
        let target = place.path().join("vocabulary");
        fs::create_dir_all(&target).expect("a folder");
        let checksum = serde_json::Value::String(format::sha256(b"secret"));
        for (file, data) in with_manifest(|manifest| manifest["files"][name] = checksum) {
            fs::write(target.join(file), data).expect("a file");
        }
        match format::load(&target, &Places::NONE).map(|(_, label)| label) {
            Err(Error::CorruptFile { reason, .. }) => {
                assert!(reason.contains("which is not in its folder"), "{reason}");
            }
            other => panic!("{name:?}: {other:?}"),
        }
    }
}

proptest! {
    #![proptest_config(configuration(300))]

    /// Any damage to a file is refused, and of a vocabulary with codes any damage to the manifest too.
    #[test]
    fn damage_is_refused(name in select(vec!["manifest.json", "text.tiktoken", "text.merges", "audio.merges"]),
                           at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut files = rich_files();
        let data = files.get_mut(name).expect("a file");
        let at = at.index(data.len());
        let same = !cut && data[at] == byte;
        if cut { data.truncate(at) } else { data[at] = byte }
        let loaded = format::from_files(&files, Path::new("folder"));
        prop_assert_eq!(loaded.is_ok(), same);
    }
}
