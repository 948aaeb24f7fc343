//! Settings put into a JSON file that people write by hand: with comments, and laid out as they like it.
//!
//! A value is put in another's place, or a member behind the last one, laid out like those that are there.

mod tokens;

use self::tokens::{Bracket, Kind, Token, Trail};
use super::{Conflict, Merged, Unreadable, Value, apply, change, line_end, replace, without_mark};
use crate::json::Edit;

/// How far one level is moved in where the file does not show it.
const INDENT: &str = "  ";

/// One setting in a JSON file.
#[derive(Clone, Debug)]
pub enum JsonEdit {
    /// The value at the end of a path of names.
    Set {
        /// The names.
        path: &'static [&'static str],
        /// The value.
        value: Value,
    },
    /// An object in the array at the end of a path: the one with these members gets the others, or else it is added.
    Item {
        /// The names.
        path: &'static [&'static str],
        /// What it is known by.
        same: Vec<(&'static str, Value)>,
        /// What is set in it.
        set: Vec<(&'static str, Value)>,
    },
}

pub(super) fn merge(text: &str, edits: &[JsonEdit], conflicts: &[Conflict]) -> Result<Merged, Unreadable> {
    let (inside, begin) = without_mark(text);
    let is_blank = inside.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    let mut merged = Merged { text: text.to_owned(), ..Merged::default() };
    if is_blank {
        merged.text = format!("{}{{}}\n", &text[..begin]);
    }
    for edit in edits {
        match edit {
            JsonEdit::Set { path, value } => set(&mut merged, path, value)?,
            JsonEdit::Item { path, same, set } => item(&mut merged, path, same, set)?,
        }
    }
    let document = Document::read(&merged.text)?;
    for Conflict { path, advice } in conflicts {
        if document.has(path)? {
            merged.warnings.push(format!("{} is set there too: {advice}", path.join(".")));
        }
    }
    Ok(merged)
}

fn set(merged: &mut Merged, path: &[&str], value: &Value) -> Result<(), Unreadable> {
    let document = Document::read(&merged.text)?;
    let edits = match document.walk(path)? {
        Walked::Missing { object, style, left } => {
            let added = left[1..].iter().rev().fold(New::Literal(value.literal()), |new, name| New::object(name, new));
            document.add_member(object, style, left[0], &added)
        }
        Walked::Found { at, .. } => match document.put(at, value, || path.join("."))? {
            Some(edit) => vec![edit],
            None => return Ok(()),
        },
    };
    merged.text = apply(&merged.text, &edits);
    merged.changes.push(change(&path.join("."), value));
    Ok(())
}

fn item(merged: &mut Merged, path: &[&str], same: &[(&str, Value)], set: &[(&str, Value)]) -> Result<(), Unreadable> {
    let label = format!("{}[{}]", path.join("."), same[0].1.plain());
    let whole = || New::Object(same.iter().chain(set).map(|(name, value)| (*name, New::of(value))).collect());
    let document = Document::read(&merged.text)?;
    let found = match document.walk(path)? {
        Walked::Missing { object, style, left } => {
            let array = New::Array(vec![whole()]);
            let added = left[1..].iter().rev().fold(array, |new, name| New::object(name, new));
            Err(document.add_member(object, style, left[0], &added))
        }
        Walked::Found { at, style } => match document.find_item(at, path, same, &label)? {
            Some(item) => Ok(item),
            None => Err(document.add_element(at, style, &whole())),
        },
    };
    let item = match found {
        Ok(item) => item,
        Err(edits) => {
            merged.text = apply(&merged.text, &edits);
            merged.changes.extend(set.iter().map(|(name, value)| change(&format!("{label}.{name}"), value)));
            return Ok(());
        }
    };
    for (name, value) in set {
        // What is changed lies in the item, so its opening bracket stays the same word.
        let document = Document::read(&merged.text)?;
        let path = || format!("{label}.{name}");
        let edits = match document.member(item, name)? {
            None => document.add_member(item, document.style(item, Style::Lines), name, &New::of(value)),
            Some(at) => match document.put(at, value, path)? {
                Some(edit) => vec![edit],
                None => continue,
            },
        };
        merged.text = apply(&merged.text, &edits);
        merged.changes.push(change(&path(), value));
    }
    Ok(())
}

/// Whether what is in brackets stands in lines of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Lines,
    OneLine,
}

/// How far a path of names leads.
enum Walked<'a> {
    /// To a value, by its word.
    Found { at: usize, style: Style },
    /// To an object that has none of the names that are left.
    Missing { object: usize, style: Style, left: &'a [&'a str] },
}

/// A value that is to be added.
enum New<'a> {
    Literal(String),
    Object(Vec<(&'a str, New<'a>)>),
    Array(Vec<New<'a>>),
}

impl<'a> New<'a> {
    fn of(value: &Value) -> Self {
        Self::Literal(value.literal())
    }

    fn object(name: &'a str, value: New<'a>) -> Self {
        Self::Object(vec![(name, value)])
    }
}

struct Document<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    line_end: &'static str,
    indent: &'a str,
}

impl<'a> Document<'a> {
    fn read(text: &'a str) -> Result<Self, Unreadable> {
        let tokens = tokens::read(text)?;
        let mut document = Self { text, tokens, line_end: line_end(text), indent: INDENT };
        let first = document.indent_at(document.tokens[1].start);
        if !document.is_empty(0) && document.style(0, Style::Lines) == Style::Lines && !first.is_empty() {
            document.indent = first;
        }
        Ok(document)
    }

    fn is_empty(&self, open: usize) -> bool {
        self.close(open) == open + 1
    }

    /// The word that closes a bracket, or the word itself.
    fn close(&self, at: usize) -> usize {
        match self.tokens[at].kind {
            Kind::Open(_, close) => close,
            _ => at,
        }
    }

    fn style(&self, open: usize, around: Style) -> Style {
        let inside = &self.text[self.tokens[open].end..self.tokens[open + 1].start];
        match (self.is_empty(open), inside.contains('\n')) {
            (true, _) => around,
            (false, true) => Style::Lines,
            (false, false) => Style::OneLine,
        }
    }

    /// The white space at the beginning of the line in which something stands.
    fn indent_at(&self, at: usize) -> &'a str {
        let (_, begin) = without_mark(self.text);
        let line = self.text[..at].rfind('\n').map_or(begin, |end| end + 1);
        let rest = &self.text[line..at];
        &rest[..rest.len() - rest.trim_start_matches([' ', '\t']).len()]
    }

    /// Follows a path from the top.
    fn walk<'p>(&self, path: &'p [&'p str]) -> Result<Walked<'p>, Unreadable> {
        let (mut at, mut style) = (0, self.style(0, Style::Lines));
        for (depth, name) in path.iter().enumerate() {
            if !matches!(self.tokens[at].kind, Kind::Open(Bracket::Object, _)) {
                return Err(Unreadable::Occupied { path: path[..depth].join("."), wanted: "an object" });
            }
            let Some(found) = self.member(at, name)? else {
                return Ok(Walked::Missing { object: at, style, left: &path[depth..] });
            };
            at = found;
            if let Kind::Open(..) = self.tokens[at].kind {
                style = self.style(at, style);
            }
        }
        Ok(Walked::Found { at, style })
    }

    fn has(&self, path: &[&str]) -> Result<bool, Unreadable> {
        let mut at = 0;
        for name in path {
            match self.tokens[at].kind {
                Kind::Open(Bracket::Object, _) => match self.member(at, name)? {
                    Some(found) => at = found,
                    None => return Ok(false),
                },
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// The value of an object's member.
    fn member(&self, object: usize, name: &str) -> Result<Option<usize>, Unreadable> {
        let mut found = None;
        let mut at = object + 1;
        while at < self.close(object) {
            if self.says(at, name) && found.replace(at + 2).is_some() {
                return Err(Unreadable::Twice(format!("\"{name}\"")));
            }
            at = self.behind(at + 2);
        }
        Ok(found)
    }

    /// The word behind a value and the comma that may follow it.
    fn behind(&self, value: usize) -> usize {
        let next = self.close(value) + 1;
        if self.tokens[next].kind == Kind::Comma { next + 1 } else { next }
    }

    /// Whether a word is this text, which may be written with escapes.
    fn says(&self, at: usize, text: &str) -> bool {
        let Token { kind, start, end } = self.tokens[at];
        kind == Kind::Text && serde_json::from_str::<String>(&self.text[start..end]).is_ok_and(|is| is == text)
    }

    /// The object in an array that has these members.
    fn find_item(
        &self,
        array: usize,
        path: &[&str],
        same: &[(&str, Value)],
        label: &str,
    ) -> Result<Option<usize>, Unreadable> {
        if !matches!(self.tokens[array].kind, Kind::Open(Bracket::Array, _)) {
            return Err(Unreadable::Occupied { path: path.join("."), wanted: "an array" });
        }
        let mut found = None;
        let mut at = array + 1;
        while at < self.close(array) {
            if let Kind::Open(Bracket::Object, _) = self.tokens[at].kind {
                let mut is_it = true;
                for (name, value) in same {
                    is_it &= self.member(at, name)?.is_some_and(|at| self.says(at, value.plain()));
                }
                if is_it && found.replace(at).is_some() {
                    return Err(Unreadable::Twice(label.to_owned()));
                }
            }
            at = self.behind(at);
        }
        Ok(found)
    }

    /// Puts a value in the place of one of its kind, unless it is there already.
    fn put(&self, at: usize, value: &Value, path: impl FnOnce() -> String) -> Result<Option<Edit>, Unreadable> {
        let Token { kind, start, end } = self.tokens[at];
        let is = &self.text[start..end];
        let (is_of_its_kind, is_there, wanted) = match value {
            Value::Yes => (matches!(is, "true" | "false"), is == "true", "true or false"),
            Value::Text(_) | Value::Key(_) => (kind == Kind::Text, self.says(at, value.plain()), "a text"),
        };
        if !is_of_its_kind {
            return Err(Unreadable::Occupied { path: path(), wanted });
        }
        Ok((!is_there).then(|| replace(start..end, &value.literal())))
    }

    fn add_member(&self, object: usize, style: Style, name: &str, value: &New<'_>) -> Vec<Edit> {
        self.add(object, style, |indent, style| format!("\"{name}\": {}", self.rendered(value, indent, style)))
    }

    fn add_element(&self, array: usize, style: Style, value: &New<'_>) -> Vec<Edit> {
        self.add(array, style, |indent, style| self.rendered(value, indent, style))
    }

    /// Adds something behind all that is in brackets.
    fn add(&self, open: usize, style: Style, part: impl FnOnce(&str, Style) -> String) -> Vec<Edit> {
        let close = self.tokens[self.close(open)];
        let Kind::Close(Trail { end, is_line_comment }) = close.kind else { unreachable!("it was read as a bracket") };
        let base = self.indent_at(self.tokens[open].start);
        let indent = match (self.is_empty(open), style) {
            (false, Style::Lines) => self.indent_at(self.tokens[open + 1].start).to_owned(),
            _ => format!("{base}{}", self.indent),
        };
        let style = if is_line_comment { Style::Lines } else { style };
        let mut text = match (style, self.is_empty(open)) {
            (Style::Lines, _) => format!("{}{indent}{}", self.line_end, part(&indent, style)),
            (Style::OneLine, false) => format!(" {}", part(&indent, style)),
            (Style::OneLine, true) => part(&indent, style),
        };
        if style == Style::Lines && self.is_empty(open) && !self.text[end..close.start].contains('\n') {
            text.push_str(self.line_end);
            text.push_str(base);
        }
        let last = self.tokens[self.close(open) - 1];
        let comma = (!self.is_empty(open) && last.kind != Kind::Comma).then(|| replace(last.end..last.end, ","));
        comma.into_iter().chain([replace(end..end, &text)]).collect()
    }

    fn rendered(&self, new: &New<'_>, indent: &str, style: Style) -> String {
        let deeper = format!("{indent}{}", self.indent);
        let (open, parts, close) = match new {
            New::Literal(text) => return text.clone(),
            New::Object(members) => {
                let parts =
                    members.iter().map(|(name, new)| format!("\"{name}\": {}", self.rendered(new, &deeper, style)));
                ('{', parts.collect::<Vec<_>>(), '}')
            }
            New::Array(elements) => ('[', elements.iter().map(|new| self.rendered(new, &deeper, style)).collect(), ']'),
        };
        match style {
            Style::Lines => {
                let line = format!("{}{deeper}", self.line_end);
                format!("{open}{line}{}{}{indent}{close}", parts.join(&format!(",{line}")), self.line_end)
            }
            Style::OneLine => format!("{open}{}{close}", parts.join(", ")),
        }
    }
}
