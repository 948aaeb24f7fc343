//! Tables that are kept in the repository, and differ when behaviour does.

use std::{env, fs, path::Path};

/// Compares a table with the one that is kept, line by line; `UPDATE_GOLDEN=1` keeps the new one.
pub(crate) fn compare(file: &str, table: &str) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/walk").join(file);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, table).unwrap();
    }
    let written = fs::read_to_string(&golden).unwrap_or_default();
    for (now, then) in table.lines().zip(written.lines()) {
        assert_eq!(now, then, "the table changed; if that is meant, run this with UPDATE_GOLDEN=1");
    }
    assert_eq!(table.lines().count(), written.lines().count());
}
