//! What a statement keeps of the ledger: how many rows it was made from, and a digest that changes when one of them does.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The rows that a statement was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerDigest {
    /// How many.
    pub rows: u64,
    /// SHA-256 over all of them, in the order of their ids, as hexadecimal.
    pub sha256: String,
}

/// Takes rows one after the other.
#[derive(Clone, Debug, Default)]
pub struct LedgerRows {
    rows: u64,
    digest: Sha256,
}

impl LedgerRows {
    /// Adds a row: its numbers in the order of their columns, and how the call ended.
    pub fn add(&mut self, numbers: &[Option<i64>], status: &str) {
        self.rows += 1;
        for number in numbers {
            let text = number.map_or_else(|| "-".to_owned(), |number| number.to_string());
            self.digest.update(text.as_bytes());
            self.digest.update(b"|");
        }
        self.digest.update(status.as_bytes());
        self.digest.update(b"\n");
    }

    /// The digest of all rows added.
    #[must_use]
    pub fn finish(self) -> LedgerDigest {
        LedgerDigest { rows: self.rows, sha256: hex::encode(self.digest.finalize()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(rows: &[([Option<i64>; 2], &str)]) -> String {
        let mut all = LedgerRows::default();
        for (numbers, status) in rows {
            all.add(numbers, status);
        }
        all.finish().sha256
    }

    #[test]
    fn the_digest_changes_when_one_row_does() {
        let rows = [([Some(1), None], "complete"), ([Some(2), Some(3)], "aborted")];
        let whole = digest(&rows);

        assert_eq!(digest(&rows), whole);
        assert_ne!(digest(&[([Some(1), Some(0)], "complete"), rows[1]]), whole);
        assert_ne!(digest(&[rows[0], ([Some(2), Some(3)], "complete")]), whole);
        assert_ne!(digest(&[rows[1], rows[0]]), whole);
        assert_ne!(digest(&rows[..1]), whole);
        assert_ne!(digest(&[([Some(12), None], "")]), digest(&[([Some(1), Some(2)], "")]));
    }
}
