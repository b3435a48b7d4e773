//! The encoder, the decoder, the vocabulary and its files: against the cases, against a slow encoder that is plainly
//! right, and against faults.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use omnitok_core::Error;
use omnitok_core::decoder::Utf8Stream;
use omnitok_core::encoder::{Encoder, Normalizer, Rules, SpecialSet, character_spans};
use omnitok_core::format::{self, Label, RankFile, write_rank_file};
use omnitok_core::splitter::Splitter;
use omnitok_core::vocabulary::{Block, BlockKind, CodeLayout, MAX_SPECIAL_ID, MAX_TEXT_ID, Vocabulary};
use proptest::prelude::*;
use proptest::sample::select;

// --- a vocabulary to write down ---------------------------------------------------------------------------------------

/// The 256 bytes, tokens from id 256 on, and how they are used.
#[derive(Clone, Debug, Default)]
struct Small {
    pattern: String,
    tokens: Vec<Vec<u8>>,
    merges: Option<Vec<(u32, u32)>>,
    whole_words: bool,
    normalizer: Option<Normalizer>,
    special: BTreeMap<String, u32>,
}

impl Small {
    fn all_tokens(&self) -> Vec<(u32, Vec<u8>)> {
        let bytes = (0..=255u8).map(|byte| vec![byte]);
        (0..).zip(bytes.chain(self.tokens.iter().cloned())).collect()
    }

    fn vocabulary(&self) -> Vocabulary {
        let tokens = self.all_tokens();
        let tokens: Vec<(u32, &[u8])> = tokens.iter().map(|(id, bytes)| (*id, bytes.as_slice())).collect();
        Vocabulary::from_tokens(&tokens, self.special.clone()).expect("a vocabulary that can exist")
    }

    fn encoder(&self) -> Encoder {
        let rules = Rules { merges: self.merges.clone(), whole_words: self.whole_words, normalizer: self.normalizer };
        let splitter = Splitter::new(&self.pattern).expect("a good pattern");
        Encoder::new(Arc::new(self.vocabulary()), splitter, rules).expect("merges that fit")
    }
}

fn words(encoder: &Encoder, text: &str) -> Vec<String> {
    let mut words = Vec::new();
    encoder.splitter().for_each_word(text, |word| words.push(word.to_owned())).expect("a pattern of linear time");
    words
}

// --- cases ------------------------------------------------------------------------------------------------------------

fn integer(value: &toml::Value) -> u32 {
    u32::try_from(value.as_integer().expect("an integer")).expect("an id or a number of times")
}

fn integers(value: &toml::Value) -> Vec<u32> {
    value.as_array().expect("a list").iter().map(integer).collect()
}

fn token_bytes(value: &toml::Value) -> Vec<u8> {
    match value {
        toml::Value::String(text) => text.clone().into_bytes(),
        list => integers(list).into_iter().map(|byte| u8::try_from(byte).expect("a byte")).collect(),
    }
}

fn small(entry: &toml::Value) -> Small {
    let list = |key: &str| entry[key].as_array().expect("a list");
    Small {
        pattern: entry["pattern"].as_str().expect("a pattern").to_owned(),
        tokens: list("tokens").iter().map(token_bytes).collect(),
        merges: entry.get("merges").map(|merges| {
            let pairs = merges.as_array().expect("a list").iter().map(integers);
            pairs.map(|pair| (pair[0], pair[1])).collect()
        }),
        whole_words: entry["whole_words"].as_bool().expect("true or false"),
        normalizer: entry.get("normalizer").map(|_| Normalizer::Nfc),
        special: entry.get("special").map_or_else(BTreeMap::new, |special| {
            let table = special.as_table().expect("a table");
            table.iter().map(|(name, id)| (name.clone(), integer(id))).collect()
        }),
    }
}

#[test]
fn the_cases_hold() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cases/encoder.toml");
    let file: toml::Table = fs::read_to_string(path).expect(path).parse().expect("valid TOML");
    let name = |entry: &toml::Value, key: &str| entry[key].as_str().expect("a name").to_owned();
    let encoders: HashMap<String, Encoder> = file["vocabulary"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| (name(entry, "name"), small(entry).encoder()))
        .collect();
    let cases = file["case"].as_array().expect("a list");
    for case in cases {
        let times = case.get("times").map_or(1, |times| integer(times) as usize);
        let text = name(case, "text").repeat(times);
        let encoder = &encoders[&name(case, "vocabulary")];
        let ids = match case.get("allowed") {
            None => encoder.encode_ordinary(&text),
            Some(allowed) => {
                let allowed = allowed.as_array().expect("a list").iter();
                let allowed: Vec<String> = allowed.map(|name| name.as_str().expect("a name").to_owned()).collect();
                encoder.encode(&text, SpecialSet::Only(&allowed), SpecialSet::NONE)
            }
        };
        assert_eq!(ids.expect("ids"), integers(&case["ids"]).repeat(times), "{case}");
    }
    assert!(cases.len() > 30, "only {} cases were read", cases.len());
}

// --- the slow encoder -------------------------------------------------------------------------------------------------

/// Merges one pair at a time, looking at every pair each time: the definition, in quadratic time.
struct SlowEncoder {
    ids: HashMap<Vec<u8>, u32>,
    bytes: HashMap<u32, Vec<u8>>,
    priorities: Option<HashMap<(u32, u32), usize>>,
    whole_words: bool,
}

impl SlowEncoder {
    fn new(small: &Small) -> Self {
        let tokens = small.all_tokens();
        let priorities = small.merges.as_ref().map(|merges| merges.iter().copied().zip(0..).collect());
        Self {
            ids: tokens.iter().map(|(id, bytes)| (bytes.clone(), *id)).collect(),
            bytes: tokens.into_iter().collect(),
            priorities,
            whole_words: small.whole_words,
        }
    }

    /// The priority of a merge and what it makes.
    fn merge(&self, left: u32, right: u32) -> Option<(usize, u32)> {
        let product = *self.ids.get(&[self.bytes[&left].as_slice(), &self.bytes[&right]].concat())?;
        match &self.priorities {
            None => Some((product as usize, product)),
            Some(priorities) => priorities.get(&(left, right)).map(|&priority| (priority, product)),
        }
    }

    fn word(&self, word: &str) -> Vec<u32> {
        if let Some(&id) = self.ids.get(word.as_bytes()).filter(|_| self.whole_words) {
            return vec![id];
        }
        let mut symbols: Vec<u32> = word.bytes().map(u32::from).collect();
        loop {
            let merges = symbols.windows(2).zip(0..).filter_map(|(pair, position)| {
                self.merge(pair[0], pair[1]).map(|(priority, product)| (priority, position, product))
            });
            let Some((_, position, product)) = merges.min() else { return symbols };
            symbols.splice(position..position + 2, [product]);
        }
    }
}

/// Characters whose bytes share beginnings and ends, so that tokens across characters have a chance.
const CHARACTERS: &[char] = &[
    'a', 'b', 'c', ' ', '\n', 'é', 'è', 'ä', 'и', 'й', 'क', 'ख', 'म', 'ম', '中', '丮', '为', '\u{FFFD}', '👍', '👎',
    '💍',
];

fn text_of(characters: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = String> {
    proptest::collection::vec(select(CHARACTERS), characters).prop_map(String::from_iter)
}

/// Short texts, texts of one character over and over, and texts of some hundred characters.
fn any_text() -> impl Strategy<Value = String> {
    let runs = (select(CHARACTERS), 1..150_usize).prop_map(|(unit, times)| unit.to_string().repeat(times));
    prop_oneof![4 => text_of(0..16), 2 => text_of(20..60), 1 => text_of(100..300), 1 => runs]
}

/// Vocabularies whose tokens are joined from earlier ones, as training does, or cut out of text anywhere.
fn any_vocabulary() -> impl Strategy<Value = Small> {
    let seeds = proptest::collection::vec((any::<usize>(), any::<usize>(), any::<bool>()), 1..60);
    let rules = (any::<bool>(), any::<bool>(), select(vec![r"[\s\S]+", "gpt2", "o200k"]));
    (text_of(80), seeds, rules).prop_map(|(source, seeds, (listed, whole_words, pattern))| {
        let source = source.as_bytes();
        let mut tokens: Vec<Vec<u8>> = Vec::new();
        let mut merges: Vec<(u32, u32)> = Vec::new();
        let mut known: HashMap<Vec<u8>, u32> = (0..=255u8).map(|byte| (vec![byte], u32::from(byte))).collect();
        for (first, second, cut_out) in seeds {
            // What stands in the text at some place, so that joined tokens occur in texts.
            let start = first % (source.len() - 8);
            let longest = |from: usize| {
                let ends = (from + 1..=source.len()).rev();
                let tokens = ends.filter_map(|end| known.get(&source[from..end]).map(|&id| (id, end)));
                tokens.into_iter().next().expect("every byte is a token")
            };
            let (left, middle) = longest(start);
            let (right, end) = if middle < source.len() { longest(middle) } else { continue };
            let token = if cut_out { &source[start..start + 2 + second % 6] } else { &source[start..end] };
            if !known.contains_key(token) {
                known.insert(token.to_vec(), 256 + tokens.len() as u32);
                tokens.push(token.to_vec());
            }
            if known.contains_key(&source[start..end]) && !merges.contains(&(left, right)) {
                // Priorities that are not the order of ids.
                merges.insert(second % (merges.len() + 1), (left, right));
            }
        }
        let merges = listed.then_some(merges);
        Small { pattern: pattern.to_owned(), tokens, merges, whole_words, ..Small::default() }
    })
}

fn configuration(cases: u32) -> ProptestConfig {
    let factor = std::env::var("PROPTEST_FACTOR").ok().and_then(|factor| factor.parse().ok()).unwrap_or(1);
    ProptestConfig { cases: cases * factor, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(configuration(400))]

    /// The scan of short words, the queues of long ones, the characters that start whole, and the cache, which the second
    /// time round answers: all give what merging byte by byte gives.
    #[test]
    fn every_engine_gives_what_the_definition_gives(
        small in any_vocabulary(),
        texts in proptest::collection::vec(any_text(), 1..12),
    ) {
        let (encoder, slow) = (small.encoder(), SlowEncoder::new(&small));
        let mut expected = Vec::new();
        for text in &texts {
            let ids: Vec<u32> = words(&encoder, text).iter().flat_map(|word| slow.word(word)).collect();
            prop_assert_eq!(encoder.encode_ordinary(text).expect("ids"), &ids[..], "{:?}", text);
            prop_assert_eq!(encoder.encode_ordinary(text).expect("ids"), &ids[..], "again, {:?}", text);
            prop_assert_eq!(encoder.count(text).expect("a count"), ids.len());
            prop_assert_eq!(encoder.vocabulary().decode(&ids).expect("bytes"), text.as_bytes());
            expected.push(ids);
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        for threads in 1..4 {
            let batch = encoder.encode_ordinary_batch(&texts, threads).expect("ids");
            let offsets: Vec<usize> =
                batch.offsets.iter().map(|&offset| usize::try_from(offset).expect("no offset is negative")).collect();
            let of_texts: Vec<&[u32]> = offsets.windows(2).map(|ends| &batch.ids[ends[0]..ends[1]]).collect();
            prop_assert_eq!(&of_texts, &expected);
        }
    }

    #[test]
    fn a_truncated_text_is_a_beginning_and_fits(small in any_vocabulary(), text in any_text(), most in 0_usize..40) {
        let encoder = small.encoder();
        let short = encoder.truncate(&text, most).expect("a text");
        prop_assert!(text.starts_with(short));
        prop_assert!(encoder.count(short).expect("a count") <= most);
        if encoder.count(&text).expect("a count") <= most {
            prop_assert_eq!(short, &text);
        }
    }

    #[test]
    fn spans_lie_end_to_end_and_say_where_tokens_come_from(small in any_vocabulary(), text in any_text()) {
        let encoder = small.encoder();
        let ids = encoder.encode_ordinary(&text).expect("ids");
        let spans = encoder.spans(&text, &ids);
        prop_assert_eq!(spans.len(), ids.len());
        let mut end = 0;
        for (&id, &(from, to)) in ids.iter().zip(&spans) {
            prop_assert_eq!(from, end);
            prop_assert_eq!(encoder.vocabulary().token_bytes(id), text.as_bytes().get(from..to));
            end = to;
        }
        prop_assert_eq!(end, text.len());
        // By definition: the characters that have a byte in the span.
        let characters: Vec<_> = text.char_indices().map(|(at, found)| at..at + found.len_utf8()).collect();
        for (&(from, to), (first, last)) in spans.iter().zip(character_spans(&text, &spans)) {
            let touched = characters.iter().zip(0..).filter(|(bytes, _)| bytes.start < to && from < bytes.end);
            let touched: Vec<usize> = touched.map(|(_, index)| index).collect();
            prop_assert_eq!((first, last), (touched[0], touched[touched.len() - 1] + 1));
        }
    }
}

// --- special tokens ---------------------------------------------------------------------------------------------------

const NAMES: &[&str] = &["<a>", "<a>b", "b", "<", "a><a", "<|x|>"];

fn special_encoder() -> Encoder {
    let special = NAMES.iter().zip(300..).map(|(name, id)| ((*name).to_owned(), id)).collect();
    Small { pattern: "gpt2".into(), tokens: vec![b"ab".to_vec(), b"<a".to_vec()], special, ..Small::default() }
        .encoder()
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

proptest! {
    #![proptest_config(configuration(2000))]

    #[test]
    fn special_tokens_are_the_leftmost_and_then_the_longest(
        pieces in proptest::collection::vec(select(vec!["<a>", "<a", "b", "a>", "<|x|>", " ", "é", "<", "x"]), 0..10),
        allowed in proptest::sample::subsequence(NAMES.to_vec(), 0..=NAMES.len()),
    ) {
        let encoder = special_encoder();
        let text = pieces.concat();
        let mut expected = Vec::new();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let places = rest.char_indices().map(|(at, _)| at);
            let found = places.flat_map(|at| allowed.iter().map(move |&name| (at, name)));
            let found = found.filter(|&(at, name)| rest[at..].starts_with(name));
            let Some((at, name)) = found.min_by_key(|&(at, name)| (at, std::cmp::Reverse(name.len()))) else { break };
            expected.extend(encoder.encode_ordinary(&rest[..at]).expect("ids"));
            expected.push(encoder.vocabulary().special_tokens()[name]);
            rest = &rest[at + name.len()..];
        }
        expected.extend(encoder.encode_ordinary(rest).expect("ids"));
        let allowed = owned(&allowed);
        let found = encoder.encode(&text, SpecialSet::Only(&allowed), SpecialSet::NONE).expect("ids");
        prop_assert_eq!(&found, &expected);
        // Nothing that is not allowed is ever refused or made without cause.
        let refused = NAMES.iter().any(|&name| !allowed.iter().any(|other| other == name) && text.contains(name));
        match encoder.encode(&text, SpecialSet::Only(&allowed), SpecialSet::All) {
            Ok(ids) => prop_assert!(!refused && ids == expected),
            Err(Error::SpecialToken { token, position }) => {
                prop_assert!(refused && text[position..].starts_with(&token) && !allowed.contains(&token));
            }
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        }
    }
}

#[test]
fn what_is_disallowed_is_refused_with_its_place() {
    let encoder = special_encoder();
    let refused =
        |text: &str, allowed: SpecialSet, disallowed: SpecialSet| match encoder.encode(text, allowed, disallowed) {
            Err(Error::SpecialToken { token, position }) => Some((token, position)),
            Err(other) => panic!("{other}"),
            Ok(_) => None,
        };
    let some = |token: &str, position| Some((token.to_owned(), position));
    let (names, other) = (owned(&["<|x|>"]), owned(&["no special token"]));
    assert_eq!(refused("é<|x|>", SpecialSet::NONE, SpecialSet::All), some("<|x|>", 2));
    assert_eq!(refused("é<|x|>", SpecialSet::All, SpecialSet::All), None);
    assert_eq!(refused("é<|x|>", SpecialSet::All, SpecialSet::Only(&names)), some("<|x|>", 2));
    assert_eq!(refused("é<|x|>", SpecialSet::NONE, SpecialSet::NONE), None);
    assert_eq!(refused("no special token", SpecialSet::NONE, SpecialSet::Only(&other)), some("no special token", 0));
}

#[test]
fn ordinary_text_never_leaves_the_text_blocks() {
    let encoder = special_encoder();
    for name in NAMES {
        for id in encoder.encode_ordinary(&name.repeat(3)).expect("ids") {
            let block = encoder.vocabulary().block_of(id).expect("an id of the vocabulary");
            assert_eq!(block.kind, BlockKind::Text, "{name:?} gives {id}");
        }
    }
}

// --- decoding ---------------------------------------------------------------------------------------------------------

#[test]
fn ids_without_bytes_are_refused_by_place_and_kind() {
    let vocabulary = special_encoder().vocabulary().with_block("pad", BlockKind::Reserved, 10).expect("a block");
    let message = |ids: &[u32]| vocabulary.decode(ids).expect_err("no bytes").to_string();
    assert_eq!(message(&[97, 258]), r#"id 258 at position 1 lies in block "reserved", whose ids have no text form"#);
    assert_eq!(message(&[310]), r#"id 310 at position 0 lies in block "pad", whose ids have no text form"#);
    assert_eq!(message(&[316]), "id 316 at position 0 is outside this vocabulary of 316 ids");
    assert_eq!(message(&[u32::MAX]), "id 4294967295 at position 0 is outside this vocabulary of 316 ids");
    assert_eq!(vocabulary.decode(&[300, 256]).expect("bytes"), b"<a>ab");
}

proptest! {
    #[test]
    fn tokens_decoded_one_by_one_give_the_text(small in any_vocabulary(), text in any_text()) {
        let encoder = small.encoder();
        let mut stream = Utf8Stream::default();
        let mut decoded = String::new();
        for id in encoder.encode_ordinary(&text).expect("ids") {
            decoded += &stream.push(encoder.vocabulary().token_bytes(id).expect("bytes"));
        }
        prop_assert_eq!(decoded, text);
        prop_assert_eq!(stream.finish(), "");
    }
}

// --- vocabularies that cannot exist -----------------------------------------------------------------------------------

fn bytes_and(more: &[(u32, &'static [u8])]) -> Vec<(u32, &'static [u8])> {
    const ALL: [u8; 256] = {
        let mut all = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            all[byte] = byte as u8;
            byte += 1;
        }
        all
    };
    static BYTES: [u8; 256] = ALL;
    (0..).zip(BYTES.chunks(1)).chain(more.iter().copied()).collect()
}

#[test]
fn a_vocabulary_that_cannot_exist_is_refused() {
    let special = |name: &str, id| BTreeMap::from([(name.to_owned(), id)]);
    let none = BTreeMap::new;
    for (tokens, special, reason) in [
        (bytes_and(&[(256, b"ab"), (256, b"cd")]), none(), "id 256 has two tokens, ab and cd"),
        (bytes_and(&[(256, b"ab"), (257, b"ab")]), none(), "the token ab has two ids, 256 and 257"),
        (bytes_and(&[(256, b"ab")]), special("<x>", 256), "id 256 has two tokens"),
        (bytes_and(&[(256, b"")]), none(), "the token of id 256 is empty"),
        (bytes_and(&[]), special("", 256), "the token of id 256 is empty"),
        (bytes_and(&[(MAX_TEXT_ID - 1, b"ab")]), none(), "text id 2097151 is beyond the limit of 2097151 ids"),
        (bytes_and(&[])[1..].to_vec(), none(), "1 of the 256 single bytes are no tokens (the first is 0x00)"),
        (Vec::new(), none(), "256 of the 256 single bytes are no tokens"),
        (bytes_and(&[]), special("<x>", u32::MAX), "\"<x>\" has id 4294967295, which is beyond the limit"),
        (bytes_and(&[]), special("<x>", u32::MAX - 1), "\"<x>\" has id 4294967294, which is beyond the limit"),
        (bytes_and(&[]), special("<x>", MAX_SPECIAL_ID), "\"<x>\" has id 16777216, which is beyond the limit"),
    ] {
        match Vocabulary::from_tokens(&tokens, special).map(|_| ()) {
            Err(Error::Vocabulary(found)) => assert!(found.contains(reason), "{found:?} does not say {reason:?}"),
            other => panic!("{reason}: {other:?}"),
        }
    }
}

#[test]
fn blocks_are_checked() {
    let block = |name: &str, kind, start, end| Block { name: name.to_owned(), kind, start, end };
    let text = || block("text", BlockKind::Text, 0, 256);
    let codes = |codebooks: Vec<u32>| {
        BlockKind::Code(CodeLayout { codec: None, codebooks, frame_rate: None, strides: vec![], layout: None })
    };
    for (blocks, reason) in [
        (vec![], "lies in no text block"),
        (vec![block("text", BlockKind::Text, 1, 257)], "covers ids 1..257"),
        (vec![text(), block("pad", BlockKind::Reserved, 257, 300)], "the next one starts at 256"),
        (vec![text(), block("pad", BlockKind::Reserved, 255, 300)], "the next one starts at 256"),
        (vec![text(), block("pad", BlockKind::Reserved, 256, 256)], "covers ids 256..256"),
        (vec![text(), block("text", BlockKind::Reserved, 256, 300)], "needs a name of its own"),
        (vec![text(), block("", BlockKind::Reserved, 256, 300)], "needs a name of its own"),
        (vec![text(), block("image", codes(vec![10, 10]), 256, 300)], "holds 44 ids but its codebooks hold 20 codes"),
        (vec![block("text", BlockKind::Text, 0, 257)], "the blocks hold 257 ids for text, but there are 256"),
        (vec![text(), block("s", BlockKind::Special, 256, 257)], "the blocks hold 1 ids for special tokens"),
    ] {
        match Vocabulary::new(blocks, &bytes_and(&[]), BTreeMap::new()).map(|_| ()) {
            Err(Error::Vocabulary(found)) => assert!(found.contains(reason), "{found:?} does not say {reason:?}"),
            other => panic!("{reason}: {other:?}"),
        }
    }
}

#[test]
fn growing_moves_no_id() {
    let vocabulary = Small { pattern: "gpt2".into(), tokens: vec![b"ab".to_vec()], ..Small::default() }.vocabulary();
    let grown = vocabulary.with_special_tokens(&owned(&["<x>", "<y>"])).expect("new names");
    let grown = grown.with_block("pad", BlockKind::Reserved, 5).expect("a new name");
    assert_eq!(grown.size(), 257 + 2 + 5);
    for id in 0..257 {
        assert_eq!(vocabulary.token_bytes(id), grown.token_bytes(id));
    }
    assert_eq!(grown.token_bytes(258), Some(&b"<y>"[..]));
    assert_eq!(grown.token_bytes(259), None);
    let refusal = |result: omnitok_core::Result<Vocabulary>| result.expect_err("a refusal").to_string();
    assert_eq!(refusal(grown.with_special_tokens(&owned(&["<x>"]))), "there is a special token \"<x>\" already");
    assert!(refusal(grown.with_block("pad", BlockKind::Reserved, 1)).contains("needs a name of its own"));
    assert!(refusal(grown.with_block("much", BlockKind::Reserved, u32::MAX)).contains("ids are 32-bit"));
    let full = grown.with_block("much", BlockKind::Reserved, u32::MAX - grown.size()).expect("all the ids there are");
    assert!(refusal(full.with_special_tokens(&owned(&["<z>"]))).contains("ids are 32-bit"));
}

#[test]
fn merges_that_do_not_fit_are_refused() {
    let small = |merges: Vec<(u32, u32)>| Small {
        pattern: "gpt2".into(),
        tokens: vec![b"ab".to_vec()],
        merges: Some(merges),
        special: BTreeMap::from([("<x>".to_owned(), 300)]),
        ..Small::default()
    };
    for (merges, reason) in [
        (vec![(97, 98), (97, 98)], "merge 1 of ids 97 and 98 occurs twice"),
        (vec![(97, 99)], "merge 0 of ids 97 and 99 makes no token of the vocabulary"),
        (vec![(97, 257)], "names an id that is no text token"),
        (vec![(u32::MAX, 98)], "names an id that is no text token"),
        (vec![(97, 300)], "names an id that is no text token"),
    ] {
        let small = small(merges);
        let rules = Rules { merges: small.merges.clone(), ..Rules::default() };
        let splitter = Splitter::new("gpt2").expect("a built-in name");
        match Encoder::new(Arc::new(small.vocabulary()), splitter, rules).map(|_| ()) {
            Err(Error::Vocabulary(found)) => assert!(found.contains(reason), "{found:?} does not say {reason:?}"),
            other => panic!("{reason}: {other:?}"),
        }
    }
}

// --- rank files -------------------------------------------------------------------------------------------------------

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
        assert!(other.text_tokens().eq(vocabulary.text_tokens()));
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

// --- folders ----------------------------------------------------------------------------------------------------------

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
    let layout = CodeLayout {
        codec: Some("ab".repeat(32)),
        codebooks: vec![8, 8],
        frame_rate: Some(12.5),
        strides: vec![16, 16],
        layout: Some("raster".into()),
    };
    let vocabulary = small.vocabulary().with_block("image", BlockKind::Code(layout), 16).expect("a block");
    let vocabulary = vocabulary.with_block("pad", BlockKind::Reserved, 4).expect("a block");
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
    let (loaded, loaded_label) = format::load(&first).expect("a good folder");
    assert_eq!(loaded_label, label);
    assert_eq!(loaded.vocabulary().blocks(), encoder.vocabulary().blocks());
    assert_eq!(loaded.rules().merges, encoder.rules().merges);
    assert_eq!(format::digest(&loaded, &loaded_label), format::digest(&encoder, &label));
    let text = "abc e\u{301}  <|é|>\n";
    assert_eq!(loaded.encode_ordinary(text).expect("ids"), encoder.encode_ordinary(text).expect("ids"));
    format::save(&second, &loaded, &loaded_label, false).expect("a folder");
    assert_eq!(folder_files(&first), folder_files(&second), "equal vocabularies are equal bytes");
    assert_eq!(folder_files(&first).len(), 3);
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
    assert_eq!(format::load(&target).expect("a good folder").1, other);
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
    assert_eq!(format::load(&empty).expect("a good folder").1, label());
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
    assert_eq!(format::load(&real).expect("a good folder").1, other);
    assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 2);
}

fn refusal(files: &BTreeMap<String, Vec<u8>>) -> (String, String) {
    match format::from_files(files, Path::new("folder")).map(|(_, label)| label) {
        Err(Error::CorruptFile { path, reason }) => (path.to_string_lossy().into_owned(), reason),
        other => panic!("{other:?}"),
    }
}

fn rich_files() -> BTreeMap<String, Vec<u8>> {
    format::files(&rich_encoder(), &label()).into_iter().map(|(name, data)| (name.to_owned(), data)).collect()
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
        ((|manifest| manifest["format_version"] = 2.into()) as fn(&mut serde_json::Value), "has format version 2"),
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
        (|manifest| _ = manifest["files"].as_object_mut().map(|files| files.remove("text.tiktoken")), "text.tiktoken"),
    ] {
        let (path, reason) = refusal(&with_manifest(change));
        assert_eq!(path, "folder/manifest.json");
        assert!(reason.contains(expected), "{reason:?} does not say {expected:?}");
    }
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
        match format::load(&target).map(|(_, label)| label) {
            Err(Error::CorruptFile { reason, .. }) => {
                assert!(reason.contains("which is not in its folder"), "{reason}");
            }
            other => panic!("{name:?}: {other:?}"),
        }
    }
}

proptest! {
    #![proptest_config(configuration(300))]

    /// Any damage to a file is refused, and any damage to the manifest is refused or gives some vocabulary.
    #[test]
    fn damage_never_panics(name in select(vec!["manifest.json", "text.tiktoken", "text.merges"]),
                           at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut files = rich_files();
        let data = files.get_mut(name).expect("a file");
        let at = at.index(data.len());
        let same = !cut && data[at] == byte;
        if cut { data.truncate(at) } else { data[at] = byte }
        let loaded = format::from_files(&files, Path::new("folder"));
        if name != "manifest.json" {
            prop_assert_eq!(loaded.is_ok(), same);
        } else if cut {
            // Only the newline at its end can be missed.
            prop_assert_eq!(loaded.is_ok(), at + 1 == rich_files()[name].len());
        }
    }
}

// --- long inputs ------------------------------------------------------------------------------------------------------

#[test]
fn long_words_are_merged_like_short_ones() {
    let tokens = ["aa", "aaaa", "ab", "ba", "abab", "क", "कक"].map(|token| token.as_bytes().to_vec()).to_vec();
    let small = Small { pattern: r"[\s\S]+".into(), tokens, ..Small::default() };
    let (encoder, slow) = (small.encoder(), SlowEncoder::new(&small));
    // Around the border between the engines, and around the lengths that the caches hold.
    for length in (1..70).chain([127, 128, 129, 600]) {
        for unit in ["a", "ab", "ba", "aab", "क", "aक", "x"] {
            let text: String = unit.chars().cycle().take(length).collect();
            assert_eq!(encoder.encode_ordinary(&text).expect("ids"), slow.word(&text), "{length} of {unit:?}");
        }
    }
}
