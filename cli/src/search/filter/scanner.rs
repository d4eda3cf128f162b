//! Goes through the text of a filter, from left to right.

use super::{Problem, part};

/// The rest of a text that is not read yet.
pub(super) struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    /// Begins at the text's beginning.
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// Returns all that is not read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Tells whether only blanks are left.
    pub(super) fn is_at_end(&self) -> bool {
        self.rest.trim_start().is_empty()
    }

    /// Passes over blanks.
    pub(super) fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Returns the next character, without reading it.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Reads this text, if it is what comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Reads this word, if it comes next and ends there.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let is_word = begins_with_word(self.rest, word);
        is_word && self.eat(word)
    }

    /// Reads up to the first character that ends it.
    pub(super) fn until(&mut self, ends: impl FnMut(char) -> bool) -> &'a str {
        let at = self.rest.find(ends).unwrap_or(self.rest.len());
        self.take(at)
    }

    /// Reads up to the first place from which on the rest ends it. The closure gets the character before that place, and the rest.
    pub(super) fn until_rest(&mut self, mut ends: impl FnMut(Option<char>, &str) -> bool) -> &'a str {
        let mut before = None;
        let mut at = self.rest.len();
        for (index, character) in self.rest.char_indices() {
            if ends(before, self.rest.get(index..).unwrap_or_default()) {
                at = index;
                break;
            }
            before = Some(character);
        }
        self.take(at)
    }

    /// Reads a text in quotes, if one comes next. In double quotes, `\"` and `\\` stand for `"` and `\`.
    ///
    /// # Errors
    /// If the quote is not closed, or a backslash stands before something else.
    pub(super) fn quoted(&mut self) -> Result<Option<String>, Problem> {
        let Some(quote) = self.peek().filter(|c| matches!(c, '"' | '\'')) else { return Ok(None) };
        let begin = self.rest;
        let mut characters = self.rest.chars();
        characters.next();
        let mut text = String::new();
        while let Some(character) = characters.next() {
            match character {
                c if c == quote => {
                    self.rest = characters.as_str();
                    return Ok(Some(text));
                }
                '\\' if quote == '"' => match characters.next() {
                    Some(c @ ('"' | '\\')) => text.push(c),
                    _ => return Err(format!("in `{}`, write `\\\\` for a backslash, or put the text into single quotes", part(begin))),
                },
                c => text.push(c),
            }
        }
        Err(format!("the quote in `{}` is not closed", part(begin)))
    }

    /// Checks that all is read.
    ///
    /// # Errors
    /// If more than blanks is left.
    pub(super) fn end(&self, after: &str) -> Result<(), Problem> {
        if self.is_at_end() { Ok(()) } else { Err(format!("`{}` follows {after}, where it should end", part(self.rest.trim()))) }
    }

    fn take(&mut self, at: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(at).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }
}

/// Tells whether a text begins with a word, and a blank or the text's end follows.
pub(super) fn begins_with_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| rest.chars().next().is_none_or(char::is_whitespace))
}
