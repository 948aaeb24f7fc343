//! That nobody can tell what is rolled up: sums are those of all calls that ever were, whatever happened to them.

use std::{collections::BTreeMap, time::Duration};

use carpool_core::{call::CallId, period::Bar, price::PicoUsd, rollup::Kept, usage::Usage};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use proptest::prelude::*;

use crate::{
    retention::{self, Days},
    store::{
        SqlError,
        calls::{CallRow, CallStatus},
        entries::{self, Column, Direction, Filter, Order, Portion},
        figures,
        rehearsal::{Rehearsal, row},
        rollups, spent,
        usage::{self, BarGroup, GroupBy, Sums},
    },
};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// The first of the days that calls arrive in; the clocks are set back on the third in Berlin.
fn first_day() -> Timestamp {
    at("2026-10-22T22:00:00Z")
}

/// What happens to the ledger.
#[derive(Clone, Debug)]
enum Event {
    /// So many hours after the first day, everything that is over is rolled up, in the zone of this number.
    RolledUp(i64, usize),
    /// What is older than so many days after the first is deleted.
    Forgotten(i64),
    /// A call arrives.
    Came(Call),
    /// The open calls end, or are marked as interrupted at a start.
    Ended,
    Interrupted,
    /// Every n-th call gets another price.
    Recounted(usize, i64),
}

#[derive(Clone, Debug)]
struct Call {
    minutes: i64,
    friend: i64,
    account: i64,
    model: usize,
    status: usize,
    cost: Option<i64>,
    tokens: u64,
}

fn calls() -> impl Strategy<Value = Call> {
    let cost = prop::option::weighted(0.8, 0..1_000_000_i64);
    (0..8 * 24 * 60_i64, 1..3_i64, 0..3_i64, 0..3_usize, 0..6_usize, cost, 0..5_000_u64).prop_map(
        |(minutes, friend, account, model, status, cost, tokens)| Call {
            minutes,
            friend,
            account,
            model,
            status,
            cost,
            tokens,
        },
    )
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        3 => (0..9 * 24_i64, 0..3_usize).prop_map(|(hours, zone)| Event::RolledUp(hours, zone)),
        2 => (0..9_i64).prop_map(Event::Forgotten),
        6 => calls().prop_map(Event::Came),
        1 => Just(Event::Ended),
        1 => Just(Event::Interrupted),
        2 => (1..4_usize, 0..1_000_000_i64).prop_map(|(nth, cost)| Event::Recounted(nth, cost)),
    ];
    (prop::collection::vec(calls(), 10..40), prop::collection::vec(event, 1..14))
        .prop_map(|(calls, events)| calls.into_iter().map(Event::Came).chain(events).collect())
}

/// A ledger and, beside it, all its calls as they are now, deleted ones included.
struct Ledger {
    rehearsal: Rehearsal,
    calls: Vec<CallRow>,
    zone: usize,
    forgotten: i64,
}

impl Ledger {
    async fn start() -> Self {
        let rehearsal = Rehearsal::start().await;
        for statement in [
            "INSERT INTO friends (name, created_at) VALUES ('Mia', 0)",
            "INSERT INTO client_keys (friend_id, name, digest, prefix, created_at) VALUES (2, 'desk', x'00', 'cr_1', 0)",
            "INSERT INTO accounts (name, provider, kind, created_at)
             VALUES ('work', 'claude', 'api_key', 0), ('spare', 'openai', 'api_key', 0)",
        ] {
            rehearsal.change(statement).await;
        }
        Self { rehearsal, calls: Vec::new(), zone: 0, forgotten: 0 }
    }

    async fn suffer(&mut self, event: &Event) {
        match event {
            Event::RolledUp(hours, zone) => {
                self.zone = *zone;
                self.tidy(first_day() + SignedDuration::from_hours(*hours)).await;
            }
            Event::Forgotten(days) => {
                self.forgotten = self.forgotten.max(*days);
                // One that is open keeps its day.
                self.tidy(first_day() + DAY * (i32::try_from(*days).expect("few") + 62)).await;
            }
            Event::Came(call) => {
                let id = i64::try_from(self.calls.len()).expect("few") + 1;
                let call = call_row(id, call);
                self.rehearsal.write(std::slice::from_ref(&call)).await;
                self.calls.push(call);
            }
            Event::Ended => {
                for call in self.calls.iter_mut().filter(|call| call.status == CallStatus::Open) {
                    (call.status, call.cost, call.cap) = (CallStatus::Complete, Some(PicoUsd(7)), Some(PicoUsd(7)));
                    self.rehearsal.write(std::slice::from_ref(call)).await;
                }
            }
            Event::Interrupted => {
                self.rehearsal.change("UPDATE calls SET status = 'interrupted' WHERE status = 'open'").await;
                for call in self.calls.iter_mut().filter(|call| call.status == CallStatus::Open) {
                    call.status = CallStatus::Interrupted;
                }
            }
            Event::Recounted(nth, cost) => self.recount(*nth, *cost).await,
        }
    }

    async fn tidy(&self, now: Timestamp) {
        let zone = ["Europe/Berlin", "America/New_York", "Asia/Kathmandu"][self.zone];
        let zone = TimeZone::get(zone).expect("a zone");
        retention::tidy(self.rehearsal.pool(), now, &zone, Days::LEAST, Duration::ZERO).await.expect("tidied");
    }

    /// Those of which there still is a row get another price.
    async fn recount(&mut self, nth: usize, cost: i64) {
        for call in self.calls.iter_mut().step_by(nth).filter(|call| call.status != CallStatus::Open) {
            let ids: Vec<i64> = sqlx::query_scalar(
                "UPDATE calls SET cost_pico_usd = ?, saved_pico_usd = 1 WHERE id = ?
                 AND (id IN (SELECT call_id FROM late_calls)
                      OR NOT EXISTS (SELECT 1 FROM rollup_spans WHERE start <= at AND until > at AND state IN ('closing', 'kept')))
                 RETURNING id",
            )
            .bind(cost)
            .bind(call.id.0)
            .fetch_all(self.rehearsal.pool())
            .await
            .expect("priced");
            if !ids.is_empty() {
                (call.cost, call.saved) = (Some(PicoUsd(cost)), Some(PicoUsd(1)));
            }
        }
    }

    /// The spans that can be asked for: their ends are in no day whose calls are deleted.
    async fn spans(&self, cuts: &[i64]) -> Vec<Bar> {
        let kept: Vec<_> = rollups::all(self.rehearsal.pool()).await.expect("spans");
        let kept: Vec<_> = kept.into_iter().filter(|one| one.kept == Kept::Rollup).map(|one| one.span).collect();
        let mut cuts: Vec<Timestamp> = cuts
            .iter()
            .map(|minutes| first_day() + SignedDuration::from_mins(*minutes))
            .map(|cut| kept.iter().find(|span| (span.start..span.end).contains(&cut)).map_or(cut, |span| span.start))
            .collect();
        cuts.sort();
        cuts.dedup();
        cuts.windows(2).map(|pair| Bar { start: pair[0], end: pair[1] }).collect()
    }

    fn ended(&self, span: Bar) -> impl Iterator<Item = &CallRow> {
        let is_asked =
            move |call: &&CallRow| call.status != CallStatus::Open && (span.start..span.end).contains(&call.at);
        self.calls.iter().filter(is_asked)
    }

    fn sums(&self, span: Bar, name: impl Fn(&CallRow) -> String) -> BTreeMap<String, Sums> {
        let mut all = BTreeMap::new();
        for call in self.ended(span) {
            let sums: &mut Sums = all.entry(name(call)).or_default();
            let count = |tokens: Option<u64>| i64::try_from(tokens.unwrap_or(0)).expect("few");
            sums.calls += 1;
            sums.tokens.input += count(call.usage.input_tokens);
            sums.tokens.cache_read += count(call.usage.cache_read_tokens);
            sums.tokens.cache_write_5m += count(call.usage.cache_write_5m_tokens);
            sums.tokens.cache_write_1h += count(call.usage.cache_write_1h_tokens);
            sums.tokens.output += count(call.usage.output_tokens);
            sums.tokens.reasoning += count(call.usage.reasoning_tokens);
            sums.cost_pico_usd += call.cost.unwrap_or_default().0;
            sums.saved_pico_usd += call.saved.unwrap_or_default().0;
            sums.unpriced_calls += i64::from(call.cost.is_none());
        }
        all
    }
}

fn call_row(id: i64, call: &Call) -> CallRow {
    let statuses = [CallStatus::Open].into_iter().chain(CallStatus::ENDED).collect::<Vec<_>>();
    CallRow {
        friend_id: call.friend,
        account_id: (call.account > 0).then_some(call.account),
        provider: [None, Some("claude"), Some("openai")][usize::try_from(call.account).expect("small")],
        model: [None, Some("one"), Some("two")][call.model].map(str::to_owned),
        status: statuses[call.status],
        usage: Usage {
            input_tokens: Some(call.tokens),
            cache_read_tokens: Some(call.tokens / 2),
            cache_write_5m_tokens: Some(call.tokens / 3),
            cache_write_1h_tokens: None,
            output_tokens: Some(call.tokens / 5),
            reasoning_tokens: Some(call.tokens / 7),
            ..Usage::default()
        },
        cost: call.cost.map(PicoUsd),
        saved: call.cost.map(|cost| PicoUsd(cost / 2 - 100)),
        cap: call.cost.map(PicoUsd),
        price_version: call.cost.map(|_| 1),
        duration_ms: Some(call.minutes),
        ttfb_ms: call.cost.map(|cost| cost % 1000),
        ..row(
            id,
            if call.friend == 1 { 1 + id % 2 } else { 3 },
            first_day() + SignedDuration::from_mins(call.minutes),
            None,
        )
    }
}

fn name_of(group: GroupBy, call: &CallRow) -> String {
    let friend = ["Alex", "Mia"][usize::try_from(call.friend_id - 1).expect("small")];
    let none = || "-".to_owned();
    match group {
        GroupBy::Friend => friend.to_owned(),
        GroupBy::Key => {
            format!("{friend}/{}", ["laptop", "phone", "desk"][usize::try_from(call.key_id - 1).expect("small")])
        }
        GroupBy::Account => call
            .account_id
            .map_or_else(none, |id| ["", "work", "spare"][usize::try_from(id).expect("small")].to_owned()),
        GroupBy::Model => call.model.clone().unwrap_or_else(none),
        GroupBy::Provider => call.provider.map_or_else(none, str::to_owned),
    }
}

/// Asks every question there is, and compares each answer with the plain sums over all calls.
async fn compare(ledger: &Ledger, cuts: &[i64]) -> Result<(), SqlError> {
    let pool = ledger.rehearsal.pool();
    let spans = ledger.spans(cuts).await;
    let groups = [GroupBy::Friend, GroupBy::Key, GroupBy::Account, GroupBy::Model, GroupBy::Provider];
    for (span, group) in spans.iter().flat_map(|span| groups.map(|group| (*span, group))) {
        let told: BTreeMap<_, _> = usage::by_name(pool, group, span.start, span.end).await?.into_iter().collect();
        assert_eq!(told, ledger.sums(span, |call| name_of(group, call)), "{group:?} {span:?}");
    }
    let bars: Vec<_> = spans.iter().map(|span| (span.start, span.end)).collect();
    for (bar_group, group) in [(BarGroup::Friend, GroupBy::Friend), (BarGroup::Provider, GroupBy::Provider)] {
        let told = usage::by_bar(pool, bar_group, &bars).await?.into_iter();
        let told: BTreeMap<_, _> = told
            .map(|part| (format!("{} {}", part.bar, part.name.unwrap_or_else(|| "-".to_owned())), part.sums))
            .collect();
        let mut expected = BTreeMap::new();
        for (bar, span) in spans.iter().enumerate() {
            expected.extend(ledger.sums(*span, |call| format!("{bar} {}", name_of(group, call))));
        }
        assert_eq!(told, expected, "{group:?}");
    }
    for span in spans {
        compare_counts(ledger, span).await?;
    }
    Ok(())
}

/// The figures and caps.
async fn compare_counts(ledger: &Ledger, span: Bar) -> Result<(), SqlError> {
    let pool = ledger.rehearsal.pool();
    for told in figures::by_account(pool, span.start, span.end).await? {
        let own: Vec<_> = ledger.ended(span).filter(|call| call.account_id == Some(told.account_id)).collect();
        let count = |statuses: &[CallStatus]| own.iter().filter(|call| statuses.contains(&call.status)).count();
        let mut times = carpool_core::latency::Histogram::default();
        let complete = own.iter().filter(|call| call.status == CallStatus::Complete);
        complete.filter_map(|call| call.duration_ms).for_each(|millis| times.add(millis));
        let expected =
            [own.len(), count(&[CallStatus::UpstreamError, CallStatus::Interrupted]), count(&[CallStatus::Refused])];
        assert_eq!([told.calls, told.errors, told.refused].map(|count| usize::try_from(count).expect("few")), expected);
        assert_eq!([told.duration_ms_p50, told.duration_ms_p95], [50, 95].map(|percent| times.percentile(percent)));
    }
    let since = spent::Since { day: span.start, week: span.start, month: span.start };
    let caps = spent::at_start(pool, since).await?;
    let later = Bar { start: span.start, end: Timestamp::MAX };
    for friend in [1, 2] {
        let told = caps.friends.get(&friend).copied().unwrap_or_default();
        let own = |span| {
            ledger.ended(span).filter(|call| call.friend_id == friend).map(|call| call.cap.unwrap_or_default().0)
        };
        assert_eq!(told.month, PicoUsd(own(later).sum()), "the month of {friend}");
        if ledger.calls.iter().all(|call| call.status != CallStatus::Open) {
            let ever = Bar { start: Timestamp::MIN, end: Timestamp::MAX };
            assert_eq!(told.total, PicoUsd(own(ever).sum()), "the total of {friend}");
        }
    }
    Ok(())
}

/// Every page of every order, with and without filters, beside the rows that there are.
async fn compare_lists(ledger: &Ledger, span: Bar) -> Result<(), SqlError> {
    type IsWanted = fn(&CallRow) -> bool;
    let pool = ledger.rehearsal.pool();
    let there: Vec<i64> = sqlx::query_scalar("SELECT id FROM calls").fetch_all(pool).await?;
    let every = Filter::span(span.start, span.end);
    let filters: [(Filter, IsWanted); 3] = [
        (every.clone(), |_| true),
        (Filter { model: Some("one".to_owned()), ..every.clone() }, |call| call.model.as_deref() == Some("one")),
        (Filter { status: Some("refused".to_owned()), ..every }, |call| call.status == CallStatus::Refused),
    ];
    for (filter, is_wanted) in filters {
        for column in [Column::At, Column::Cost, Column::Tokens, Column::Duration] {
            for direction in [Direction::Descending, Direction::Ascending] {
                let mut expected: Vec<&CallRow> =
                    ledger.ended(span).filter(|call| there.contains(&call.id.0) && is_wanted(call)).collect();
                expected.sort_by_key(|call| place(call, column, direction));
                let expected: Vec<i64> = expected.into_iter().map(|call| call.id.0).collect();
                let mut told: Vec<i64> = Vec::new();
                loop {
                    let portion = Portion { after: told.last().copied().map(CallId), limit: 7 };
                    let page = entries::list(pool, &filter, Order { column, direction }, portion).await?;
                    if page.is_empty() {
                        break;
                    }
                    told.extend(page.iter().map(|row| row.id.0));
                }
                assert_eq!(told, expected, "{filter:?} {column:?} {direction:?}");
            }
        }
    }
    Ok(())
}

/// Where a call stands: those without a value last.
fn place(call: &CallRow, column: Column, direction: Direction) -> (bool, i64, i64, i64) {
    let tokens = [
        call.usage.input_tokens,
        call.usage.cache_read_tokens,
        call.usage.cache_write_5m_tokens,
        call.usage.output_tokens,
    ];
    let value = match column {
        Column::At => Some(call.at.as_millisecond()),
        Column::Cost => call.cost.map(|cost| cost.0),
        Column::Tokens => Some(tokens.into_iter().flatten().sum::<u64>().try_into().expect("few")),
        Column::Ttfb => call.ttfb_ms,
        Column::Duration => call.duration_ms,
    };
    let sign = if direction == Direction::Descending { -1 } else { 1 };
    (value.is_none(), sign * value.unwrap_or(0), sign * call.at.as_millisecond(), sign * call.id.0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_to_calls_their_sums_are_those_of_all_of_them(
        events in events(),
        cuts in prop::collection::vec(-60..9 * 24 * 60_i64, 2..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut ledger = Ledger::start().await;
            for (number, event) in events.iter().enumerate() {
                ledger.suffer(event).await;
                if number % 4 == 3 {
                    compare(&ledger, &cuts).await.expect("sums");
                }
            }
            compare(&ledger, &cuts).await.expect("sums");
            let minutes = SignedDuration::from_mins(cuts[0]);
            compare_lists(&ledger, Bar { start: first_day() + minutes, end: Timestamp::MAX }).await.expect("lists");
        });
    }
}
