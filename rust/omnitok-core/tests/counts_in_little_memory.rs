//! Counting beyond memory, in parts and under caps: the same file as without, or an error, and nothing left behind.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use omnitok_core::Error;
use omnitok_core::counts::{Budget, Caps, CountsFile, FileFormat, FileOptions, Saved, WordCounter, WordCounts};
use omnitok_core::parallel::unwatched;
use omnitok_core::splitter::Splitter;
use proptest::prelude::*;
use tempfile::TempDir;

fn counter(threads: usize) -> WordCounter {
    WordCounter::new(Splitter::new("o200k").unwrap(), threads)
}

fn least(folder: &TempDir, threads: usize) -> Budget {
    Budget { memory: Budget::least(threads), folder: folder.path().to_owned() }
}

fn entries(folder: &TempDir) -> usize {
    std::fs::read_dir(folder.path()).unwrap().count()
}

/// Many distinct words, short and long, some of them in every part.
fn text(part: u32, words: u32) -> String {
    let mut text = String::new();
    for index in 0..words {
        let number = (index + part * words / 2).wrapping_mul(2_654_435_761);
        let letters: String = format!("{number:x}").bytes().map(|byte| char::from(b'a' + byte % 26)).collect();
        write!(text, " {letters}").unwrap();
        if index % 7 == 0 {
            write!(text, " {letters}{letters}{letters}").unwrap();
        }
        if index % 50 == 0 {
            text.push('\n');
        }
    }
    text
}

fn add(counter: &mut WordCounter, path: &Path, language: &str) -> Result<(), Error> {
    let options = FileOptions { language: language.into(), ..FileOptions::default() };
    counter.add_file(path, &options, &mut |_| ControlFlow::Continue(()))
}

/// Merges files within a budget.
fn merge(paths: &[&Path], out: &Path, force: bool, budget: Budget, threads: usize) -> Result<Saved, Error> {
    counter(threads).with_budget(budget)?.save(out, paths, force, &mut unwatched)
}

fn items(counts: &WordCounts) -> Vec<(String, u64)> {
    counts.items(None).map(|(word, count)| (String::from_utf8(word.to_vec()).unwrap(), count)).collect()
}

/// Three files in two languages, and the file that holds their counts.
fn corpus(folder: &TempDir) -> (Vec<(PathBuf, &'static str)>, PathBuf, Saved) {
    let files: Vec<_> = [("en", 0), ("de", 1), ("en", 2)]
        .into_iter()
        .map(|(language, part)| {
            let path = folder.path().join(format!("{part}.txt"));
            std::fs::write(&path, text(part, 100_000)).unwrap();
            (path, language)
        })
        .collect();
    let expected = folder.path().join("expected.counts");
    let mut whole = counter(2);
    for (path, language) in &files {
        add(&mut whole, path, language).unwrap();
    }
    let saved = whole.save(&expected, &[], false, &mut unwatched).unwrap();
    (files, expected, saved)
}

#[test]
fn ten_times_the_memory_gives_the_same_bytes_and_leaves_nothing() {
    let (folder, spill) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (files, expected, saved) = corpus(&folder);
    assert!(std::fs::metadata(&expected).unwrap().len() > 2 * Budget::least(1));
    for threads in 1..=3 {
        let counted = || {
            let mut counter = counter(threads).with_budget(least(&spill, threads)).unwrap();
            for (path, language) in files.iter().rev() {
                add(&mut counter, path, language).unwrap();
            }
            counter
        };
        let out = folder.path().join(format!("{threads}.counts"));
        assert_eq!(counted().save(&out, &[], false, &mut unwatched).unwrap(), saved);
        assert!(std::fs::read(&out).unwrap() == std::fs::read(&expected).unwrap(), "{threads} threads");
        assert_eq!(counted().finish().unwrap().digest(), saved.digest);
        assert_eq!(entries(&spill), 0);
    }
}

#[test]
fn parts_are_kept_or_dropped_whole_however_little_memory_there_is() {
    let (folder, spill) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (files, expected, _) = corpus(&folder);
    let bad = folder.path().join("bad");
    let mut damaged = text(9, 100_000).into_bytes();
    damaged.push(0xff);
    std::fs::write(&bad, damaged).unwrap();
    for budget in [None, Some(least(&spill, 2)), Some(Budget { memory: 30 << 20, ..least(&spill, 2) })] {
        let mut counter = match budget {
            Some(budget) => counter(2).with_budget(budget).unwrap(),
            None => counter(2),
        };
        for (path, language) in &files {
            counter.begin_part().unwrap();
            assert!(matches!(add(&mut counter, &bad, "xx"), Err(Error::InvalidUtf8 { .. })));
            assert!(matches!(counter.keep_part(), Err(Error::Corpus(_))));
            counter.drop_part();
            counter.begin_part().unwrap();
            add(&mut counter, path, language).unwrap();
        }
        let out = folder.path().join("out.counts");
        counter.save(&out, &[], true, &mut unwatched).unwrap();
        assert!(std::fs::read(&out).unwrap() == std::fs::read(&expected).unwrap());
    }
}

#[test]
fn files_merge_without_being_held() {
    let (folder, spill) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (files, expected, saved) = corpus(&folder);
    let parts: Vec<PathBuf> = files
        .iter()
        .enumerate()
        .map(|(index, (path, language))| {
            let mut part = counter(1);
            add(&mut part, path, language).unwrap();
            let out = folder.path().join(format!("part{index}.counts"));
            part.save(&out, &[], false, &mut unwatched).unwrap();
            out
        })
        .collect();
    let out = folder.path().join("merged.counts");
    for order in [[0, 1, 2], [2, 0, 1]] {
        let paths = order.map(|at| parts[at].as_path());
        let merged = merge(&paths, &out, true, least(&spill, 2), 2).unwrap();
        assert_eq!(merged, saved);
        assert!(std::fs::read(&out).unwrap() == std::fs::read(&expected).unwrap());
    }
    assert!(matches!(merge(&[&parts[0]], &out, false, least(&spill, 1), 1), Err(Error::Exists { .. })));
    // More files than the buffers of the least memory are enough for.
    let many: Vec<PathBuf> = (0..300)
        .map(|index| {
            let path = folder.path().join(format!("many{index}.counts"));
            let words = [(format!("w{}", index % 7), 1), (format!("v{index}"), index + 1)];
            WordCounts::from_items("o200k", "", words).unwrap().save(&path, false).unwrap();
            path
        })
        .collect();
    let paths: Vec<&Path> = many.iter().map(PathBuf::as_path).collect();
    let merged = merge(&paths, &out, true, least(&spill, 2), 2).unwrap();
    assert_eq!((merged.distinct, merged.total), (307, 300 + 300 * 301 / 2));
    assert_eq!(WordCounts::load(&out).unwrap().digest(), merged.digest);
    assert_eq!(entries(&spill), 0);
}

#[test]
fn files_that_do_not_belong_together_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.counts");
    let save = |name: &str, pattern: &str, caps: Caps| {
        let mut counter = WordCounter::new(Splitter::new(pattern).unwrap(), 1).with_caps(caps).unwrap();
        counter.add_texts(&["a few words"], "en").unwrap();
        let path = folder.path().join(name);
        counter.save(&path, &[], false, &mut unwatched).unwrap();
        path
    };
    let capped = Caps { max_word_bytes: Some(8), ..Caps::default() };
    let plain = save("plain", "o200k", Caps::default());
    for (other, part) in [
        (save("gpt2", "gpt2", Caps::default()), "different patterns"),
        (save("cut", "o200k", capped), "max_word_bytes none and 8"),
        (save("few", "o200k", Caps { max_per_document: Some(1), ..Caps::default() }), "max_per_document none and 1"),
    ] {
        let message = merge(&[&plain, &other], &out, false, least(&folder, 1), 1).expect_err("they differ").to_string();
        assert!(message.contains(part) && message.starts_with(&other.display().to_string()), "{message}");
        let both = WordCounts::load(&plain).unwrap().merge(WordCounts::load(&other).unwrap());
        assert!(both.unwrap_err().to_string().contains(part));
        assert!(counter(1).check_mergeable(&other).unwrap_err().to_string().contains(part));
    }
    assert!(!out.exists());
    counter(1).check_mergeable(&plain).unwrap();
    assert_eq!(CountsFile::open(&folder.path().join("cut")).unwrap().caps(), capped);
    let loaded = WordCounts::load(&folder.path().join("cut")).unwrap();
    assert_eq!(loaded.caps(), capped);
    loaded.save(&out, false).unwrap();
    assert!(std::fs::read(&out).unwrap() == std::fs::read(folder.path().join("cut")).unwrap());
    assert_eq!(std::fs::read(&out).unwrap()[15], 2, "the version of counts with caps");
    let mut damaged = std::fs::read(&plain).unwrap();
    damaged[30] ^= 1;
    std::fs::write(&plain, damaged).unwrap();
    let refused = merge(&[&plain], &out, true, least(&folder, 1), 1);
    assert!(matches!(refused, Err(Error::CorruptFile { path, .. }) if path == plain));
}

#[test]
fn too_little_memory_and_caps_that_leave_nothing_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let budget = Budget { memory: Budget::least(2) - 1, ..least(&folder, 2) };
    let message = counter(2).with_budget(budget).err().expect("too little").to_string();
    assert!(message.contains(&Budget::least(2).to_string()), "{message}");
    for caps in
        [Caps { max_word_bytes: Some(3), ..Caps::default() }, Caps { max_per_document: Some(0), ..Caps::default() }]
    {
        assert!(matches!(counter(1).with_caps(caps), Err(Error::Argument(_))));
    }
}

#[test]
fn what_unpacking_takes_is_part_of_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, packed) = (folder.path().join("plain"), folder.path().join("packed"));
    let content = text(0, 100_000) + &text(5, 100_000);
    std::fs::write(&plain, &content).unwrap();
    std::fs::write(&packed, zstd::bulk::compress(content.as_bytes(), 3).unwrap()).unwrap();
    let mut expected = counter(1);
    add(&mut expected, &plain, "en").unwrap();
    let expected = expected.finish().unwrap().digest();
    for threads in 1..3 {
        let of = |memory| counter(threads).with_budget(Budget { memory, ..least(&folder, threads) }).unwrap();
        let mut small = of(Budget::least(threads));
        small.check_window(&plain).unwrap();
        let message = small.check_window(&packed).unwrap_err().to_string();
        let least: u64 = message.split("give at least ").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
        assert!(least > Budget::least(threads) + (2 << 20), "{message}");
        small.begin_part().unwrap();
        assert!(matches!(add(&mut small, &packed, "en"), Err(Error::Argument(reason)) if reason == message));
        small.drop_part();
        add(&mut small, &plain, "en").unwrap();
        assert_eq!(small.finish().unwrap().digest(), expected);
        let mut enough = of(least);
        enough.check_window(&packed).unwrap();
        add(&mut enough, &packed, "en").unwrap();
        assert_eq!(enough.finish().unwrap().digest(), expected);
    }
}

#[test]
fn a_folder_that_cannot_be_written_and_an_interruption_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let (files, _, _) = corpus(&folder);
    let out = folder.path().join("out.counts");
    let nowhere = Budget { folder: folder.path().join("none"), ..least(&folder, 1) };
    let mut counter_ = counter(1).with_budget(nowhere).unwrap();
    let error = add(&mut counter_, &files[0].0, "").unwrap_err();
    assert!(matches!(&error, Error::Io { path, .. } if path.ends_with("none")), "{error}");
    assert!(matches!(counter_.save(&out, &[], false, &mut unwatched), Err(Error::Corpus(_))));
    let before = entries(&folder);
    let mut counter = counter(1).with_budget(least(&folder, 1)).unwrap();
    add(&mut counter, &files[0].0, "").unwrap();
    assert!(matches!(counter.save(&out, &[], false, &mut || ControlFlow::Break(())), Err(Error::Interrupted)));
    assert_eq!(entries(&folder), before);
}

/// Counts documents the slow way.
fn capped_oracle(documents: &[String], caps: Caps) -> BTreeMap<String, u64> {
    let splitter = Splitter::new("o200k").unwrap();
    let mut sums = BTreeMap::new();
    for document in documents {
        let mut here: BTreeMap<String, u64> = BTreeMap::new();
        splitter
            .for_each_word(document, |word| {
                let mut piece = String::new();
                for character in word.chars() {
                    if caps.max_word_bytes.is_some_and(|most| (piece.len() + character.len_utf8()) as u64 > most) {
                        *here.entry(std::mem::take(&mut piece)).or_default() += 1;
                    }
                    piece.push(character);
                }
                *here.entry(piece).or_default() += 1;
            })
            .unwrap();
        for (word, count) in here {
            *sums.entry(word).or_default() += caps.max_per_document.map_or(count, |most| count.min(most));
        }
    }
    sums
}

proptest! {
    #[test]
    fn caps_are_what_they_say(
        documents in prop::collection::vec("[ab ]{0,12}|[你好é👋a]{0,20}|(ab ){0,9}", 0..30),
        most_bytes in prop::option::of(4_u64..9),
        most in prop::option::of(1_u64..4),
        threads in 1_usize..4,
        chunk in 1_usize..60,
    ) {
        let caps = Caps { max_word_bytes: most_bytes, max_per_document: most };
        let expected: Vec<_> = capped_oracle(&documents, caps).into_iter().collect();
        let folder = tempfile::tempdir().unwrap();
        let capped = || counter(threads).with_caps(caps).unwrap().with_chunk_size(chunk, 1 << 20);
        let mut of_texts = capped();
        of_texts.add_texts(&documents.iter().map(String::as_str).collect::<Vec<_>>(), "").unwrap();
        prop_assert_eq!(&items(&of_texts.finish().unwrap()), &expected);
        let lines: Vec<String> = documents.iter().map(|text| format!("{{\"text\": \"{text}\"}}")).collect();
        let path = folder.path().join("lines");
        std::fs::write(&path, lines.join("\n")).unwrap();
        let mut of_json = capped();
        let options = FileOptions { format: FileFormat::Jsonl, ..FileOptions::default() };
        of_json.add_file(&path, &options, &mut |_| ControlFlow::Continue(())).unwrap();
        prop_assert_eq!(&items(&of_json.finish().unwrap()), &expected);
    }

    #[test]
    fn lines_of_a_text_are_documents(
        text in "([ab]{1,2} ){0,9}\n|[ab ]{0,9}\n{1,3}",
        repeats in 1_usize..9,
        most in 1_u64..4,
        threads in 1_usize..4,
        chunk in 1_usize..60,
        pattern in 0_usize..2,
    ) {
        let text = text.repeat(repeats);
        let splitter = Splitter::new(["o200k", "gpt2"][pattern]).unwrap();
        // The slow way: every word belongs to the line that its first byte is in.
        let mut by_line: BTreeMap<(usize, &str), u64> = BTreeMap::new();
        let mut at = 0;
        splitter.for_each_word(&text, |word| {
            *by_line.entry((text[..at].matches('\n').count(), word)).or_default() += 1;
            at += word.len();
        }).unwrap();
        let mut expected: BTreeMap<String, u64> = BTreeMap::new();
        for ((_, word), count) in by_line {
            *expected.entry(word.to_owned()).or_default() += count.min(most);
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        std::fs::write(&path, &text).unwrap();
        let caps = Caps { max_per_document: Some(most), ..Caps::default() };
        let mut counter = WordCounter::new(splitter.clone(), threads).with_caps(caps).unwrap().with_chunk_size(chunk, 1 << 20);
        add(&mut counter, &path, "").unwrap();
        prop_assert_eq!(items(&counter.finish().unwrap()), expected.into_iter().collect::<Vec<_>>());
    }
}
