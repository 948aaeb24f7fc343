//! One attempt: a leased account is sent the call, and its answer judged before any of it goes on.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use carpool_core::{
    attempt::{Finding, Reply, Step},
    headers,
    meter::Ending,
    provider,
    refusal::Refusal,
    schedule::{NoAccount, Reason},
};
use http::{Request, Response, StatusCode};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::{
    House,
    accounts::{Lease, RefreshError, UnusableAccount},
    ahead::Ahead,
    decode::Decoder,
    open_call::OpenCall,
    pass_on::{coding_of, meter_for},
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
    Answer(Box<Response<Ahead>>),
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
) -> Result<Response<Ahead>, Failed> {
    let mut is_renewed = false;
    loop {
        let lease = open.lease().expect("an attempt begins with a lease");
        let (request, generation) = prepare(house, call, lease).await?;
        let mut answer = send(house, lease, request, gone).await?;
        lease.saw(answer.headers());
        let finding = look_ahead(house, call, lease, &mut answer).await?;
        match finding.step() {
            Step::PassOn => {
                lease.report(&finding);
                return Ok(answer);
            }
            Step::TryAnother => {
                lease.report(&finding);
                return Err(Failed::Answer(Box::new(answer)));
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

/// Makes the request for a leased account: the client's own, with the account's credential, whose generation it tells,
/// for the client's key.
async fn prepare(house: &House, call: &Call, lease: &Lease) -> Result<(Request<Sending>, i64), Failed> {
    let base = lease.base_url().ok_or_else(|| unusable(lease, &UnusableAccount::NoAddress))?;
    let address = provider::join(base, &call.path, call.query.as_deref())
        .map_err(|error| Failed::Refusal(Refusal::BadRequest(format!("The address cannot be asked for: {error}."))))?;
    let mut headers = headers::for_upstream(&call.headers);
    let authorized = house.accounts.authorize(lease, &mut headers).await;
    let generation = authorized.map_err(|error| unusable(lease, &error))?;

    let body = call.body.as_ref().map(Pieces::to_body).unwrap_or_default();
    let mut request = Request::new(body);
    *request.method_mut() = call.method.clone();
    *request.uri_mut() = address;
    *request.headers_mut() = headers;
    Ok((request, generation))
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
    mut request: Request<Sending>,
    gone: &CancellationToken,
) -> Result<Response<Ahead>, Failed> {
    let calls = house.upstream.calls(lease.route(), request.uri()).map_err(|error| unusable(lease, &error.into()))?;
    let nobody_waits = async {
        gone.cancelled().await;
        // When the relay stops, nobody will ever wait again.
        house.closing.run_until_cancelled(sleep(WAIT_FOR_THE_GONE)).await;
    };
    let sending = async {
        request.body_mut().hold(lease.turn().await);
        timeout(FIRST_BYTE, calls.send(request)).await
    };
    let (refusal, trouble) = tokio::select! {
        answer = sending => match answer {
            Ok(Ok(answer)) => return Ok(answer.map(Ahead::from)),
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
    answer: &mut Response<Ahead>,
) -> Result<Finding, Failed> {
    let now = house.clock.now();
    let judge = |status: StatusCode, answer: &Response<Ahead>, body: &[u8]| {
        (lease.provider().judge)(&Reply { status, headers: answer.headers(), body, now })
    };
    if !answer.status().is_success() {
        let body = read_refusal(answer).await;
        return Ok(judge(answer.status(), answer, &body));
    }
    match first_event(call, answer).await {
        Ok(Some(error)) => Ok(judge((call.dialect.error_status)(&error), answer, &error)),
        Ok(None) => Ok(judge(answer.status(), answer, &[])),
        Err(why) => {
            lease.report(&Finding::Failed(why.clone()));
            Err(Failed::Refusal(Refusal::BrokeOff(why)))
        }
    }
}

/// The body of a refusal, decoded; as much of it as came in time.
async fn read_refusal(answer: &mut Response<Ahead>) -> Bytes {
    let mut decoder = coding_of(answer.headers()).and_then(Decoder::new);
    let mut text = BytesMut::new();
    let read = async {
        while let Ok(Some(piece)) = answer.body_mut().read_on().await {
            match &mut decoder {
                None => text.extend_from_slice(&piece),
                Some(decoder) => match decoder.push(&piece) {
                    Ok(decoded) => text.extend_from_slice(&decoded),
                    Err(_) => break,
                },
            }
            if text.len() >= READ_AHEAD {
                break;
            }
        }
    };
    // What did not come in time is passed on when it comes.
    let _ = timeout(REFUSAL_TIME, read).await;
    text.freeze()
}

/// Waits for the first event of a stream. Returns its data where it is an error: until then nothing went to the client.
///
/// # Errors
/// Why the stream ended, in words, where it did so without any event.
async fn first_event(call: &Call, answer: &mut Response<Ahead>) -> Result<Option<Vec<u8>>, String> {
    let mut meter = meter_for(call, true, answer.headers());
    if !meter.is_stream() {
        return Ok(None);
    }
    let mut decoder = match coding_of(answer.headers()) {
        None => None,
        Some(coding) => match Decoder::new(coding) {
            Some(decoder) => Some(decoder),
            None => return Ok(None),
        },
    };
    let deadline = Instant::now() + FIRST_EVENT;
    let mut read = 0;
    while !meter.observed().has_begun && read < READ_AHEAD {
        let piece = match timeout_at(deadline, answer.body_mut().read_on()).await {
            Err(_) => return Ok(None),
            Ok(Err(error)) => return Err(upstream::cause_of_break(&error)),
            Ok(Ok(None)) => return Err("the answer ended before it began".to_owned()),
            Ok(Ok(Some(piece))) => piece,
        };
        read += piece.len();
        match &mut decoder {
            None => meter.feed(&piece),
            Some(decoder) => match decoder.push(&piece) {
                Ok(decoded) => meter.feed(&decoded),
                Err(_) => return Ok(None),
            },
        };
    }
    let observed = meter.observed();
    Ok(observed.error.clone().filter(|_| observed.ending == Ending::Failed))
}
