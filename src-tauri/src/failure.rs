//! Why a command failed: a name for programs and a sentence for people.

use std::error::Error;

use carpool_core::{client_setup::BadAccess, name::BadName, tunnel::Unfit};
use carpool_relay::{
    OpenError, accounts::sign_in::SignInError, client_setup::SetupError, demo::DemoError, invites::InviteError,
    network::PolicyError, people::PeopleError, plan::PlanError, prices::TakeError, privacy_proof::ProofError,
    reach::publish::PublishError, server::BindError, statements::StatementError, store::StoreError, tunnel::WishError,
    upstream::WayError, vault::VaultError,
};

/// A failed command.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    fn of(code: &'static str, error: &dyn Error) -> Self {
        let message = match error.source() {
            Some(source) => chain(&error.to_string(), source),
            None => error.to_string(),
        };
        Self { code, message }
    }
}

/// A sentence and its causes, one after the other; a cause that repeats what was just said is left out.
pub(crate) fn chain(what: &str, error: &dyn Error) -> String {
    let mut text = what.to_owned();
    let mut next = Some(error);
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::of(error.code(), &error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::of(error.code(), &error)
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        Self::of(error.code(), &error)
    }
}

impl From<SignInError> for Failure {
    fn from(error: SignInError) -> Self {
        Self::of(error.code(), &error)
    }
}

impl From<PeopleError> for Failure {
    fn from(error: PeopleError) -> Self {
        Self::of(error.code(), &error)
    }
}

impl From<InviteError> for Failure {
    fn from(error: InviteError) -> Self {
        Self::of(error.code(), &error)
    }
}

impl From<WishError> for Failure {
    fn from(error: WishError) -> Self {
        Self::of(error.code(), &error)
    }
}

impl From<Unfit> for Failure {
    fn from(error: Unfit) -> Self {
        Self::of(error.code(), &error)
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        Self::of(error.code(), &error)
    }
}

impl From<ProofError> for Failure {
    fn from(error: ProofError) -> Self {
        Self::of(error.code(), &error)
    }
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        Self::of(error.code(), &error)
    }
}

impl From<BadAccess> for Failure {
    fn from(error: BadAccess) -> Self {
        let code = match error {
            BadAccess::Address(_) => "bad_address",
            BadAccess::Key => "bad_key",
        };
        Self::of(code, &error)
    }
}

impl From<PolicyError> for Failure {
    fn from(error: PolicyError) -> Self {
        Self::of(error.code(), &error)
    }
}

impl From<WayError> for Failure {
    fn from(error: WayError) -> Self {
        Self::of(error.code(), &error)
    }
}

impl From<StatementError> for Failure {
    fn from(error: StatementError) -> Self {
        Self::of(error.code(), &error)
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        Self::of(error.code(), &error)
    }
}

impl From<TakeError> for Failure {
    fn from(error: TakeError) -> Self {
        Self::new(error.code(), chain("no price book was taken", &error))
    }
}

impl From<BadName> for Failure {
    fn from(error: BadName) -> Self {
        Self::of("bad_name", &error)
    }
}

impl From<BindError> for Failure {
    fn from(error: BindError) -> Self {
        let code = match error {
            BindError::Taken(_) => "port_taken",
            BindError::Refused(..) => "bind_refused",
        };
        Self::of(code, &error)
    }
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        Self::of("demo", &error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::of("io", &error)
    }
}
