//! Variables put into a file of `NAME=value` lines, as the `dotenv` package reads them.

use std::ops::Range;

use super::{Merged, Unreadable, Value, append, apply, change, replace, without_mark};
use crate::json::Edit;

pub(super) fn merge(text: &str, variables: &[(&'static str, Value)]) -> Result<Merged, Unreadable> {
    let lines = read(text)?;
    let (mut edits, mut added, mut changes) = (Vec::<Edit>::new(), Vec::new(), Vec::new());
    for (name, value) in variables {
        let mut found = lines.iter().filter(|line| line.name == *name);
        match (found.next(), found.next()) {
            (None, _) => added.push(format!("{name}={}", value.plain())),
            (Some(_), Some(_)) => return Err(Unreadable::Twice((*name).to_owned())),
            (Some(line), None) if line.says(text, value.plain()) => continue,
            (Some(line), None) => edits.push(replace(line.value.clone(), value.plain())),
        }
        changes.push(change(name, value));
    }
    let mut merged = Merged { text: apply(text, &edits), changes, warnings: Vec::new() };
    if !added.is_empty() {
        merged.text = append(&merged.text, &added);
    }
    Ok(merged)
}

/// A line that sets a variable.
struct Line<'a> {
    name: &'a str,
    /// Where its value stands, with its quotes.
    value: Range<usize>,
}

impl Line<'_> {
    fn says(&self, text: &str, wanted: &str) -> bool {
        let is = &text[self.value.clone()];
        let bare = ['"', '\'', '`'].iter().find_map(|quote| is.strip_prefix(*quote)?.strip_suffix(*quote));
        bare.unwrap_or(is) == wanted
    }
}

/// The lines that set variables. A value in quotes that goes over several lines is not followed.
fn read(text: &str) -> Result<Vec<Line<'_>>, Unreadable> {
    let (inside, mut at) = without_mark(text);
    let mut lines = Vec::new();
    for (number, whole) in inside.split_inclusive('\n').enumerate() {
        let wrong = |what: &str| Unreadable::Syntax { line: number + 1, what: what.to_owned() };
        let line = whole.trim_end_matches('\n');
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.contains('\r') {
            return Err(wrong("a carriage return in the middle"));
        }
        if let Some((name, value)) = assignment(line) {
            let rest = &line[value..];
            let len = value_len(rest).ok_or_else(|| wrong("a value in quotes that does not end there"))?;
            lines.push(Line { name, value: at + value..at + value + len });
        }
        at += whole.len();
    }
    Ok(lines)
}

/// The name that a line sets, and where its value begins.
fn assignment(line: &str) -> Option<(&str, usize)> {
    let blank = [' ', '\t'];
    let start = line.trim_start_matches(blank);
    let start = match start.strip_prefix("export").map(|rest| (rest, rest.trim_start_matches(blank))) {
        Some((rest, trimmed)) if trimmed.len() < rest.len() => trimmed,
        _ => start,
    };
    let name_len = start.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte)).count();
    let (name, rest) = start.split_at(name_len);
    let value = rest.trim_start_matches(blank).strip_prefix('=')?.trim_start_matches(blank);
    (!name.is_empty()).then(|| (name, line.len() - value.len()))
}

/// How long a value is, with its quotes; nothing when it does not end in its line.
fn value_len(rest: &str) -> Option<usize> {
    let Some(quote) = rest.chars().next().filter(|first| ['"', '\'', '`'].contains(first)) else {
        let bare = rest.split('#').next().unwrap_or(rest);
        return Some(bare.trim_end_matches([' ', '\t']).len());
    };
    let end = 1 + rest[1..].find(quote)?;
    let behind = rest[end + 1..].trim_start_matches([' ', '\t']);
    let is_end = behind.is_empty() || behind.starts_with('#');
    (is_end && !rest[..end].contains('\\')).then_some(end + 1)
}
