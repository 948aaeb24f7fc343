//! The answer: a Markdown table, the goals below it, and the same as JSON with every reading.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::goals::{Outcome, Rule, Verdict};
use crate::metric::Metric;
use crate::sheet::Sheet;

/// The table and the goals as Markdown.
pub(crate) fn render(sheet: &Sheet, verdicts: &[Verdict]) -> String {
    let mut out = String::new();
    for remark in &sheet.remarks {
        line(&mut out, &format!("- {remark}"));
    }
    line(&mut out, "");
    figures(&mut out, sheet);
    if verdicts.iter().any(|verdict| verdict.outcome != Outcome::NotMeasured) {
        line(&mut out, "");
        goals(&mut out, verdicts);
    }
    out
}

/// The same as [`render`], for programs.
pub(crate) fn report(sheet: &Sheet, verdicts: &[Verdict]) -> Value {
    let metrics: Vec<Value> = Metric::ALL.iter().filter_map(|metric| metric_report(sheet, *metric)).collect();
    let goals: Vec<Value> = verdicts
        .iter()
        .map(|verdict| {
            json!({
                "metric": verdict.goal.metric.row().label, "rule": rule(verdict), "measured": verdict.measured,
                "outcome": word(verdict.outcome),
            })
        })
        .collect();
    json!({"remarks": sheet.remarks, "metrics": metrics, "goals": goals})
}

fn metric_report(sheet: &Sheet, metric: Metric) -> Option<Value> {
    let row = metric.row();
    let measured = sheet.targets().into_iter().filter(|target| !sheet.readings(metric, *target).is_empty());
    let targets: Map<String, Value> = measured
        .map(|target| {
            let figures = json!({"value": sheet.value(metric, target), "readings": sheet.readings(metric, target)});
            (String::from(target.name()), figures)
        })
        .collect();
    let ratio = sheet.ratio(metric);
    let report = json!({"metric": row.label, "unit": row.unit, "ratio_to_nginx": ratio, "targets": &targets});
    (!targets.is_empty()).then_some(report)
}

fn figures(out: &mut String, sheet: &Sheet) {
    let targets = sheet.targets();
    let heads: String = targets.iter().map(|target| format!(" {:>9} |", target.name())).collect();
    line(out, &format!("| {:<38} | {:>4} |{heads} {:>7} |", "", "unit", "× nginx"));
    line(out, &format!("|:{}-|-----:|{}--------:|", "-".repeat(38), "----------:|".repeat(targets.len())));
    for metric in Metric::ALL {
        let row = metric.row();
        let values: Vec<Option<f64>> = targets.iter().map(|target| sheet.value(*metric, *target)).collect();
        if values.iter().all(Option::is_none) {
            continue;
        }
        let cells: String = values.iter().map(|value| format!(" {:>9} |", figure(*value, row.decimals))).collect();
        let ratio = figure(sheet.ratio(*metric), 2);
        line(out, &format!("| {:<38} | {:>4} |{cells} {ratio:>7} |", row.label, row.unit));
    }
}

fn goals(out: &mut String, verdicts: &[Verdict]) {
    line(out, &format!("| {:<38} | {:>16} | {:>9} | {:<12} |", "goal", "limit", "measured", ""));
    line(out, &format!("|:{}-|-{}:|-{}:|:{}-|", "-".repeat(38), "-".repeat(16), "-".repeat(9), "-".repeat(12)));
    for verdict in verdicts {
        let label = verdict.goal.metric.row().label;
        let measured = figure(verdict.measured, 2);
        let limit = rule(verdict);
        line(out, &format!("| {label:<38} | {limit:>16} | {measured:>9} | {:<12} |", word(verdict.outcome)));
    }
}

fn rule(verdict: &Verdict) -> String {
    let unit = verdict.goal.metric.row().unit;
    match verdict.goal.rule {
        Rule::Limit(limit) => format!("≤ {limit} {unit}").trim_end().to_owned(),
        Rule::TimesNginx(limit) => format!("≤ {limit} × nginx"),
        Rule::ShareOfNginx(limit) => format!("≥ {limit} × nginx"),
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "PASS",
        Outcome::Fail => "FAIL",
        Outcome::NotMeasured => "not measured",
    }
}

fn figure(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| String::from("–"), |value| format!("{value:.decimals$}"))
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("writing to a String cannot fail");
}
