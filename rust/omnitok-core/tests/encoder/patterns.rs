//! Codebook patterns: every small one against tables that are plainly right, and read back in only one way.

use omnitok_core::codes::{Cursor, Expected, Pattern, Place, Symbol};
use omnitok_core::vocabulary::CodeLayout;
use serde_json::json;

fn layout(order: &str, strides: &[u32], delays: &[u32]) -> CodeLayout {
    let sizes = vec![4; strides.len()];
    serde_json::from_value(
        json!({"codebooks": sizes, "rate": "50", "strides": strides, "delays": delays, "layout": order}),
    )
    .expect("a layout")
}

/// A symbol without its place in the pattern: its codebook, and which of the codes of that codebook it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plain {
    Code(usize, usize),
    Start,
    Pad,
    Next,
}

/// All strides of up to three codebooks of which one is 4 at most, and all delays of up to 2 for each.
fn layouts() -> Vec<CodeLayout> {
    let mut strides: Vec<Vec<u32>> = vec![vec![1], vec![2]];
    for first in [1, 2, 4] {
        for second in [1, 2, 4] {
            strides.push(vec![first, second]);
            strides.extend([1, 2, 4].map(|third| vec![first, second, third]));
        }
    }
    let mut all = Vec::new();
    for strides in &strides {
        all.extend(["flat", "parallel", "interleaved"].map(|order| layout(order, strides, &[])));
        if strides.len() > 1 {
            all.extend(["coarse-first", "semantic-then-acoustic"].map(|order| layout(order, strides, &[])));
        }
        let choices = 3_u32.pow(strides.len() as u32);
        for choice in 0..choices {
            let delays: Vec<u32> = (0..strides.len() as u32).map(|codebook| choice / 3_u32.pow(codebook) % 3).collect();
            all.push(layout("delay", strides, &delays));
        }
    }
    all
}

/// The order by the words of the documentation, from a list of all codes.
fn plainly(layout: &CodeLayout, frames: usize) -> Vec<Plain> {
    let codebooks = layout.codebooks.len();
    let times = |codebook: usize| (layout.period() / layout.stride(codebook)) as usize;
    let of_frame = |codebook: usize, frame: usize| {
        (0..times(codebook)).map(move |nth| Plain::Code(codebook, frame * times(codebook) + nth))
    };
    let name = serde_json::to_value(layout.layout).expect("a name");
    let all = |codebooks: std::ops::Range<usize>| {
        (0..frames).flat_map(move |frame| {
            codebooks.clone().flat_map(move |codebook| of_frame(codebook, frame)).collect::<Vec<_>>()
        })
    };
    match name.as_str().expect("a name") {
        "flat" | "parallel" => all(0..codebooks).collect(),
        "interleaved" => {
            let mut codes: Vec<Plain> = all(0..codebooks).collect();
            codes.sort_by_key(|code| match *code {
                Plain::Code(codebook, index) => (index * layout.stride(codebook) as usize, codebook),
                _ => unreachable!("there are codes only"),
            });
            codes
        }
        "coarse-first" => {
            let rest = (1..codebooks).flat_map(|codebook| all(codebook..codebook + 1));
            all(0..1).chain([Plain::Next]).chain(rest).collect()
        }
        "semantic-then-acoustic" => all(0..1).chain([Plain::Next]).chain(all(1..codebooks)).collect(),
        "delay" => {
            let rows = if frames == 0 { 0 } else { frames + *layout.delays.iter().max().expect("delays") as usize };
            let mut found = Vec::new();
            for row in 0..rows {
                for codebook in 0..codebooks {
                    let delay = layout.delays[codebook] as usize;
                    if row < delay {
                        found.extend(vec![Plain::Start; times(codebook)]);
                    } else if row - delay < frames {
                        found.extend(of_frame(codebook, row - delay));
                    } else {
                        found.extend(vec![Plain::Pad; times(codebook)]);
                    }
                }
            }
            found
        }
        other => unreachable!("{other}"),
    }
}

fn plain(layout: &CodeLayout, pattern: &Pattern, symbol: Symbol) -> Plain {
    match symbol {
        Symbol::Start => Plain::Start,
        Symbol::Pad => Plain::Pad,
        Symbol::Next => Plain::Next,
        Symbol::Code { place, frame } => {
            let Place { codebook, nth, slot, .. } = pattern.places()[place];
            let before: usize = (0..usize::from(codebook)).map(|other| layout.codes_a_frame(other)).sum();
            assert_eq!(slot, before + nth);
            Plain::Code(codebook.into(), frame as usize * layout.codes_a_frame(codebook.into()) + nth)
        }
    }
}

#[test]
fn every_small_pattern_is_as_documented() {
    let layouts = layouts();
    assert!(layouts.len() > 800, "{}", layouts.len());
    for layout in &layouts {
        let pattern = Pattern::new(layout);
        for frames in 0..5 {
            let mut found = Vec::new();
            pattern.each(frames, |_, symbol| found.push(plain(layout, &pattern, symbol)));
            assert_eq!(found, plainly(layout, frames as usize), "{layout:?}, {frames} frames");
            assert_eq!(pattern.length(frames), Some(found.len() as u64));
        }
    }
}

/// Follows what may stand where, over all choices, to every sequence of at most `left` symbols more that may end.
fn walk(pattern: &Pattern, cursor: Cursor, left: usize, so_far: &mut Vec<Symbol>, ends: &mut Vec<Vec<Symbol>>) {
    let Expected { code, mark, end } = pattern.expected(cursor);
    assert!(code.is_some() || mark.is_some() || end, "nothing may follow {so_far:?}");
    if end {
        ends.push(so_far.clone());
    }
    if left > 0 {
        for symbol in code.into_iter().chain(mark) {
            so_far.push(symbol);
            walk(pattern, pattern.behind(cursor, symbol), left - 1, so_far, ends);
            so_far.pop();
        }
    }
}

#[test]
fn a_grammar_of_marks_and_codes_takes_these_sequences_and_no_others() {
    for layout in &layouts() {
        let pattern = Pattern::new(layout);
        let most = pattern.length(3).expect("a length") as usize;
        let mut ends = Vec::new();
        walk(&pattern, Cursor::default(), most, &mut Vec::new(), &mut ends);
        ends.sort_by_key(Vec::len);
        let written = |frames| {
            let mut symbols = Vec::new();
            pattern.each(frames, |_, symbol| symbols.push(symbol));
            symbols
        };
        assert_eq!(ends, (0..4).map(written).collect::<Vec<_>>(), "{layout:?}");
    }
}

#[test]
fn the_seven_slots_of_snac_come_out_of_its_strides() {
    let layout = layout("interleaved", &[4, 2, 1], &[]);
    let pattern = Pattern::new(&layout);
    let slots: Vec<u16> = pattern.places().iter().map(|place| place.codebook).collect();
    assert_eq!(slots, [0, 1, 2, 2, 1, 2, 2]);
    // As `redistribute_codes` of Orpheus-TTS reads them: 0 | 1 4 | 2 3 5 6.
    assert_eq!(pattern.in_codebook_order(vec![0, 1, 2, 3, 4, 5, 6]), [0, 1, 4, 2, 3, 5, 6]);
}

#[test]
fn lengths_beyond_64_bits_are_none() {
    let pattern = Pattern::new(&layout("delay", &[1, 1], &[0, 2]));
    assert_eq!(pattern.length(u64::MAX - 1), None);
    assert_eq!(pattern.length(1 << 62), Some((1 << 63) + 4));
}
