//! The proof that nothing of what friends ask and get is kept.

use std::sync::Arc;

use carpool_ipc::privacy::{GetPrivacyProof, PrivacyProof, ProvePrivacy};
use carpool_relay::privacy_proof::{self, Proof};
use tauri::State;

use super::{
    super::host::Host,
    Reply,
    shown::{failed, refused},
};

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn privacy_proof(ask: GetPrivacyProof, host: TheHost<'_>) -> Reply<GetPrivacyProof> {
    let GetPrivacyProof {} = ask;
    let last = privacy_proof::last(&host.house()?.around().store).await.map_err(refused)?;
    Ok(last.map(shown))
}

#[tauri::command]
pub(in super::super) async fn prove_privacy(ask: ProvePrivacy, host: TheHost<'_>) -> Reply<ProvePrivacy> {
    let ProvePrivacy {} = ask;
    privacy_proof::prove_and_keep(host.house()?.around()).await.map(shown).map_err(failed)
}

fn shown(proof: Proof) -> PrivacyProof {
    PrivacyProof {
        at_ms: proof.at.as_millisecond(),
        surfaces: proof.surfaces,
        files: proof.places,
        bytes: proof.bytes,
        found: proof.found,
    }
}
