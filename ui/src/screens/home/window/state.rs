//! How a window's bar is divided: the friends' parts, what was used past Carpool, and how long until it ends.

use std::collections::BTreeMap;

use carpool_ipc::{
    accounts::Account,
    texts::Shares,
    windows::{Window, WindowPart},
};

use crate::components::friend_colour::colours;

/// A friend's part of a bar.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Segment {
    pub(crate) friend: String,
    /// The number of the friend's colour.
    pub(crate) colour: usize,
    /// How long it is, in percent.
    pub(crate) used: f64,
    /// How much of the window is the friend's, in percent.
    pub(crate) entitled: f64,
    /// Where on the bar the friend's part would end if all of it were used, in percent.
    pub(crate) tick: f64,
}

/// A bar, divided.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Split {
    /// The friends' parts, in the order of their colours.
    pub(crate) segments: Vec<Segment>,
    /// What was used past Carpool, in percent.
    pub(crate) outside: f64,
}

/// Divides a window's bar. As much is shown as the provider says is used: what nobody is known to have used was used
/// elsewhere, and parts that are more together are made smaller alike. Without any part nothing is divided.
pub(crate) fn split(window: &Window, colours: &BTreeMap<i64, usize>) -> Option<Split> {
    let mut parts: Vec<&WindowPart> =
        window.parts.iter().filter(|part| part.used > 0.0 || part.entitled > 0.0).collect();
    if parts.is_empty() && window.outside <= 0.0 {
        return None;
    }
    parts.sort_by_key(|part| (colours.get(&part.friend_id), part.friend_id));
    let known: f64 = parts.iter().map(|part| part.used.max(0.0)).sum();
    let used = window.used.clamp(0.0, 1.0);
    let scale = if known > used && known > 0.0 { used / known } else { 1.0 };
    let mut start = 0.0;
    let segments = parts.into_iter().map(|part| {
        let length = part.used.max(0.0) * scale * 100.0;
        let entitled = part.entitled.clamp(0.0, 1.0) * 100.0;
        let tick = (start + entitled).min(100.0);
        start += length;
        let colour = colours.get(&part.friend_id).copied().unwrap_or(1);
        Segment { friend: part.friend.clone(), colour, used: length, entitled, tick }
    });
    let segments: Vec<Segment> = segments.collect();
    let outside = (used * 100.0 - segments.iter().map(|segment| segment.used).sum::<f64>()).max(0.0);
    Some(Split { segments, outside })
}

/// Which colour is whose in all bars: a friend's name is there once.
pub(crate) fn legend(accounts: &[Account]) -> (BTreeMap<i64, usize>, Vec<(String, usize)>) {
    let parts = || accounts.iter().flat_map(|account| &account.windows).flat_map(|window| &window.parts);
    let colours = colours(parts().map(|part| part.friend_id));
    let names: BTreeMap<i64, &str> = parts().map(|part| (part.friend_id, part.friend.as_str())).collect();
    let mut named: Vec<_> = names.into_iter().map(|(id, name)| (name.to_owned(), colours[&id])).collect();
    named.sort_by_key(|(_, colour)| *colour);
    (colours, named)
}

/// Whether something of any bar was used past Carpool and is worth a word.
pub(crate) fn has_outside(accounts: &[Account]) -> bool {
    let (colours, _) = legend(accounts);
    let windows = accounts.iter().flat_map(|account| &account.windows);
    windows.filter_map(|window| split(window, &colours)).any(|split| split.outside >= 0.5)
}

/// A span of time: minutes up to an hour and a half, then hours too.
pub(crate) fn span(seconds: i64, words: &Shares) -> String {
    let minutes = (seconds.max(0) / 60).max(1);
    if minutes < 90 { (words.minutes)(minutes) } else { (words.hours)(minutes / 60, minutes % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use carpool_ipc::{settings::Language, texts::texts};

    fn window(used: f64, outside: f64, parts: &[(i64, f64, f64)]) -> Window {
        let part = |&(friend_id, used, entitled): &(i64, f64, f64)| WindowPart {
            friend_id,
            friend: format!("f{friend_id}"),
            used,
            entitled,
        };
        Window {
            hours: 5,
            family: None,
            used,
            resets_ms: None,
            parts: parts.iter().map(part).collect(),
            outside,
            forecast: None,
        }
    }

    fn divided(window: &Window) -> Split {
        split(window, &colours(window.parts.iter().map(|part| part.friend_id))).expect("it is divided")
    }

    #[test]
    fn a_bar_is_as_long_as_the_provider_says() {
        let divided = divided(&window(0.5, 0.1, &[(2, 0.1, 0.25), (1, 0.3, 0.25)]));

        let lengths: Vec<_> =
            divided.segments.iter().map(|it| (it.friend.as_str(), it.used.round(), it.tick.round())).collect();
        assert_eq!(lengths, [("f1", 30.0, 25.0), ("f2", 10.0, 55.0)]);
        assert_eq!(divided.outside.round(), 10.0);
    }

    #[test]
    fn parts_that_are_more_than_the_whole_are_made_smaller_alike() {
        let divided = divided(&window(0.4, 0.0, &[(1, 0.6, 0.5), (2, 0.2, 0.5)]));

        assert_eq!(divided.segments.iter().map(|it| it.used.round()).collect::<Vec<_>>(), [30.0, 10.0]);
        assert_eq!(divided.outside.round(), 0.0);
    }

    #[test]
    fn a_window_of_which_nothing_more_is_known_is_not_divided() {
        assert_eq!(split(&window(0.4, 0.0, &[]), &BTreeMap::new()), None);
    }

    #[test]
    fn a_short_span_is_told_in_minutes() {
        let words = texts(Language::English).shares;

        assert_eq!(
            [20, 4800, 5400, 9000].map(|seconds| span(seconds, words)),
            ["1 min", "80 min", "1 h 30 min", "2 h 30 min"]
        );
    }
}
