//! Settings put into a TOML file. `toml_edit` reads it and tells where things stand; only our own lines are touched, so that
//! line ends and everything else stay as they are.

use std::ops::Range;

use toml_edit::{Document, Item, Table};

use super::{Merged, Unreadable, Value, append, apply, change, line_end, replace, without_mark};
use crate::json::Edit;

/// What is to stand in a TOML file: one setting at the top, and one table with a header.
#[derive(Clone, Debug)]
pub struct TomlEdits {
    /// The setting at the top.
    pub root: (&'static str, Value),
    /// The table: one in another.
    pub table: [&'static str; 2],
    /// What is set in it.
    pub members: Vec<(&'static str, Value)>,
    /// What is taken out of it.
    pub dropped: &'static str,
}

pub(super) fn merge(text: &str, edits: &TomlEdits) -> Result<Merged, Unreadable> {
    let (inside, begin) = without_mark(text);
    let document = Document::parse(inside).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start.min(inside.len()));
        let line = 1 + inside.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
        Unreadable::Syntax { line, what: error.message().to_owned() }
    })?;
    let mut merge = Merge { text: inside, edits: Vec::new(), changes: Vec::new() };
    merge.set_root(document.as_table(), &edits.root)?;
    let table = find(document.as_table(), edits)?;
    if let Some(table) = table {
        merge.set_members(table, edits)?;
    }
    let mut merged = Merged { text: apply(inside, &merge.edits), changes: merge.changes, warnings: Vec::new() };
    if table.is_none() {
        let [outer, inner] = edits.table;
        let mut lines = vec![format!("[{outer}.{inner}]")];
        lines.extend(edits.members.iter().map(|(name, value)| line(name, value)));
        // A blank line before it, in a file that has any.
        if !merged.text.is_empty() {
            lines.insert(0, String::new());
        }
        merged.text = append(&merged.text, &lines);
        merged.changes.extend(edits.members.iter().map(|(name, value)| change(&edits.path(name), value)));
    }
    merged.text.insert_str(0, &text[..begin]);
    Ok(merged)
}

impl TomlEdits {
    /// The names in the table that are ours.
    fn ours(&self) -> impl Iterator<Item = &'static str> {
        self.members.iter().map(|(name, _)| *name).chain([self.dropped])
    }

    fn path(&self, name: &str) -> String {
        let [outer, inner] = self.table;
        format!("{outer}.{inner}.{name}")
    }
}

fn line(name: &str, value: &Value) -> String {
    format!("{name} = {}", value.literal())
}

/// The table with a header of its own, if there is one; a table that is written otherwise is refused.
fn find<'a>(root: &'a Table, edits: &TomlEdits) -> Result<Option<&'a Table>, Unreadable> {
    let [outer, inner] = edits.table;
    let Some(item) = root.get(outer) else { return Ok(None) };
    let Item::Table(around) = item else { return Err(Unreadable::Unusual(outer.to_owned())) };
    if around.is_dotted() {
        return Err(Unreadable::Unusual(outer.to_owned()));
    }
    match around.get(inner) {
        None => Ok(None),
        Some(Item::Table(table)) if table.is_dotted() => Err(Unreadable::Unusual(format!("{outer}.{inner}"))),
        Some(Item::Table(table)) if table.is_implicit() => match edits.ours().find(|name| table.contains_key(name)) {
            Some(name) => Err(Unreadable::Occupied { path: edits.path(name), wanted: "a text" }),
            None => Ok(None),
        },
        Some(Item::Table(table)) => Ok(Some(table)),
        Some(_) => Err(Unreadable::Unusual(format!("{outer}.{inner}"))),
    }
}

/// The changes that were found so far.
struct Merge<'a> {
    text: &'a str,
    edits: Vec<Edit>,
    changes: Vec<String>,
}

impl Merge<'_> {
    fn set_root(&mut self, root: &Table, (name, value): &(&'static str, Value)) -> Result<(), Unreadable> {
        match root.get(name) {
            Some(item) => self.put(item, (*name).to_owned(), value),
            None => {
                // At the very beginning, where it cannot end up in a table.
                self.edits.push(replace(0..0, &format!("{}{}", line(name, value), line_end(self.text))));
                self.changes.push(change(name, value));
                Ok(())
            }
        }
    }

    fn set_members(&mut self, table: &Table, edits: &TomlEdits) -> Result<(), Unreadable> {
        let header = table.span().expect("a table that was read has its place");
        let behind_header = self.line_around(header).end;
        let mut missing = String::new();
        for (name, value) in &edits.members {
            match table.get(name) {
                Some(item) => self.put(item, edits.path(name), value)?,
                None => {
                    missing.push_str(line_end(self.text));
                    missing.push_str(&line(name, value));
                    self.changes.push(change(&edits.path(name), value));
                }
            }
        }
        if !missing.is_empty() {
            self.edits.push(replace(behind_header..behind_header, &missing));
        }
        self.drop(table, edits)
    }

    /// Takes the line of a setting out.
    fn drop(&mut self, table: &Table, edits: &TomlEdits) -> Result<(), Unreadable> {
        let Some((key, item)) = table.get_key_value(edits.dropped) else { return Ok(()) };
        let path = edits.path(edits.dropped);
        let (Some(name), Some(value)) = (key.span(), item.as_value().and_then(|value| value.span())) else {
            return Err(Unreadable::Occupied { path, wanted: "a text" });
        };
        if !item.is_str() {
            return Err(Unreadable::Occupied { path, wanted: "a text" });
        }
        let line = self.line_around(name.start..value.end);
        let behind = self.text[line.end..].find('\n').map_or(self.text.len(), |at| line.end + at + 1);
        self.edits.push(replace(line.start..behind, ""));
        self.changes.push(format!("{path} removed"));
        Ok(())
    }

    /// Puts a value in a text's place, unless it is there already.
    fn put(&mut self, item: &Item, path: String, value: &Value) -> Result<(), Unreadable> {
        let (Some(is), Some(at)) = (item.as_str(), item.span()) else {
            return Err(Unreadable::Occupied { path, wanted: "a text" });
        };
        if is != value.plain() {
            self.edits.push(replace(at, &value.literal()));
            self.changes.push(change(&path, value));
        }
        Ok(())
    }

    /// The whole lines in which something stands, without the last one's end.
    fn line_around(&self, at: Range<usize>) -> Range<usize> {
        let start = self.text[..at.start].rfind('\n').map_or(0, |end| end + 1);
        let end = self.text[at.end..].find('\n').map_or(self.text.len(), |end| at.end + end);
        start..end - usize::from(self.text[..end].ends_with('\r') && end < self.text.len())
    }
}
