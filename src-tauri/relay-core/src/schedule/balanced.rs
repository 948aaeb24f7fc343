//! The default strategy: the fewest calls in flight, then the least used window, then the longest unused.

use super::{Candidate, Rank, turn};

pub(super) fn rank(candidate: &Candidate<'_>) -> Rank {
    [candidate.in_flight.into(), candidate.used.into(), turn(candidate)]
}
