//! What commands print: JSON to stdout, or tables for people; messages to stderr.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use serde::Serialize;
use serde_json::json;

use crate::failure::Failure;

/// Where a command's words go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// A list: a JSON array, or a table with these columns of the same fields.
    pub(crate) fn list<T: Serialize>(&self, rows: &[T], columns: &[&str]) {
        if self.json {
            self.json_line(&rows);
            return;
        }
        let cells = rows.iter().map(|row| {
            let row = serde_json::to_value(row).unwrap_or_default();
            columns.iter().map(|column| cell(&row[*column])).collect()
        });
        print_table(columns, &cells.collect::<Vec<_>>());
    }

    /// One thing: a JSON object, or its fields line by line.
    pub(crate) fn object<T: Serialize>(&self, object: &T) {
        if self.json {
            self.json_line(object);
            return;
        }
        let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(object) else { return };
        let width = fields.keys().map(String::len).max().unwrap_or(0);
        for (name, value) in &fields {
            print(&format!("{name:width$}  {}", cell(value)));
        }
    }

    /// One JSON line on stdout, in either mode: for what scripts always read.
    pub(crate) fn json_line<T: Serialize>(&self, value: &T) {
        print(&serde_json::to_string(value).unwrap_or_default());
    }

    /// Whether JSON was asked for.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Plain text on stdout.
    pub(crate) fn text(&self, text: &str) {
        print(text);
    }

    /// A message to the owner on stderr.
    pub(crate) fn note(&self, text: &str) {
        // Where stderr is closed there is nobody to tell.
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// Tells why the command failed.
    pub(crate) fn failed(&self, failure: &Failure) -> ExitCode {
        if self.json {
            self.json_line(&json!({ "error": { "code": failure.code, "message": failure.message } }));
        }
        self.note(&format!("carpool: {} ({})", failure.message, failure.code));
        ExitCode::FAILURE
    }
}

/// A reader that has read enough (`carpool calls | head`) closes the pipe: then there is no more to say.
fn print(line: &str) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

fn cell(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "-".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn print_table(columns: &[&str], rows: &[Vec<String>]) {
    let width = |index: usize| {
        let cells = rows.iter().map(|row| row[index].chars().count());
        cells.chain([columns[index].len()]).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..columns.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    print(&line(columns.to_vec()));
    for row in rows {
        print(&line(row.iter().map(String::as_str).collect()));
    }
}
