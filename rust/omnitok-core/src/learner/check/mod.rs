//! Merges held against the words once more, by other means than those that found them.

mod ledger;
mod parity;

use ledger::Contest;
use parity::Languages;

use super::options::{LearnOptions, Mode, Scale};
use super::order::{Order, ShorterFirst};
use super::pair::Pair;
use super::tokens::Tokens;
use super::{Learned, stages};
use crate::counts::WordCounts;
use crate::{Error, Result};

/// Derives every merge of `learned` again: that it is the pair that comes first in the words as all merges before it left
/// them, that it is as frequent as `learned` says, and that its token has the bytes of both. Where merges were chosen for
/// parity, whose turn it was is derived as well, and the words are those of that language.
///
/// It shares no index, no thresholds and no arithmetic of changes with the learner: every pair of every word is kept, and a
/// word that a merge touches is counted anew. So it takes some ten times as long, and memory for all pairs.
///
/// # Errors
/// [`Error::Training`] that names the first merge that is wrong, and for modes that copy another library's counts, of which
/// a recount knows nothing; [`Error::CountOverflow`].
pub fn check(counts: &WordCounts, options: &LearnOptions, learned: &Learned) -> Result<()> {
    match options.mode {
        Mode::Exact => check_in::<Pair>(counts, options, learned),
        Mode::SentencePiece => check_in::<ShorterFirst>(counts, options, learned),
        Mode::HuggingFace | Mode::RustBpe => Err(Error::Training(format!(
            "the counts of the mode {} are not those of the words, so there is nothing to check them against",
            options.mode.name()
        ))),
    }
}

fn check_in<O: Order>(counts: &WordCounts, options: &LearnOptions, learned: &Learned) -> Result<()> {
    let scale = options.scale(counts.languages().as_slice())?;
    let base = learned.tokens.len() - learned.merges.len();
    let mut tokens = stages::tokens_to_begin_with(counts, options, learned.tokens[..base].to_vec(), base)?;
    let mut words = Words::<O>::new(counts, options, &scale, &tokens)?;
    let minimum = stages::minimum(counts, options, &scale)?;
    for (index, merge) in learned.merges.iter().enumerate() {
        let wrong = |reason: String| {
            Err(Error::Training(format!(
                "merge {index} ({} {} to {}) is wrong: {reason}",
                merge.left, merge.right, merge.id
            )))
        };
        let Some((pair, count)) = words.first(index, &tokens, minimum) else {
            return wrong("no pair of the words may be merged any more".into());
        };
        let counted = scale.down(count);
        if (pair.left(), pair.right(), counted) != (merge.left, merge.right, merge.count) {
            return wrong(format!(
                "{} {} with {counted} comes first in {}, and it has {}",
                pair.left(),
                pair.right(),
                words.name(),
                merge.count
            ));
        }
        let (id, is_new) = tokens.join(pair);
        words.merge(pair, id, &tokens)?;
        if !is_new || id != merge.id || learned.tokens[id as usize] != tokens.get(id) {
            return wrong("its token has another id or other bytes".into());
        }
    }
    Ok(())
}

/// The words that merges are chosen by.
struct Words<O> {
    /// Those of all languages together, as long as these choose.
    all: Option<Contest<O>>,
    languages: Option<Languages<O>>,
    /// Merges that all languages choose together, where there is parity.
    global_merges: usize,
}

impl<O: Order> Words<O> {
    fn new(counts: &WordCounts, options: &LearnOptions, scale: &Scale, tokens: &Tokens) -> Result<Self> {
        let parity = options.parity.as_ref();
        let global_merges = parity.map_or(usize::MAX, |parity| parity.global_merges);
        Ok(Self {
            all: (global_merges > 0).then(|| Contest::new(counts, scale, tokens)).transpose()?,
            languages: parity.map(|parity| Languages::new(counts, parity, scale, tokens)).transpose()?,
            global_merges,
        })
    }

    /// The pair that merge `index` is to be, and its count.
    fn first(&mut self, index: usize, tokens: &Tokens, minimum: u64) -> Option<(Pair, u64)> {
        if index >= self.global_merges {
            self.all = None;
        }
        match (&mut self.all, &mut self.languages) {
            (Some(all), _) => all.first(tokens, minimum),
            (None, languages) => languages.as_mut()?.first(tokens, minimum),
        }
    }

    fn merge(&mut self, pair: Pair, id: u32, tokens: &Tokens) -> Result<()> {
        self.all.iter_mut().try_for_each(|all| all.merge(pair, id, tokens))?;
        self.languages.iter_mut().try_for_each(|languages| languages.merge(pair, id, tokens))
    }

    /// Whose words the last merge was chosen by.
    fn name(&self) -> String {
        let chooser = self.languages.as_ref().filter(|_| self.all.is_none()).and_then(Languages::chooser);
        chooser.map_or_else(|| "the words".into(), |code| format!("the words of {code:?}, whose turn it is"))
    }
}
