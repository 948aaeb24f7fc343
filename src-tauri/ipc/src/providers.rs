//! Providers, and what accounts at them can be set to.

use serde::{Deserialize, Serialize};

use crate::accounts::Kind;

/// Asks for every provider an account can be added at.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ListProviders {}

/// A provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Its id, e.g. `claude`.
    pub id: String,
    /// Its product as people call it.
    pub label: String,
    /// The ways its accounts sign in, the sanctioned one first.
    pub ways: Vec<Kind>,
    /// What its own client is called: the only one a subscription serves. Empty where it has none.
    pub own_client: String,
    /// Whether the owner signs in with a short code that is shown, instead of pasting one.
    pub is_device: bool,
    /// The client whose login is on this machine and can be copied.
    pub local_login: Option<String>,
    /// What its accounts can be set to.
    pub asks: Vec<Ask>,
    /// The dialects it may speak.
    pub dialects: Vec<Named>,
    /// Vendors whose addresses are known.
    pub presets: Vec<Preset>,
}

/// Something with an id and a name for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its name.
    pub label: String,
}

/// Something that a provider's accounts can be set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// The address, which must be given.
    BaseUrl,
    /// Models by other names.
    ModelMap,
    /// The models it serves.
    Models,
    /// The dialects it speaks.
    Dialects,
    /// The header its key is sent in.
    KeyHeader,
    /// The region.
    Region,
    /// The version of the API.
    ApiVersion,
    /// The project, workspace or account.
    Project,
    /// The owner's own OAuth client.
    OauthClient,
}

/// A vendor whose address is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preset {
    /// Its id.
    pub id: String,
    /// Its name.
    pub label: String,
    /// Where its calls go.
    pub base_url: String,
    /// The dialects it speaks there.
    pub dialects: Vec<String>,
    /// The header its key is sent in.
    pub key_header: String,
}

/// What an account is set to, as it is typed; empty where nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountOptions {
    /// `ASKED=UPSTREAM`, one after another.
    pub model_map: String,
    /// Names, one after another.
    pub models: String,
    /// Their ids.
    pub dialects: Vec<String>,
    /// Its name.
    pub key_header: String,
    /// As the vendor calls it.
    pub region: String,
    /// As the vendor writes it.
    pub api_version: String,
    /// As the vendor calls it.
    pub project: String,
    /// The id of the owner's own OAuth client.
    pub client_id: String,
    /// Whether a subscription serves other clients than its vendor's own.
    pub serves_any_client: bool,
}
