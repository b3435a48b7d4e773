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
        {"name": "late", "kind": "code", "size": 4, "codebooks": [2, 2], "rate": "50", "delays": [0, 1], "layout": "delay"},
        marks("late", &["begin", "start", "pad", "end"]),
        {"name": "coarse", "kind": "code", "size": 2, "codebooks": [1, 1], "rate": "50", "layout": "coarse-first"},
        marks("coarse", &["begin", "next", "end"]),
        {"name": "page", "kind": "code", "size": 2, "codebooks": [2], "patch": [4, 4], "layout": "sized-rows"},
        marks("page", &["begin", "row", "end"]),
        {"name": "pad", "kind": "reserved", "size": 3},
    ]);
    let blocks: Vec<NewBlock> = serde_json::from_value(blocks).expect("blocks");
    let vocabulary = small.vocabulary().with_blocks(blocks).expect("blocks that fit");
    let splitter = Splitter::new("gpt2").expect("a built-in name");
    Writer::new(Arc::new(Encoder::new(Arc::new(vocabulary), splitter, Rules::default()).expect("an encoder")))
        .expect("size tokens")
}

/// Ids from the last few of text to one beyond the vocabulary.
const IDS: std::ops::Range<u32> = 255..302;

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
        let is_code = |id: &u32| grammar.media().iter().flat_map(|medium| &medium.places).any(|(_, ids)| ids.contains(id));
        let codes = pieces.iter().map(|piece| match piece {
            Piece::Audio { codes, .. } | Piece::Image { codes, .. } => codes.len(),
            Piece::Invalid { ids, .. } => ids.iter().filter(|id| is_code(id)).count(),
            Piece::Text(_) | Piece::Special(_) => 0,
        });
        prop_assert_eq!(codes.sum::<usize>(), ids.iter().filter(|id| is_code(id)).count(), "a code is lost: {:?}", pieces);
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

#[test]
fn an_id_that_cannot_stand_in_a_segment_costs_none_of_its_codes() {
    let writer = writer();
    let begin = writer.grammar().media()[2].begin;
    let code = writer.grammar().media()[2].places[0].1.start;
    let ids = [begin, code, code + 1, begin + 1, 283, code, code, begin + 2];
    let pieces = read(writer.grammar(), &ids, true).expect("lenient");
    match &pieces[..] {
        [Piece::Image { height: 2, codes, .. }, Piece::Invalid { position: 4, ids, .. }] => {
            assert_eq!((&codes[..], &ids[..]), (&[0, 1, 0, 0][..], &[283][..]));
        }
        other => panic!("{other:?}"),
    }
    let audio = &writer.grammar().media()[0];
    let pieces = read(writer.grammar(), &[audio.begin, 283, audio.end], true).expect("lenient");
    assert!(
        matches!(&pieces[..], [Piece::Audio { codes, .. }, Piece::Invalid { .. }] if codes.is_empty()),
        "{pieces:?}"
    );
}

#[test]
fn a_segment_of_which_nothing_is_whole_is_invalid_from_its_voice_on() {
    let writer = writer();
    let audio = &writer.grammar().media()[0];
    let ids = [97, 264, audio.begin, audio.places[0].1.start];
    for end in 2..=ids.len() {
        match &read(writer.grammar(), &ids[..end], true).expect("lenient")[..] {
            [Piece::Text(_), Piece::Invalid { position: 1, ids: found, .. }] => assert_eq!(found[..], ids[1..end]),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_lies_in_time_is_no_image_and_what_lies_in_a_plane_no_audio() {
    let codes: [&[u32]; 1] = [&[1, 0]];
    for (segment, reason) in [
        (Segment::Audio { medium: 1, voice: None, codes: &codes }, "\"image\" holds codes of images"),
        (Segment::Audio { medium: 2, voice: None, codes: &codes }, "\"lines\" holds codes of images"),
        (Segment::Image { medium: 0, height: 1, width: 1, codes: &[1, 0, 0] }, "\"audio\" holds codes of audio"),
    ] {
        let error = writer().write(&[Weighted { segment, weight: 1.0 }]).expect_err(reason).to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn weights_whose_product_is_no_number_are_refused() {
    let writer = writer().with_weights(2, &[1e38]).expect("a finite weight");
    let segment = Segment::Image { medium: 2, height: 1, width: 1, codes: &[1] };
    assert!(writer.write(&[Weighted { segment, weight: 1.0 }]).is_ok());
    let error = writer.write(&[Weighted { segment, weight: 1e38 }]).expect_err("more than f32 holds").to_string();
    assert!(error.contains("in the loss, which is too much"), "{error}");
}
