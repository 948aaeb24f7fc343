//! The vendors' answers that the core's own tests read, and what was read from each by hand.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use carpool_core::dialect::Dialect;
use carpool_relay::pretend::{Behaviour, Reply};
use http::{HeaderName, StatusCode};

use crate::{rows::Row, verbatim};

/// An answer of a vendor's.
#[derive(Clone, Debug)]
pub(crate) struct Fixture {
    pub(crate) name: String,
    pub(crate) is_stream: bool,
    pub(crate) body: Bytes,
    /// What the core reads from it, a line for each.
    said: String,
}

/// Sizes of pieces that cut words, letters and line ends.
pub(crate) const ODD_PIECES: &[usize] = &[1, 7, 3, 50, 2, 331];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../relay-core/tests/wire").join(name)
}

/// An answer of a dialect, e.g. `stream.sse`.
pub(crate) fn of(dialect: &Dialect, file: &str) -> Fixture {
    let path = folder(dialect.id).join(file);
    Fixture {
        name: format!("{}/{file}", dialect.id),
        is_stream: file.ends_with(".sse"),
        body: fs::read(&path).unwrap().into(),
        said: fs::read_to_string(path.with_extension("txt")).unwrap(),
    }
}

/// Every answer of a dialect that ends well and needs no call of a kind of its own.
pub(crate) fn that_end_well(dialect: &Dialect) -> Vec<Fixture> {
    let of_another_call = ["wrapped", "array", "embeddings", "compact"];
    let mut files: Vec<_> = fs::read_dir(folder(dialect.id))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|file| !file.ends_with(".txt") && !of_another_call.iter().any(|kind| file.contains(kind)))
        .collect();
    files.sort();
    files.iter().map(|file| of(dialect, file)).filter(|fixture| !fixture.said.contains("ending: Failed")).collect()
}

/// A refusal as a vendor sent it: status, headers, empty line, body.
pub(crate) fn refusal(provider: &str, case: &str) -> Behaviour {
    let text = fs::read_to_string(folder(provider).join(format!("{case}.http"))).unwrap();
    let (head, body) = text.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    let mut reply = verbatim::answer("application/json", [Bytes::copy_from_slice(body.as_bytes())]);
    reply.status = StatusCode::from_u16(lines.next().unwrap().trim().parse().unwrap()).unwrap();
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        reply.headers.insert(name.trim().parse::<HeaderName>().unwrap(), value.trim().parse().unwrap());
    }
    Behaviour::Verbatim(reply)
}

impl Fixture {
    /// The answer, cut into odd pieces.
    pub(crate) fn reply(&self) -> Reply {
        let media_type = if self.is_stream { "text/event-stream; charset=utf-8" } else { "application/json" };
        verbatim::answer(media_type, pieces(&self.body))
    }

    /// The answer as something that a provider does.
    pub(crate) fn behaviour(&self) -> Behaviour {
        Behaviour::Verbatim(self.reply())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    /// Shows that a row of the ledger says what was read from the answer by hand.
    pub(crate) fn assert_told_by(&self, row: &Row, whose: &str) {
        let number = |name: &str| {
            let line = self.said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.map(|number| number.parse::<i64>().unwrap())
        };
        let model = self.said.lines().find_map(|line| line.strip_prefix("model: ")).filter(|model| *model != "-");
        let whose = format!("{whose}, {}", self.name);

        assert_eq!(row.upstream_model.as_deref(), model, "{whose}");
        for (counter, name) in [
            (row.input_tokens, "input"),
            (row.cache_read_tokens, "cache read"),
            (row.cache_write_5m_tokens, "cache write 5 m"),
            (row.cache_write_1h_tokens, "cache write 1 h"),
            (row.output_tokens, "output"),
            (row.reasoning_tokens, "reasoning"),
        ] {
            assert_eq!(counter, number(name), "{whose}: {name}");
        }
    }
}

/// Bytes cut into odd pieces.
pub(crate) fn pieces(bytes: &Bytes) -> Vec<Bytes> {
    let mut rest = bytes.clone();
    let sizes = ODD_PIECES.iter().cycle();
    sizes.map_while(|size| (!rest.is_empty()).then(|| rest.split_to((*size).min(rest.len())))).collect()
}
