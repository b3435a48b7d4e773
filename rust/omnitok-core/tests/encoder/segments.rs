//! The grammar against itself: what it allows, what it takes, and what reading makes of it. Python's tests compare writing
//! with a writer that is plainly right.

use std::sync::Arc;

use omnitok_core::Error;
use omnitok_core::encoder::{Encoder, Rules};
use omnitok_core::grammar::{Grammar, State};
use omnitok_core::segments::{Event, Piece, Reader, Segment, Weighted, Writer, read};
use omnitok_core::splitter::Splitter;
use omnitok_core::vocabulary::NewBlock;
use proptest::prelude::*;
use serde_json::json;

use crate::small::Small;

fn writer() -> Writer {
    let small = Small { pattern: "gpt2".into(), tokens: vec![b"ab".to_vec()], ..Small::default() };
    let marks = |parent: &str, names: &[&str]| json!({"name": format!("{parent}-marks"), "kind": "mark", "size": names.len(), "parent": parent, "names": names});
    let both = &["begin", "end"][..];
    let blocks = json!([
        {"name": "audio", "kind": "code", "size": 5, "codebooks": [2, 3], "rate": "50", "strides": [2, 1], "layout": "flat"},
        marks("audio", both),
        {"name": "voices", "kind": "voice", "size": 1, "parent": "audio", "names": ["tara"]},
        {"name": "image", "kind": "code", "size": 2, "codebooks": [2], "patch": [4, 4], "layout": "sized"},
        marks("image", both),
        {"name": "h", "kind": "size", "size": 2, "axis": "h", "first": 1},
        {"name": "w", "kind": "size", "size": 2, "axis": "w", "first": 1},
        {"name": "lines", "kind": "code", "size": 2, "codebooks": [2], "patch": [4, 4], "grid": [2, 2], "layout": "rows"},
        marks("lines", &["begin", "row", "end"]),
        {"name": "pad", "kind": "reserved", "size": 3},
    ]);
    let blocks: Vec<NewBlock> = serde_json::from_value(blocks).expect("blocks");
    let vocabulary = small.vocabulary().with_blocks(blocks).expect("blocks that fit");
    let splitter = Splitter::new("gpt2").expect("a built-in name");
    Writer::new(Arc::new(Encoder::new(Arc::new(vocabulary), splitter, Rules::default()).expect("an encoder")))
        .expect("size tokens")
}

/// Ids from the last few of text to one beyond the vocabulary.
const IDS: std::ops::Range<u32> = 255..284;

/// Whether only who is trusted may place an id: a voice, or the begin of what has voices.
fn is_trusted(grammar: &Grammar, state: State, id: u32) -> bool {
    state == State::Open && (id == 264 || id == grammar.media()[0].begin)
}

proptest! {
    #[test]
    fn reading_agrees_with_the_grammar(ids in proptest::collection::vec(IDS, 0..30)) {
        let writer = writer();
        let grammar = writer.grammar();
        let (mut reader, mut invalid) = (Reader::default(), 0);
        for &id in &ids {
            let state = reader.state();
            for other in IDS {
                let allowed = grammar.allowed(state).iter().any(|ids| ids.contains(&other));
                let taken = grammar.step(state, other).is_ok();
                prop_assert_eq!(taken, allowed || is_trusted(grammar, state, other), "{} behind {:?}", other, state);
            }
            reader.push(grammar, id, &mut |event| invalid += usize::from(matches!(event, Event::Invalid { .. })));
        }
        reader.finish(grammar, &mut |event| invalid += usize::from(matches!(event, Event::Invalid { .. })));
        prop_assert_eq!(reader.state(), State::Open);
        prop_assert_eq!(grammar.validate(&ids).is_ok(), invalid == 0);
        prop_assert_eq!(read(grammar, &ids, false).is_ok(), invalid == 0);
        let pieces = read(grammar, &ids, true).expect("a lenient reader takes anything");
        prop_assert_eq!(pieces.iter().filter(|piece| matches!(piece, Piece::Invalid { .. })).count(), invalid);
    }

    #[test]
    fn a_walk_of_a_sampler_can_always_be_ended(choices in proptest::collection::vec(any::<prop::sample::Index>(), 1..60)) {
        let writer = writer();
        let grammar = writer.grammar();
        let mut state = State::Open;
        for choice in choices {
            let ranges = grammar.allowed(state);
            let ids: Vec<u32> = ranges.into_iter().flatten().filter(|id| IDS.contains(id)).collect();
            let id = ids[choice.index(ids.len())];
            state = grammar.step(state, id).expect("an id that is allowed").0;
        }
        // The last of the allowed ids is an end wherever there may be one.
        for _ in 0..20 {
            let id = grammar.allowed(state).last().expect("something is always allowed").end - 1;
            state = grammar.step(state, id).expect("an id that is allowed").0;
            if state == State::Open {
                break;
            }
        }
        prop_assert_eq!(state, State::Open);
    }
}

#[test]
fn what_is_written_comes_back() {
    let writer = writer();
    let codes: [&[u32]; 2] = [&[1, 0], &[0, 1, 2, 0]];
    let segments = [
        Segment::Text("abab"),
        Segment::Audio { medium: 0, voice: Some(264), codes: &codes },
        Segment::Image { medium: 1, height: 2, width: 1, codes: &[1, 0] },
        Segment::Image { medium: 2, height: 2, width: 2, codes: &[1, 0, 0, 1] },
    ];
    let weighted = segments.map(|segment| Weighted { segment, weight: 1.0 });
    let sequence = writer.write(&weighted).expect("codes that fit");
    assert_eq!(sequence.ids.len(), writer.count(&weighted).expect("codes that fit"));
    assert_eq!(
        read(writer.grammar(), &sequence.ids, false).expect("what was written"),
        [
            Piece::Text(vec![256, 256]),
            Piece::Audio { medium: 0, voice: Some(264), codes: vec![1, 0, 1, 0, 2, 0] },
            Piece::Image { medium: 1, height: 2, codes: vec![1, 0] },
            Piece::Image { medium: 2, height: 2, codes: vec![1, 0, 0, 1] },
        ]
    );
    match read(writer.grammar(), &sequence.ids[..5], false) {
        Err(Error::Sequence { position: 5, reason }) => assert!(reason.contains("inside a frame"), "{reason}"),
        other => panic!("{other:?}"),
    }
}
