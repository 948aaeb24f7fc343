//! What a port is, as it is typed.

/// The port that is typed; `None` for anything else than 1 to 65535.
pub(crate) fn port(typed: &str) -> Option<u16> {
    typed.trim().parse().ok().filter(|&port| port > 0)
}

/// The port to try when one is taken: the next, but not beyond the last.
pub(crate) fn next_port(taken: Option<u16>) -> u16 {
    const DEFAULT: u16 = 8787;
    taken.unwrap_or(DEFAULT).checked_add(1).unwrap_or(DEFAULT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_from_1_to_65535() {
        for (typed, expected) in [
            ("8787", Some(8787)),
            (" 1 ", Some(1)),
            ("65535", Some(65535)),
            ("0", None),
            ("65536", None),
            ("", None),
            ("-1", None),
            ("http", None),
        ] {
            assert_eq!(port(typed), expected, "{typed:?}");
        }
    }

    #[test]
    fn the_port_after_the_last_is_the_usual_one() {
        assert_eq!(next_port(Some(8787)), 8788);
        assert_eq!(next_port(Some(65535)), 8787);
        assert_eq!(next_port(None), 8788);
    }
}
