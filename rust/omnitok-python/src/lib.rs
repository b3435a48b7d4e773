//! Python bindings of `omnitok-core`: conversions and error mapping, nothing else.

#![expect(clippy::needless_pass_by_value, reason = "PyO3 hands over what it converted from Python as owned values")]

mod blocks;
mod choice;
mod codes;
mod counting;
mod encoding;
mod error;
mod file;
mod ids;
mod learning;
mod measuring;
mod omni;
mod padding;
mod refining;
mod signals;
mod special;
mod stream;
mod superwords;
mod text;
mod tokenizer;

use pyo3::prelude::*;

/// The extension module. Users import from `omnitok`.
#[pymodule(gil_used = false)]
mod _native {
    use pyo3::prelude::*;
    use pyo3::types::PyDict;

    #[pymodule_export]
    use crate::blocks::{blocks, code_merges, embedding_plan, vocabulary_diff, with_blocks};
    #[pymodule_export]
    use crate::codes::{CodeTable, learn_code_merges};
    #[pymodule_export]
    use crate::counting::{WordCounter, WordCounts, check_counts};
    #[pymodule_export]
    use crate::encoding::TextEncoder;
    #[pymodule_export]
    use crate::file::{place_folder, sha256, write_file};
    #[pymodule_export]
    use crate::ids::id_lists;
    #[pymodule_export]
    use crate::learning::{check_merges, language_weights, learn};
    #[pymodule_export]
    use crate::measuring::{TextLayout, TokenTable};
    #[pymodule_export]
    use crate::omni::{Omni, OmniStream};
    #[pymodule_export]
    use crate::padding::pad;
    #[pymodule_export]
    use crate::refining::{prune, prune_emitted, token_uses};
    #[pymodule_export]
    use crate::stream::Utf8Stream;
    #[pymodule_export]
    use crate::superwords::{FirstStage, token_counter};
    #[pymodule_export]
    use crate::tokenizer::Tokenizer;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let patterns = PyDict::new(module.py());
        for (name, regex) in omnitok_core::splitter::PATTERNS {
            patterns.set_item(name, regex)?;
        }
        module.add("PATTERNS", patterns)?;
        module.add("SEGMENTER", omnitok_core::measure::SEGMENTER)?;
        module.add("UTF8_KINDS", omnitok_core::measure::UTF8_KINDS.to_vec())?;
        module.add("JUNK_KINDS", omnitok_core::measure::JUNK.to_vec())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
