//! What keeps the relay from working, told apart for the window.

use std::{error::Error, net::SocketAddr, path::Path};

use carpool_ipc::status::{Trouble, TroubleKind};
use carpool_relay::{OpenError, ledger::LedgerTrouble, server::BindError, store::StoreError, vault::VaultError};
use listeners::Protocol;

use crate::failure;

/// The trouble that a data folder cannot be opened.
pub(super) fn of_opening(error: &OpenError, data_dir: &Path) -> Trouble {
    let kind = match error {
        OpenError::Store(store) if store.is_disk_full() => TroubleKind::DiskFull,
        OpenError::Store(StoreError::TooNew(_)) => TroubleKind::DatabaseTooNew,
        OpenError::Store(StoreError::Folder(..)) | OpenError::Lock(..) => TroubleKind::DataFolder,
        OpenError::Store(_) => TroubleKind::Database,
        OpenError::Vault(vault) => of_vault(vault),
        OpenError::Running(_) => TroubleKind::AlreadyRunning,
        OpenError::Upstream(_) | OpenError::Random(_) => TroubleKind::Other,
    };
    trouble(kind, with_causes(error), data_dir)
}

fn of_vault(error: &VaultError) -> TroubleKind {
    match error {
        VaultError::KeychainLocked { .. } => TroubleKind::KeychainLocked,
        VaultError::KeychainUnavailable { .. } => TroubleKind::KeychainMissing,
        VaultError::KeyMissing(_) | VaultError::KeyWrong(_) | VaultError::RecordMissing => TroubleKind::MasterKey,
        VaultError::KindMismatch(_) => TroubleKind::OtherVault,
        VaultError::FileExposed { .. } => TroubleKind::DataFolder,
        VaultError::SealedValueDamaged { .. } => TroubleKind::Database,
        VaultError::Storage(_) => TroubleKind::Other,
    }
}

/// The trouble that the port cannot be opened; says who has it, where the system tells.
pub(super) fn of_binding(error: &BindError, address: SocketAddr, data_dir: &Path) -> Trouble {
    let kind = match error {
        BindError::Taken(_) => TroubleKind::PortTaken,
        BindError::Refused(..) => TroubleKind::AddressUnavailable,
    };
    let port = address.port();
    let holder = if kind == TroubleKind::PortTaken { holder(port) } else { None };
    Trouble { port: Some(port), holder, ..trouble(kind, with_causes(error), data_dir) }
}

/// The name of the program that listens on a port, unless it belongs to another user.
pub(super) fn holder(port: u16) -> Option<String> {
    listeners::get_process_by_port(port, Protocol::TCP).ok().map(|process| process.name)
}

/// The trouble that calls cannot be written down.
pub(super) fn of_ledger(error: &LedgerTrouble, data_dir: &Path) -> Trouble {
    let kind = if error.is_disk_full { TroubleKind::DiskFull } else { TroubleKind::Database };
    trouble(kind, error.message.clone(), data_dir)
}

/// The trouble that the relay ended though nobody stopped it.
pub(super) fn of_crash(error: &tauri::Error, data_dir: &Path) -> Trouble {
    trouble(TroubleKind::Crashed, error.to_string(), data_dir)
}

/// The trouble that something else failed.
pub(super) fn other(error: &dyn Error, data_dir: &Path) -> Trouble {
    trouble(TroubleKind::Other, with_causes(error), data_dir)
}

fn trouble(kind: TroubleKind, message: String, data_dir: &Path) -> Trouble {
    Trouble { kind, message, port: None, holder: None, data_dir: data_dir.to_string_lossy().into_owned() }
}

fn with_causes(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| failure::chain(&error.to_string(), source))
}

#[cfg(test)]
mod tests {
    use std::{
        io::{self, ErrorKind},
        path::PathBuf,
    };

    use super::*;

    #[test]
    fn a_full_disk_is_told_from_a_folder_that_cannot_be_used() {
        let folder = PathBuf::from("/data");
        let kind = |error: ErrorKind| {
            let error = OpenError::Store(StoreError::Folder(folder.clone(), io::Error::from(error)));
            of_opening(&error, &folder).kind
        };

        assert_eq!(kind(ErrorKind::StorageFull), TroubleKind::DiskFull);
        assert_eq!(kind(ErrorKind::PermissionDenied), TroubleKind::DataFolder);
    }
}
