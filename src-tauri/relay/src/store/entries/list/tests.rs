//! Filters, orders and pages, on a handful of rows.

use carpool_core::price::PicoUsd;
use futures_util::TryStreamExt;

use super::*;
use crate::store::{
    calls::CallStatus,
    rehearsal::{Rehearsal, row},
};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// Five calls in one day: at the hours 1 to 5, with these costs, the last one at no account.
async fn five_calls() -> Rehearsal {
    let rehearsal = Rehearsal::start().await;
    let costs = [Some(30), None, Some(10), Some(30), Some(0)];
    let mut rows = Vec::new();
    for (id, cost) in (1..).zip(costs) {
        let mut call = row(id, 1 + id % 2, at(&format!("2026-11-21T0{id}:00:00Z")), None);
        call.cost = cost.map(PicoUsd);
        call.usage.output_tokens = Some(5 - id.unsigned_abs() % 5);
        call.duration_ms = Some(100 * (id % 3));
        rows.push(call);
    }
    rows[4].account_id = None;
    rows[4].provider = None;
    rows[4].status = CallStatus::Refused;
    rows[1].model = Some("gpt-6_mini".to_owned());
    rehearsal.write(&rows).await;
    rehearsal
}

fn everything() -> Filter {
    Filter::span(at("2026-11-21T00:00:00Z"), at("2026-11-22T00:00:00Z"))
}

async fn ids(rehearsal: &Rehearsal, filter: &Filter, order: Order, portion: Portion) -> Vec<i64> {
    let rows = list(rehearsal.pool(), filter, order, portion).await.expect("rows");
    rows.into_iter().map(|row| row.id.0).collect()
}

const WHOLE: Portion = Portion { after: None, limit: 50 };

#[tokio::test]
async fn rows_come_in_the_order_that_is_asked_for_and_those_without_a_value_last() {
    let rehearsal = five_calls().await;
    let ordered = async |column, direction| ids(&rehearsal, &everything(), Order { column, direction }, WHOLE).await;

    assert_eq!(ordered(Column::At, Direction::Descending).await, [5, 4, 3, 2, 1]);
    assert_eq!(ordered(Column::At, Direction::Ascending).await, [1, 2, 3, 4, 5]);
    assert_eq!(ordered(Column::Cost, Direction::Descending).await, [4, 1, 3, 5, 2]);
    assert_eq!(ordered(Column::Cost, Direction::Ascending).await, [5, 3, 1, 4, 2]);
    assert_eq!(ordered(Column::Tokens, Direction::Descending).await, [5, 1, 2, 3, 4]);
    assert_eq!(ordered(Column::Duration, Direction::Ascending).await, [3, 1, 4, 2, 5]);
    assert_eq!(ordered(Column::Ttfb, Direction::Ascending).await, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn pages_follow_one_another_without_a_gap_also_among_equals() {
    let rehearsal = five_calls().await;

    for column in [Column::At, Column::Cost, Column::Tokens, Column::Ttfb, Column::Duration] {
        for direction in [Direction::Descending, Direction::Ascending] {
            let order = Order { column, direction };
            let whole = ids(&rehearsal, &everything(), order, WHOLE).await;
            let mut paged = Vec::new();
            loop {
                let after = paged.last().copied().map(CallId);
                let page = ids(&rehearsal, &everything(), order, Portion { after, limit: 2 }).await;
                if page.is_empty() {
                    break;
                }
                paged.extend(page);
            }
            assert_eq!(paged, whole, "{order:?}");
        }
    }
}

#[tokio::test]
async fn a_filter_lets_through_what_has_every_value_it_names() {
    let rehearsal = five_calls().await;
    let wanted = |text: &str| Some(text.to_owned());
    let cases = [
        (Filter { friend: wanted("Alex"), ..everything() }, vec![5, 4, 3, 2, 1]),
        (Filter { friend: wanted("Mia"), ..everything() }, vec![]),
        (Filter { key: wanted("phone"), ..everything() }, vec![5, 3, 1]),
        (Filter { account: wanted("-"), ..everything() }, vec![5]),
        (Filter { provider: wanted("-"), ..everything() }, vec![5]),
        (Filter { provider: wanted("claude"), key: wanted("phone"), ..everything() }, vec![3, 1]),
        (Filter { model: wanted("gpt-6_mini"), ..everything() }, vec![2]),
        (Filter { status: wanted("refused"), ..everything() }, vec![5]),
        (Filter { until: at("2026-11-21T02:00:00Z"), ..everything() }, vec![1]),
        (Filter { search: wanted(" GPT-6_M"), ..everything() }, vec![2]),
        (Filter { search: wanted("6%"), ..everything() }, vec![]),
        (Filter { search: wanted(&CallId(3).to_string()), ..everything() }, vec![3]),
    ];

    for (filter, expected) in cases {
        assert_eq!(ids(&rehearsal, &filter, Order::default(), WHOLE).await, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn all_rows_come_in_portions() {
    let rehearsal = five_calls().await;

    let dearest = Order { column: Column::Cost, direction: Direction::Descending };
    let whole = ids(&rehearsal, &everything(), dearest, WHOLE).await;

    for (limit, expected) in [(2, vec![2, 2, 1]), (5, vec![5, 0]), (6, vec![5])] {
        let told: Vec<_> = portions(rehearsal.pool(), &everything(), dearest, limit).try_collect().await.expect("rows");
        assert_eq!(told.iter().map(Vec::len).collect::<Vec<_>>(), expected);
        assert_eq!(told.iter().flatten().map(|row| row.id.0).collect::<Vec<_>>(), whole);
    }
}
