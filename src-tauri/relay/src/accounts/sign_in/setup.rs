//! Finding out, after a sign-in, what an account's calls have to name.

use carpool_core::{
    oauth::Profile,
    provider::code_assist::project::{Found, Next},
};
use tokio::time::sleep;

use super::{
    SignInError,
    probe::{PROBE_ANSWER, PROBE_TIMEOUT, address, ask},
};
use crate::{
    accounts::{
        Surroundings,
        question::{Answered, Question},
    },
    store::accounts::{self, Account},
};

/// Finds out what an account of a provider that needs it has to name, and notes it. Returns what that showed of its owner.
///
/// # Errors
/// [`SignInError`] when the provider cannot be asked, or wants something of the owner first.
pub(super) async fn set_up(around: &Surroundings, account: &Account) -> Result<Option<Profile>, SignInError> {
    let Some(discover) = account.provider.discover else { return Ok(None) };
    let (mut request, mut discovery) = discover(&account.options);
    let Found { project, plan } = loop {
        sleep(request.after).await;
        let question = Question {
            method: request.method,
            to: address(around, account, &request.path)?,
            body: request.body,
            within: PROBE_TIMEOUT,
            at_most: PROBE_ANSWER,
        };
        let Answered { status, body } = ask(around, account, question).await?;
        match discovery.read(status, &body)? {
            Next::Ask(next, on) => (request, discovery) = (next, on),
            Next::Found(found) => break found,
        }
    };
    let profile = Profile { plan, ..account.profile.clone() };
    accounts::set_profile(around.store.pool(), account.id, &profile).await?;
    let mut options = account.options.clone();
    options.project = project;
    if options != account.options {
        let mut connection = around.store.pool().acquire().await?;
        accounts::set_options(&mut connection, account.id, &options).await?;
    }
    Ok(Some(profile))
}
