//! What the usage screen saves: what is shown, in its order, and every row.

use std::{fs, path::PathBuf};

use serde_json::Value;

use super::{number, today, tokens, told};
use crate::{
    desktop::Desktop,
    files::save_as,
    launch::App,
    screen::Screen,
    seed::{SOME, sow},
};

/// Presses a button that saves, types a name, waits until it is said that it was saved, and returns the file's lines as
/// cells. Nothing here has a comma in it.
async fn saved(desktop: &Desktop, screen: &Screen, button: &str, name: &str) -> Vec<Vec<String>> {
    let file: PathBuf = desktop.folder.path().join(name);
    screen.press(button).await;
    save_as(desktop, &file).await;
    screen.reads("[data-test=toast]", name).await;
    let text = fs::read_to_string(file).expect("it is there");
    assert!(text.ends_with("\r\n"), "it is whole");
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn what_is_shown_and_every_row_are_saved_as_the_ledger_has_them() {
    let (desktop, _) = Desktop::in_use().await;
    sow(&desktop, SOME).await;
    let all = desktop.run("calls --limit 100000").await;
    let first = today().checked_sub(jiff::ToSpan::days(29)).expect("a date").to_string();
    let is_meant = |call: &&Value| call["at"].as_str().is_some_and(|at| at >= first.as_str());
    let calls: Vec<&Value> = all.as_array().expect("rows").iter().filter(is_meant).collect();
    let ids = |calls: &[&Value]| calls.iter().map(|call| call["id"].as_str().map(str::to_owned)).collect::<Vec<_>>();
    let saved_ids = |lines: &[Vec<String>]| lines.iter().skip(1).map(|line| Some(line[0].clone())).collect::<Vec<_>>();
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("usage").await;

    screen.fill("#field-search-sums", "mia").await;
    screen.reads("[data-test=sums-total]", "1 of 4").await;
    let sums = saved(&desktop, screen, "#export-sums", "sums.csv").await;
    let mia = told(&desktop, "friend", 30).await.into_iter().find(|row| row["group"] == "Mia").expect("she called");
    assert_eq!((sums.len(), sums[1][0].as_str()), (2, "Mia"), "{sums:?}");
    assert_eq!(sums[1][6], number(&mia, "cost_pico_usd").to_string());
    let saved_tokens: i64 = sums[1][2..6].iter().map(|tokens| tokens.parse::<i64>().expect("a number")).sum();
    assert_eq!(saved_tokens, tokens(&mia));

    screen.choose("#field-status", "refused").await;
    screen.press("[data-test=sort-call-time]").await;
    screen.sees("th[aria-sort=ascending] [data-test=sort-call-time]").await;
    let shown = saved(&desktop, screen, "#export-calls", "shown.csv").await;
    let refused: Vec<&Value> = calls.iter().rev().copied().filter(|call| call["status"] == "refused").collect();
    assert_eq!(saved_ids(&shown), ids(&refused));

    let whole = saved(&desktop, screen, "#export-all-calls", "all.csv").await;
    assert_eq!(saved_ids(&whole), ids(&calls));
    for (cells, call) in whole.iter().skip(1).zip(&calls) {
        for (name, cell) in whole[0].iter().zip(cells) {
            match &call[name] {
                Value::Null => {}
                Value::String(text) => assert_eq!(cell, text, "{name}"),
                other => assert_eq!(*cell, other.to_string(), "{name}"),
            }
        }
    }
    app.stop().await;
}
