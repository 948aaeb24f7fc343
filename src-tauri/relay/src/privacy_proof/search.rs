//! Searches every byte of a folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use memchr::memmem;

use super::canary::Form;

/// What a search came upon.
#[derive(Debug, Default)]
pub(super) struct Searched {
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) found: Vec<Found>,
}

/// A file that holds what was searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) file: PathBuf,
    pub(super) form: &'static str,
}

/// Searches the files of a folder and of all that are in it, and their names.
pub(super) fn search(folder: &Path, forms: &[Form]) -> io::Result<Searched> {
    let mut searched = Searched::default();
    search_below(folder, forms, &mut searched)?;
    Ok(searched)
}

fn search_below(folder: &Path, forms: &[Form], searched: &mut Searched) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let file = entry.path();
        look(file.file_name().unwrap_or_default().as_encoded_bytes(), &file, forms, searched);
        if entry.file_type()?.is_dir() {
            search_below(&file, forms, searched)?;
            continue;
        }
        let bytes = match fs::read(&file) {
            Ok(bytes) => bytes,
            // SQLite takes the write-ahead log away when its last connection is closed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        searched.files += 1;
        searched.bytes += bytes.len() as u64;
        look(&bytes, &file, forms, searched);
    }
    Ok(())
}

fn look(bytes: &[u8], file: &Path, forms: &[Form], searched: &mut Searched) {
    let found = forms.iter().filter(|form| memmem::find(bytes, &form.bytes).is_some());
    for form in found {
        let found = Found { file: file.to_owned(), form: form.name };
        if !searched.found.contains(&found) {
            searched.found.push(found);
        }
    }
}
