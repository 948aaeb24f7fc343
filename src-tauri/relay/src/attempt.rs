//! One attempt: a leased account is sent the call, and its answer judged before any of it goes on.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use carpool_core::{
    attempt::{Finding, Reply, Step},
    convert::Conversion,
    headers,
    meter::Ending,
    provider::{CannotServe, Outgoing, Prepared, ToSend},
    refusal::{Refusal, RefusalText},
    schedule::{NoAccount, Reason},
};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::{
    House,
    accounts::{Lease, RefreshError, UnusableAccount},
    incoming::Answer,
    open_call::OpenCall,
    pieces::{Pieces, Sending},
    receive::Call,
    upstream,
};

/// How long a provider may take to begin its answer: a long non-streamed one is silent until it is done.
const FIRST_BYTE: Duration = Duration::from_secs(600);
/// How long an answer is still waited for after the client left: the provider charges for it all the same.
const WAIT_FOR_THE_GONE: Duration = Duration::from_secs(60);
/// How long the first event of a stream is waited for before its head goes on, and the whole of a refusal.
const FIRST_EVENT: Duration = Duration::from_secs(15);
const REFUSAL_TIME: Duration = Duration::from_secs(5);
/// How much of an answer is read ahead at most, in bytes.
const READ_AHEAD: usize = 64 * 1024;

/// What came of an attempt that did not succeed.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The provider's own refusal. Passed on as it is if nobody does better.
    Answer(Box<Response<Answer>>),
    /// No answer came.
    Refusal(Refusal),
    /// No account could serve it.
    Unserved(NoAccount),
    /// Nobody waits for an answer any more.
    ClientLeft,
}

impl Failed {
    /// The failure to tell the caller: the later one, unless the earlier tells more.
    pub(crate) fn or(self, earlier: Option<Self>) -> Self {
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
pub(crate) async fn attempt(
    house: &Arc<House>,
    call: &Call,
    open: &mut OpenCall,
    gone: &CancellationToken,
) -> Result<Box<Response<Answer>>, Failed> {
    let mut is_renewed = false;
    loop {
        let lease = open.lease().expect("an attempt begins with a lease");
        let Ready { request, generation, conversion } = prepare(house, call, lease).await?;
        // In a box: it is carried from hand to hand, and each has room for it.
        let mut answer = Box::new(take_in(call, send(house, lease, request, gone).await?, conversion));
        lease.saw(answer.headers());
        let finding = look_ahead(house, call, lease, &mut answer).await?;
        if let Err(why) = wait_for_whole(call, &mut answer).await {
            lease.report(&Finding::BrokeOff(why.clone()));
            open.consumed(answer.body_mut().meter_mut().finish());
            return Err(Failed::Refusal(Refusal::BrokeOff(why)));
        }
        match finding.step() {
            Step::PassOn => {
                lease.report(&finding);
                return Ok(answer);
            }
            Step::TryAnother => {
                lease.report(&finding);
                return Err(Failed::Answer(answer));
            }
            Step::Renew if is_renewed => {
                lease.report(&finding);
                return Err(Failed::Unserved(NoAccount::because([Reason::NeedsLogin])));
            }
            Step::Renew => {
                house.accounts.renew(lease, generation).await.map_err(|error| unusable(lease, &error.into()))?;
                is_renewed = true;
                open.resend();
            }
        }
    }
}

fn take_in(call: &Call, response: Response<Incoming>, conversion: Option<Box<dyn Conversion>>) -> Response<Answer> {
    let (head, incoming) = response.into_parts();
    let answer = Answer::new(call, &head, incoming, conversion);
    Response::from_parts(head, answer)
}

/// A request that is ready to be sent, and what its answer goes through.
struct Ready {
    /// In a box, because it is carried from hand to hand.
    request: Box<Request<Sending>>,
    /// Of the credential that is in it.
    generation: i64,
    conversion: Option<Box<dyn Conversion>>,
}

/// Makes the request for a leased account: the client's own, as the account's provider takes it, with the account's
/// credential for the client's key.
async fn prepare(house: &House, call: &Call, lease: &Lease) -> Result<Ready, Failed> {
    let mut headers = headers::for_upstream(&call.headers);
    let outgoing = Outgoing {
        dialect: call.dialect,
        operation: call.operation,
        path: &call.path,
        query: call.query.as_deref(),
        asked: &call.asked,
        fields: &call.fields,
        body_len: call.body.as_ref().map_or(0, Pieces::len),
        headers: &mut headers,
        base: lease.base_url().ok_or_else(|| unusable(lease, &UnusableAccount::NoAddress))?,
        options: lease.options(),
        call_id: &call.id,
    };
    let Prepared { address, edits, conversion } =
        (lease.provider().prepare)(outgoing).map_err(|error| cannot_serve(lease, error))?;
    if call.is_coded && !edits.is_empty() {
        let advice = "This account's calls need a small change of the request; send the body without a content coding.";
        return Err(Failed::Refusal(Refusal::BadRequest(advice.to_owned())));
    }
    let body = call.body.as_ref().map(|body| body.edited(edits)).unwrap_or_default();
    let to_send = ToSend {
        method: &call.method,
        address: &address,
        headers: &mut headers,
        body: body.pieces(),
        options: lease.options(),
        now: house.clock.now(),
    };
    let authorized = house.accounts.authorize(lease, to_send).await;
    let generation = authorized.map_err(|error| unusable(lease, &error))?;

    let mut request = Box::new(Request::new(body.to_body()));
    *request.method_mut() = call.method.clone();
    *request.uri_mut() = address;
    *request.headers_mut() = headers;
    Ok(Ready { request, generation, conversion })
}

/// What it means for an account and for the call that its provider cannot make the call ready.
fn cannot_serve(lease: &Lease, error: CannotServe) -> Failed {
    match error {
        CannotServe::Call(why) => Failed::Refusal(Refusal::BadRequest(why.to_owned())),
        CannotServe::Address(error) => {
            Failed::Refusal(Refusal::BadRequest(format!("The address cannot be asked for: {error}.")))
        }
        CannotServe::Missing(_) => {
            lease.report(&Finding::Blocked(error.to_string()));
            Failed::Refusal(Refusal::Unreachable(error.to_string()))
        }
    }
}

/// What an account that cannot be used means for it and for the call.
fn unusable(lease: &Lease, error: &UnusableAccount) -> Failed {
    match error {
        // Noted where it showed.
        UnusableAccount::Refresh(RefreshError::SignedOut(_)) => {
            return Failed::Unserved(NoAccount::because([Reason::NeedsLogin]));
        }
        UnusableAccount::Refresh(RefreshError::Unavailable(_)) => lease.report(&Finding::Failed(error.to_string())),
        UnusableAccount::Secret(_) | UnusableAccount::Way(_) | UnusableAccount::NoAddress => {
            lease.report(&Finding::Blocked(error.to_string()));
        }
    }
    Failed::Refusal(Refusal::Unreachable(error.to_string()))
}

/// Sends a request and waits until its answer begins.
async fn send(
    house: &House,
    lease: &Lease,
    mut request: Box<Request<Sending>>,
    gone: &CancellationToken,
) -> Result<Response<Incoming>, Failed> {
    let calls = house.upstream.calls(lease.route(), request.uri()).map_err(|error| unusable(lease, &error.into()))?;
    let nobody_waits = async {
        gone.cancelled().await;
        // When the relay stops, nobody will ever wait again.
        house.closing.run_until_cancelled(sleep(WAIT_FOR_THE_GONE)).await;
    };
    let sending = async {
        request.body_mut().hold(lease.turn().await);
        timeout(FIRST_BYTE, calls.send(*request)).await
    };
    let (refusal, trouble) = tokio::select! {
        answer = sending => match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => {
                let cause = upstream::cause_of_silence(&error);
                (Refusal::Unreachable(cause.clone()), cause)
            }
            Err(_) => {
                let trouble = format!("no answer began within {} s", FIRST_BYTE.as_secs());
                (Refusal::TimedOut(FIRST_BYTE), trouble)
            }
        },
        () = nobody_waits => return Err(Failed::ClientLeft),
    };
    lease.report(&Finding::Failed(trouble));
    Err(Failed::Refusal(refusal))
}

/// Judges an answer by its head and, where that is needed, by the beginning of its body.
async fn look_ahead(
    house: &House,
    call: &Call,
    lease: &Lease,
    answer: &mut Response<Answer>,
) -> Result<Finding, Failed> {
    let now = house.clock.now();
    let judge = |status: StatusCode, answer: &Response<Answer>, body: &[u8]| {
        (lease.provider().judge)(&Reply { status, headers: answer.headers(), body, now })
    };
    if !answer.status().is_success() {
        let body = read_refusal(answer.body_mut()).await;
        let finding = judge(answer.status(), answer, &body);
        if let Some(message) = lease.provider().read_refusal.and_then(|read| read(&body)) {
            let text = RefusalText { status: answer.status(), message: &message, call_id: &call.id };
            let written = (call.dialect.render_refusal)(&text);
            answer.body_mut().replace_with(written.into(), "application/json");
        }
        return Ok(finding);
    }
    match first_event(answer.body_mut()).await {
        Ok(Some(error)) => Ok(judge((call.dialect.error_status)(&error), answer, &error)),
        Ok(None) => Ok(judge(answer.status(), answer, &[])),
        Err(why) => {
            lease.report(&Finding::Failed(why.clone()));
            Err(Failed::Refusal(Refusal::BrokeOff(why)))
        }
    }
}

/// The body of a refusal, decoded; as much of it as came in time.
async fn read_refusal(answer: &mut Answer) -> Bytes {
    let mut text = BytesMut::new();
    let read = async {
        while let Ok(Some(plain)) = answer.read_ahead().await {
            text.extend_from_slice(&plain);
            if text.len() >= READ_AHEAD {
                break;
            }
        }
    };
    // What did not come in time is passed on when it comes.
    let _ = timeout(REFUSAL_TIME, read).await;
    text.freeze()
}

/// Waits for the whole of a small answer that is no stream: until then nothing went to the client, and once it is here its
/// head can tell what it cost.
///
/// # Errors
/// Why it broke off, in words.
async fn wait_for_whole(call: &Call, answer: &mut Response<Answer>) -> Result<(), String> {
    let is_large = answer.body().left().is_some_and(|left| left > READ_AHEAD as u64);
    if !answer.status().is_success() || call.asked.stream || !call.operation.is_charged() || is_large {
        return Ok(());
    }
    let answer = answer.body_mut();
    let deadline = Instant::now() + FIRST_EVENT;
    let mut read = 0;
    while read < READ_AHEAD && !answer.is_whole() {
        match timeout_at(deadline, answer.read_ahead()).await {
            Ok(Ok(Some(plain))) => read += plain.len(),
            Ok(Err(why)) => return Err(why),
            // What did not come in time is passed on when it comes.
            Ok(Ok(None)) | Err(_) => break,
        }
    }
    Ok(())
}

/// Waits for the first event of a stream. Returns its data where it is an error: until then nothing went to the client.
///
/// # Errors
/// Why the stream ended, in words, where it did so without any event.
async fn first_event(answer: &mut Answer) -> Result<Option<Vec<u8>>, String> {
    if !answer.meter().is_stream() || !answer.can_tell_the_end() {
        return Ok(None);
    }
    let deadline = Instant::now() + FIRST_EVENT;
    let mut read = 0;
    while !answer.meter().observed().has_begun && read < READ_AHEAD {
        match timeout_at(deadline, answer.read_ahead()).await {
            Err(_) => return Ok(None),
            Ok(Err(why)) => return Err(why),
            Ok(Ok(None)) => return Err("the answer ended before it began".to_owned()),
            Ok(Ok(Some(plain))) => read += plain.len(),
        }
    }
    let observed = answer.meter().observed();
    Ok(observed.error.clone().filter(|_| observed.ending == Ending::Failed))
}
