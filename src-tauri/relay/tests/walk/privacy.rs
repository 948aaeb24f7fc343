//! Privacy: what people write and what models answer is in no file and in no line of the log, and neither are keys.

use std::{
    io::Write,
    path::Path,
    sync::{Arc, Mutex},
};

use carpool_relay::pretend::{Behaviour, Coding, Place, Trouble};

use crate::{
    relay::{SECRET, TestRelay, prompt, streaming_prompt},
    verbatim,
};

const CANARY: &str = "canary-5f1e7c";

/// The log, caught in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Every file below a folder that holds this text. One may go while it is looked for: SQLite takes the write-ahead log away
/// when its last connection is closed, which the pool does on threads of its own.
pub(crate) fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
            continue;
        }
        match std::fs::read(&path) {
            Ok(bytes) if contains(&bytes, text) => found.push(path.display().to_string()),
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{}: {error}", path.display()),
        }
    }
    found
}

/// Sends the canary everywhere a client can put it, and lets it come back.
async fn send_canaries(relay: &TestRelay) {
    let (whole, stream) = (prompt("claude-sonnet-4-5", CANARY), streaming_prompt("claude-sonnet-4-5", CANARY));
    let echoed = relay.call(whole.clone()).send().await.whole().await;
    assert!(echoed.text().contains(CANARY), "the answer says it back");
    let refusal = |status: u16| {
        let error = format!(r#"{{"type":"error","error":{{"type":"api_error","message":"{CANARY}"}}}}"#);
        let mut reply = verbatim::answer("application/json", [error.into()]);
        reply.status = http::StatusCode::from_u16(status).unwrap();
        Behaviour::Verbatim(reply)
    };
    for call in [
        relay.call(stream.clone()),
        relay.call(whole.clone()).at("/v1/messages/count_tokens"),
        relay.call(whole.clone()).at(&format!("/v1/messages?q={CANARY}")).header("x-note", CANARY),
        relay.call(whole.clone()).at(&format!("/{CANARY}")),
        relay.call(format!("{{\"{CANARY}\":")),
        relay.call(whole.clone()).without("x-api-key").header("x-api-key", CANARY),
        relay.call(whole.clone()).without("host").header("host", &format!("{CANARY}.example")),
    ] {
        call.send().await.whole().await;
    }
    for behaviour in [
        refusal(400),
        refusal(529),
        Behaviour::coded(Coding::Gzip),
        Behaviour::trouble(Place::AfterEvents(6), Trouble::Cut),
        Behaviour::trouble(Place::InEvent(6), Trouble::End),
        refusal(401),
    ] {
        relay.pretend.next(behaviour);
        relay.call(stream.clone()).send().await.whole().await;
    }
    relay.pretend.next(Behaviour::trouble(Place::AfterEvents(6), Trouble::Cut));
    drop(relay.claude_code(stream).send().await);
}

#[tokio::test]
async fn no_prompt_and_no_answer_is_in_any_file_or_line_of_the_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    let logging = tracing::subscriber::set_default(subscriber.finish());
    let relay = TestRelay::start().await;
    relay.sign_in("mine").await;

    send_canaries(&relay).await;
    relay.settled().await;
    let while_it_runs = files_with(relay.path(), CANARY);
    let (key, rows) = (relay.key.clone(), relay.rows().await.len());
    let dir = relay.finish_unreconciled().await;
    drop(logging);

    assert!(rows >= 12, "the calls were written down");
    assert!(while_it_runs.is_empty(), "{while_it_runs:?}");
    assert!(files_with(dir.path(), CANARY).is_empty());
    let log = log.0.lock().unwrap();
    assert!(contains(&log, "carpool_relay"), "the log was caught");
    assert!(!contains(&log, CANARY), "{}", lines_with(&log, CANARY));
    for secret in [key.as_str(), SECRET, "sk-ant-oat01-pretend-2", "sk-ant-ort01-pretend-2"] {
        assert!(files_with(dir.path(), secret).is_empty(), "{secret} is in a file");
        assert!(!contains(&log, secret), "{}", lines_with(&log, secret));
    }
}

/// The lines of a log that hold a text.
fn lines_with(log: &[u8], text: &str) -> String {
    String::from_utf8_lossy(log).lines().filter(|line| line.contains(text)).take(5).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn the_database_has_no_column_for_a_prompt_or_an_answer() {
    let relay = TestRelay::start().await;
    let mut connection = crate::rows::connect(relay.path()).await;

    let columns: Vec<String> =
        sqlx::query_scalar("SELECT name FROM pragma_table_info('calls')").fetch_all(&mut connection).await.unwrap();

    for word in ["prompt", "body", "content", "request", "answer", "response", "text", "message"] {
        let suspicious: Vec<_> =
            columns.iter().filter(|name| name.contains(word) && *name != "web_search_requests").collect();
        assert!(suspicious.is_empty(), "{suspicious:?}");
    }
    drop(connection);
    relay.finish().await;
}
