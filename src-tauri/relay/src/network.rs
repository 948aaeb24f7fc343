//! How providers are reached: through an account's own proxy, or else as the owner set it for all accounts; and by which IP
//! addresses. What cannot be read leads nowhere, least of all straight.

use std::sync::Arc;

use carpool_core::network::IpPreference;
use http::Uri;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    accounts::{Surroundings, proxy_seal},
    store::{SqlError, accounts::Account, network, settings},
    system_proxy::SystemProxies,
    upstream::Upstream,
    vault::{Vault, VaultError},
    way::{Way, WayError},
};

/// What the sealed address of the proxy for all accounts is bound to.
const POLICY_SEAL: &str = "settings/proxy";
/// What stands before that address in the settings.
const MANUAL: &str = "manual:";

/// How the provider of an account is reached.
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// The account's own proxy, which wins over the one for all.
    own: Option<Result<Arc<Way>, WayError>>,
    pub(crate) prefers: IpPreference,
}

impl Route {
    /// Reads that of a stored account. A proxy that cannot be read is in the route, so that it leads nowhere.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub(crate) async fn of(around: &Surroundings, account: &Account) -> Result<Self, SqlError> {
        let prefers = network::ip_preference(around.store.pool(), account.id).await?;
        let own = own_proxy(around, account)
            .map(|address| Way::through(&address.map_err(|error| WayError::OfAccount(error.to_string()))?));
        Ok(Self { own, prefers })
    }

    /// That of an account which is about to be added.
    ///
    /// # Errors
    /// [`WayError::Address`] when the proxy's address cannot be one.
    pub(crate) fn through(proxy: &SecretString) -> Result<Self, WayError> {
        Ok(Self { own: Some(Ok(Way::through(proxy)?)), prefers: IpPreference::Any })
    }

    /// Why the account's own proxy cannot be used, if so.
    pub(crate) fn trouble(&self) -> Option<&WayError> {
        self.own.as_ref()?.as_ref().err()
    }

    /// The way to an address, where accounts without a proxy of their own go as the policy says.
    ///
    /// # Errors
    /// [`WayError`] when there is none.
    pub(crate) fn way_to(&self, to: &Uri, policy: &Policy) -> Result<Arc<Way>, WayError> {
        let host = to.host().unwrap_or_default().trim_matches(['[', ']']);
        if let Ok(address) = host.parse()
            && !self.prefers.admits(address)
        {
            return Err(WayError::OtherFamily(address, self.prefers));
        }
        match &self.own {
            Some(own) => own.clone(),
            None => policy.way_to(to),
        }
    }
}

/// The proxy for all accounts that have none of their own, as the owner sets it.
#[derive(Clone, Debug, Default)]
pub enum ProxyPolicy {
    /// None: providers are reached straight. What the environment says does not matter, so that the same relay takes the
    /// same way whoever starts it; this is how it is until the owner says otherwise.
    #[default]
    Straight,
    /// Whatever the system names, from `HTTPS_PROXY` and its like.
    System,
    /// This one, for every address, also on this machine.
    Manual(SecretString),
}

/// Why the proxy for all accounts cannot be read or set.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It cannot be used.
    #[error(transparent)]
    Way(#[from] WayError),
    /// Its address cannot be unsealed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What is stored is none of the words.
    #[error("the stored proxy for all accounts is not one that this Carpool knows")]
    Unknown,
    /// SQLite refused.
    #[error("the database refused")]
    Store(#[from] SqlError),
}

impl PolicyError {
    /// The error's name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Way(error) => error.code(),
            Self::Vault(error) => error.code(),
            Self::Unknown => "bad_proxy",
            Self::Store(_) => "database",
        }
    }
}

impl ProxyPolicy {
    /// Reads what the owner says: `none`, `system` or a proxy's address.
    ///
    /// # Errors
    /// [`WayError`] when it is no address that can be used, or the system names none that can.
    pub fn parse(text: &SecretString) -> Result<Self, WayError> {
        match text.expose_secret() {
            "none" => Ok(Self::Straight),
            "system" => SystemProxies::here().map(|_| Self::System),
            _ => Way::through(text).map(|_| Self::Manual(text.clone())),
        }
    }

    /// Why what the system names cannot be used, if so.
    #[must_use]
    pub fn system_trouble() -> Option<WayError> {
        SystemProxies::here().err()
    }
}

/// Reads the proxy for all accounts.
///
/// # Errors
/// [`PolicyError`]; providers cannot be reached then by accounts without a proxy of their own.
pub async fn policy(around: &Surroundings) -> Result<ProxyPolicy, PolicyError> {
    read_policy(around.store.pool(), &around.vault).await
}

async fn read_policy(pool: &sqlx::SqlitePool, vault: &Vault) -> Result<ProxyPolicy, PolicyError> {
    match settings::get(pool, settings::PROXY).await?.as_deref() {
        None => Ok(ProxyPolicy::default()),
        Some("none") => Ok(ProxyPolicy::Straight),
        Some("system") => Ok(ProxyPolicy::System),
        Some(stored) => {
            let sealed = stored.strip_prefix(MANUAL).and_then(|sealed| hex::decode(sealed).ok());
            Ok(ProxyPolicy::Manual(vault.unseal(POLICY_SEAL, &sealed.ok_or(PolicyError::Unknown)?)?))
        }
    }
}

/// Changes the proxy for all accounts; a running relay follows within a second.
///
/// # Errors
/// When SQLite refuses.
pub async fn set_policy(around: &Surroundings, policy: &ProxyPolicy) -> Result<(), PolicyError> {
    let stored = match policy {
        ProxyPolicy::Straight => "none".to_owned(),
        ProxyPolicy::System => "system".to_owned(),
        ProxyPolicy::Manual(address) => format!("{MANUAL}{}", hex::encode(around.vault.seal(POLICY_SEAL, address))),
    };
    settings::put(around.store.pool(), settings::PROXY, &stored).await?;
    Ok(follow_policy(around.store.pool(), &around.vault, &around.upstream).await?)
}

/// Lets connections from now on come about as the stored policy says. One that cannot be read lets none come about.
///
/// # Errors
/// When SQLite refuses; then they come about as before.
pub(crate) async fn follow_policy(pool: &sqlx::SqlitePool, vault: &Vault, upstream: &Upstream) -> Result<(), SqlError> {
    let policy = match read_policy(pool, vault).await {
        Ok(ProxyPolicy::Straight) => Policy::Straight,
        Ok(ProxyPolicy::System) => Policy::System(SystemProxies::here().map(Arc::new)),
        Ok(ProxyPolicy::Manual(address)) => {
            Policy::Manual(Way::through(&address).map_err(|error| WayError::Policy(error.to_string())))
        }
        Err(PolicyError::Store(error)) => return Err(error),
        Err(error) => Policy::Manual(Err(WayError::Policy(error.to_string()))),
    };
    upstream.follow(policy);
    Ok(())
}

/// The proxy for all accounts, as it is in use.
#[derive(Clone, Debug)]
pub(crate) enum Policy {
    Straight,
    System(Result<Arc<SystemProxies>, WayError>),
    Manual(Result<Arc<Way>, WayError>),
}

impl Policy {
    fn way_to(&self, to: &Uri) -> Result<Arc<Way>, WayError> {
        match self {
            Self::Straight => Ok(Arc::new(Way::Straight)),
            Self::System(proxies) => proxies.as_ref().map_err(Clone::clone)?.way_to(to),
            Self::Manual(way) => way.clone(),
        }
    }

    /// Why it cannot be used, if so.
    pub(crate) fn trouble(&self) -> Option<&WayError> {
        match self {
            Self::Straight => None,
            Self::System(proxies) => proxies.as_ref().err(),
            Self::Manual(way) => way.as_ref().err(),
        }
    }

    /// Says whether connections of the one are good for the other. What the system names does not change while a program
    /// runs.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Straight, Self::Straight) | (Self::System(_), Self::System(_)) => true,
            (Self::Manual(one), Self::Manual(other)) => one == other,
            _ => false,
        }
    }
}

/// The address of an account's own proxy, if it has one.
#[must_use]
pub fn own_proxy(around: &Surroundings, account: &Account) -> Option<Result<SecretString, VaultError>> {
    let sealed = account.proxy_sealed.as_deref()?;
    Some(around.vault.unseal(&proxy_seal(account.id), sealed))
}

/// Gives an account a proxy of its own, or takes it away.
///
/// # Errors
/// [`PolicyError`] when the address cannot be a proxy's or SQLite refuses; then nothing changes.
pub async fn set_own_proxy(
    around: &Surroundings,
    account: i64,
    proxy: Option<&SecretString>,
) -> Result<(), PolicyError> {
    if let Some(proxy) = proxy {
        Way::through(proxy)?;
    }
    let sealed = proxy.map(|proxy| around.vault.seal(&proxy_seal(account), proxy));
    Ok(network::set_proxy(around.store.pool(), account, sealed.as_deref()).await?)
}

/// A proxy's address as it may be shown: without user and password.
#[must_use]
pub fn shown(proxy: &SecretString) -> String {
    let Ok(mut url) = url::Url::parse(proxy.expose_secret()) else { return "unreadable".to_owned() };
    // Neither fails for an address with a host, which a proxy's is.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url.as_str().trim_end_matches('/').to_owned()
}
