//! Vocabularies trained on the parallel texts of this repository: a thousand tokens that occur in text.

use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use omnitok_core::counts::WordCounter;
use omnitok_core::encoder::{Encoder, Normalizer, Rules};
use omnitok_core::learner::{LearnOptions, learn};
use omnitok_core::splitter::Splitter;
use omnitok_core::vocabulary::Vocabulary;

const TEXTS: &[&str] = &[
    include_str!("../../../corpora/parallel/en.txt"),
    include_str!("../../../corpora/parallel/hi.txt"),
    include_str!("../../../corpora/parallel/zh.txt"),
];
const SIZE: usize = 1200;

/// A vocabulary for each family of patterns, with ranks and with merges, with and without a normal form.
pub(crate) static TRAINED: LazyLock<Vec<Encoder>> = LazyLock::new(|| {
    vec![
        trained("gpt2", true, true, None),
        trained("cl100k", false, true, None),
        trained("qwen2", true, false, Some(Normalizer::Nfc)),
        trained("o200k", false, true, None),
        trained("tekken", true, false, None),
        trained("omni", false, true, None),
        trained("o200k-super", false, true, None),
        trained("omni-super", true, false, Some(Normalizer::Nfc)),
        trained(r"[\s\S]{1,40}", false, false, None),
    ]
});

fn trained(pattern: &str, listed: bool, whole_words: bool, normalizer: Option<Normalizer>) -> Encoder {
    let splitter = Splitter::new(pattern).expect("a good pattern");
    let mut counter = WordCounter::new(splitter.clone(), 1);
    counter.add_texts(TEXTS, "").expect("counts");
    let options = LearnOptions { threads: 1, max_token_bytes: Some(64), ..LearnOptions::new(SIZE) };
    let counts = counter.finish().expect("counts");
    let learned = learn(&counts, &options, &mut |_| ControlFlow::Continue(())).expect("tokens");
    let tokens: Vec<(u32, &[u8])> = (0..).zip(learned.tokens.iter().map(Vec::as_slice)).collect();
    let special = [("<|end|>", 4000), ("<|end|>of", 4001)].map(|(name, id)| (name.to_owned(), id));
    let vocabulary = Vocabulary::from_tokens(&tokens, special.into()).expect("a vocabulary");
    let merges = learned.merges.iter().map(|merge| (merge.left, merge.right)).collect();
    let rules = Rules { merges: listed.then_some(merges), whole_words, normalizer };
    Encoder::new(Arc::new(vocabulary), splitter, rules).expect("merges that fit")
}
