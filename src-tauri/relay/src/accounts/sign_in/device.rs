//! Signing in by a short code that the owner types on another page.

use std::sync::Mutex;

use carpool_core::oauth::{AskedOwner, DeviceAnswer, DeviceLogin, Login, OauthClient, Tokens};
use tokio::time::sleep;
use url::Url;

use super::SignInError;
use crate::{
    accounts::{
        Surroundings,
        refresh::{self, ExchangeError},
    },
    network::Route,
};

/// A sign-in that waits for its owner to say yes.
#[derive(Debug)]
pub struct WaitingDevice {
    url: Url,
    user_code: String,
    /// `None` once somebody waits for it, or has.
    asked: Mutex<Option<AskedOwner>>,
}

impl WaitingDevice {
    /// The page to say yes on.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The code to type there.
    #[must_use]
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// Waits until the owner has said yes, or no, or the time is over.
    ///
    /// # Errors
    /// [`SignInError`] with what came of it.
    pub(super) async fn grant(&self, around: &Surroundings, route: &Route) -> Result<Tokens, SignInError> {
        let taken = self.asked.lock().expect("no one panics while holding a sign-in").take();
        let mut asked = taken.ok_or(SignInError::LoginOver)?;
        loop {
            sleep(asked.wait).await;
            let answer = match refresh::send(around, route, asked.poll()).await {
                Ok((status, headers, body)) => asked.read(status, &headers, &body, around.clock.now())?,
                // The owner may be agreeing all the same.
                Err(ExchangeError::Unreachable(_)) => asked.missed(around.clock.now())?,
                Err(error) => return Err(error.into()),
            };
            match answer {
                DeviceAnswer::Granted(tokens) => return Ok(tokens),
                DeviceAnswer::Pending(still) => asked = *still,
            }
        }
    }
}

/// Asks for the codes.
pub(super) async fn begin(
    around: &Surroundings,
    login: &Login,
    client: OauthClient<'_>,
    route: &Route,
) -> Result<WaitingDevice, SignInError> {
    let (device, request) = DeviceLogin::begin(login, client)?;
    let (status, headers, body) = refresh::send(around, route, request).await?;
    let asked = device.read(status, &headers, &body, around.clock.now())?;
    Ok(WaitingDevice {
        url: asked.complete_url.clone().unwrap_or_else(|| asked.verification_url.clone()),
        user_code: asked.user_code.clone(),
        asked: Mutex::new(Some(asked)),
    })
}
