//! Blocks of every kind: what they may say, that nothing has two ids, and how vocabularies grow.

use omnitok_core::Error;
use omnitok_core::growth::RowSource;
use omnitok_core::vocabulary::{NewBlock, Rate, Vocabulary};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::small::Small;

fn text() -> Vocabulary {
    Small { pattern: "gpt2".into(), tokens: vec![b"ab".to_vec()], ..Small::default() }.vocabulary()
}

fn grown(from: &Vocabulary, blocks: Value) -> omnitok_core::Result<Vocabulary> {
    let blocks: Vec<NewBlock> = serde_json::from_value(blocks).map_err(|error| Error::Vocabulary(error.to_string()))?;
    from.with_blocks(blocks)
}

fn audio(size: u32, fields: Value) -> Value {
    with(
        json!({"name": "audio", "kind": "code", "size": size, "codebooks": [8, 8], "rate": "25/2", "layout": "flat"}),
        fields,
    )
}

fn image(fields: Value) -> Value {
    with(
        json!({"name": "image", "kind": "code", "size": 8, "codebooks": [8], "patch": [4, 4], "layout": "sized"}),
        fields,
    )
}

fn with(mut block: Value, fields: Value) -> Value {
    let (Value::Object(block), Value::Object(fields)) = (&mut block, fields) else { panic!("no objects") };
    block.extend(fields);
    Value::Object(std::mem::take(block))
}

#[test]
fn a_block_that_says_what_cannot_be_is_refused() {
    let marks = |names: &[&str]| json!({"name": "marks", "kind": "mark", "size": names.len(), "parent": "image", "names": names});
    let merges = |parent: &str, merges: Value| {
        let size = merges.as_array().expect("a list").len();
        json!({"name": "merges", "kind": "merge", "size": size, "parent": parent, "merges": merges})
    };
    let sizes = |name: &str, first: u32, size: u32| json!({"name": name, "kind": "size", "size": size, "axis": "h", "first": first});
    let voices = |name: &str, names: &[&str]| json!({"name": name, "kind": "voice", "size": names.len(), "parent": "audio", "names": names});
    let (sound, picture) = (audio(16, json!({})), image(json!({})));
    for (blocks, reason) in [
        (json!([{"name": "room", "kind": "reserved", "size": 0}]), "block \"room\" has no ids"),
        (json!([audio(15, json!({}))]), "it holds 15 ids but its codebooks hold 16 codes"),
        (json!([audio(16, json!({"codebooks": [16, 0]}))]), "codebook 1 has no codes"),
        (json!([audio(16, json!({"codec": "AB".repeat(32)}))]), "is no SHA-256"),
        (json!([audio(16, json!({"rate": "50/4"}))]), "the rate \"50/4\" is no fraction in lowest terms"),
        (json!([audio(16, json!({"rate": "0"}))]), "the rate \"0\" is no fraction"),
        (json!([audio(16, json!({"strides": [1]}))]), "it has 1 strides for 2 codebooks"),
        (
            json!([audio(16, json!({"strides": [3, 2]}))]),
            "stride 2 of codebook 1 is not from 1 to 4096 and a divisor of the largest, 3",
        ),
        (json!([audio(16, json!({"strides": [0, 2]}))]), "stride 0 of codebook 0"),
        (json!([audio(16, json!({"patch": [4, 4]}))]), "it has a rate and a patch"),
        (json!([audio(16, json!({"layout": "raster"}))]), "its layout is raster, and for codes in time it is flat"),
        (json!([audio(16, json!({"layout": "delay"}))]), "it has 0 delays for 2 codebooks"),
        (json!([audio(16, json!({"layout": "delay", "delays": [0, 1, 2]}))]), "it has 3 delays for 2 codebooks"),
        (
            json!([audio(16, json!({"layout": "delay", "delays": [0, -1]}))]),
            "invalid value: integer `-1`, expected u32",
        ),
        (
            json!([audio(16, json!({"layout": "delay", "delays": [0, 4097]}))]),
            "delay 4097 of codebook 1 is not from 0 to 4096 frames",
        ),
        (
            json!([audio(16, json!({"layout": "delay", "delays": [0, 4096], "strides": [4096, 1]}))]),
            "its delays of up to 4096 frames add 16781312 marks to a segment, and 1048576 are the most",
        ),
        (json!([audio(16, json!({"delays": [0, 1]}))]), "its layout is flat; delays are for the layout delay"),
        (
            json!([{"name": "a", "kind": "code", "size": 4, "codebooks": [4], "rate": "1", "layout": "coarse-first"}]),
            "its layout is coarse-first, which needs two codebooks or more",
        ),
        (json!([audio(16, json!({"layout": "spiral"}))]), "unknown variant `spiral`"),
        (json!([audio(16, json!({"grid": [2, 2]}))]), "which codes in time do not have"),
        (json!([audio(16, json!({"rate": null}))]), "which need a rate or a patch"),
        (json!([image(json!({"patch": [0, 4]}))]), "which cover nothing"),
        (json!([image(json!({"layout": "flat"}))]), "for images it is raster, rows, sized or sized-rows"),
        (json!([image(json!({"layout": "raster"}))]), "it has no grid"),
        (json!([image(json!({"delays": [0]}))]), "it has strides or delays, which codes in a plane do not have"),
        (json!([image(json!({"layout": "raster", "grid": [0, 7]}))]), "its grid is 0 x 7"),
        (json!([image(json!({"grid": [7, 7]}))]), "size tokens tell the size"),
        (json!([marks(&["begin", "end"])]), "its parent \"image\" is no block of codes before it"),
        (json!([picture, marks(&["begin", "row", "end"])]), "they are [\"begin\", \"end\"]"),
        (json!([picture, merges("audio", json!([[0, 1, false]]))]), "its parent \"audio\" is no block of codes"),
        (
            json!([picture, merges("image", json!([[0, 8, false]]))]),
            "merge 0 of 0 and 8 names a symbol that is not before it",
        ),
        (
            json!([picture, merges("image", json!([[0, 1, false], [0, 1, true], [0, 1, true]]))]),
            "merges 1 and 2 are both of 0 and 1 below it; a pair is merged once",
        ),
        (
            json!([picture, merges("image", json!([[0, 1, false], [8, 1, true]]))]),
            "merge 1 of 8 and 1 makes no run or rectangle",
        ),
        (json!([sound, merges("audio", json!([[0, 1, true]]))]), "merge 0 of 0 and 1 makes no run"),
        (json!([sound, merges("audio", json!([[7, 8, false]]))]), "merge 0 of 7 and 8 makes no run or rectangle"),
        (json!([sizes("h", 0, 4)]), "sizes go from 1 to 65536, and these from 0 to 3"),
        (json!([sizes("h", 1, 70_000)]), "and these from 1 to 70000"),
        (json!([sizes("h", 1, 4), sizes("more", 4, 2)]), "is the size h = 4, which is id 260 of block \"h\" already"),
        (
            json!([sound, voices("v", &["a", "b"]), voices("w", &["b"])]),
            "is the voice \"b\", which is id 274 of block \"v\" already",
        ),
        (json!([sound, voices("v", &[""])]), "each needs a name"),
        (json!([sound, sound]), "it is that of block \"audio\" at ids 257..273"),
    ] {
        match grown(&text(), blocks).map(|_| ()) {
            Err(Error::Vocabulary(found)) => assert!(found.contains(reason), "{found:?} does not say {reason:?}"),
            other => panic!("{reason}: {other:?}"),
        }
    }
}

#[test]
fn merges_go_on_over_blocks_and_make_rectangles() {
    let first = json!({"name": "a", "kind": "merge", "size": 1, "parent": "image", "merges": [[0, 1, false]]});
    let second =
        json!({"name": "b", "kind": "merge", "size": 2, "parent": "image", "merges": [[8, 8, true], [9, 2, true]]});
    let vocabulary =
        grown(&text(), json!([image(json!({})), first, json!({"name": "gap", "kind": "reserved", "size": 3})]));
    let vocabulary = vocabulary.expect("a rectangle of two");
    assert_eq!(vocabulary.symbol_ids("image"), [(0, 257..265), (8, 265..266)]);
    let refused = grown(&vocabulary, json!([second])).map(|_| ()).expect_err("three rows of 2, 2 and 1").to_string();
    assert!(refused.contains("merge 2 of 9 and 2 makes no run or rectangle"), "{refused}");
}

#[test]
fn only_what_appends_is_an_extension() {
    let old = grown(&text(), json!([audio(16, json!({}))])).expect("a vocabulary");
    let more = json!([{"name": "voices", "kind": "voice", "size": 1, "parent": "audio", "names": ["tara"]}]);
    let new = grown(&old, more).expect("a vocabulary");
    let diff = new.diff(&old);
    assert!(diff.is_extension && old.diff(&old).is_extension);
    assert_eq!(diff.added.iter().map(|block| block.name.as_str()).collect::<Vec<_>>(), ["voices"]);
    let back = old.diff(&new);
    assert!(!back.is_extension);
    assert_eq!(back.removed.len(), 1);
    let other = grown(&text(), json!([audio(16, json!({"rate": "50"}))])).expect("a vocabulary");
    assert_eq!(other.diff(&old).changed.len(), 1);
    let refused = other.embedding_plan(&old).expect_err("no extension").to_string();
    assert!(refused.contains("block \"audio\" at ids 257..273 says something else now"), "{refused}");
    let renamed = Small { pattern: "gpt2".into(), tokens: vec![b"ac".to_vec()], ..Small::default() }.vocabulary();
    let diff = renamed.diff(&text());
    assert_eq!((diff.tokens_changed, diff.is_extension), (1, false));
    let refused = renamed.embedding_plan(&text()).expect_err("no extension").to_string();
    assert!(refused.contains("id 256 was ab and is ac"), "{refused}");
}

#[test]
fn a_plan_says_where_every_new_row_comes_from() {
    let old = text();
    let new = grown(
        &old,
        json!([
            audio(16, json!({"codec": "ab".repeat(32)})),
            {"name": "merges", "kind": "merge", "size": 2, "parent": "audio", "merges": [[0, 1, false], [16, 2, false]]},
            {"name": "padding", "kind": "reserved", "size": 5},
        ]),
    );
    let new = new.and_then(|new| new.with_text_tokens(&[b"abab".to_vec(), b"abc".to_vec()])).expect("a vocabulary");
    let plan = new.embedding_plan(&old).expect("an extension");
    assert_eq!((plan.old_rows, plan.new_rows), (257, 282));
    let mut next = plan.old_rows;
    for rows in &plan.initialise {
        assert_eq!(rows.start, next, "rows follow each other");
        next = rows.end;
    }
    assert_eq!(next, plan.new_rows);
    let text_rows = vec![(0, 257)];
    let codebook = |codebook| RowSource::Codebook { codec: "ab".repeat(32), codebook, rows: text_rows.clone() };
    let found: Vec<RowSource> = plan.initialise.into_iter().map(|rows| rows.source).collect();
    assert_eq!(
        found,
        [
            codebook(0),
            codebook(1),
            RowSource::MeanOfParts { parts: vec![vec![257, 258], vec![273, 259]] },
            RowSource::MeanOfRows { rows: text_rows.clone() },
            RowSource::MeanOfParts { parts: vec![vec![256, 256], vec![256, 99]] },
        ]
    );
}

proptest! {
    #[test]
    fn a_rate_has_one_spelling(numerator in 1..=u32::MAX, denominator in 1..=u32::MAX) {
        let rate = Rate::new(numerator, denominator).expect("positive");
        prop_assert_eq!(rate.to_string().parse(), Ok(rate));
        let (left, right) = (u64::from(numerator), u64::from(denominator));
        prop_assert_eq!(left * u64::from(rate.denominator()), right * u64::from(rate.numerator()));
    }
}
