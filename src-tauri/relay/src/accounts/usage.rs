//! Asking a provider how much of an account's windows is used: for accounts that were not called for a while, and for
//! those that are said to be used up.

use std::{sync::Arc, time::Duration};

use carpool_core::{credential::AccountKind, window::Window};
use http::Method;
use jiff::{SignedDuration, Timestamp};

use super::{Accounts, LiveAccount, question::Question};

/// How old the word on an account's windows may grow before the provider is asked.
const ASK_AFTER: SignedDuration = SignedDuration::from_mins(15);
/// How long the provider may take to answer, and how much of its answer is read.
const ANSWER_TIME: Duration = Duration::from_secs(30);
const ANSWER_BYTES: usize = 64 * 1024;
/// A window that is used up to here serves calls.
const USED_UP: f64 = 1.0;

impl Accounts {
    /// Asks for the windows of an account, if it is time to.
    pub(super) fn look_at_usage(self: &Arc<Self>, account: &Arc<LiveAccount>, now: Timestamp) {
        let provider = account.account.provider;
        if account.account.kind != AccountKind::Oauth || provider.usage.is_none() {
            return;
        }
        let mut condition = account.vitals.condition();
        let is_out = condition.health.held(now).is_some_and(|hold| hold.kind.ends_by_test());
        let is_due = condition.usage_known_at.is_none_or(|at| now.duration_since(at) >= ASK_AFTER);
        if is_out || !is_due {
            return;
        }
        // Asked from now on, whatever comes of it.
        condition.usage_known_at = Some(now);
        drop(condition);
        let (accounts, account) = (Arc::clone(self), Arc::clone(account));
        self.tasks.spawn(async move {
            match accounts.ask_usage(&account).await {
                Ok(windows) => accounts.take_usage(&account, windows),
                Err(why) => tracing::info!(account = account.account.id, why, "the windows could not be asked for"),
            }
        });
    }

    async fn ask_usage(self: &Arc<Self>, account: &Arc<LiveAccount>) -> Result<Vec<Window>, String> {
        let (stored, provider) = (&account.account, account.account.provider);
        let endpoint = self.around.endpoints.of(provider.id).and_then(|endpoint| endpoint.usage_url.as_ref());
        let (Some(url), Some(usage)) = (endpoint, provider.usage) else {
            return Err("the provider has no usage endpoint".to_owned());
        };
        let body = (usage.body)(&stored.options);
        let question = Question {
            method: if body.is_some() { Method::POST } else { Method::GET },
            to: url.as_str().parse().map_err(|_| "its usage endpoint has no address".to_owned())?,
            body,
            within: ANSWER_TIME,
            at_most: ANSWER_BYTES,
        };
        let body = self.put_question(account, question).await?;
        (usage.read)(&body).ok_or_else(|| "the answer cannot be read".to_owned())
    }

    /// Takes in what the provider says; a limit that its windows do not show is over.
    fn take_usage(self: &Arc<Self>, account: &Arc<LiveAccount>, windows: Vec<Window>) {
        let is_over = |family: Option<&str>| {
            let mut about = windows.iter().filter(|window| window.family.as_deref() == family).peekable();
            about.peek().is_some() && about.all(|window| window.used < USED_UP)
        };
        let is_changed = account.vitals.condition().health.end_limits(is_over);
        if is_changed {
            tracing::info!(account = account.account.id, "the provider says that an allowance is not used up any more");
            self.write_soon(account.account.id);
            self.changed();
            self.serve_queue();
        }
        self.see_windows(account, windows);
    }
}
