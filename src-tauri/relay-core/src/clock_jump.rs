//! Notices that the machine slept, or that its clock was set: the time of day and time that passes evenly disagree.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// The smallest disagreement that counts. Clocks that are kept right by the network move in smaller steps.
const JUMP: SignedDuration = SignedDuration::from_secs(5);

/// Compares the two.
#[derive(Clone, Copy, Debug)]
pub struct JumpDetector {
    wall: Timestamp,
    steady: Duration,
}

impl JumpDetector {
    /// Begins with the time of day and the even time.
    #[must_use]
    pub const fn new(wall: Timestamp, steady: Duration) -> Self {
        Self { wall, steady }
    }

    /// Compares again. Returns by how much the time of day ran ahead, or fell behind, since the last time, if it did.
    pub fn tick(&mut self, wall: Timestamp, steady: Duration) -> Option<SignedDuration> {
        let passed = SignedDuration::try_from(steady.saturating_sub(self.steady)).unwrap_or(SignedDuration::MAX);
        let jump = wall.duration_since(self.wall).saturating_sub(passed);
        *self = Self::new(wall, steady);
        (jump.abs() >= JUMP).then_some(jump)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_and_a_clock_that_was_set_are_noticed_and_time_that_passes_is_not() {
        let second = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let mut jumps = JumpDetector::new(second(0), Duration::ZERO);

        assert_eq!(jumps.tick(second(60), Duration::from_secs(60)), None, "a busy machine looks late");
        assert_eq!(jumps.tick(second(3661), Duration::from_secs(61)), Some(SignedDuration::from_secs(3600)));
        assert_eq!(jumps.tick(second(3662), Duration::from_secs(62)), None, "noticed once");
        assert_eq!(jumps.tick(second(62), Duration::from_secs(62)), Some(SignedDuration::from_secs(-3600)));
    }
}
