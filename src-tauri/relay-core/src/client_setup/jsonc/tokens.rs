//! The words of a JSON text with comments, each with its place, and whether they stand where they may.
//!
//! Comments and a comma before a closing bracket are allowed, as VS Code has them; everything else is as strict as JSON.

use crate::client_setup::{Unreadable, without_mark};

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An opening bracket, and which word closes it.
    Open(Bracket, usize),
    /// A closing bracket.
    Close(Trail),
    Comma,
    Colon,
    Text,
    /// A number, `true`, `false` or `null`.
    Word,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Object,
    Array,
}

/// What stands before a closing bracket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Trail {
    /// Where the last word or comment before it ends.
    pub(super) end: usize,
    /// Whether that is a comment that goes to the end of its line.
    pub(super) is_line_comment: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Value,
    /// A value, or the end of the array.
    Element,
    /// A name, or the end of the object.
    Name,
    Colon,
    /// A comma, or the end of the object or array.
    Comma,
    Nothing,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    trail: Trail,
    tokens: Vec<Token>,
    /// The brackets that are open, by their words.
    open: Vec<(Bracket, usize)>,
    next: Next,
}

/// Reads a text that is one object.
pub(super) fn read(text: &str) -> Result<Vec<Token>, Unreadable> {
    let (_, begin) = without_mark(text);
    let trail = Trail { end: begin, is_line_comment: false };
    let mut reader = Reader { text, at: begin, trail, tokens: Vec::new(), open: Vec::new(), next: Next::Value };
    while reader.skip_space()? {
        reader.token()?;
    }
    match (reader.next, reader.tokens.first().map(|token| token.kind)) {
        (Next::Nothing, Some(Kind::Open(Bracket::Object, _))) => Ok(reader.tokens),
        (Next::Nothing, _) => Err(reader.wrong("it is not an object: it has to begin with {")),
        _ => Err(reader.wrong("it ends in the middle")),
    }
}

impl Reader<'_> {
    /// Goes to the next word, if there is one.
    fn skip_space(&mut self) -> Result<bool, Unreadable> {
        loop {
            let rest = &self.text[self.at..];
            let Some(first) = rest.bytes().next() else { return Ok(false) };
            if matches!(first, b' ' | b'\t' | b'\r' | b'\n') {
                self.at += 1;
            } else if rest.starts_with("//") {
                let line = rest.split('\n').next().unwrap_or(rest);
                let line = if line.len() < rest.len() { line.strip_suffix('\r').unwrap_or(line) } else { line };
                if line.contains('\r') {
                    return Err(self.wrong("a comment with a carriage return in it"));
                }
                self.pass(line.len(), true);
            } else if let Some(comment) = rest.strip_prefix("/*") {
                let inside = comment.find("*/").ok_or_else(|| self.wrong("a comment that does not end"))?;
                self.pass(inside + 4, false);
            } else {
                return Ok(true);
            }
        }
    }

    fn pass(&mut self, len: usize, is_line_comment: bool) {
        self.at += len;
        self.trail = Trail { end: self.at, is_line_comment };
    }

    fn token(&mut self) -> Result<(), Unreadable> {
        let rest = &self.text.as_bytes()[self.at..];
        let (kind, len) = match rest[0] {
            b'{' => (Kind::Open(Bracket::Object, 0), 1),
            b'[' => (Kind::Open(Bracket::Array, 0), 1),
            b'}' | b']' => (Kind::Close(self.trail), 1),
            b',' => (Kind::Comma, 1),
            b':' => (Kind::Colon, 1),
            b'"' => (Kind::Text, text_len(rest).ok_or_else(|| self.wrong("a text that is none"))?),
            _ => {
                let of_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                let len = rest.iter().take_while(|byte| of_word(byte)).count();
                // The one thing asked of the JSON reader: whether this is a number, `true`, `false` or `null`.
                let is_word = serde_json::from_slice::<&serde_json::value::RawValue>(&rest[..len]).is_ok();
                if !is_word {
                    return Err(self.wrong("something that is no value"));
                }
                (Kind::Word, len)
            }
        };
        self.step(kind, rest[0])?;
        self.tokens.push(Token { kind, start: self.at, end: self.at + len });
        self.pass(len, false);
        Ok(())
    }

    /// Checks that a word may stand here, and what may follow it.
    fn step(&mut self, kind: Kind, first: u8) -> Result<(), Unreadable> {
        let here = self.tokens.len();
        self.next = match (self.next, kind) {
            (Next::Value | Next::Element, Kind::Open(bracket, _)) => {
                self.open.push((bracket, here));
                self.within(bracket)
            }
            (Next::Value | Next::Element, Kind::Text | Kind::Word) => self.behind_value(),
            (Next::Name, Kind::Text) => Next::Colon,
            (Next::Colon, Kind::Colon) => Next::Value,
            (Next::Comma, Kind::Comma) => {
                let (bracket, _) = *self.open.last().expect("a comma is waited for within brackets only");
                self.within(bracket)
            }
            (Next::Name | Next::Element | Next::Comma, Kind::Close(_)) => {
                let (bracket, opened) = self.open.pop().expect("a closing bracket is waited for within brackets only");
                if (bracket == Bracket::Object) != (first == b'}') {
                    return Err(self.wrong("the wrong closing bracket"));
                }
                self.tokens[opened].kind = Kind::Open(bracket, here);
                self.behind_value()
            }
            _ => return Err(self.wrong("something that may not stand there")),
        };
        Ok(())
    }

    fn within(&self, bracket: Bracket) -> Next {
        match bracket {
            Bracket::Object => Next::Name,
            Bracket::Array => Next::Element,
        }
    }

    fn behind_value(&self) -> Next {
        if self.open.is_empty() { Next::Nothing } else { Next::Comma }
    }

    fn wrong(&self, what: &str) -> Unreadable {
        let line = 1 + self.text[..self.at].matches('\n').count();
        Unreadable::Syntax { line, what: what.to_owned() }
    }
}

/// How long a text at the beginning is, with its quotes.
fn text_len(rest: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match rest.get(at)? {
            b'"' => break,
            b'\\' => at += 2,
            0..0x20 => return None,
            _ => at += 1,
        }
    }
    let escapes_are_right = |text: &[u8]| {
        let mut escapes = text.iter().enumerate();
        while let Some((at, byte)) = escapes.next() {
            if *byte == b'\\' {
                let hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
                match escapes.next()?.1 {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' if text.get(at + 2..at + 6).is_some_and(hex) => {}
                    _ => return None,
                }
            }
        }
        Some(())
    };
    escapes_are_right(&rest[1..at])?;
    Some(at + 1)
}
