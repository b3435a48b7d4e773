//! Merges over codes: the engine of lines against that of planes, there and back again, and what is refused. The definition is
//! in `python/omnitok/oracle/codes.py`, with which `tests/property/test_code_merges.py` compares.

use std::ops::ControlFlow;

use omnitok_core::Error;
use omnitok_core::codes::{CodeLearnOptions, CodeTable, CodesLearned, MOST_DECODED, Sample, learn};
use omnitok_core::vocabulary::{CodeLayout, CodeMerge, Order, Rate};
use proptest::prelude::*;

fn audio(codebooks: Vec<u32>, strides: Vec<u32>) -> CodeLayout {
    CodeLayout { rate: Rate::new(50, 1), strides, layout: Some(Order::Flat), ..CodeLayout::bare(codebooks) }
}

fn images(codebooks: Vec<u32>) -> CodeLayout {
    CodeLayout { patch: Some([4, 4]), layout: Some(Order::Sized), ..CodeLayout::bare(codebooks) }
}

fn options(merges: usize) -> CodeLearnOptions {
    CodeLearnOptions { merges, min_count: 1, max_steps: None, whole_frames: false, rows_only: false, threads: 1 }
}

fn run(layout: &CodeLayout, samples: &[Sample], options: &CodeLearnOptions) -> Result<CodesLearned, Error> {
    learn(layout, samples, options, &mut |_| ControlFlow::Continue(()))
}

/// As many merges as there are, up to those asked for.
fn most(layout: &CodeLayout, samples: &[Sample], options: &CodeLearnOptions) -> CodesLearned {
    match run(layout, samples, options) {
        Err(Error::Exhausted { tokens, .. }) => {
            let fewer = CodeLearnOptions { merges: tokens, ..options.clone() };
            run(layout, samples, &fewer).expect("as many as there are")
        }
        other => other.expect("nothing else is wrong"),
    }
}

fn lines() -> impl Strategy<Value = Vec<Vec<u32>>> {
    let line = prop_oneof![
        prop::collection::vec(0_u32..3, 0..40),
        prop::collection::vec(0_u32..2, 0..60),
        (0_u32..3, 0_usize..70).prop_map(|(code, length)| vec![code; length]),
    ];
    prop::collection::vec(line, 1..6)
}

fn planes() -> impl Strategy<Value = Vec<(usize, Vec<u32>)>> {
    let plane = (1_usize..7, 0_usize..7, 1_u32..4).prop_flat_map(|(columns, rows, codes)| {
        prop::collection::vec(0..codes, columns * rows).prop_map(move |plane| (columns, plane))
    });
    prop::collection::vec(plane, 1..6)
}

fn of_planes(planes: &[(usize, Vec<u32>)]) -> Vec<Sample<'_>> {
    planes.iter().map(|(columns, codes)| Sample { codebook: 0, columns: Some(*columns), codes }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn both_engines_learn_the_same_from_lines(
        lines in lines(), merges in 0_usize..40, min_count in 1_u64..4, threads in 1_usize..4,
        max_steps in prop::option::of(1_u64..9),
    ) {
        let in_time: Vec<Sample> =
            lines.iter().map(|codes| Sample { codebook: 0, columns: None, codes }).collect();
        let asked = CodeLearnOptions { min_count, threads, max_steps, ..options(merges) };
        let learned = most(&audio(vec![3], Vec::new()), &in_time, &asked);
        // A codebook beside it has two codes a frame, so that the engine of planes keeps to frames of one.
        let kept = CodeLearnOptions { whole_frames: true, ..asked.clone() };
        prop_assert_eq!(&most(&audio(vec![3, 3], vec![2, 2]), &in_time, &CodeLearnOptions {
            max_steps: max_steps.map(|steps| steps * 2), ..asked
        }).counts, &learned.counts);
        let layout = audio(vec![3, 1], vec![2, 1]);
        let shifted = |merge: &CodeMerge| {
            let symbol = |symbol: u32| symbol + u32::from(symbol > 2);
            CodeMerge { left: symbol(merge.left), right: symbol(merge.right), down: false }
        };
        let on_grid = most(&layout, &in_time, &CodeLearnOptions { max_steps: max_steps.map(|steps| steps * 2), ..kept });
        prop_assert_eq!(on_grid.merges, learned.merges.iter().map(shifted).collect::<Vec<_>>());
        prop_assert_eq!(on_grid.counts, learned.counts);
    }

    #[test]
    fn planes_come_back_and_what_was_learned_from_them_is_what_they_become(planes in planes(), merges in 0_usize..40) {
        let layout = images(vec![3]);
        let learned = most(&layout, &of_planes(&planes), &options(merges));
        let table = CodeTable::new(&layout, learned.merges.clone(), false).expect("merges");
        let mut replaced = 0;
        for (columns, codes) in &planes {
            let symbols = table.encode(&[codes.as_slice()], Some(*columns)).expect("codes");
            replaced += codes.len() - symbols.len();
            let decoded = table.decode(&symbols, Some(*columns)).expect("symbols");
            prop_assert_eq!(&decoded, std::slice::from_ref(codes));
        }
        prop_assert_eq!(replaced as u64, learned.counts.iter().sum::<u64>());
    }

    #[test]
    fn frames_of_several_codebooks_come_back(
        frames in prop::collection::vec((0_u32..2, [0_u32..2, 0..2], [0_u32..3, 0..3, 0..3, 0..3]), 0..30),
        merges in 0_usize..30, whole_frames: bool,
    ) {
        let layout = audio(vec![2, 2, 3], vec![4, 2, 1]);
        let codes: [Vec<u32>; 3] = [
            frames.iter().map(|frame| frame.0).collect(),
            frames.iter().flat_map(|frame| frame.1).collect(),
            frames.iter().flat_map(|frame| frame.2).collect(),
        ];
        let samples: Vec<Sample> =
            codes.iter().enumerate().map(|(codebook, codes)| Sample { codebook, columns: None, codes }).collect();
        let learned = most(&layout, &samples, &CodeLearnOptions { whole_frames, ..options(merges) });
        let table = CodeTable::new(&layout, learned.merges.clone(), whole_frames).expect("merges");
        let symbols = table.encode(&[&codes[0], &codes[1], &codes[2]], None).expect("codes");
        let replaced = codes.iter().map(Vec::len).sum::<usize>() - symbols.len();
        prop_assert_eq!(replaced as u64, learned.counts.iter().sum::<u64>());
        let decoded = table.decode(&symbols, None).expect("symbols");
        prop_assert_eq!(decoded.as_slice(), &codes[..]);
        for end in 0..symbols.len() {
            // A part is whole frames, or refused; it never gives other codes.
            if let Ok(part) = table.decode(&symbols[..end], None) {
                for (part, all) in part.iter().zip(&codes) {
                    prop_assert_eq!(part, &all[..part.len()]);
                }
            }
        }
    }
}

fn message<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    outcome.expect_err("it is refused").to_string()
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let (line, plane) = (audio(vec![4, 4], Vec::new()), images(vec![4]));
    let sample = |codebook, columns, codes| Sample { codebook, columns, codes };
    for (layout, samples, options, expected) in [
        (
            &line,
            vec![sample(0, None, &[0, 1]), sample(1, None, &[1, 4][..])],
            options(1),
            "sample 1: code 1 of codebook 1 is 4",
        ),
        (&line, vec![sample(2, None, &[0][..])], options(1), "sample 0: it is of codebook 2"),
        (&line, vec![sample(0, Some(2), &[0, 1][..])], options(1), "lie in time, and it has columns"),
        (&plane, vec![sample(0, Some(3), &[0, 1][..])], options(1), "2 codes do not fill rows of 3 columns"),
        (&plane, vec![sample(0, Some(0), &[][..])], options(1), "rows of 0 columns"),
        (&plane, vec![], CodeLearnOptions { whole_frames: true, ..options(1) }, "have no duration and no frames"),
        (&line, vec![], CodeLearnOptions { rows_only: true, ..options(1) }, "have no rows"),
        (&line, vec![], options(1), "these codes yield 0 merges and 1 were asked for"),
        (&line, vec![], options(1 << 24), "are more than"),
        (
            &line,
            vec![sample(0, None, &[0, 1, 0, 1][..])],
            CodeLearnOptions { max_steps: Some(1), ..options(1) },
            "yield 0",
        ),
        (&audio(Vec::new(), Vec::new()), vec![], options(0), "it has no codebooks"),
    ] {
        let found = message(run(layout, &samples, &options));
        assert!(found.contains(expected), "{found:?} instead of {expected:?}");
    }
}

#[test]
fn symbols_that_cannot_stand_where_they_do_are_refused_with_their_place() {
    let merge = |left, right, down| CodeMerge { left, right, down };
    let plane = CodeTable::new(&images(vec![4]), vec![merge(0, 1, false), merge(0, 1, true)], false).expect("merges");
    for (symbols, expected) in [
        (vec![2, 4], "position 1: symbol 4 covers 1 x 2 cells, which reach over the border"),
        (vec![5, 4, 4], "position 1: symbol 4 covers 1 x 2 cells, which reach over the border"),
        (vec![2, 5, 4], "position 2: symbol 4 covers 1 x 2 cells, of which some are covered already"),
        (vec![2, 6], "position 1: symbol 6 is no symbol"),
        (vec![5, 2], "position 2: the symbols end before all frames or rows are full"),
        (vec![2], "position 1: the symbols end"),
    ] {
        let found = message(plane.decode(&symbols, Some(2)));
        assert!(found.contains(expected), "{found:?} instead of {expected:?}");
    }
    assert_eq!(plane.decode(&[5, 2, 3], Some(2)).expect("a plane"), [[0, 2, 1, 3]]);
    let line = CodeTable::new(&audio(vec![2, 2], vec![2, 1]), vec![merge(2, 3, false)], true).expect("merges");
    assert_eq!(line.encode(&[&[0, 1], &[0, 1, 1, 0]], None).expect("codes"), [0, 4, 1, 3, 2]);
    assert_eq!(line.encode(&[&[0, 1], &[1, 0, 1, 0]], None).expect("codes"), [0, 3, 2, 1, 3, 2], "not across frames");
    let found = message(line.decode(&[0, 3, 4], None));
    assert!(found.contains("stands for 2 codes, which from here on are no whole frames"), "{found}");
    assert!(message(line.decode(&[0, 0], None)).contains("is of codebook 0, and one of codebook 1 must follow"));
    assert!(message(line.encode(&[&[0], &[0]], None)).contains("1 frames have 2 codes of codebook 1, and there are 1"));
    assert!(message(line.encode(&[&[0]], None)).contains("codes of 1 codebooks, and there are 2"));
    assert!(message(line.encode(&[&[2], &[0, 0]], None)).contains("code 0 of codebook 0 is 2"));
}

/// Numbers that look random, below `size`, of which most are one of the last few.
fn noise(seed: u64, size: u32, length: usize) -> Vec<u32> {
    let mut state = seed;
    let mut codes: Vec<u32> = Vec::with_capacity(length);
    for _ in 0..length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let draw = (state >> 33) as u32;
        let back = (draw >> 8) as usize % 8 + 1;
        codes.push(if draw % 8 < 5 && codes.len() >= back { codes[codes.len() - back] } else { draw / 8 % size });
    }
    codes
}

#[test]
fn threads_share_a_line_and_learn_the_same_from_it() {
    for (seed, size) in [(1, 1), (2, 2), (3, 3), (4, 5), (5, 40), (6, 300)] {
        let codes = noise(seed, size, 120_000);
        let samples = [Sample { codebook: 0, columns: None, codes: &codes }];
        let learned = |threads| {
            let options = CodeLearnOptions { threads, ..options(if size == 1 { 12 } else { 150 }) };
            run(&audio(vec![size], Vec::new()), &samples, &options).expect("merges")
        };
        let alone = learned(1);
        for threads in [2, 3, 7] {
            assert_eq!(learned(threads), alone, "{threads} threads, {size} codes");
        }
    }
}

#[test]
fn a_few_symbols_never_stand_for_more_codes_than_are_read_at_once() {
    let doubled = (0..16).map(|symbol| CodeMerge { left: symbol, right: symbol, down: false });
    let table = CodeTable::new(&audio(vec![1], Vec::new()), doubled.collect(), false).expect("2^16 codes at most");
    assert_eq!(table.decode(&[16, 0], None).expect("codes")[0].len(), (1 << 16) + 1);
    let most = MOST_DECODED >> 16;
    let found = message(table.decode(&vec![16; most + 1], None));
    assert!(
        found.contains(&format!("position {most}: up to here the sequence stands for more than {MOST_DECODED} codes")),
        "{found}"
    );
}

#[test]
fn learning_stops_when_it_is_asked_to() {
    let codes: Vec<u32> = (0..5000_u32).map(|index| index * index % 7).collect();
    let samples = [Sample { codebook: 0, columns: None, codes: &codes }];
    let outcome = learn(&audio(vec![7], Vec::new()), &samples, &options(10), &mut |_| ControlFlow::Break(()));
    assert!(matches!(outcome, Err(Error::Interrupted)));
}
