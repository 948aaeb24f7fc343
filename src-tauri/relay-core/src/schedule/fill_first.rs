//! Uses one account up before the next: the fullest window first, so that the others stay whole for later.

use super::{Candidate, Rank};

pub(super) fn rank(candidate: &Candidate<'_>) -> Rank {
    // Among equals the one with the lowest id, always: that is the one being filled.
    [-i64::from(candidate.used), candidate.id.0, 0]
}
