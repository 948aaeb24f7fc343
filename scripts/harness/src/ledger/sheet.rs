//! What was measured, and the limits.

use std::fmt::Write as _;

use serde::Serialize;

/// What a figure is in.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) enum Unit {
    #[serde(rename = "B")]
    Bytes,
    #[serde(rename = "ms")]
    Millis,
    #[serde(rename = "s")]
    Seconds,
    #[serde(rename = "1/s")]
    PerSecond,
    #[serde(rename = "%")]
    Percent,
}

#[derive(Debug, Serialize)]
struct Figure {
    what: String,
    measured: f64,
    unit: Unit,
    limit: Option<f64>,
}

/// The figures, in the order they were taken.
#[derive(Debug, Default)]
pub(super) struct Sheet(Vec<Figure>);

impl Sheet {
    /// Adds a figure that nothing is promised of.
    pub(super) fn noted(&mut self, what: &str, measured: f64, unit: Unit) {
        self.0.push(Figure { what: what.to_owned(), measured, unit, limit: None });
    }

    /// Adds a figure and the most that it may be.
    pub(super) fn limited(&mut self, what: &str, measured: f64, unit: Unit, limit: f64) {
        self.0.push(Figure { what: what.to_owned(), measured, unit, limit: Some(limit) });
    }

    /// Whether a figure is greater than it may be.
    pub(super) fn has_failed(&self) -> bool {
        self.0.iter().any(Figure::fails)
    }

    /// The figures as Markdown.
    pub(super) fn table(&self) -> String {
        let mut out =
            format!("| {:<60} | {:>10} | {:<4} | {:>7} | {:<4} |\n", "ledger", "measured", "unit", "limit", "");
        writeln!(
            out,
            "|:{}-|-{}:|:{}-|-{}:|:{}-|",
            "-".repeat(60),
            "-".repeat(10),
            "-".repeat(4),
            "-".repeat(7),
            "-".repeat(4)
        )
        .expect("writing to a String cannot fail");
        for figure in &self.0 {
            let limit = figure.limit.map(|limit| limit.to_string()).unwrap_or_default();
            let word = figure.limit.map(|_| if figure.fails() { "FAIL" } else { "PASS" }).unwrap_or_default();
            let decimals = if figure.measured < 1_000.0 { 1 } else { 0 };
            let Figure { what, measured, unit, .. } = figure;
            writeln!(out, "| {what:<60} | {measured:>10.decimals$} | {:<4} | {limit:>7} | {word:<4} |", unit.sign())
                .expect("writing to a String cannot fail");
        }
        out
    }

    /// The same for programs.
    pub(super) fn json(&self) -> String {
        serde_json::to_string_pretty(&self.0).expect("figures serialize")
    }
}

impl Figure {
    fn fails(&self) -> bool {
        self.limit.is_some_and(|limit| self.measured > limit)
    }
}

impl Unit {
    const fn sign(self) -> &'static str {
        match self {
            Self::Bytes => "B",
            Self::Millis => "ms",
            Self::Seconds => "s",
            Self::PerSecond => "1/s",
            Self::Percent => "%",
        }
    }
}
