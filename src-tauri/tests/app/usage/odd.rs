//! Data that charts are often wrong about: none, one call, more than a year, and nothing with a price.

use super::{bars, choose, count, keys, money, number, tokens, told, without_prices};
use crate::{
    desktop::Desktop,
    launch::App,
    seed::{self, LONG, ONE, SOME, sow},
};

#[tokio::test]
async fn without_a_call_it_says_so_in_every_range() {
    let (desktop, _) = Desktop::in_use().await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("usage").await;

    for range in ["today", "7-days", "30-days", "month", "last-month"] {
        choose(screen, "range", range).await;
        screen.reads("[data-test=usage-empty]", "No call in this range").await;
        screen.misses(".chart, [data-test=sums-row]").await;
    }
    app.stop().await;
}

#[tokio::test]
async fn one_call_is_one_bar() {
    let (desktop, _) = Desktop::in_use().await;
    sow(&desktop, ONE).await;
    seed::change(&desktop, "UPDATE calls SET cost_pico_usd = 1234000000, saved_pico_usd = 0, output_tokens = 7").await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("usage").await;

    for range in ["30-days", "7-days"] {
        choose(screen, "range", range).await;
        screen.reads("[data-test=total-cost]", "$0.0012").await;
        let said = keys(screen, "cost-chart", &[fantoccini::key::Key::End]).await;
        assert!(said.contains("$0.0012") && said.contains("Alex"), "{said}");
        let bars = "return document.querySelectorAll('#cost-chart .chart-bar').length";
        assert_eq!(screen.run(bars, Vec::new()).await, 1);
        let height = "return document.querySelector('#cost-chart .chart-bar').getBoundingClientRect().height";
        assert!(screen.run(height, Vec::new()).await.as_f64().is_some_and(|height| height > 60.0));
    }
    app.stop().await;
}

#[tokio::test]
async fn four_hundred_days_are_drawn_by_the_week_and_none_is_lost() {
    let (desktop, _) = Desktop::in_use().await;
    sow(&desktop, LONG).await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("usage").await;
    let days = told(&desktop, "day", 400).await;
    let first = super::today().checked_sub(jiff::ToSpan::days(399)).expect("a date");

    choose(screen, "range", "custom").await;
    screen
        .run(
            "const field = document.getElementById('field-from'); field.value = arguments[0];
             field.dispatchEvent(new Event('input', { bubbles: true }));",
            vec![first.to_string().into()],
        )
        .await;
    screen.reads("[data-test=cost-chart] figcaption", "Cost by week").await;

    let calls: i64 = days.iter().map(|day| number(day, "calls")).sum();
    screen.reads("[data-test=total-calls]", &count(calls)).await;
    let weeks = bars(screen, "tokens-chart").await;
    assert!((58..=59).contains(&weeks.len()), "{}", weeks.len());
    let shown: i64 = weeks.iter().map(|week| week.replace(',', "").parse::<i64>().expect("a number")).sum();
    assert_eq!(shown, days.iter().map(tokens).sum::<i64>());
    let words =
        "return [...document.querySelectorAll('#cost-chart .chart-word')].map(word => word.getBoundingClientRect())
        .filter(it => it.bottom > document.querySelector('#cost-chart .chart-base').getBoundingClientRect().bottom)
        .sort((one, other) => one.left - other.left)
        .every((it, at, all) => at === 0 || all[at - 1].right <= it.left);";
    for (width, height) in [(1600, 1000), (1000, 700)] {
        screen.resize(width, height).await;
        assert_eq!(screen.run(words, Vec::new()).await, true, "words at the foot meet at {width}");
    }
    app.stop().await;
}

#[tokio::test]
async fn where_nothing_has_a_price_it_is_said_and_leads_to_the_prices() {
    let (desktop, _) = Desktop::in_use().await;
    sow(&desktop, SOME).await;
    without_prices(&desktop).await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("usage").await;
    let friends = told(&desktop, "friend", 30).await;

    screen.reads("[data-test=total-cost]", "unpriced").await;
    screen.reads("[data-test=none-priced]", "None of these calls has a price").await;
    screen.misses("[data-test=cost-chart]").await;
    let sums: i64 = bars(screen, "tokens-chart")
        .await
        .iter()
        .map(|sum| sum.replace(',', "").parse::<i64>().expect("a number"))
        .sum();
    assert_eq!(sums, friends.iter().map(tokens).sum::<i64>());
    assert!(friends.iter().all(|friend| money(friend) == "$0.00"), "{friends:?}");
    let shares: Vec<String> =
        super::rows(screen, "[data-test=sums-row]").await.into_iter().map(|row| row[6].0.clone()).collect();
    assert!(shares.iter().any(|share| share != "0 %"), "shares are of the tokens then: {shares:?}");
    screen.press("[data-test=none-priced] [data-test=set-prices]").await;
    screen.sees("#nav-settings[aria-current=page]").await;
    app.stop().await;
}
