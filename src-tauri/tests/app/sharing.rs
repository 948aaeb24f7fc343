//! From the first start to the first friend's calls and back to rest: everything the app is for, once.

use std::time::Duration;

use carpool_ipc::{
    Money,
    settings::Language,
    texts::{Texts, texts},
};
use carpool_relay::pretend::EMAIL;
use fantoccini::{Locator, key::Key};
use reqwest::Response;
use serde_json::Value;
use tokio::{net::TcpListener, time::timeout};
use url::Url;

use crate::{
    desktop::Desktop,
    launch::{App, PATIENCE},
    support::{
        friend::{CLAUDE_CODE, MODEL, ends_well, prompt, stream},
        owner::{TOKEN_FIELDS, expected_usage, usage_of},
    },
    tray::Tray,
};

/// The pause between two words of an answer that is to be watched: it takes some seconds.
const PACE: Duration = Duration::from_millis(150);
/// How soon Home shows a call.
const SOON: Duration = Duration::from_secs(1);

#[tokio::test]
async fn from_the_first_start_to_a_friends_calls_and_a_gentle_end() {
    let mut desktop = Desktop::new().await;
    let tray = Tray::on(&desktop).await;
    // Whoever has the port that everybody's first start listens at: it is not free.
    let holder = TcpListener::bind(("127.0.0.1", 8787)).await;
    let app = App::start(&desktop).await;

    first_run_to_the_friend(&app, &desktop).await;
    let key = add_friend(&app, &desktop).await;
    drop(holder);

    ask_first(&app, &desktop, &key).await;
    let watched = watch_a_call(&app, &desktop, &key, &tray).await;
    the_cost_is_the_same_everywhere(&app, &desktop, &watched, &tray).await;
    quit_while_a_call_goes_on(app, &mut desktop, &key, &tray).await;
}

/// Terms, another port, and an account by a pasted code.
async fn first_run_to_the_friend(app: &App, desktop: &Desktop) {
    app.screen.reads("[data-test=terms]", "terms").await;
    assert_eq!(app.screen.all("#nav-home").await, Vec::<String>::new(), "there is nowhere to go yet");
    app.screen.reads("[data-test=address-trouble]", "8787").await;
    app.screen.fill("#field-port", &desktop.port.to_string()).await;
    app.screen.press("#use-port").await;
    app.screen.misses("[data-test=address-trouble]").await;
    app.screen.press("label.tick:has([name=terms])").await;
    app.screen.press("#accept-terms").await;

    app.screen.press("label.segment:has([value=oauth])").await;
    app.screen.press("label.tick:has([name=terms])").await;
    app.screen.press("#begin-login").await;
    app.screen.sees("#field-pasted").await;
    let opened = desktop.opened();
    assert_eq!(opened.len(), 1, "the browser opens one page: {opened:?}");
    let page = Url::parse(&opened[0]).expect("an address");
    app.screen.fill("#field-name", "own").await;
    app.screen.fill("#field-pasted", "not-a-code").await;
    app.screen.press("#finish-login").await;
    app.screen.sees("[data-test=failure]").await;
    app.screen.fill("#field-pasted", &desktop.pretend.sign_in(&page)).await;
    app.screen.press("#finish-login").await;
    app.screen.reads("[data-test=tested]", EMAIL).await;
    app.screen.press("#settle-reach").await;
}

/// The first friend; the key is shown with what to do with it.
async fn add_friend(app: &App, desktop: &Desktop) -> String {
    app.screen.fill("#field-friend", "Alex").await;
    app.screen.press("#add-friend").await;
    let key = app.screen.sees("#issued-key-text").await;
    let set_up = app.screen.reads("[data-test=setup-text]", &key).await;
    assert!(set_up.contains(&format!("ANTHROPIC_BASE_URL=http://127.0.0.1:{}/api", desktop.port)), "{set_up}");
    app.screen.sees("[data-test=awaiting-call]").await;
    key
}

/// The first call ends the first run; the key is not shown again.
async fn ask_first(app: &App, desktop: &Desktop, key: &str) {
    let friend = desktop.friend(key);
    let call = friend.post("/v1/messages", &prompt("Does it work?").to_string()).header("user-agent", CLAUDE_CODE);
    assert_eq!(call.send().await.expect("an answer").status(), 200);

    app.screen.reads("[data-test=first-call-seen]", "Alex").await;
    app.screen.press("#end-first-run").await;
    app.screen.reads("#address", &desktop.port.to_string()).await;
    app.screen.goes_to("friends").await;
    app.screen.reads("[data-test=friend] h2", "Alex").await;
    let page = app.screen.run("return document.documentElement.outerHTML", Vec::new()).await;
    assert!(!page.as_str().expect("a page").contains(key), "a key is shown once");
    app.screen.goes_to("home").await;
}

/// A call that Home shows as it goes on; returns its body.
async fn watch_a_call(app: &App, desktop: &Desktop, key: &str, tray: &Tray) -> String {
    let body = stream("Tell me everything about shared cars.").to_string();
    desktop.pretend.set_pace(PACE);
    let beginning = async {
        let answer = begin(desktop, key, &body).await;
        (answer, app.screen.reads("[data-test=live-call]", "Alex").await)
    };
    let (mut answer, row) = timeout(SOON, beginning).await.expect("Home shows it soon");
    assert!(row.contains(MODEL) && row.contains("own"), "{row}");

    let first = shown_output(app, 0).await;
    shown_output(app, first + 1).await;
    tray.lists("1 call now").await;
    assert!(ends_well(&read(&mut answer).await));
    app.screen.misses("[data-test=live-call]").await;
    tray.lists("No calls now").await;
    body
}

async fn begin(desktop: &Desktop, key: &str, body: &str) -> Response {
    let call = desktop.friend(key).post("/v1/messages", body).header("user-agent", CLAUDE_CODE);
    let answer = timeout(PATIENCE, call.send()).await.expect("in time").expect("an answer");
    assert_eq!(answer.status(), 200);
    answer
}

async fn read(answer: &mut Response) -> Vec<u8> {
    let mut events = Vec::new();
    let reading = async {
        while let Some(piece) = answer.chunk().await.expect("it is not broken off") {
            events.extend(piece);
        }
    };
    timeout(PATIENCE, reading).await.expect("it ends");
    events
}

/// Waits until Home shows at least so many output tokens of the call, and returns how many.
async fn shown_output(app: &App, least: u64) -> u64 {
    let output = |shown: &String| -> Option<u64> {
        let number: String = shown.rsplit('·').next()?.chars().filter(char::is_ascii_digit).collect();
        number.parse().ok()
    };
    let what = format!("Home shows {least} output tokens");
    let selector = "[data-test=live-call] .live-tokens";
    app.screen
        .until(&what, async || {
            Ok(app.screen.all(selector).await.first().and_then(output).filter(|shown| *shown >= least))
        })
        .await
}

/// Home, Usage, the tray and the command line tell one sum, and it is what the provider counted.
async fn the_cost_is_the_same_everywhere(app: &App, desktop: &Desktop, watched: &str, tray: &Tray) {
    let rows = desktop.run("usage --by friend").await;
    let [sums] = rows.as_array().expect("rows").as_slice() else { panic!("one friend called: {rows}") };
    let cost = Money(sums["cost_pico_usd"].as_i64().expect("it is priced"));
    let counted = desktop.pretend.totals();
    let counted = [counted.input, counted.cache_read, counted.cache_write_5m, counted.cache_write_1h, counted.output];
    assert_eq!(TOKEN_FIELDS.map(|field| sums[field].clone()), counted.map(Value::from));
    let calls = desktop.run("calls").await;
    let book = carpool_core::price::PriceBook::embedded();
    assert_eq!(usage_of(&calls[0]), expected_usage(&book, watched), "{calls}");
    let words: &Texts = texts(Language::English);

    app.screen.goes_to("home").await;
    app.screen.reads("#today-cost", &cost.to_string()).await;
    assert_eq!(app.screen.sees("#today-calls").await, "2");
    app.screen.goes_to("usage").await;
    app.screen.reads("[data-test=total-cost]", &cost.to_string()).await;
    app.screen.reads("[data-test=sums-row][data-name=Alex]", &cost.to_string()).await;
    app.screen.reads("[data-test=sums-total]", &cost.to_string()).await;
    app.screen.run("document.querySelector('[data-test=cost-chart] [tabindex]').focus()", Vec::new()).await;
    let chart = app.screen.client.find(Locator::Css("[data-test=cost-chart] [tabindex]")).await.expect("a chart");
    chart.send_keys(&char::from(Key::End).to_string()).await.expect("it takes keys");
    app.screen.reads("[data-test=cost-chart-amounts]", &cost.to_string()).await;
    tray.lists(&(words.tray.today)(&cost.to_string(), 2)).await;
    tray.lists(&(words.tray.top_friend)("Alex", &cost.to_string())).await;
    tray.labels(&format!("{cost} · 0")).await;
}

/// Quitting lets the call end, takes no new one, and ends well.
async fn quit_while_a_call_goes_on(app: App, desktop: &mut Desktop, key: &str, tray: &Tray) {
    let body = stream("And now everything about trains.").to_string();
    let mut answer = begin(desktop, key, &body).await;
    tray.lists("1 call now").await;
    tray.press("Quit").await;

    app.screen.reads("#quitting", "call").await;
    let late = desktop.friend(key).post("/v1/messages", &body).send().await;
    assert!(late.is_err(), "no more calls are taken: {late:?}");
    assert!(app.is_running(), "the call goes on");
    assert!(ends_well(&read(&mut answer).await));
    assert_eq!(app.ended().await, 0);

    let calls = desktop.run("calls").await;
    assert_eq!((calls.as_array().expect("rows").len(), &calls[0]["status"]), (3, &Value::from("complete")));
    let book = carpool_core::price::PriceBook::embedded();
    assert_eq!(usage_of(&calls[0]), expected_usage(&book, &body), "{calls}");
}
