//! How much each language weighs, from what is asked of the mixture.

use crate::counts::WordCounts;
use crate::{Error, Result};

/// What is asked of the mixture of languages. Everything composes: the temperature changes the shares of the text, targets
/// replace those of the languages that they name, and weights multiply what comes out.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Mixture {
    /// Factors by language; 1 for those that are not named.
    pub weights: Vec<(String, f64)>,
    /// A language with the share `s` of the text gets a share in proportion to `s^(1/T)` (Conneau et al. 2020, arXiv
    /// 1911.02116, with `alpha = 1/T`): 1 leaves the text as it is, and from there on shares come closer to each other.
    pub temperature: Option<f64>,
    /// Shares of the whole text by language, together at most 1. Languages that are not named share the rest, in the
    /// proportions that they have without it.
    pub targets: Vec<(String, f64)>,
}

/// The weight of every language of `counts`, in their order, for [`LearnOptions::weights`](super::LearnOptions::weights).
///
/// Shares are of the bytes of the text. Without weights, the weighted text is as long as the text. O(words).
///
/// # Errors
/// [`Error::Training`] for a language in which nothing was counted or that is named twice, for a temperature that is not
/// above 0, and for targets that are no shares or are more than there is.
pub fn language_weights(counts: &WordCounts, mixture: &Mixture) -> Result<Vec<(String, f64)>> {
    let languages = counts.languages();
    for (name, kind) in mixture
        .weights
        .iter()
        .map(|(name, _)| (name, "weight"))
        .chain(mixture.targets.iter().map(|(name, _)| (name, "target")))
    {
        if !languages.contains(&name.as_str()) {
            return refuse(format!(
                "there is a {kind} for language {name:?}, in which nothing was counted; the counts have {languages:?}"
            ));
        }
    }
    let text = shares(counts);
    let mut wanted = tempered(&text, mixture.temperature)?;
    aim(&mut wanted, &languages, &mixture.targets)?;
    let factors = by_language(&languages, &mixture.weights, "weights")?;
    let weight = |at: usize| wanted[at] / text[at] * factors[at].unwrap_or(1.0);
    Ok(languages.iter().enumerate().map(|(at, name)| ((*name).to_owned(), weight(at))).collect())
}

fn refuse<T>(reason: String) -> Result<T> {
    Err(Error::Training(reason))
}

/// The share of each language in the bytes of the text.
#[allow(clippy::cast_precision_loss)]
fn shares(counts: &WordCounts) -> Vec<f64> {
    let (sorted, mut bytes) = (counts.sorted_words(), vec![0_u128; counts.languages().len()]);
    for index in 0..sorted.len() {
        let length = sorted.word(index).len() as u128;
        sorted.shares(index).for_each(|(language, count)| bytes[usize::from(language)] += length * u128::from(count));
    }
    let total: u128 = bytes.iter().sum();
    bytes.iter().map(|&bytes| bytes as f64 / total as f64).collect()
}

fn tempered(text: &[f64], temperature: Option<f64>) -> Result<Vec<f64>> {
    let Some(temperature) = temperature else { return Ok(text.to_vec()) };
    if !(temperature > 0.0 && temperature.is_finite()) {
        return refuse(format!(
            "the temperature {temperature} is not a number above 0; 1 leaves the shares as they are"
        ));
    }
    let raised: Vec<f64> = text.iter().map(|share| share.powf(temperature.recip())).collect();
    let total: f64 = raised.iter().sum();
    Ok(raised.iter().map(|share| share / total).collect())
}

/// Gives the languages of `targets` their shares, and the others the rest.
fn aim(shares: &mut [f64], languages: &[&str], targets: &[(String, f64)]) -> Result<()> {
    let targets_of = by_language(languages, targets, "targets")?;
    let taken: f64 = targets.iter().map(|(_, share)| share).sum();
    if let Some((name, share)) = targets.iter().find(|(_, share)| !(0.0..=1.0).contains(share)) {
        return refuse(format!("the target {share} of language {name:?} is not a share from 0 to 1"));
    }
    let others: f64 =
        shares.iter().zip(&targets_of).filter(|(_, target)| target.is_none()).map(|(share, _)| share).sum();
    // Shares such as 0.1 are not exact, so their sum may be a little beside 1.
    let is_all = (taken - 1.0).abs() < 1e-9;
    if taken > 1.0 && !is_all || others == 0.0 && !targets.is_empty() && !is_all {
        let most = if others == 0.0 { "exactly 1, because every language has one" } else { "at most 1" };
        return refuse(format!("the targets are {taken} together and must be {most}"));
    }
    for (share, target) in shares.iter_mut().zip(targets_of) {
        *share = target.unwrap_or(*share * (1.0 - taken).max(0.0) / others);
    }
    Ok(())
}

/// What `named` says of each language.
fn by_language(languages: &[&str], named: &[(String, f64)], what: &str) -> Result<Vec<Option<f64>>> {
    let mut values = vec![None; languages.len()];
    for (name, value) in named {
        let at = languages.iter().position(|language| language == name).expect("the names were checked");
        if values[at].replace(*value).is_some() {
            return refuse(format!("language {name:?} has two {what}; give one"));
        }
    }
    Ok(values)
}
