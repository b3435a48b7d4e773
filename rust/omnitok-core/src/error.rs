//! The one error type of the core. Each cause carries the place, the value and the limit as fields;
//! the message says what happened, where, which value, and what to do next.

use std::path::PathBuf;

/// The result of every fallible function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Every way in which the core refuses its input.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // --- vocabulary -------------------------------------------------------------------------------------------------
    /// A vocabulary that cannot exist: overlapping blocks, a missing byte, two tokens with one id.
    #[error("{0}")]
    Vocabulary(String),

    // --- splitter ---------------------------------------------------------------------------------------------------
    /// A split pattern that is no name we know and no regular expression that we can run in linear time.
    #[error("{reason} in pattern {pattern:?}")]
    Pattern {
        /// The pattern as given.
        pattern: String,
        /// What is wrong with it and what to write instead.
        reason: String,
    },

    // --- encoder, decoder -------------------------------------------------------------------------------------------
    /// Text that spells a special token which the caller did not allow.
    #[error("text contains the special token {token:?} at byte {position}. {}", advice_on_special(token))]
    SpecialToken {
        /// The special token that the text spells.
        token: String,
        /// Byte offset of its first byte in the text.
        position: usize,
    },
    /// What is wrong with one of many texts.
    #[error("{place}: {source}")]
    Within {
        /// Which text: its index, or its file.
        place: String,
        /// What is wrong there.
        source: Box<Error>,
    },
    /// A special token's name that this vocabulary does not have.
    #[error("there is no special token {token:?} in this vocabulary; it has {known}")]
    UnknownSpecialToken {
        /// The name asked for.
        token: String,
        /// The names there are, for the message.
        known: String,
    },
    /// An id that no token of the vocabulary has.
    #[error("id {id} at position {position} {what}")]
    UnknownToken {
        /// The id.
        id: u32,
        /// Its index in the sequence.
        position: usize,
        /// What the id is instead.
        what: String,
    },
    /// An id where its vocabulary's grammar does not let it stand, or a sequence that ends too early.
    #[error("position {position}: {reason}")]
    Sequence {
        /// Its index in the sequence.
        position: usize,
        /// What it is, and what must stand there.
        reason: String,
    },
    /// Bytes that are not UTF-8 where text was asked for.
    #[error(
        "invalid UTF-8 at byte {position} of {origin} (0x{byte:02x}); choose an error policy: strict, replace or skip"
    )]
    InvalidUtf8 {
        /// Where the bytes came from: a path, or `input`.
        origin: String,
        /// Offset of the first byte that is not valid.
        position: u64,
        /// The byte there.
        byte: u8,
    },
    /// A line that spells what is no character, where the policy is strict.
    #[error("{path}: line {line}: {reason}", path = path.display())]
    NoCharacter {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What it spells, and what to do.
        reason: String,
    },

    /// What the caller got wrong in a call.
    #[error("{0}")]
    Argument(String),

    // --- files ------------------------------------------------------------------------------------------------------
    /// A file whose content is not what its format promises.
    #[error("{path}: {reason}", path = path.display())]
    CorruptFile {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line or byte.
        reason: String,
    },
    /// The operating system said no.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Its words.
        source: std::io::Error,
    },
    /// A target that exists already.
    #[error("{path} exists already; choose another place or ask to overwrite it", path = path.display())]
    Exists {
        /// The file or folder.
        path: PathBuf,
    },

    // --- counts, learner --------------------------------------------------------------------------------------------
    /// A corpus that cannot be counted or counts that do not belong together.
    #[error("{0}")]
    Corpus(String),
    /// A training run that cannot give what was asked for.
    #[error("{0}")]
    Training(String),
    /// A corpus that ran out of pairs before there were as many tokens as asked for.
    #[error("{reason}")]
    Exhausted {
        /// As many as it yields.
        tokens: usize,
        /// The number asked for, what kept pairs out, and what to do.
        reason: String,
    },
    /// Candidates of superwords that ran out of pairs of which everything is known: with a smaller `min_count` more is.
    #[error("{reason}")]
    Uncounted {
        /// As many as they yield.
        tokens: usize,
        /// The number asked for, the `min_count` there is, and what to do.
        reason: String,
    },
    /// A count beyond 2^64 - 1.
    #[error("a count exceeds 2^64 - 1 while {0}")]
    CountOverflow(&'static str),
    /// The system has no memory for a result.
    #[error("the system refused {bytes} bytes of memory; take the texts or the ids in smaller parts")]
    Memory {
        /// What was asked for.
        bytes: usize,
    },
    /// The caller asked to stop while the work went on.
    #[error("interrupted")]
    Interrupted,
}

impl Error {
    /// Wraps an operating-system error with the path it concerns.
    pub fn io(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Io { path: path.into(), source }
    }

    /// A file that does not keep its format's promise.
    pub fn corrupt(path: impl Into<PathBuf>, reason: impl Into<String>) -> Self {
        Self::CorruptFile { path: path.into(), reason: reason.into() }
    }

    /// The same error of a text that is one of many.
    #[must_use]
    pub fn within(self, place: impl Into<String>) -> Self {
        Self::Within { place: place.into(), source: Box::new(self) }
    }

    /// The same error of a text that has `bytes` more before the part where it was met.
    #[must_use]
    pub(crate) fn behind(self, bytes: usize) -> Self {
        match self {
            Self::SpecialToken { token, position } => Self::SpecialToken { token, position: position + bytes },
            other => other,
        }
    }
}

/// What the caller of an encoder does about a special token in the text: the end of the message of
/// [`Error::SpecialToken`], for those who have another advice to give.
#[must_use]
pub fn advice_on_special(token: &str) -> String {
    format!(
        "To encode it as that token, pass allowed_special={{{token:?}}}; to encode it as plain text, pass \
         disallowed_special=() or leave {token:?} out of disallowed_special; to ignore special tokens altogether, call \
         encode_ordinary()"
    )
}
