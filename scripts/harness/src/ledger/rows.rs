//! The calls of a group of friends: the same ones in every run, as many in each hour.

use carpool_core::{
    call::{CallId, Operation},
    price::PicoUsd,
    usage::Usage,
};
use carpool_relay::store::calls::{CallRow, CallStatus};
use jiff::{SignedDuration, Timestamp};

use super::people::{ACCOUNTS, FRIENDS, RARE_MODEL};

/// Every so many-th call is one of the friend's who hardly ever calls, or one for the model that hardly anybody asks for.
const RARE: u64 = 5_000;

/// Calls in the order of time, the last one just before `end`.
pub(super) fn rows(count: u32, start: Timestamp, end: Timestamp) -> impl Iterator<Item = CallRow> {
    let millis = end.duration_since(start).as_millis();
    let mut last = CallId(0);
    (0..count).map(move |number| {
        let passed = millis * i128::from(number) / i128::from(count);
        let at = start + SignedDuration::from_millis(i64::try_from(passed).expect("some years"));
        last = CallId::after(last, at);
        row(last, at, u64::from(number))
    })
}

/// One call; its numbers are drawn by its place.
pub(super) fn row(id: CallId, at: Timestamp, number: u64) -> CallRow {
    let mut dice = Dice(number);
    let is_rare = number % RARE == 17;
    let friend = if is_rare { FRIENDS.len() as u64 - 1 } else { dice.roll(FRIENDS.len() as u64 - 1) };
    let account = ((friend + dice.roll(2)) % ACCOUNTS.len() as u64) as usize;
    let model = if number % RARE == 23 { RARE_MODEL } else { ACCOUNTS[account].models[dice.roll(2) as usize] };
    let status = match dice.roll(1_000) {
        0..950 => CallStatus::Complete,
        950..970 => CallStatus::Aborted,
        970..985 => CallStatus::UpstreamError,
        985..995 => CallStatus::Refused,
        _ => CallStatus::Interrupted,
    };
    let usage = Usage {
        input_tokens: Some(dice.roll(4_000)),
        cache_read_tokens: Some(dice.roll(80_000)),
        cache_write_5m_tokens: Some(dice.roll(6_000)),
        cache_write_1h_tokens: Some(0),
        output_tokens: Some(dice.roll(2_500)),
        service_tier: Some("standard".to_owned()),
        inference_geo: Some("global".to_owned()),
        ..Usage::default()
    };
    let cost = (dice.roll(50) > 0).then(|| PicoUsd(dice.roll(300_000_000_000) as i64));
    let ttfb = 200 + dice.roll(60) * dice.roll(60);
    CallRow {
        id,
        at,
        friend_id: friend as i64 + 1,
        key_id: 2 * friend as i64 + 1 + i64::from(dice.roll(8) == 0),
        account_id: Some(account as i64 + 1),
        provider: Some(ACCOUNTS[account].provider),
        dialect: "messages",
        operation: if dice.roll(10) == 0 { Operation::CountTokens } else { Operation::Generate },
        model: Some(model.to_owned()),
        upstream_model: Some(model.to_owned()),
        stream: true,
        status,
        http_status: Some(200),
        usage,
        cost,
        saved: cost.map(|cost| PicoUsd(cost.0 / 3)),
        cap: cost,
        price_version: cost.map(|_| 1),
        ttfb_ms: Some(ttfb as i64),
        duration_ms: Some((ttfb + dice.roll(120) * dice.roll(120)) as i64),
        attempts: 1,
    }
}

/// Numbers that look drawn (splitmix64, Steele and others 2014) and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}
