//! One account after another: the longest unused first.

use super::{Candidate, Rank, turn};

pub(super) fn rank(candidate: &Candidate<'_>) -> Rank {
    [turn(candidate), candidate.in_flight.into(), 0]
}
