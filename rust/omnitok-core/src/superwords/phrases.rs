//! Texts to phrases, and phrases to pieces.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use super::FirstStage;
use crate::Result;
use crate::counts::Pieces;

/// What is done with phrases.
#[derive(Clone, Copy, Debug)]
pub(super) enum Task {
    /// Their pairs of tokens are counted, and nothing is found.
    NotePairs,
    /// They are cut where two tokens stand side by side fewer times than this.
    FindPieces(u32),
}

/// A token of a phrase.
#[derive(Clone, Copy)]
struct Token {
    id: u32,
    /// Its bytes in the text begin here.
    start: usize,
}

/// What one thread needs to go through the phrases of texts.
pub(super) struct Phrases {
    stage: Arc<FirstStage>,
    task: Task,
    /// The phrase at hand.
    tokens: Vec<Token>,
}

impl Phrases {
    pub(super) fn new(stage: Arc<FirstStage>, task: Task) -> Self {
        Self { stage, task, tokens: Vec::new() }
    }

    /// Does what there is to do with the phrase at hand, which ends at `end`, and forgets it.
    fn finish(&mut self, end: usize, visit: &mut dyn FnMut(Range<usize>) -> ControlFlow<()>) -> ControlFlow<()> {
        let stage = &*self.stage;
        let flow = match self.task {
            Task::NotePairs if stage.have_end(&self.tokens) => {
                self.tokens.windows(2).for_each(|pair| stage.bounds.note(pair[0].id, pair[1].id));
                ControlFlow::Continue(())
            }
            Task::NotePairs => ControlFlow::Continue(()),
            Task::FindPieces(least) => stage.visit_pieces(&self.tokens, end, least, visit),
        };
        self.tokens.clear();
        flow
    }
}

impl FirstStage {
    /// Whether a word ends between two of these tokens, so that a superword could be made of them.
    fn have_end(&self, tokens: &[Token]) -> bool {
        let edges = |token: Token| self.edges[token.id as usize];
        tokens.windows(2).any(|pair| match (edges(pair[0]), edges(pair[1])) {
            (Some(left), Some(right)) => left.with_next_have_end(right),
            _ => false,
        })
    }

    /// Hands out the pieces between pairs that are rare, if a superword could be made of them.
    fn visit_pieces(
        &self,
        tokens: &[Token],
        end: usize,
        least: u32,
        visit: &mut dyn FnMut(Range<usize>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let is_text = |token: Token| self.edges[token.id as usize].is_some();
        let holds = |pair: &[Token]| {
            is_text(pair[0]) && is_text(pair[1]) && self.bounds.may_reach(pair[0].id, pair[1].id, least)
        };
        let mut rest = tokens;
        while !rest.is_empty() {
            let length = rest.windows(2).position(|pair| !holds(pair)).map_or(rest.len(), |last| last + 1);
            let (piece, after) = rest.split_at(length);
            if self.have_end(piece) {
                visit(piece[0].start..after.first().map_or(end, |token| token.start))?;
            }
            rest = after;
        }
        ControlFlow::Continue(())
    }
}

impl Pieces for Phrases {
    fn try_for_each<'t>(&mut self, text: &'t str, visit: &mut dyn FnMut(&'t [u8]) -> ControlFlow<()>) -> Result<()> {
        let stage = Arc::clone(&self.stage);
        let mut ids = stage.encoder.encode_ordinary(text)?.into_iter();
        let vocabulary = stage.encoder.vocabulary().text();
        let mut visit = |range: Range<usize>| visit(&text.as_bytes()[range]);
        let mut at = 0;
        stage.phrases.try_for_each_end_in_phrases(text, |end, joins| {
            if !joins {
                self.finish(at, &mut visit)?;
            }
            // Tokens end where words end.
            while at < end {
                let Some(id) = ids.next() else { break };
                self.tokens.push(Token { id, start: at });
                at += vocabulary.get(id).len();
            }
            ControlFlow::Continue(())
        })?;
        _ = self.finish(at, &mut visit);
        Ok(())
    }
}
