//! What Carpool itself asks an account's provider, with the account's credential: whether it works, how much is used, which
//! models there are.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use carpool_core::{
    credential::Credential,
    provider::{ToSend, UnsendableSecret},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};

use super::{Accounts, LiveAccount, Surroundings};
use crate::{
    network::Route,
    store::accounts::Account,
    upstream::{self, WayError},
};

/// A question to a provider.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) method: Method,
    pub(super) to: Uri,
    /// JSON, where there is a body.
    pub(super) body: Option<String>,
    /// How long the answer may take.
    pub(super) within: Duration,
    /// How much of the answer is read, in bytes.
    pub(super) at_most: usize,
}

/// A provider's answer to a question.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    /// The account's secret cannot be sent.
    #[error(transparent)]
    Secret(#[from] UnsendableSecret),
    /// There is no way to the provider that may be taken.
    #[error(transparent)]
    Way(#[from] WayError),
    /// The provider could not be reached.
    #[error("{0}")]
    Unreachable(String),
    /// The answer is longer than any it may give.
    #[error("the answer is too long")]
    TooLong,
}

impl Accounts {
    /// Asks with what an account signs in with now, and returns the body of an answer that is a success.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub(super) async fn put_question(
        self: &Arc<Self>,
        account: &Arc<LiveAccount>,
        question: Question,
    ) -> Result<Vec<u8>, String> {
        let credential = self.current(account).await.map_err(|error| error.to_string())?;
        let asked = question.ask(&self.around, &account.account, &account.route, &credential).await;
        let Answered { status, body } = asked.map_err(|error| error.to_string())?;
        if status.is_success() { Ok(body) } else { Err(format!("HTTP {}", status.as_u16())) }
    }
}

impl Question {
    /// Asks.
    ///
    /// # Errors
    /// [`Unanswered`] with the reason; an answer of any status is one.
    pub(super) async fn ask(
        self,
        around: &Surroundings,
        account: &Account,
        route: &Route,
        credential: &Credential,
    ) -> Result<Answered, Unanswered> {
        let Self { method, to, body, within, at_most } = self;
        let body = Bytes::from(body.unwrap_or_default());
        let mut headers = HeaderMap::new();
        if !body.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let to_send = ToSend {
            method: &method,
            address: &to,
            headers: &mut headers,
            body: std::slice::from_ref(&body),
            options: &account.options,
            now: around.clock.now(),
        };
        (account.provider.authorize)(credential, to_send)?;
        let to = to.to_string();
        let unreachable = |error| Unanswered::Unreachable(upstream::cause(error));
        let request = around.upstream.client(route, &to)?.request(method, to).headers(headers).body(body);
        let mut answer = request.timeout(within).send().await.map_err(unreachable)?;
        let body = upstream::read_at_most(&mut answer, at_most).await.map_err(unreachable)?;
        if body.len() > at_most {
            return Err(Unanswered::TooLong);
        }
        Ok(Answered { status: answer.status(), body })
    }
}
