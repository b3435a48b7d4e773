//! The files of merges over codes, one for each code block that has some: a merge a line, two symbols and, where the
//! second lies below the first, `down`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::error::{Error, Result};
use crate::vocabulary::{Block, BlockKind, CodeMerge};

/// The file of the merges over the codes of `parent`.
fn file_name(parent: &str) -> String {
    format!("{parent}.merges")
}

/// The files by name. Merges of several blocks over one parent follow each other.
pub(super) fn files(blocks: &[Block]) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for block in blocks {
        if let BlockKind::Merge(merges) = &block.kind {
            let lines = files.entry(file_name(&merges.parent)).or_default();
            for CodeMerge { left, right, down } in merges.pairs.iter() {
                _ = writeln!(lines, "{left} {right}{}", if *down { " down" } else { "" });
            }
        }
    }
    files.into_iter().map(|(name, lines)| (name, lines.into_bytes())).collect()
}

/// Gives the blocks of merges what their file says. `origin` is the folder for messages.
///
/// # Errors
/// [`Error::CorruptFile`] when there is no such file, or it holds something else than the merges of the blocks.
pub(super) fn fill(blocks: &mut [Block], files: &BTreeMap<String, Vec<u8>>, origin: &Path) -> Result<()> {
    let mut left: BTreeMap<String, std::vec::IntoIter<CodeMerge>> = BTreeMap::new();
    for Block { name, kind, start, end } in blocks {
        let BlockKind::Merge(merges) = kind else { continue };
        let file = file_name(&merges.parent);
        if !left.contains_key(&file) {
            let Some(content) = files.get(&file) else {
                let reason = format!("names no file {file}, which block {name:?} needs");
                return Err(Error::corrupt(origin.join("manifest.json"), reason));
            };
            left.insert(file.clone(), parse(content, &origin.join(&file))?.into_iter());
        }
        if let Some(left) = left.get_mut(&file) {
            merges.pairs = left.take(end.saturating_sub(*start) as usize).collect();
        }
    }
    match left.into_iter().find(|(_, left)| left.len() > 0) {
        Some((file, left)) => {
            let reason = format!("has {} merges more than the blocks of merges have ids", left.len());
            Err(Error::corrupt(origin.join(file), reason))
        }
        None => Ok(()),
    }
}

fn parse(content: &[u8], origin: &Path) -> Result<Vec<CodeMerge>> {
    let text = std::str::from_utf8(content).map_err(|error| Error::corrupt(origin, error.to_string()))?;
    let merge = |line: &str| {
        let (pair, down) = line.strip_suffix(" down").map_or((line, false), |pair| (pair, true));
        let (left, right) = pair.split_once(' ')?;
        Some(CodeMerge { left: left.parse().ok()?, right: right.parse().ok()?, down })
    };
    let lines = text.lines().zip(1..);
    lines
        .map(|(line, number)| {
            merge(line).ok_or_else(|| {
                Error::corrupt(
                    origin,
                    format!("line {number}: {line:?} is no merge, which is two symbols, or these and down"),
                )
            })
        })
        .collect()
}
