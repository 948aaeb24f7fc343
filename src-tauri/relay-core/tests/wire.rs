//! What the vendors send, as golden files: how each dialect reads an answer, and what each provider makes of a refusal.
//!
//! `tests/wire/<dialect>/<case>.sse` or `.json` is an answer, and `<case>.txt` beside it what is read from it: checked by hand
//! once. `tests/wire/<provider>/<case>.http` is an answer with its head, and `<case>.txt` what it means for the account. A new
//! case gets its text with `UPDATE_GOLDEN=1 cargo test -p carpool-core --test wire`.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use carpool_core::{
    attempt::Reply,
    dialect::{DIALECTS, Dialect},
    meter::{Ending, Meter, Observed},
    provider::{PROVIDERS, Provider},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;

/// What every dialect has a case of.
const CASES: [&str; 7] = ["plain", "stream", "tools", "reasoning", "cached", "error", "refusal"];
/// When the answers came.
const NOW: &str = "2026-11-20T12:00:00Z";

#[test]
fn every_dialect_reads_its_answers_as_they_were_checked_by_hand() {
    for dialect in DIALECTS {
        let answers = files(dialect.id, &["sse", "json"]);
        for case in CASES {
            let begins = |path: &PathBuf| stem(path).starts_with(case);
            assert!(answers.iter().any(begins), "{} has no case {case}", dialect.id);
        }
        for path in answers {
            let answer = fs::read(&path).expect("readable");
            let is_stream = path.extension().is_some_and(|extension| extension == "sse");
            let whole = read(dialect, is_stream, &[&answer]);
            compare(&path, &whole);

            let bytes: Vec<&[u8]> = answer.chunks(1).collect();
            assert_eq!(read(dialect, is_stream, &bytes), whole, "{}: byte by byte", path.display());
            for cut in (0..answer.len()).step_by(7) {
                let (one, other) = answer.split_at(cut);
                assert_eq!(read(dialect, is_stream, &[one, other]), whole, "{}: cut at {cut}", path.display());
            }
        }
    }
}

#[test]
fn every_provider_makes_of_answers_what_was_checked_by_hand() {
    for provider in PROVIDERS {
        let answers = files(provider.id, &["http"]);
        assert!(!answers.is_empty(), "{} has no answers", provider.id);
        for path in answers {
            compare(&path, &judged(provider, &fs::read_to_string(&path).expect("readable")));
        }
    }
}

fn read(dialect: &'static Dialect, is_stream: bool, pieces: &[&[u8]]) -> String {
    let mut meter = if is_stream { Meter::stream(dialect) } else { Meter::body(dialect) };
    for piece in pieces {
        meter.feed(piece);
    }
    let Observed { usage, model, ending, error, .. } = meter.finish();
    let error = error.as_ref().map(|error| (dialect.error_status)(error).as_u16());
    let mut text = format!("ending: {ending:?}\nmodel: {}\n", model.as_deref().unwrap_or("-"));
    if *ending == Ending::Failed {
        text += &format!("error as status: {}\n", error.map_or("-".to_owned(), |status| status.to_string()));
    }
    for (name, value) in [
        ("input", usage.input_tokens),
        ("cache read", usage.cache_read_tokens),
        ("cache write 5 m", usage.cache_write_5m_tokens),
        ("cache write 1 h", usage.cache_write_1h_tokens),
        ("output", usage.output_tokens),
        ("reasoning", usage.reasoning_tokens),
        ("web searches", usage.web_search_requests),
    ] {
        text += &value.map(|value| format!("{name}: {value}\n")).unwrap_or_default();
    }
    text + &usage.service_tier.as_ref().map(|tier| format!("tier: {tier}\n")).unwrap_or_default()
}

/// Reads an answer of the form: status, headers, empty line, body.
fn judged(provider: &Provider, text: &str) -> String {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let status: u16 = lines.next().and_then(|line| line.trim().parse().ok()).expect("a status in the first line");
    let header = |line: &str| {
        let (name, value) = line.split_once(':').expect("name: value");
        let name = HeaderName::try_from(name.trim()).expect("a name");
        (name, HeaderValue::try_from(value.trim()).expect("a value"))
    };
    let headers: HeaderMap = lines.map(header).collect();
    let now: Timestamp = NOW.parse().expect("a time");
    let status = StatusCode::from_u16(status).expect("a status");
    let finding = (provider.judge)(&Reply { status, headers: &headers, body: body.as_bytes(), now });

    let mut text = format!("{finding:?}\n");
    for window in (provider.windows)(&headers, now) {
        text += &format!("{window:?}\n");
    }
    text
}

fn files(folder: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire").join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|_| panic!("{} is missing", folder.display()));
    let wanted =
        |path: &PathBuf| path.extension().is_some_and(|found| extensions.iter().any(|wanted| found == *wanted));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("readable").path()).filter(wanted).collect();
    files.sort();
    files
}

fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
}

fn compare(path: &Path, found: &str) {
    let golden = path.with_extension("txt");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, found).expect("writable");
    }
    let expected = fs::read_to_string(&golden).unwrap_or_else(|_| panic!("{} is missing", golden.display()));
    assert_eq!(found, expected, "{}", path.display());
}
