//! Vocabularies on disk.

mod code_merges;
mod compiled;
mod folder;
mod manifest;
mod rank_file;

pub use compiled::Places;
pub use folder::{Label, digest, files, from_files, load, save, save_beside, sha256};
pub use manifest::{FORMAT_VERSION, Manifest};
pub use rank_file::{RankFile, load_rank_file, write_rank_file};
