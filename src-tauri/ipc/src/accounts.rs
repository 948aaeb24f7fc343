//! Accounts at providers.

use serde::{Deserialize, Serialize};

use crate::{providers::AccountOptions, usage::Sums, windows::Window};

/// Asks for every account.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ListAccounts {}

/// An account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Its row's id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its provider's id.
    pub provider: String,
    /// Its provider's name for people.
    pub provider_label: String,
    /// How it signs in.
    pub kind: Kind,
    /// Whether it can serve.
    pub verdict: Verdict,
    /// Why not, where more can be said: English.
    pub reason: Option<String>,
    /// When that ends by itself, or is looked at again.
    pub until_ms: Option<i64>,
    /// Model families that are limited while the account serves others.
    pub limited: Vec<LimitedFamily>,
    /// Whose it is, where known.
    pub email: Option<String>,
    /// The subscription's name, where known.
    pub plan: Option<String>,
    /// Where its calls go, if not to the provider's own address.
    pub base_url: Option<String>,
    /// What it is set to.
    pub options: AccountOptions,
    /// Whether its calls go through a proxy.
    pub has_proxy: bool,
    /// Lower is chosen first.
    pub priority: i64,
    /// Calls it is serving now.
    pub in_flight: u32,
    /// The most it serves at once; 0 for any number.
    pub max_concurrency: u32,
    /// The least time between the sending of two calls, in milliseconds; 0 for none.
    pub spacing_ms: u64,
    /// The groups it is in.
    pub groups: Vec<String>,
    /// What went wrong at it lately, the latest first.
    pub troubles: Vec<Trouble>,
    /// Today's ended calls.
    pub today: Sums,
    /// What is known of its allowances; empty for an API key, or until the provider has said.
    pub windows: Vec<Window>,
}

/// A model family that is limited by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitedFamily {
    /// The family, as the provider names it.
    pub family: String,
    /// When that ends.
    pub until_ms: i64,
}

/// Something that went wrong at an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// When.
    pub at_ms: i64,
    /// What, in a few words: English.
    pub what: String,
}

/// How an account signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// With an API key.
    ApiKey,
    /// As a subscription, by a pasted code.
    Oauth,
    /// As a subscription, by a setup token.
    SetupToken,
}

impl Kind {
    /// Says whether it is a person's subscription: then the terms apply.
    #[must_use]
    pub fn is_subscription(self) -> bool {
        !matches!(self, Self::ApiKey)
    }
}

/// Whether an account can serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It can.
    Working,
    /// The owner paused it.
    Paused,
    /// Its allowance is used up.
    Limited,
    /// Its provider, or the way there, failed a moment ago.
    Cooling,
    /// The provider no longer accepts its credential.
    NeedsLogin,
    /// The provider does not serve it, or its secret cannot be read.
    Blocked,
}

/// Begins a sign-in by code. The host opens the page in the browser.
#[derive(Clone, Serialize, Deserialize)]
pub struct BeginLogin {
    /// The provider's id.
    pub provider: String,
    /// What the account is set to.
    pub options: AccountOptions,
    /// The secret of the owner's own OAuth client; empty for none.
    pub client_secret: String,
}

impl std::fmt::Debug for BeginLogin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("BeginLogin").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// A sign-in that waits for its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// Its number, for [`FinishLogin`].
    pub login: u32,
    /// The page to sign in on, to be opened by hand where no browser opened.
    pub authorize_url: String,
    /// The short code to type there, where that is how the provider does it: then there is nothing to paste.
    pub user_code: Option<String>,
    /// Whether the browser brings the code here by itself, so that pasting is only for when it could not.
    pub comes_back: bool,
    /// Whether the browser was asked to open it.
    pub is_opened: bool,
}

/// Ends a sign-in: adds an account, or signs one in anew that has this name. It is tested on the spot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FinishLogin {
    /// The number of the sign-in.
    pub login: u32,
    /// The account's name.
    pub name: String,
    /// The code, or the address of the page the sign-in ended on.
    pub pasted: String,
}

/// Adds an account with a copy of the login that the vendor's own client keeps on this machine. It is tested on the spot.
#[derive(Clone, Serialize, Deserialize)]
pub struct ImportLogin {
    /// The provider's id.
    pub provider: String,
    /// The account's name.
    pub name: String,
    /// What the account is set to.
    pub options: AccountOptions,
    /// The secret of the OAuth client that the login belongs to; empty for none.
    pub client_secret: String,
}

impl std::fmt::Debug for ImportLogin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ImportLogin").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// Adds an account by API key or setup token. It is tested on the spot; one that the provider refuses is not kept.
#[derive(Clone, Serialize, Deserialize)]
pub struct AddAccount {
    /// The provider's id.
    pub provider: String,
    /// The account's name.
    pub name: String,
    /// The API key or setup token.
    pub secret: String,
    /// Another address than the provider's own; empty for none.
    pub base_url: String,
    /// What it is set to.
    pub options: AccountOptions,
}

impl std::fmt::Debug for AddAccount {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("AddAccount").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Tests an account at its provider, without cost.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct TestAccount {
    /// The account.
    pub id: i64,
}

/// What a test showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    /// The account.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// How it signs in.
    pub kind: Kind,
    /// Whose it is, where the provider tells.
    pub email: Option<String>,
    /// The subscription's name, where the provider tells.
    pub plan: Option<String>,
    /// Why the test could not be made although the account was kept, e.g. no network: English.
    pub untested: Option<String>,
}

/// Gives an account another name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RenameAccount {
    /// The account.
    pub id: i64,
    /// Its new name.
    pub name: String,
}

/// Takes an account out of service, or puts it back.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PauseAccount {
    /// The account.
    pub id: i64,
    /// Whether it is out.
    pub paused: bool,
}

/// Clears the state that keeps an account out.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ClearAccount {
    /// The account.
    pub id: i64,
}

/// Changes how an account takes its part; what is `None` stays.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TuneAccount {
    /// The account.
    pub id: i64,
    /// Its number in the order; lower is chosen first, and those with the same number share the calls.
    pub priority: Option<i64>,
    /// The most calls at once; 0 for any number.
    pub max_concurrency: Option<u32>,
    /// The least time between the sending of two calls, in milliseconds; 0 for none.
    pub spacing_ms: Option<u64>,
    /// The groups it is in, and no others.
    pub groups: Option<Vec<String>>,
    /// What it is set to beyond that; `None` leaves it.
    pub options: Option<AccountOptions>,
}

/// Puts accounts in this order: the first is chosen first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ArrangeAccounts {
    /// All accounts.
    pub ids: Vec<i64>,
}

/// Asks how one of several accounts is chosen.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetStrategy {}

/// Sets how one of several accounts is chosen.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SetStrategy {
    /// How.
    pub strategy: Strategy,
}

/// How one of several accounts is chosen that can all serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// The least busy one.
    Balanced,
    /// The one whose allowance is used up most.
    FillFirst,
    /// One after another.
    RoundRobin,
}

/// Asks which account would serve a call of a friend's Claude Code; nothing is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Explain {
    /// The friend.
    pub friend: i64,
    /// The model.
    pub model: String,
}

/// Which account would serve a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The account that would, by its id; `None` where none can.
    pub account: Option<i64>,
    /// Every account, in the owner's order.
    pub accounts: Vec<Explained>,
}

/// An account's part in the choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Why it cannot serve the call; `None` when it can.
    pub against: Option<Against>,
    /// When that ends by itself.
    pub until_ms: Option<i64>,
}

/// Why an account cannot serve a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// The owner paused it.
    Paused,
    /// Its credential is no longer accepted.
    NeedsLogin,
    /// The provider does not serve it, or its secret cannot be read.
    Blocked,
    /// Its allowance, or that of the model, is used up.
    Limited,
    /// Its provider, or the way there, failed a moment ago.
    Cooling,
    /// It does not speak the call's format.
    OtherDialect,
    /// It does not have the model.
    OtherModel,
    /// It is a subscription and serves only its vendor's own client.
    OnlyOwnClient,
    /// The key may not use it.
    NotForThisKey,
    /// The friend is past their share of its windows.
    OverShare,
    /// It is serving all it may.
    Busy,
}

/// Removes an account with its secrets; the ledger goes on naming it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RemoveAccount {
    /// The account.
    pub id: i64,
}
