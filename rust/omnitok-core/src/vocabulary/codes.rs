//! What a block of codes says about its codec: codebooks, time or plane, and the order of codes in a sequence.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest period of a codec with several rates, in steps of its finest codebook.
const MAX_STRIDE: u32 = 1 << 12;

/// The most codes of a frame or a cell.
const MAX_PLACES: u64 = 1 << 14;

/// The largest delay, in frames.
const MAX_DELAY: u32 = 1 << 12;

/// The most marks that delays may add to a segment.
const MAX_DELAY_MARKS: u64 = 1 << 20;

/// How the ids of a code block are laid out: codebook after codebook.
///
/// With a `rate` the codes are a sequence in time, with a `patch` the cells of a plane; with neither they are integers of
/// which nothing else is known, which segments cannot hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeLayout {
    /// SHA-256 of the codec whose codes these are, in hex.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub codec: Option<String>,
    /// Number of codes of each codebook, in codebook order; their sum is the size of the block.
    pub codebooks: Vec<u32>,
    /// Steps a second of the finest codebook.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rate: Option<Rate>,
    /// Steps between two codes of each codebook, one number a codebook; none: a code a step in every codebook.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub strides: Vec<u32>,
    /// Under [`Order::Delay`] the frames by which codes of each codebook come later, one number a codebook.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub delays: Vec<u32>,
    /// Height and width in pixels of what a code of an image covers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub patch: Option<[u32; 2]>,
    /// Rows and columns of an image: exactly these under [`Order::Raster`], at most these under [`Order::Rows`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grid: Option<[u32; 2]>,
    /// Order of codes in a sequence.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub layout: Option<Order>,
}

/// The order of codes in a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Audio: frame after frame, and in a frame codebook after codebook. A codebook with a smaller stride has several codes
    /// in a frame, which follow one another.
    Flat,
    /// Audio: the order of [`Self::Flat`] for models that draw all codes of a frame in one step.
    Parallel,
    /// Audio: frame after frame, in a frame by time, and at one time codebook after codebook.
    Interleaved,
    /// Audio: codes of each codebook come later by its delay; models draw in one step what stands in a row.
    Delay,
    /// Audio: all codes of the first codebook, then all of the second, and so on.
    CoarseFirst,
    /// Audio: all codes of the first codebook, and then frame after frame those of the others.
    SemanticThenAcoustic,
    /// An image of the size of the grid, row after row.
    Raster,
    /// An image of up to the size of the grid, with a mark behind each row but the last.
    Rows,
    /// An image of any size that there are size tokens for: its height, its width, and row after row.
    Sized,
    /// The same with a mark behind each row but the last.
    SizedRows,
}

impl Order {
    /// What manifests call it.
    fn named(layout: Option<Self>) -> &'static str {
        match layout {
            None => "missing",
            Some(Self::Flat) => "flat",
            Some(Self::Parallel) => "parallel",
            Some(Self::Interleaved) => "interleaved",
            Some(Self::Delay) => "delay",
            Some(Self::CoarseFirst) => "coarse-first",
            Some(Self::SemanticThenAcoustic) => "semantic-then-acoustic",
            Some(Self::Raster) => "raster",
            Some(Self::Rows) => "rows",
            Some(Self::Sized) => "sized",
            Some(Self::SizedRows) => "sized-rows",
        }
    }

    /// Whether images begin with their size.
    #[must_use]
    pub fn is_sized(self) -> bool {
        matches!(self, Self::Sized | Self::SizedRows)
    }

    /// Whether rows of images have a mark behind them.
    #[must_use]
    pub fn has_row_marks(self) -> bool {
        matches!(self, Self::Rows | Self::SizedRows)
    }

    /// Whether models draw all that stands in a row in one step.
    #[must_use]
    pub fn is_stacked(self) -> bool {
        matches!(self, Self::Parallel | Self::Delay)
    }

    /// What its marks are called, in the order of their ids.
    fn marks(self) -> &'static [&'static str] {
        match self {
            Self::Rows | Self::SizedRows => &["begin", "row", "end"],
            Self::Delay => &["begin", "start", "pad", "end"],
            Self::CoarseFirst | Self::SemanticThenAcoustic => &["begin", "next", "end"],
            Self::Flat | Self::Parallel | Self::Interleaved | Self::Raster | Self::Sized => &["begin", "end"],
        }
    }
}

impl CodeLayout {
    /// Codes of which only their number is known.
    #[must_use]
    pub fn bare(codebooks: Vec<u32>) -> Self {
        let (strides, delays) = (Vec::new(), Vec::new());
        Self { codec: None, codebooks, rate: None, strides, delays, patch: None, grid: None, layout: None }
    }

    /// Number of codes of all codebooks.
    #[must_use]
    pub fn codes(&self) -> u64 {
        self.codebooks.iter().map(|&size| u64::from(size)).sum()
    }

    /// Where the codes of each codebook end within the block.
    pub fn ends(&self) -> impl Iterator<Item = u64> {
        self.codebooks.iter().scan(0, |end, &size| {
            *end += u64::from(size);
            Some(*end)
        })
    }

    /// The stride of a codebook.
    #[must_use]
    pub fn stride(&self, codebook: usize) -> u32 {
        self.strides.get(codebook).copied().unwrap_or(1)
    }

    /// Steps of a frame: after so many every codebook begins a code again.
    #[must_use]
    pub fn period(&self) -> u32 {
        self.strides.iter().copied().max().unwrap_or(1)
    }

    /// What its marks are called, in the order of their ids; `None` for codes that no segment holds.
    #[must_use]
    pub fn marks(&self) -> Option<&'static [&'static str]> {
        self.layout.map(Order::marks)
    }

    /// Codes of a codebook in a frame.
    #[must_use]
    pub fn codes_a_frame(&self, codebook: usize) -> usize {
        (self.period() / self.stride(codebook).max(1)) as usize
    }

    /// The step of the finest codebook, within a frame, at which a codebook has its `nth` code.
    #[must_use]
    pub fn step_of(&self, codebook: usize, nth: usize) -> usize {
        nth * self.stride(codebook) as usize
    }

    /// What is wrong with it, if anything.
    pub(crate) fn fault(&self) -> Option<String> {
        if let Some(index) = self.codebooks.iter().position(|&size| size == 0) {
            return Some(format!("codebook {index} has no codes"));
        }
        if let Some(codec) = self.codec.as_deref().filter(|codec| !is_digest(codec)) {
            return Some(format!("its codec {codec:?} is no SHA-256, which is 64 digits of lower-case hex"));
        }
        if self.places() > MAX_PLACES {
            return Some(format!("a frame or a cell of it has more than {MAX_PLACES} codes"));
        }
        match (self.rate, self.patch) {
            (Some(_), Some(_)) => Some("it has a rate and a patch, and codes lie in time or in a plane".to_owned()),
            (Some(_), None) => self.fault_in_time(),
            (None, Some(patch)) => self.fault_in_plane(patch),
            (None, None) => {
                let is_bare =
                    self.strides.is_empty() && self.delays.is_empty() && self.grid.is_none() && self.layout.is_none();
                (!is_bare)
                    .then(|| "it has strides, delays, a grid or a layout, which need a rate or a patch".to_owned())
            }
        }
    }

    /// Codes of a frame or a cell.
    fn places(&self) -> u64 {
        (0..self.codebooks.len()).map(|codebook| self.codes_a_frame(codebook) as u64).sum()
    }

    fn fault_in_time(&self) -> Option<String> {
        if self.grid.is_some() {
            return Some("it has a grid, which codes in time do not have".to_owned());
        }
        let (strides, codebooks) = (self.strides.len(), self.codebooks.len());
        if strides != 0 && strides != codebooks {
            return Some(format!("it has {strides} strides for {codebooks} codebooks"));
        }
        let period = self.period();
        let fits = |stride: u32| stride > 0 && period.is_multiple_of(stride);
        if let Some(index) = self.strides.iter().position(|&stride| !fits(stride) || stride > MAX_STRIDE) {
            let stride = self.strides[index];
            return Some(format!(
                "stride {stride} of codebook {index} is not from 1 to {MAX_STRIDE} and a divisor of the largest, {period}"
            ));
        }
        self.fault_of_order()
    }

    fn fault_of_order(&self) -> Option<String> {
        let (delays, codebooks) = (self.delays.len(), self.codebooks.len());
        match self.layout {
            Some(Order::Delay) if delays != codebooks => {
                Some(format!("it has {delays} delays for {codebooks} codebooks"))
            }
            Some(Order::Delay) => self.fault_of_delays(),
            Some(order) if delays != 0 => {
                let found = Order::named(Some(order));
                Some(format!("it has delays, and its layout is {found}; delays are for the layout delay"))
            }
            Some(order @ (Order::CoarseFirst | Order::SemanticThenAcoustic)) if codebooks < 2 => {
                let found = Order::named(Some(order));
                Some(format!("its layout is {found}, which needs two codebooks or more; one is flat"))
            }
            Some(
                Order::Flat | Order::Parallel | Order::Interleaved | Order::CoarseFirst | Order::SemanticThenAcoustic,
            ) => None,
            layout => Some(format!(
                "its layout is {}, and for codes in time it is flat, parallel, interleaved, delay, coarse-first or \
                 semantic-then-acoustic",
                Order::named(layout)
            )),
        }
    }

    fn fault_of_delays(&self) -> Option<String> {
        let most = self.delays.iter().copied().max().unwrap_or_default();
        if let Some(index) = self.delays.iter().position(|&delay| delay > MAX_DELAY) {
            let delay = self.delays[index];
            return Some(format!("delay {delay} of codebook {index} is not from 0 to {MAX_DELAY} frames"));
        }
        let marks = u64::from(most) * self.places();
        (marks > MAX_DELAY_MARKS).then(|| {
            format!(
                "its delays of up to {most} frames add {marks} marks to a segment, and {MAX_DELAY_MARKS} are the most"
            )
        })
    }

    fn fault_in_plane(&self, patch: [u32; 2]) -> Option<String> {
        if patch.contains(&0) {
            return Some(format!("its patch is {} x {} pixels, which cover nothing", patch[0], patch[1]));
        }
        if !self.strides.is_empty() || !self.delays.is_empty() {
            return Some("it has strides or delays, which codes in a plane do not have".to_owned());
        }
        match (self.layout, self.grid) {
            (Some(Order::Sized | Order::SizedRows), None) => None,
            (Some(Order::Sized | Order::SizedRows), Some(_)) => {
                Some("it has a grid, and size tokens tell the size of its images".to_owned())
            }
            (Some(Order::Raster | Order::Rows), Some([height, width])) => {
                let cells = u64::from(height) * u64::from(width);
                (cells == 0 || cells > u64::from(u32::MAX / 2))
                    .then(|| format!("its grid is {height} x {width}, and an image has from 1 to 2^31 - 1 cells"))
            }
            (Some(Order::Raster | Order::Rows), None) => {
                Some("it has no grid, without which the size of its images is unknown".to_owned())
            }
            (layout, _) => {
                let found = Order::named(layout);
                Some(format!("its layout is {found}, and for images it is raster, rows, sized or sized-rows"))
            }
        }
    }
}

/// Whether this is a SHA-256 in lower-case hex.
pub(super) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// An exact number of steps a second, in lowest terms. Written `25/2`, or `50` for whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate {
    numerator: u32,
    denominator: u32,
}

impl Rate {
    /// `numerator / denominator` steps a second; `None` when one of them is zero.
    #[must_use]
    pub fn new(numerator: u32, denominator: u32) -> Option<Self> {
        if numerator == 0 || denominator == 0 {
            return None;
        }
        let (mut divisor, mut rest) = (numerator, denominator);
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        Some(Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// Steps in `denominator` seconds.
    #[must_use]
    pub fn numerator(self) -> u32 {
        self.numerator
    }

    /// Seconds of `numerator` steps.
    #[must_use]
    pub fn denominator(self) -> u32 {
        self.denominator
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(formatter, "{}", self.numerator),
            denominator => write!(formatter, "{}/{denominator}", self.numerator),
        }
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
        let rate =
            numerator.parse().ok().zip(denominator.parse().ok()).and_then(|(top, bottom)| Self::new(top, bottom));
        // One number is written in one way only, so that equal manifests are equal bytes.
        rate.filter(|rate| rate.to_string() == text).ok_or_else(|| {
            format!(
                "the rate {text:?} is no fraction in lowest terms of positive integers below 2^32, such as 25/2 or 50"
            )
        })
    }
}

impl TryFrom<String> for Rate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}
