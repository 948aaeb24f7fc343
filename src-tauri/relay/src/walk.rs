//! The walk: a call goes through the house once, from the front door to the ledger. Only a failed attempt may go back,
//! and only to choosing an account, and only before the first byte went downstream.

use std::{net::IpAddr, sync::Arc};

use axum::{body::Body, response::Response};
use carpool_core::{
    admission::{Bound, Size},
    attempt::{ATTEMPT_BUDGET, MAX_ATTEMPTS},
    call::{CallId, Client, Operation, Route},
    dialect::{self, Dialect},
    price::PicoUsd,
    refusal::{Refusal, Retry},
    schedule::{self, AccountId, affinity::Conversation},
};
use http::{HeaderMap, HeaderValue, Request, header};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    House,
    accounts::lease::Wanted,
    answer,
    attempt::{Failed, attempt},
    authenticate::{Caller, authenticate},
    clock::Stopwatch,
    finish_anyway::{FinishAnyway, finish_anyway},
    gate::Wish,
    incoming::Answer,
    ledger::Written,
    models,
    open_call::OpenCall,
    pass_on::pass_on,
    receive::{Call, read},
};

/// A refusal, with the call it ends if it got as far as being one.
struct Refused {
    refusal: Refusal,
    call: Option<Box<OpenCall>>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, call: None }
    }
}

/// Serves one request.
pub(crate) async fn walk(house: Arc<House>, from: IpAddr, request: Request<Body>) -> Response {
    let started = Stopwatch::start();
    let id = house.ledger.next_id(house.clock.now());
    let path = request.uri().path();
    let route = dialect::route(request.method(), path, request.headers());
    let dialect = route.as_ref().map_or_else(|| dialect::guess(path), |route| route.dialect);
    // In a box that goes when the call is let in: while its answer is waited for, only that keeps memory.
    let refused = match Box::pin(enter(&house, id, started, from, route, request)).await {
        Ok(Entered::Answered(answer)) => return answer,
        Ok(Entered::LetIn { answering, leaving: _leaving }) => match answering.await {
            Ok(answer) => return answer,
            Err(refused) => refused,
        },
        Err(refused) => refused,
    };
    Box::pin(refuse(&house, id, dialect, refused)).await
}

async fn refuse(house: &House, id: CallId, dialect: &Dialect, Refused { refusal, call }: Refused) -> Response {
    if let Some(call) = call {
        call.refuse(refusal.status().as_u16()).await;
    }
    answer::refusal(dialect, &refusal, id, house.clock.now())
}

/// A request that got through the door.
enum Entered {
    /// It is answered already.
    Answered(Response),
    /// It was let in as a call, which is being answered; `leaving` tells when the client no longer waits.
    LetIn { answering: FinishAnyway<Result<Response, Refused>>, leaving: DropGuard },
}

/// Finds out who asks for what, and lets it in.
async fn enter(
    house: &Arc<House>,
    id: CallId,
    started: Stopwatch,
    from: IpAddr,
    route: Option<Route>,
    request: Request<Body>,
) -> Result<Entered, Refused> {
    let (head, body) = request.into_parts();
    let caller = authenticate(&house.keys, &head, house.clock.now())?;
    let user_agent = user_agent(&head.headers);
    house.devices.saw(caller.0.id, user_agent, from, house.reached_by(&head), house.clock.now());
    if house.is_paused() {
        return Err(Refusal::SharingPaused.into());
    }
    let route = route.ok_or_else(|| Refusal::NoRoute(format!("{} {}", head.method, head.uri.path())))?;
    if route.operation == Operation::Upgrade {
        return Err(Refusal::NoWebSocket.into());
    }
    let mut open = OpenCall::begin(house, id, &caller, &route, started);
    if let Err(refusal) = house.gate.look(&caller.0, user_agent, from) {
        return Err(Refused { refusal, call: Some(Box::new(open)) });
    }
    if route.operation == Operation::ListModels {
        return match house.gate.admit(Wish::free(&caller.0, route.operation)).await {
            Ok(admitted) => {
                open.admitted(admitted);
                Ok(Entered::Answered(models::list(house, &caller, &route, id, open).await))
            }
            Err(refusal) => Err(Refused { refusal, call: Some(Box::new(open)) }),
        };
    }
    let call = match read(id, route, head, body, house.limits).await {
        Ok(call) => call,
        Err(refusal) => return Err(Refused { refusal, call: Some(Box::new(open)) }),
    };
    open.asks(call.asked.model.as_deref(), call.asked.stream);
    if !house.ledger.accepts_calls() {
        return Err(Refused { refusal: Refusal::LedgerDown, call: Some(Box::new(open)) });
    }

    let wish = wish(house, &caller, &call);
    match house.gate.admit(wish).await {
        Ok(admitted) => open.admitted(admitted),
        Err(refusal) => return Err(Refused { refusal, call: Some(Box::new(open)) }),
    }

    // From here on the provider may charge for the call, so it is seen to its end even if the client leaves.
    let gone = CancellationToken::new();
    let leaving = gone.clone().drop_guard();
    let wanted = Arc::new(wanted(house, &caller, &call, open.estimate()));
    let answering = finish_anyway(&house.tasks, answer(Arc::clone(house), id, call, wanted, open, gone));
    Ok(Entered::LetIn { answering, leaving })
}

fn user_agent(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// What a call wants to be let in for.
fn wish(house: &House, caller: &Caller, call: &Call) -> Wish {
    let in_use = house.prices.now();
    let book = in_use.book();
    let prices = house.accounts.prices_for(call.dialect, call.asked.model.as_deref(), book);
    let size = Size {
        operation: call.operation,
        body_bytes: call.content_len,
        max_output_tokens: call.asked.max_output_tokens,
        answers: call.asked.answers,
    };
    Wish {
        key: Arc::clone(&caller.0),
        operation: call.operation,
        model: call.asked.model.clone(),
        other_models: call.asked.other_models.clone(),
        bound: Bound::of(&size, &prices, book.dearest()),
    }
}

/// What a call wants of an account.
fn wanted(house: &House, caller: &Caller, call: &Call, estimate: PicoUsd) -> Wanted {
    let key = &caller.0;
    Wanted {
        dialect: call.dialect,
        operation: call.operation,
        client: Client::from_user_agent(user_agent(&call.headers)),
        model: call.asked.model.clone(),
        friend: key.friend_id,
        conversation: call.asked.conversation.as_deref().map(|name| Conversation::of(key.friend_id, name)),
        among: key.bound.as_ref().map(|bound| house.accounts.bound_to(bound)),
        providers: key.limits.providers_with(&key.friend_limits),
        estimate,
    }
}

/// Gets the call answered: by the first account that can, and by at most [`MAX_ATTEMPTS`] of them.
#[expect(clippy::manual_async_fn, reason = "an async fn keeps room for its arguments twice")]
fn answer(
    house: Arc<House>,
    id: CallId,
    call: Call,
    wanted: Arc<Wanted>,
    mut open: OpenCall,
    gone: CancellationToken,
) -> impl Future<Output = Result<Response, Refused>> + Send {
    async move {
        let house = &house;
        let mut tried: Vec<AccountId> = Vec::new();
        let mut last = None;
        while tried.is_empty() || may_try_another(&tried, &open, &gone) {
            // Who leaves while waiting for a place is not served.
            let Some(lease) = gone.run_until_cancelled(house.accounts.lease(&wanted, &tried)).await else { break };
            let lease = match lease {
                Ok(lease) => lease,
                Err(none) => {
                    last = Some(Failed::Unserved(none).or(last));
                    break;
                }
            };
            tried.push(lease.id());
            if let Err(error) = open.attempt(lease) {
                tracing::error!(%error, "the journal cannot be written; the call is refused");
                return Err(Refused { refusal: Refusal::LedgerDown, call: Some(Box::new(open)) });
            }
            match attempt(house, &call, &mut open, &gone).await {
                Ok(answer) => return Ok(settled(pass_on(house, &call, open, id, *answer, &gone)).await),
                Err(failed) => last = Some(failed.or(last)),
            }
        }
        match last {
            Some(Failed::Answer(mut answer)) => {
                tell_when_to_retry(house, &wanted, &tried, &open, &mut answer);
                Ok(settled(pass_on(house, &call, open, id, *answer, &gone)).await)
            }
            Some(Failed::Unserved(none)) => {
                let none = models::explain(house, &wanted, none);
                Err(Refused { refusal: Refusal::NoAccount(none), call: Some(Box::new(open)) })
            }
            Some(Failed::Refusal(refusal)) => Err(Refused { refusal, call: Some(Box::new(open)) }),
            // The client is gone: the call settles as aborted, and nobody reads this.
            Some(Failed::ClientLeft) | None => Err(Refusal::ShuttingDown.into()),
        }
    }
}

/// An answer once what was settled with it is written down.
async fn settled((answer, written): (Response, Option<Written>)) -> Response {
    if let Some(written) = written {
        written.await;
    }
    answer
}

fn may_try_another(tried: &[AccountId], open: &OpenCall, gone: &CancellationToken) -> bool {
    (tried.len() as u32) < MAX_ATTEMPTS && open.age() < ATTEMPT_BUDGET && !open.has_consumed() && !gone.is_cancelled()
}

/// A refusal that is passed on speaks of one account, and the caller cares for all of them: while another is free it says
/// nothing about waiting; when all are out it says when the first one is back.
fn tell_when_to_retry(
    house: &House,
    wanted: &Wanted,
    tried: &[AccountId],
    open: &OpenCall,
    answer: &mut http::Response<Answer>,
) {
    let provider = open.lease().map(|lease| lease.provider());
    let chosen = house.accounts.look(wanted, |strategy, candidates| {
        schedule::choose(strategy, candidates, wanted.demand(), None, tried).map(drop)
    });
    let headers = answer.headers_mut();
    match chosen.map_err(|none| if none.was_tried() { Retry::Whenever } else { none.retry(house.clock.now()) }) {
        Ok(()) => strip(headers, |name| provider.is_some_and(|provider| (provider.is_about_windows)(name))),
        Err(Retry::After(wait)) => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(answer::whole_seconds(wait)));
        }
        Err(Retry::Whenever | Retry::Never) => {}
    }
}

fn strip(headers: &mut HeaderMap, is_unwanted: impl Fn(&http::HeaderName) -> bool) {
    let unwanted: Vec<_> = headers.keys().filter(|name| is_unwanted(name)).cloned().collect();
    for name in unwanted {
        headers.remove(name);
    }
}
