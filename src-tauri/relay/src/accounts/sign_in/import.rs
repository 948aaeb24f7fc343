//! Copying the login that a vendor's own client keeps on this machine.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use carpool_core::{
    name,
    provider::{KeptLogin, LocalLogin},
};
use secrecy::SecretString;

use super::{SignInError, save, set_up_after_sign_in};
use crate::{accounts::Surroundings, store::accounts::NewAccount, upstream};

/// The largest file that is read.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Where a client keeps its login on this machine; `None` where the owner has no home.
#[must_use]
pub fn file_of(login: &LocalLogin) -> Option<PathBuf> {
    let folder = login.folder_variable.and_then(env::var_os).map(PathBuf::from);
    Some(folder.or_else(|| Some(env::home_dir()?.join(login.folder)))?.join(login.file))
}

/// Adds an account that signs in with a copy of the login in `file`; the file stays as it is. Returns the account's id.
///
/// # Errors
/// [`SignInError`]; then nothing was saved.
pub async fn import(
    around: &Surroundings,
    login: &LocalLogin,
    file: &Path,
    mut account: NewAccount,
    proxy: Option<&SecretString>,
) -> Result<i64, SignInError> {
    name::check(&account.name)?;
    if let Some(proxy) = proxy {
        upstream::check_proxy(proxy)?;
    }
    let flow = account.provider.login.ok_or(SignInError::NoLogin(account.provider.label))?;
    let text = read(file).map_err(|error| SignInError::NoLoginFile(file.to_owned(), error))?;
    let kept = (login.read)(&text, around.clock.now());
    let KeptLogin { tokens, plan, client_id } =
        kept.ok_or_else(|| SignInError::NotALoginFile { file: file.to_owned(), whose: login.client.label() })?;
    account.options.client_id = account.options.client_id.or(client_id);
    let id = save(around, &flow, None, account, proxy, &tokens, plan).await?;
    set_up_after_sign_in(around, id).await?;
    Ok(id)
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(file)?.len() > MAX_FILE_BYTES {
        return Err(io::Error::other("it is too large"));
    }
    fs::read(file)
}
