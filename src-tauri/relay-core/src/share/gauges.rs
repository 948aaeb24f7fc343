//! The windows of one account: what the provider last said of each, what was burned since, and what it was learned to
//! be worth.

use jiff::Timestamp;

use super::{Burn, Capacity, MemberView, WindowView};
use crate::{price::PicoUsd, window::Window};

/// Every window of one account.
#[derive(Clone, Debug, Default)]
pub struct Gauges {
    gauges: Vec<Gauge>,
}

#[derive(Clone, Debug)]
struct Gauge {
    window: Window,
    at: Timestamp,
    /// Everything that was settled when the window was reported.
    settled: PicoUsd,
    capacity: Capacity,
}

/// Somebody who may use an account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Member {
    /// The friend's id.
    pub friend: i64,
    /// The share, as a weight.
    pub share: f64,
    /// Whether they are paused.
    pub is_paused: bool,
}

impl Gauges {
    /// Takes in what the provider says of a window now.
    pub fn see(&mut self, window: &Window, burn: &Burn, now: Timestamp) {
        let settled = burn.settled(window.family.as_deref());
        let known = self.gauges.iter_mut().find(|gauge| gauge.is_of(window));
        let (capacity, before) = match &known {
            Some(gauge) => (gauge.capacity.clone(), gauge.settled),
            None => (Capacity::default(), settled),
        };
        let mut seen = Gauge { window: window.clone(), at: now, settled, capacity };
        seen.capacity.observe(window.used, window.resets_at, PicoUsd(settled.0.saturating_sub(before.0)));
        match known {
            Some(gauge) => *gauge = seen,
            None => self.gauges.push(seen),
        }
    }

    /// Takes up a window as it was reported before the relay started, with what was learned of it. What was burned must
    /// be restored already.
    pub fn restore(&mut self, window: Window, reported_at: Timestamp, capacity: Capacity, burn: &Burn) {
        let family = window.family.as_deref();
        let since: i64 = burn.friends().map(|friend| burn.used(friend, family, reported_at).0).sum();
        let settled = PicoUsd(burn.settled(family).0.saturating_sub(since));
        self.gauges.retain(|gauge| !gauge.is_of(&window));
        self.gauges.push(Gauge { window, at: reported_at, settled, capacity });
    }

    /// The windows as the share sees them now. Who is not a member any more but burned something takes part as one who
    /// is paused: what they used is not taken for the owner's.
    #[must_use]
    pub fn views(&self, burn: &Burn, members: &[Member], now: Timestamp) -> Vec<WindowView> {
        let is_member = |friend: i64| members.iter().any(|member| member.friend == friend);
        let former = burn.friends().filter(|friend| !is_member(*friend));
        let former = former.map(|friend| Member { friend, share: 0.0, is_paused: true });
        let all: Vec<_> = members.iter().copied().chain(former).collect();
        self.gauges.iter().map(|gauge| gauge.view(burn, &all, now)).collect()
    }
}

impl Gauge {
    fn is_of(&self, window: &Window) -> bool {
        (self.window.hours, &self.window.family) == (window.hours, &window.family)
    }

    fn view(&self, burn: &Burn, members: &[Member], now: Timestamp) -> WindowView {
        let family = self.window.family.as_deref();
        let mut view = WindowView {
            hours: self.window.hours,
            family: self.window.family.clone(),
            used: self.window.used,
            reported_at: self.at,
            settled_since: PicoUsd(burn.settled(family).0.saturating_sub(self.settled.0)),
            resets_at: self.window.resets_at,
            capacity: self.capacity.estimate(),
            members: Vec::with_capacity(members.len()),
        };
        let mut since = view.end() - view.length();
        // Nothing was said yet of the window that follows: it is as full as we made it, and ends nobody knows when.
        let is_next = view.is_over(now);
        if is_next {
            since = view.end();
            (view.used, view.reported_at, view.resets_at) = (0.0, since, None);
        }
        view.members = members.iter().map(|member| member_view(*member, burn, family, since)).collect();
        if is_next {
            view.settled_since = PicoUsd(view.members.iter().map(|member| member.used.0).sum());
        }
        view
    }
}

fn member_view(member: Member, burn: &Burn, family: Option<&str>, since: Timestamp) -> MemberView {
    let Member { friend, share, is_paused } = member;
    MemberView {
        friend,
        share,
        used: burn.used(friend, family, since),
        in_flight: burn.in_flight(friend, family),
        last_call: burn.last_call(friend, family),
        is_paused,
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn window(used: f64) -> Window {
        Window { hours: 5, family: None, used, resets_at: Some(at(300)) }
    }

    const ANNA: Member = Member { friend: 1, share: 1.0, is_paused: false };

    #[test]
    fn a_window_counts_what_was_burned_in_it_and_since_it_was_reported() {
        let (mut burn, mut gauges) = (Burn::default(), Gauges::default());
        burn.add(1, "opus", at(-10), PicoUsd(1000));
        burn.add(1, "opus", at(10), PicoUsd(100));
        burn.add(2, "opus", at(20), PicoUsd(20));

        gauges.see(&window(0.1), &burn, at(30));
        burn.add(1, "haiku", at(30), PicoUsd(3));
        let views = gauges.views(&burn, &[ANNA], at(31));

        assert_eq!(views[0].settled_since, PicoUsd(3));
        let used: Vec<_> = views[0].members.iter().map(|member| (member.friend, member.used.0)).collect();
        assert_eq!(used, [(1, 103), (2, 20)]);
        assert!(views[0].members[1].is_paused, "a friend who is gone has no share");
    }

    #[test]
    fn after_its_end_a_window_holds_what_was_burned_since_and_not_for_ever() {
        let (mut burn, mut gauges) = (Burn::default(), Gauges::default());
        gauges.see(&window(0.9), &burn, at(200));
        burn.add(1, "opus", at(250), PicoUsd(100));
        burn.add(1, "opus", at(310), PicoUsd(7));

        let next = &gauges.views(&burn, &[ANNA], at(320))[0];
        assert_eq!((next.used, next.resets_at, next.settled_since), (0.0, None, PicoUsd(7)));
        assert!(!next.is_over(at(320)));

        let after = &gauges.views(&burn, &[ANNA], at(600))[0];
        assert!(after.is_over(at(600)));
    }

    #[test]
    fn what_was_stored_is_taken_up_where_it_was() {
        let (mut burn, mut gauges) = (Burn::default(), Gauges::default());
        burn.add(1, "opus", at(10), PicoUsd(100));
        burn.add(1, "opus", at(40), PicoUsd(5));

        gauges.restore(window(0.5), at(30), Capacity::default(), &burn);

        let view = &gauges.views(&burn, &[ANNA], at(41))[0];
        assert_eq!((view.settled_since, view.members[0].used), (PicoUsd(5), PicoUsd(105)));
    }

    #[test]
    fn a_window_of_a_family_counts_that_family_alone() {
        let (mut burn, mut gauges) = (Burn::default(), Gauges::default());
        gauges.see(&Window { family: Some("opus".to_owned()), ..window(0.5) }, &burn, at(5));

        burn.add(1, "opus", at(10), PicoUsd(100));
        burn.add(1, "haiku", at(10), PicoUsd(5));

        let view = &gauges.views(&burn, &[ANNA], at(41))[0];
        assert_eq!((view.settled_since, view.members[0].used), (PicoUsd(100), PicoUsd(100)));
        assert!(view.concerns(Some("opus")) && !view.concerns(Some("haiku")) && !view.concerns(None));
    }
}
