//! Asks the relay's own door, on this machine or from outside, and tells what became of it.

use std::{error::Error, io, time::Duration};

use carpool_core::reach::{Answered, Canary, Piece, STREAM_PIECES, Unreached};
use http::header;
use jiff::{Timestamp, fmt::rfc2822};
use tokio::time::timeout;

use super::door::{CANARY, NO_DATE, PATH, STREAMED};
use crate::{clock::Stopwatch, upstream};

/// How long an answer may take. A friend's client would not wait much longer for its first byte.
const PATIENCE: Duration = Duration::from_secs(15);
/// The longest answer that is read; ours are much shorter.
const LONGEST: usize = 4 * 1024;

/// Asks once and reads the whole answer.
pub(super) async fn ask(client: &reqwest::Client, base: &str, canary: &Canary) -> Result<Answered, Unreached> {
    let started = Stopwatch::start();
    let asking = async {
        let question = client.get(door(base)).header(CANARY, canary.asks());
        let mut answer = question.send().await.map_err(unreached)?;
        let took = started.elapsed();
        let (status, date) = (answer.status().as_u16(), date(&answer));
        let body = upstream::read_at_most(&mut answer, LONGEST).await.map_err(unreached)?;
        let is_ours = contains(&body, canary.answers());
        Ok(Answered { status, is_ours, date, took })
    };
    in_time(asking).await
}

/// Asks for the answer piece by piece and tells when each came.
pub(super) async fn ask_for_pieces(
    client: &reqwest::Client,
    base: &str,
    canary: &Canary,
) -> Result<Vec<Piece>, Unreached> {
    let asking = async {
        let question = client.post(format!("{}?{STREAMED}", door(base))).header(CANARY, canary.asks());
        let mut answer = question.send().await.map_err(unreached)?;
        let started = Stopwatch::start();
        let (mut read, mut pieces) = (Vec::new(), Vec::new());
        while read.len() <= LONGEST
            && let Some(chunk) = answer.chunk().await.map_err(unreached)?
        {
            read.extend_from_slice(&chunk);
            // A chunk may hold several pieces, or a part of one.
            let whole = String::from_utf8_lossy(&read).matches(canary.answers()).count().min(STREAM_PIECES);
            pieces.resize(whole.max(pieces.len()), started.elapsed());
        }
        Ok(pieces)
    };
    in_time(asking).await
}

/// The door's address below that of the relay.
fn door(base: &str) -> String {
    format!("{}{PATH}", base.trim_end_matches('/'))
}

async fn in_time<T>(asking: impl Future<Output = Result<T, Unreached>>) -> Result<T, Unreached> {
    let late = || Unreached::Late(format!("after {} s", PATIENCE.as_secs()));
    timeout(PATIENCE, asking).await.unwrap_or_else(|_| Err(late()))
}

/// The time that somebody on the way told.
fn date(answer: &reqwest::Response) -> Option<Timestamp> {
    let text = answer.headers().get(header::DATE)?.to_str().ok()?;
    if text == NO_DATE {
        return None;
    }
    Some(rfc2822::parse(text).ok()?.timestamp())
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn unreached(error: reqwest::Error) -> Unreached {
    let (is_connect, is_tls, is_late) = (error.is_connect(), is_about_tls(&error), error.is_timeout());
    let why = upstream::cause(error);
    match (is_tls, is_connect, is_late) {
        (true, ..) => Unreached::Tls(why),
        (_, true, _) => Unreached::Connection(why),
        (.., true) => Unreached::Late(why),
        _ => Unreached::Broken(why),
    }
}

/// Says whether TLS is among the causes of an error; some of them are wrapped in errors of input and output.
fn is_about_tls(error: &reqwest::Error) -> bool {
    let mut cause: &(dyn Error + 'static) = error;
    loop {
        if cause.is::<rustls::Error>() {
            return true;
        }
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = match (wrapped, cause.source()) {
            (Some(wrapped), _) => wrapped,
            (None, Some(source)) => source,
            (None, None) => return false,
        };
    }
}
