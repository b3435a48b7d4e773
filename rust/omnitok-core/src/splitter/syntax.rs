//! Reads the outline of a custom pattern: its alternatives, and whatever no automaton of linear time can do.
//!
//! Published split patterns use one piece of look-around, `\s+(?!\S)`: white space up to, but not including, the
//! last character before a word. The reader takes that alternative out, for [`super::custom`] to emulate, and refuses
//! the rest by name. It must: the parser of regular expressions knows no possessive quantifiers and would take
//! `\p{N}{1,3}+` for a repetition of `\p{N}{1,3}`, which matches something else.

use crate::error::{Error, Result};

/// Neighbouring alternatives of a pattern that run as one regular expression.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Alternatives that the engine runs as they are, joined by `|`.
    Plain(String),
    /// `\s+(?!\S)` with the `\s+` or `\s` after it.
    WhiteSpaceBeforeText,
}

impl Part {
    /// The regular expression that the engine runs for this part.
    pub(super) fn source(&self) -> &str {
        match self {
            Self::Plain(source) => source,
            Self::WhiteSpaceBeforeText => r"\s+",
        }
    }
}

const LOOK_AHEAD: &str = r"(?!\S)";

/// Why any other look-around is refused.
const LOOK_AROUND: &str = r"look-around (only `\s+(?!\S)` as an alternative of its own is supported)";

/// Reads the parts of `pattern`, in order of preference.
///
/// # Errors
/// [`Error::Pattern`] that names the construct, its byte offset and the way out.
pub(super) fn read_parts(pattern: &str) -> Result<Vec<Part>> {
    let mut reader = Reader { pattern, at: 0, depth: 0, alternatives: Vec::new(), global_flags: false };
    reader.read()?;
    reader.into_parts()
}

/// One alternative of the outermost level, without its look-ahead.
struct Alternative<'p> {
    start: usize,
    body: &'p str,
    looks_ahead: bool,
}

struct Reader<'p> {
    pattern: &'p str,
    at: usize,
    /// Open groups.
    depth: usize,
    alternatives: Vec<Alternative<'p>>,
    /// Whether flags such as `(?i)` were set for the rest of the pattern.
    global_flags: bool,
}

impl<'p> Reader<'p> {
    fn rest(&self) -> &'p str {
        &self.pattern[self.at..]
    }

    fn refuse<T>(&self, what: impl Into<String>) -> Result<T> {
        let reason = format!("{} at byte {}", what.into(), self.at);
        Err(Error::Pattern { pattern: self.pattern.to_owned(), reason })
    }

    /// Reads the whole pattern into alternatives.
    fn read(&mut self) -> Result<()> {
        let mut start = 0;
        while let Some(character) = self.rest().chars().next() {
            match character {
                '\\' => self.skip_escape()?,
                '[' => self.skip_class(),
                '(' if self.depth == 0 && self.rest().starts_with(LOOK_AHEAD) => {
                    let body = &self.pattern[start..self.at];
                    let after = &self.rest()[LOOK_AHEAD.len()..];
                    if !(after.is_empty() || after.starts_with('|')) {
                        return self.refuse(LOOK_AROUND);
                    }
                    self.alternatives.push(Alternative { start, body, looks_ahead: true });
                    self.at += LOOK_AHEAD.len() + 1;
                    start = self.at;
                    if after.is_empty() {
                        return Ok(());
                    }
                }
                '(' => self.open_group()?,
                ')' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.at += 1;
                }
                '|' if self.depth == 0 => {
                    self.push_plain(start);
                    self.at += 1;
                    start = self.at;
                }
                '*' | '+' | '?' | '{' => self.skip_quantifier()?,
                _ => self.at += character.len_utf8(),
            }
        }
        self.push_plain(start);
        Ok(())
    }

    fn push_plain(&mut self, start: usize) {
        let body = &self.pattern[start..self.at];
        self.alternatives.push(Alternative { start, body, looks_ahead: false });
    }

    /// Skips an escape and the braces that belong to it, as in `\p{L}` or `\x{200D}`.
    fn skip_escape(&mut self) -> Result<()> {
        let Some(escaped) = self.rest()[1..].chars().next() else {
            return self.refuse("a backslash without a character after it");
        };
        if matches!(escaped, '1'..='9' | 'k') {
            return self.refuse("a back-reference, which no engine of linear time has (write the group out again),");
        }
        self.at += 1 + escaped.len_utf8();
        if matches!(escaped, 'p' | 'P' | 'x' | 'u' | 'U' | 'b') && self.rest().starts_with('{') {
            // Without a closing brace the rest of the pattern is the escape's: the parser will say so.
            self.at += self.rest().find('}').map_or(self.rest().len(), |close| close + 1);
        }
        Ok(())
    }

    /// Skips a class in brackets, with the classes nested in it.
    fn skip_class(&mut self) {
        let mut open = 0_usize;
        while let Some(character) = self.rest().chars().next() {
            self.at += character.len_utf8();
            match character {
                '\\' => self.at += self.rest().chars().next().map_or(0, char::len_utf8),
                '[' => {
                    open += 1;
                    // The first character of a class is itself, even if it is a closing bracket.
                    self.at += usize::from(self.rest().starts_with('^'));
                    self.at += usize::from(self.rest().starts_with(']'));
                }
                ']' => open -= 1,
                _ => {}
            }
            if open == 0 {
                return;
            }
        }
    }

    /// Steps into a group, unless it is of a kind that the engine does not have.
    fn open_group(&mut self) -> Result<()> {
        let kind = self.rest();
        let starts_with = |prefixes: &[&str]| prefixes.iter().any(|prefix| kind.starts_with(prefix));
        if starts_with(&["(?=", "(?!", "(?<=", "(?<!"]) {
            return self.refuse(LOOK_AROUND);
        }
        if starts_with(&["(?>"]) {
            return self.refuse("an atomic group, which no engine of linear time has (try a plain group),");
        }
        if starts_with(&["(?P=", "(?P>", "(?(", "(?R", "(?&"]) {
            return self.refuse("a back-reference, condition or recursion, which no engine of linear time has,");
        }
        self.at += 1;
        let flags =
            kind.strip_prefix("(?").and_then(|rest| rest.split_once([':', ')', '<'])).map_or("", |(flags, _)| flags);
        if kind.starts_with("(?") && flags.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-') {
            if flags.contains('x') {
                return self.refuse("the flag x (write the pattern without spaces and comments)");
            }
            self.global_flags |= self.depth == 0 && kind[2 + flags.len()..].starts_with(')');
            self.at += 1 + flags.len();
        }
        self.depth += 1;
        Ok(())
    }

    /// Skips `*`, `+`, `?` or `{…}` and a `?` that makes it lazy.
    fn skip_quantifier(&mut self) -> Result<()> {
        self.at += self.rest().find('}').filter(|_| self.rest().starts_with('{')).map_or(1, |close| close + 1);
        if self.rest().starts_with('+') {
            return self
                .refuse("a possessive quantifier, which no engine of linear time has (try it without the last +),");
        }
        self.at += usize::from(self.rest().starts_with('?'));
        if self.rest().starts_with(['*', '+', '?', '{']) {
            return self.refuse("a quantifier of a quantifier (put a group around what the first one repeats)");
        }
        Ok(())
    }

    /// Joins the alternatives into parts.
    fn into_parts(mut self) -> Result<Vec<Part>> {
        let mut parts = Vec::new();
        let mut plain: Vec<&str> = Vec::new();
        let alternatives = std::mem::take(&mut self.alternatives);
        let mut alternatives = alternatives.into_iter();
        while let Some(alternative) = alternatives.next() {
            if !alternative.looks_ahead {
                plain.push(alternative.body);
                continue;
            }
            self.at = alternative.start;
            if alternative.body != r"\s+" {
                return self.refuse(LOOK_AROUND);
            }
            if !alternatives.next().is_some_and(|next| !next.looks_ahead && matches!(next.body, r"\s+" | r"\s")) {
                return self.refuse(r"`\s+(?!\S)` whose next alternative is neither `\s+` nor `\s`");
            }
            if self.global_flags {
                return self
                    .refuse(r"`\s+(?!\S)` together with flags for the whole pattern (write (?i:...) where needed)");
            }
            if !plain.is_empty() {
                parts.push(Part::Plain(plain.join("|")));
                plain.clear();
            }
            parts.push(Part::WhiteSpaceBeforeText);
        }
        if !plain.is_empty() {
            parts.push(Part::Plain(plain.join("|")));
        }
        Ok(parts)
    }
}
