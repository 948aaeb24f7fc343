//! What the public port serves besides calls: health, a friend's own page and data, invites, set-up scripts. There is
//! nothing here for the owner: nobody administers Carpool through this port.
//!
//! Nothing that a browser sends along by itself opens anything here: no cookie, no address. A key or an invite's secret
//! stands in every request that needs one. Foreign pages are kept out all the same, and no answer lets them read it.

pub(crate) mod answers;
mod files;
mod guard;
mod health;
mod key;
mod paces;
mod read;
mod redeem;
pub(crate) mod routes;
mod try_out;

use std::{net::IpAddr, pin::Pin, sync::Arc};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Method, Request, header};
use http_body::Body as _;

pub(crate) use self::paces::Paces;
use self::{answers::No, routes::Found};
use crate::{
    House,
    authenticate::{Caller, authenticate_friend},
    gate::Gate,
    store::client_keys::ClientKey,
};

/// Somebody at the door.
pub(crate) struct Visit {
    pub(crate) house: Arc<House>,
    /// Where they are.
    pub(crate) from: IpAddr,
    pub(crate) request: Request<Body>,
}

impl Visit {
    /// The key that somebody came with, if it may be used from where they are. Its friend may have paused it.
    ///
    /// # Errors
    /// [`No`] without a key that the owner has nothing against.
    pub(crate) fn with_key(self) -> Result<(Arc<House>, Arc<ClientKey>), No> {
        let (now, head) = (self.house.clock.now(), self.request);
        let found = authenticate_friend(&self.house.keys, head.headers(), head.uri().query(), now);
        let allowed = found.and_then(|Caller(key)| Gate::may_look(&key, self.from).map(|()| key));
        match allowed {
            Ok(key) => Ok((self.house, key)),
            Err(refusal) => Err(No::refusal(&refusal, now)),
        }
    }
}

/// An answer under way.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Boxes an answer under way, for the table.
fn answering<A: IntoResponse>(answer: impl Future<Output = A> + Send + 'static) -> Answering {
    Box::pin(async { answer.await.into_response() })
}

/// Answers whoever asked for what the table of routes has.
pub(crate) async fn answer(visit: Visit, found: Found) -> Response {
    let is_head = visit.request.method() == Method::HEAD;
    let answer = match found.route(visit.request.method()) {
        Err(allowed) => answers::method_not_allowed(&allowed),
        Ok(route) => match guard::check(&visit, route.verb) {
            Ok(()) => (route.answer)(visit).await,
            Err(no) => no.into_response(),
        },
    };
    let answer = answers::secured(answer);
    if is_head { without_body(answer) } else { answer }
}

/// The same answer to `HEAD`: with the length of the body that `GET` would get.
fn without_body(answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    if let Some(length) = body.size_hint().exact() {
        head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(head, Body::empty())
}
