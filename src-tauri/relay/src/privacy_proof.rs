//! The proof of the promise that no prompt and no answer is stored or logged: a relay of its own in a folder of its own is sent
//! a canary through every door, and then every byte of that folder is searched for it, whatever it may have been turned into.
//!
//! The log is written into that folder, too, with everything that could be logged. The provider is the pretend one on this
//! machine, which says the canary back; no account of the owner's is asked, and the owner's data folder is not touched.

mod canary;
mod echo;
mod search;
mod surfaces;

use std::{
    collections::BTreeSet,
    fs::File,
    io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    thread,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::{runtime::Builder, sync::oneshot};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::filter::LevelFilter;

use self::{
    canary::{Canary, forms},
    search::{Found, search},
    surfaces::Stage,
};
use crate::{
    House, OpenError, Start,
    accounts::{Surroundings, sign_in::SignInError},
    clock::Clock,
    invites::InviteError,
    people::PeopleError,
    pretend::Pretend,
    server::{self, BindError},
    store::{DATABASE_FILE, SqlError, Store, settings},
    tunnel::Processes,
    vault::VaultKind,
    workers::Workers,
};

/// The log's file in the folder of the proof.
const LOG_FILE: &str = "everything.log";

/// What a proof found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// When it was made.
    pub at: Timestamp,
    /// Whether the canary was nowhere.
    pub ok: bool,
    /// How many doors and ways it was sent through.
    pub surfaces: u64,
    /// How many of those calls were answered with it: the rest were refused, failed or broke off, as they were to.
    pub echoed: u64,
    /// How many files were searched.
    pub places: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// The files that hold it, and as what.
    pub found: Vec<String>,
}

/// Why there is no proof, neither for nor against.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Its relay cannot be opened.
    #[error("the relay of the proof cannot be opened")]
    Open(#[from] OpenError),
    /// Its port cannot be opened.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// Its accounts cannot be added.
    #[error("the accounts of the proof cannot be added")]
    Account(#[from] SignInError),
    /// Its friend cannot be added.
    #[error("the friend of the proof cannot be added")]
    Friend(#[from] PeopleError),
    /// Its invite cannot be made.
    #[error("the invite of the proof cannot be made")]
    Invite(#[from] InviteError),
    /// Its files cannot be written or read.
    #[error("the files of the proof cannot be written or read")]
    Files(#[from] io::Error),
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers: {0}")]
    Random(getrandom::Error),
    /// The calls did not do what they should: then not finding the canary proves nothing.
    #[error("the proof's own calls went wrong, so it proves nothing: {0}")]
    Calls(String),
    /// What it found cannot be kept.
    #[error("the database refused")]
    Store(#[from] SqlError),
}

impl ProofError {
    /// The error's name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open(error) => error.code(),
            Self::Bind(_) | Self::Account(_) | Self::Friend(_) | Self::Invite(_) | Self::Files(_) | Self::Calls(_) => {
                "privacy_proof"
            }
            Self::Random(_) => "no_randomness",
            Self::Store(_) => "database",
        }
    }
}

/// Makes the proof, which takes a few seconds, and keeps what it found for the owner and friends to see.
///
/// # Errors
/// [`ProofError`] when it cannot be made; then the one before is kept.
pub async fn prove_and_keep(around: &Surroundings) -> Result<Proof, ProofError> {
    let proof = prove().await?;
    settings::put_record(around.store.pool(), settings::PRIVACY_PROOF, &proof).await?;
    Ok(proof)
}

/// What the last proof found, if one was made.
///
/// # Errors
/// When SQLite refuses, or the database holds what is no such record.
pub async fn last(store: &Store) -> Result<Option<Proof>, SqlError> {
    settings::record(store.pool(), settings::PRIVACY_PROOF).await
}

/// Makes the proof.
///
/// # Errors
/// [`ProofError`] when it cannot be made.
pub async fn prove() -> Result<Proof, ProofError> {
    prove_with(|_, _| Ok(())).await
}

/// Makes the proof, where `before_search` may do something to the folder, given the canary.
async fn prove_with(
    before_search: impl FnOnce(&Path, &str) -> io::Result<()> + Send + 'static,
) -> Result<Proof, ProofError> {
    let (tell, told) = oneshot::channel();
    // On a thread of its own, with everything that it starts: only so its log is its own.
    thread::Builder::new().name("privacy-proof".to_owned()).spawn(move || {
        let run = || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(on_this_thread(before_search))
        };
        // Nobody waits for it any more when this fails.
        let _ = tell.send(run());
    })?;
    told.await.unwrap_or_else(|_| Err(ProofError::Calls("it ended early".to_owned())))
}

async fn on_this_thread(before_search: impl FnOnce(&Path, &str) -> io::Result<()>) -> Result<Proof, ProofError> {
    let canary = Canary::draw().map_err(ProofError::Random)?;
    let folder = TempDir::with_prefix("carpool-privacy-proof-")?;
    let log = Arc::new(File::create(folder.path().join(LOG_FILE))?);
    let everything = tracing_subscriber::fmt().with_ansi(false).with_max_level(LevelFilter::TRACE).with_writer(log);
    let logging = tracing::subscriber::set_default(everything.finish());

    let data_dir = folder.path().join("data");
    let pretend = Pretend::start().await?;
    let start = Start {
        data_dir: data_dir.clone(),
        vault: VaultKind::File,
        endpoints: pretend.endpoints(),
        clock: Clock::System,
        launcher: Arc::new(Processes::default()),
    };
    let house = House::open(start).await?;
    let listener = server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let address = listener.local_addr()?;
    house.announce(address)?;
    let stop = CancellationToken::new();
    let serving = tokio::spawn(server::serve(listener, Arc::clone(&house), Workers::here(), stop.clone()));

    let stage = Stage::set_up(&house, pretend, address, canary.clone()).await?;
    let sent = stage.send_everywhere().await;
    house.flush().await;
    let while_it_runs = search(folder.path(), &canary.forms())?;
    stop.cancel();
    serving.await.map_err(|error| ProofError::Calls(error.to_string()))?;
    house.around().store.close().await;
    drop(logging);
    let sent = sent?;

    before_search(folder.path(), canary.text())?;
    let afterwards = search(folder.path(), &canary.forms())?;
    show_that_it_finds(folder.path())?;
    let mut found = [while_it_runs.found, afterwards.found].concat();
    for secret in stage.secrets() {
        found.extend(search(folder.path(), &forms(secret))?.found);
    }
    Ok(Proof {
        at: Clock::System.now(),
        ok: found.is_empty(),
        surfaces: sent.surfaces,
        echoed: sent.echoed,
        places: afterwards.files,
        bytes: afterwards.bytes,
        found: words(folder.path(), &found),
    })
}

/// A search that does not find what must be there proves nothing: the friend's name in the database, and the relay's own lines
/// in the log.
fn show_that_it_finds(folder: &Path) -> Result<(), ProofError> {
    for (text, file) in [(surfaces::FRIEND, DATABASE_FILE), (env!("CARGO_CRATE_NAME"), LOG_FILE)] {
        let found = search(folder, &forms(text))?.found;
        if !found.iter().any(|found| found.file.ends_with(file)) {
            return Err(ProofError::Calls(format!("the search does not find '{text}' in {file}")));
        }
    }
    Ok(())
}

/// The files, as seen from the folder, and what they hold.
fn words(folder: &Path, found: &[Found]) -> Vec<String> {
    let in_words = |found: &Found| {
        let file = found.file.strip_prefix(folder).unwrap_or(&found.file);
        format!("{}: {}", file.display(), found.form)
    };
    let words: BTreeSet<_> = found.iter().map(in_words).collect();
    words.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use base64::{Engine, prelude::BASE64_STANDARD};

    use super::*;

    #[tokio::test]
    async fn the_canary_is_nowhere_and_the_proof_says_how_far_it_looked() {
        let proof = prove().await.expect("a proof");

        assert!(proof.ok, "{:?}", proof.found);
        assert_eq!(proof.found, Vec::<String>::new());
        assert!(proof.surfaces > 150 && proof.echoed > 40, "{proof:?}");
        assert!(proof.places >= 4 && proof.bytes > 100_000, "{proof:?}");
    }

    #[tokio::test]
    async fn a_canary_that_was_written_down_in_any_form_is_found() {
        let plant = |folder: &Path, canary: &str| {
            let data = folder.join("data");
            fs::write(data.join("plain"), format!("x{canary}"))?;
            fs::write(data.join("base64"), BASE64_STANDARD.encode(format!("ab{canary}cd")))?;
            fs::create_dir(data.join("deep"))?;
            fs::write(data.join("deep").join("hex"), hex::encode(canary))?;
            fs::write(data.join(format!("{canary}.json")), "{}")
        };

        let proof = prove_with(plant).await.expect("a proof");

        assert!(!proof.ok);
        let found = proof.found.join("\n");
        for file in ["plain: as it is", "base64: in base64", "hex: in hex", ".json: as it is"] {
            assert!(found.contains(file), "{file} in {found}");
        }
        assert_eq!(proof.found.len(), 4, "{found}");
    }
}
