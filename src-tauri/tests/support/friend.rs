//! A friend's client: it sends calls to a relay and reads the answers.

use carpool_relay::upstream::Upstream;
use reqwest::{Client, RequestBuilder, header::HeaderMap};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{PATIENCE, relay::Relay};

/// A model the price book knows.
pub(crate) const MODEL: &str = "claude-sonnet-4-5";
/// What Claude Code calls itself.
pub(crate) const CLAUDE_CODE: &str = "claude-cli/2.1.329 (external, cli)";

/// A client with a key and connections of its own.
#[derive(Clone)]
pub(crate) struct Friend {
    http: Client,
    url: String,
    key: String,
}

impl Friend {
    pub(crate) fn new(relay: &Relay, key: &str) -> Self {
        Self::over(client(), relay, key)
    }

    /// A friend who shares connections with others: they are slow to set up.
    pub(crate) fn over(connections: Client, relay: &Relay, key: &str) -> Self {
        Self::at(connections, relay.url(""), key)
    }

    /// A friend of whatever relay is at an address.
    pub(crate) fn at(connections: Client, url: String, key: &str) -> Self {
        Self { http: connections, url: url + "/api", key: key.to_owned() }
    }

    /// A call that is not sent yet.
    pub(crate) fn post(&self, path: &str, body: &str) -> RequestBuilder {
        let request = self.http.post(format!("{}{path}", self.url)).header("x-api-key", &self.key);
        request.header("content-type", "application/json").body(body.to_owned())
    }

    /// Sends a call of the model and reads the whole answer.
    pub(crate) async fn ask(&self, body: &Value) -> Answer {
        Answer::of(self.post("/v1/messages", &body.to_string())).await
    }
}

/// Connections of nobody in particular.
pub(crate) fn client() -> Client {
    Upstream::new().expect("TLS can be set up").local()
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Sends a request and reads what comes.
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let asking = async {
            let answer = request.send().await.expect("an answer");
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            Self { status, headers, body: answer.bytes().await.expect("a whole answer").into() }
        };
        timeout(PATIENCE, asking).await.expect("an answer in time")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    /// The ledger's name for the call.
    pub(crate) fn call_id(&self) -> &str {
        self.header("x-carpool-call").expect("every answer carries it")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Whether it is a stream that says of itself that it is complete.
    pub(crate) fn is_complete_stream(&self) -> bool {
        ends_well(&self.body)
    }
}

/// Whether the events of a stream end as they should.
pub(crate) fn ends_well(events: &[u8]) -> bool {
    events.ends_with(b"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
}

/// A call's body that asks for a whole answer.
pub(crate) fn prompt(text: &str) -> Value {
    json!({ "model": MODEL, "max_tokens": 100, "messages": [{ "role": "user", "content": text }] })
}

/// A call's body that asks for a stream.
pub(crate) fn stream(text: &str) -> Value {
    let mut body = prompt(text);
    body["stream"] = true.into();
    body
}
