//! The walk: a call goes through the house once, from the front door to the ledger. Only a failed attempt may go back,
//! and only to choosing an account, and only before the first byte went downstream.

use std::{sync::Arc, time::Duration};

use axum::{body::Body, response::Response};
use carpool_core::{
    attempt::{MAX_ATTEMPTS, Verdict},
    call::{CallId, Client},
    dialect::{self, Dialect},
    headers,
    meter::{Meter, Observed},
    provider,
    refusal::Refusal,
    schedule::{AccountId, Demand, NoAccount},
};
use http::{HeaderMap, Request, header};
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    House,
    accounts::{Lease, RefreshError, UnusableAccount},
    answer::{self, X_CARPOOL_CALL},
    authenticate::authenticate,
    clock::Stopwatch,
    decode::Decoder,
    finish_anyway::finish_anyway,
    open_call::OpenCall,
    pieces::{Pieces, Sending},
    receive::{Call, read},
    store::calls::CallStatus,
    tap::{Answer, Coding, Tap},
    upstream,
};

/// How long a provider may take to begin its answer: a long non-streamed one is silent until it is done.
const FIRST_BYTE: Duration = Duration::from_secs(600);
/// How long an answer is still waited for after the client left: the provider charges for it all the same.
const WAIT_FOR_THE_GONE: Duration = Duration::from_secs(60);

/// A refusal, with the call it ends if it got as far as being one.
struct Refused {
    refusal: Refusal,
    call: Option<OpenCall>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, call: None }
    }
}

/// Serves one request.
pub(crate) async fn walk(house: Arc<House>, request: Request<Body>) -> Response {
    let started = Stopwatch::start();
    let id = house.ledger.next_id(house.clock.now());
    let dialect = dialect::guess(request.uri().path());
    match serve(&house, id, started, request).await {
        Ok(answer) => answer,
        Err(Refused { refusal, call }) => {
            if let Some(call) = call {
                call.refuse(refusal.status().as_u16()).await;
            }
            answer::refusal(dialect, &refusal, id)
        }
    }
}

async fn serve(
    house: &Arc<House>,
    id: CallId,
    started: Stopwatch,
    request: Request<Body>,
) -> Result<Response, Refused> {
    let (head, body) = request.into_parts();
    let caller = authenticate(&house.keys, &head, house.clock.now())?;
    if house.is_paused() {
        return Err(Refusal::SharingPaused.into());
    }
    let route = dialect::route(&head.method, head.uri.path())
        .ok_or_else(|| Refusal::NoRoute(format!("{} {}", head.method, head.uri.path())))?;
    let mut open = OpenCall::begin(house, id, &caller, route, started);
    let call = match read(route, head, body, house.limits).await {
        Ok(call) => call,
        Err(refusal) => return Err(Refused { refusal, call: Some(open) }),
    };
    open.asks(call.asked.model.as_deref(), call.asked.stream);
    if !house.ledger.accepts_calls() {
        return Err(Refused { refusal: Refusal::LedgerDown, call: Some(open) });
    }

    // From here on the provider may charge for the call, so it is seen to its end even if the client leaves.
    let gone = CancellationToken::new();
    let _leaving = gone.clone().drop_guard();
    finish_anyway(&house.tasks, answer(Arc::clone(house), id, call, open, gone)).await
}

/// Gets the call answered: by the first account that can, and by at most [`MAX_ATTEMPTS`] of them.
async fn answer(
    house: Arc<House>,
    id: CallId,
    call: Call,
    mut open: OpenCall,
    gone: CancellationToken,
) -> Result<Response, Refused> {
    let house = &house;
    let demand = Demand { dialect: call.dialect, client: client_of(&call.headers) };
    let mut tried: Vec<AccountId> = Vec::new();
    let mut last = None;
    while (tried.len() as u32) < MAX_ATTEMPTS && !(gone.is_cancelled() && open.attempts() > 0) {
        let lease = match house.accounts.lease(demand, &tried) {
            Ok(lease) => lease,
            Err(none) => {
                last = Some(Failed::Unserved(none).or(last));
                break;
            }
        };
        tried.push(lease.id());
        if let Err(error) = open.attempt(lease) {
            tracing::error!(%error, "the journal cannot be written; the call is refused");
            return Err(Refused { refusal: Refusal::LedgerDown, call: Some(open) });
        }
        match attempt(house, &call, &mut open, &gone).await {
            Ok(answer) => return Ok(pass_on(house, &call, open, id, answer).await),
            Err(failed) => last = Some(failed.or(last)),
        }
    }
    match last {
        Some(Failed::Answer(answer)) => Ok(pass_on(house, &call, open, id, answer).await),
        Some(Failed::Unserved(none)) => Err(Refused { refusal: none.into(), call: Some(open) }),
        Some(Failed::Refusal(refusal)) => Err(Refused { refusal, call: Some(open) }),
        // The client is gone: the call settles as aborted, and nobody reads this.
        Some(Failed::ClientLeft) | None => Err(Refusal::ShuttingDown.into()),
    }
}

/// What came of an attempt that did not succeed.
enum Failed {
    /// The provider's own refusal. Passed on as it is if nobody does better.
    Answer(http::Response<Incoming>),
    /// No answer came.
    Refusal(Refusal),
    /// No account could serve it.
    Unserved(NoAccount),
    /// Nobody waits for an answer any more.
    ClientLeft,
}

impl Failed {
    /// The failure to tell the caller: the later one, unless the earlier tells more.
    fn or(self, earlier: Option<Self>) -> Self {
        match earlier {
            Some(earlier) if earlier.tells() > self.tells() => earlier,
            _ => self,
        }
    }

    /// How much it tells the caller: a provider's own words more than ours, and what went wrong more than who is out.
    fn tells(&self) -> u8 {
        match self {
            Self::Answer(_) => 2,
            Self::Refusal(_) => 1,
            Self::Unserved(_) | Self::ClientLeft => 0,
        }
    }
}

/// Tries the leased account once, and once more after renewing a sign-in that was refused.
async fn attempt(
    house: &Arc<House>,
    call: &Call,
    open: &mut OpenCall,
    gone: &CancellationToken,
) -> Result<http::Response<Incoming>, Failed> {
    let mut is_renewed = false;
    loop {
        let lease = open.lease().expect("an attempt begins with a lease");
        let (request, generation) = prepare(house, call, lease).await?;
        let answer = send(house, lease, request, gone).await?;
        lease.saw(answer.headers());
        match (lease.provider().judge)(answer.status(), answer.headers()) {
            Verdict::PassOn => return Ok(answer),
            Verdict::TryAnother => return Err(Failed::Answer(answer)),
            Verdict::SignedOut if is_renewed => {
                house.accounts.sign_out(lease, "the provider refused it (HTTP 401) right after it was renewed").await;
                return Err(Failed::Unserved(NoAccount::signed_out()));
            }
            Verdict::SignedOut => {
                house.accounts.renew(lease, generation).await.map_err(unusable)?;
                is_renewed = true;
                open.resend();
            }
        }
    }
}

/// Makes the request for a leased account: the client's own, with the account's credential, whose generation it tells,
/// for the client's key.
async fn prepare(house: &House, call: &Call, lease: &Lease) -> Result<(Request<Sending>, i64), Failed> {
    let base = lease.base_url().ok_or_else(|| unusable(UnusableAccount::NoAddress))?;
    let address = provider::join(base, &call.path, call.query.as_deref())
        .map_err(|error| Failed::Refusal(Refusal::BadRequest(format!("The address cannot be asked for: {error}."))))?;
    let mut headers = headers::for_upstream(&call.headers);
    let generation = house.accounts.authorize(lease, &mut headers).await.map_err(unusable)?;

    let body = call.body.as_ref().map(Pieces::to_body).unwrap_or_default();
    let mut request = Request::new(body);
    *request.method_mut() = call.method.clone();
    *request.uri_mut() = address;
    *request.headers_mut() = headers;
    Ok((request, generation))
}

/// What an account that cannot be used means for the call.
fn unusable(error: impl Into<UnusableAccount>) -> Failed {
    match error.into() {
        UnusableAccount::Refresh(RefreshError::SignedOut(_)) => Failed::Unserved(NoAccount::signed_out()),
        error => Failed::Refusal(Refusal::Unreachable(error.to_string())),
    }
}

/// Sends a request and waits until its answer begins.
async fn send(
    house: &House,
    lease: &Lease,
    request: Request<Sending>,
    gone: &CancellationToken,
) -> Result<http::Response<Incoming>, Failed> {
    let calls = house.upstream.calls(lease.route(), request.uri()).map_err(unusable)?;
    let nobody_waits = async {
        gone.cancelled().await;
        // When the relay stops, nobody will ever wait again.
        house.closing.run_until_cancelled(sleep(WAIT_FOR_THE_GONE)).await;
    };
    tokio::select! {
        answer = timeout(FIRST_BYTE, calls.send(request)) => match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(Failed::Refusal(Refusal::Unreachable(upstream::cause_of_silence(&error)))),
            Err(_) => Err(Failed::Refusal(Refusal::TimedOut(FIRST_BYTE))),
        },
        () = nobody_waits => Err(Failed::ClientLeft),
    }
}

/// Passes an answer on through the tap.
async fn pass_on(
    house: &Arc<House>,
    call: &Call,
    mut open: OpenCall,
    id: CallId,
    answer: http::Response<Incoming>,
) -> Response {
    let (head, body) = answer.into_parts();
    open.answered(head.status.as_u16());
    let is_success = head.status.is_success();
    let meter = meter_for(call, is_success, &head.headers);
    let coding = coding_for(&call.headers, &head.headers);
    let mut to_client = headers::for_client(&head.headers);
    to_client.insert(X_CARPOOL_CALL, answer::call_header(id));
    if matches!(coding, Coding::Undone(_)) {
        to_client.remove(header::CONTENT_ENCODING);
    }
    // A stream may need one event more than the provider counted.
    let has_own_length = !meter.is_stream() && !matches!(coding, Coding::Undone(_));
    if !has_own_length {
        to_client.remove(header::CONTENT_LENGTH);
    }
    let left = body.size_hint().exact().filter(|_| !meter.is_stream());
    let body = if left == Some(0) {
        drop(body);
        // Nobody asks a body for its end that has no byte, so it is settled here.
        let status = if is_success { CallStatus::Complete } else { CallStatus::UpstreamError };
        open.settle(status, &Observed::default()).await;
        Body::empty()
    } else {
        Tap::new(house, call.dialect, id, open, Answer { body, coding, meter, left, is_success }).into_body()
    };

    let mut to_send = Response::new(body);
    *to_send.status_mut() = head.status;
    *to_send.headers_mut() = to_client;
    to_send
}

fn meter_for(call: &Call, is_success: bool, headers: &HeaderMap) -> Meter {
    let dialect: &'static Dialect = call.dialect;
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !is_success || !call.operation.is_charged() {
        Meter::nothing(dialect)
    } else if media_type.trim_start().to_ascii_lowercase().starts_with("text/event-stream") {
        Meter::stream(dialect)
    } else {
        Meter::body(dialect)
    }
}

fn coding_for(from_client: &HeaderMap, from_upstream: &HeaderMap) -> Coding {
    let coding = from_upstream.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok()).map(str::trim);
    match coding {
        None | Some("" | "identity") => Coding::Identity,
        Some(coding) => match Decoder::new(coding) {
            Some(decoder) if !headers::accepts_coding(from_client, coding) => Coding::Undone(decoder),
            decoder => Coding::Passed(decoder),
        },
    }
}

fn client_of(headers: &HeaderMap) -> Client {
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Client::from_user_agent(user_agent.unwrap_or_default())
}
