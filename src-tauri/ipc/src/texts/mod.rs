//! Every text a person reads in the window, the tray and the dialogs: one file for each place, both languages side by
//! side. A text that is missing in a language does not compile.
//!
//! What programs, logs and the command line say is English and not here.

mod account_options;
mod accounts;
mod add_account;
mod calls;
mod doctor;
mod failures;
mod first_run;
mod frame;
mod friends;
mod home;
mod invites;
mod issued_key;
mod limits;
mod notices;
mod own_machine;
mod plan;
mod pool;
mod prices;
mod privacy;
mod settings;
mod shares;
mod statement;
mod times;
mod tray;
mod troubles;
mod tunnel;
mod usage;
mod words;

pub use self::{
    account_options::AccountOptions, accounts::Accounts, add_account::AddAccount, calls::Calls, failures::failure,
    first_run::FirstRun, frame::Frame, friends::Friends, home::Home, invites::Invites, issued_key::IssuedKey,
    limits::Limits, notices::Notices, own_machine::OwnMachine, plan::Plan, pool::Pool, prices::Prices,
    privacy::Privacy, settings::Settings, shares::Shares, statement::Statement, times::Times, tray::Tray,
    troubles::Troubles, tunnel::Tunnel, usage::Usage, words::Words,
};
use crate::settings::Language;

/// All texts of one language.
#[derive(Debug)]
pub struct Texts {
    /// Words that every place uses.
    pub words: &'static Words,
    /// How times are told.
    pub times: &'static Times,
    /// The frame around the places.
    pub frame: &'static Frame,
    /// The first run.
    pub first_run: &'static FirstRun,
    /// Home.
    pub home: &'static Home,
    /// The form that adds an account.
    pub add_account: &'static AddAccount,
    /// What an account is set to.
    pub account_options: &'static AccountOptions,
    /// How friends reach this machine.
    pub tunnel: &'static Tunnel,
    /// Invites.
    pub invites: &'static Invites,
    /// Programs on the owner's own machine.
    pub own_machine: &'static OwnMachine,
    /// The proof that nothing is kept.
    pub privacy: &'static Privacy,
    /// A new key, shown once.
    pub issued_key: &'static IssuedKey,
    /// Accounts.
    pub accounts: &'static Accounts,
    /// How accounts share the calls.
    pub pool: &'static Pool,
    /// Friends.
    pub friends: &'static Friends,
    /// What a key or a friend may do.
    pub limits: &'static Limits,
    /// How windows are shared.
    pub shares: &'static Shares,
    /// Usage.
    pub usage: &'static Usage,
    /// The list of calls.
    pub calls: &'static Calls,
    /// Statements.
    pub statement: &'static Statement,
    /// What is entered for statements.
    pub plan: &'static Plan,
    /// Prices, and the currency that money is shown in.
    pub prices: &'static Prices,
    /// Settings.
    pub settings: &'static Settings,
    /// What is said when something does not work.
    pub troubles: &'static Troubles,
    /// What the owner is notified of.
    pub notices: &'static Notices,
    /// The tray.
    pub tray: &'static Tray,
}

static ENGLISH: Texts = Texts {
    words: &words::ENGLISH,
    times: &times::ENGLISH,
    frame: &frame::ENGLISH,
    first_run: &first_run::ENGLISH,
    home: &home::ENGLISH,
    add_account: &add_account::ENGLISH,
    account_options: &account_options::ENGLISH,
    tunnel: &tunnel::ENGLISH,
    invites: &invites::ENGLISH,
    own_machine: &own_machine::ENGLISH,
    privacy: &privacy::ENGLISH,
    issued_key: &issued_key::ENGLISH,
    accounts: &accounts::ENGLISH,
    pool: &pool::ENGLISH,
    friends: &friends::ENGLISH,
    limits: &limits::ENGLISH,
    shares: &shares::ENGLISH,
    usage: &usage::ENGLISH,
    calls: &calls::ENGLISH,
    statement: &statement::ENGLISH,
    plan: &plan::ENGLISH,
    prices: &prices::ENGLISH,
    settings: &settings::ENGLISH,
    troubles: &troubles::ENGLISH,
    notices: &notices::ENGLISH,
    tray: &tray::ENGLISH,
};

static CHINESE: Texts = Texts {
    words: &words::CHINESE,
    times: &times::CHINESE,
    frame: &frame::CHINESE,
    first_run: &first_run::CHINESE,
    home: &home::CHINESE,
    add_account: &add_account::CHINESE,
    account_options: &account_options::CHINESE,
    tunnel: &tunnel::CHINESE,
    invites: &invites::CHINESE,
    own_machine: &own_machine::CHINESE,
    privacy: &privacy::CHINESE,
    issued_key: &issued_key::CHINESE,
    accounts: &accounts::CHINESE,
    pool: &pool::CHINESE,
    friends: &friends::CHINESE,
    limits: &limits::CHINESE,
    shares: &shares::CHINESE,
    usage: &usage::CHINESE,
    calls: &calls::CHINESE,
    statement: &statement::CHINESE,
    plan: &plan::CHINESE,
    prices: &prices::CHINESE,
    settings: &settings::CHINESE,
    troubles: &troubles::CHINESE,
    notices: &notices::CHINESE,
    tray: &tray::CHINESE,
};

/// The texts of a language.
#[must_use]
pub fn texts(language: Language) -> &'static Texts {
    match language {
        Language::English => &ENGLISH,
        Language::Chinese => &CHINESE,
    }
}
