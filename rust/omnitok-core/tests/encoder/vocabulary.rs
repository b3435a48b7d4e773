//! Vocabularies that grow, and those that cannot exist.

use std::collections::BTreeMap;
use std::sync::Arc;

use omnitok_core::Error;
use omnitok_core::encoder::{Encoder, Rules};
use omnitok_core::splitter::Splitter;
use omnitok_core::vocabulary::{Block, BlockKind, CodeLayout, MAX_SPECIAL_ID, MAX_TEXT_ID, TextTokens, Vocabulary};

use crate::small::Small;
use crate::special::owned;

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
    let tokens = Arc::new(TextTokens::new(&bytes_and(&[])).expect("all bytes"));
    let text = || block("text", BlockKind::Text, 0, 256);
    let codes = |codebooks: Vec<u32>| BlockKind::Code(CodeLayout::bare(codebooks));
    for (blocks, reason) in [
        (vec![], "lies in no text block"),
        (vec![block("text", BlockKind::Text, 1, 257)], "covers ids 1..257"),
        (vec![text(), block("pad", BlockKind::Reserved, 257, 300)], "the next one starts at 256"),
        (vec![text(), block("pad", BlockKind::Reserved, 255, 300)], "the next one starts at 256"),
        (vec![text(), block("pad", BlockKind::Reserved, 256, 256)], "has no ids"),
        (vec![text(), block("text", BlockKind::Reserved, 256, 300)], "needs a name of its own"),
        (vec![text(), block("", BlockKind::Reserved, 256, 300)], "needs a name of its own"),
        (vec![text(), block("image", codes(vec![10, 10]), 256, 300)], "holds 44 ids but its codebooks hold 20 codes"),
        (vec![block("text", BlockKind::Text, 0, 257)], "the blocks hold 257 ids for text, but there are 256"),
        (vec![text(), block("s", BlockKind::Special, 256, 257)], "the blocks hold 1 ids for special tokens"),
    ] {
        match Vocabulary::new(blocks, tokens.clone(), BTreeMap::new()).map(|_| ()) {
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
    assert_eq!(
        refusal(grown.with_special_tokens(&owned(&["<x>"]))),
        "there is a special token \"<x>\" already, with id 257"
    );
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
