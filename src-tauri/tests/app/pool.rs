//! The pool on the accounts' screen: what keeps an account out and when it is back, signing in again in place, the order,
//! and who would serve.

use carpool_relay::pretend::{Behaviour, Reply, Wait};
use fantoccini::{
    Locator,
    actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction},
    key::Key,
};
use reqwest::{
    StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use url::Url;

use crate::{
    desktop::Desktop,
    launch::App,
    support::{
        friend::{Answer, CLAUDE_CODE, prompt},
        login::Login,
        program::{API_KEY, Ran},
    },
};

/// The API key of the account that stands behind `work`.
const SPARE_KEY: &str = "sk-ant-api03-spare-7ac20e44";
/// How long an account is used up: long enough to be looked at on two screens.
const USED_UP_SECONDS: &str = "10";

/// Something on an account's card.
fn of(account: &str, test: &str) -> String {
    format!("[data-test=account][data-name={account}] [data-test={test}]")
}

/// One on which two accounts serve: `work` first, `spare` after it. Alex's key comes along.
async fn desktop_with_two() -> (Desktop, String) {
    let (desktop, key) = Desktop::in_use().await;
    let mut add = desktop.program("account add claude --name spare --priority 60 --secret-stdin");
    Ran::fed(add.args(["--base-url", desktop.pretend.url().as_str()]), SPARE_KEY).await.done();
    (desktop, key)
}

/// The provider says that the 5-hour window is used up.
fn used_up() -> Behaviour {
    let header = |name: &'static str, value| (HeaderName::from_static(name), HeaderValue::from_static(value));
    let headers = HeaderMap::from_iter([
        header("content-type", "application/json"),
        header("retry-after", USED_UP_SECONDS),
        header("anthropic-ratelimit-unified-status", "rejected"),
        header("anthropic-ratelimit-unified-5h-status", "rejected"),
        header("anthropic-ratelimit-unified-5h-utilization", "1.0"),
    ]);
    Behaviour::Verbatim(Reply {
        before_head: Wait::No,
        status: StatusCode::TOO_MANY_REQUESTS,
        headers,
        steps: [].into(),
    })
}

/// The account that served the last call, by the ledger.
async fn last_server(desktop: &Desktop) -> String {
    let calls = desktop.run("calls --limit 1").await;
    calls[0]["account"].as_str().unwrap_or_else(|| panic!("nobody: {calls}")).to_owned()
}

#[tokio::test]
async fn an_account_that_is_used_up_counts_down_and_comes_back_by_itself() {
    let (desktop, key) = desktop_with_two().await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("accounts").await;
    screen.reads(&of("work", "verdict"), "Working").await;

    desktop.pretend.next_for(API_KEY, used_up());
    let answer = desktop.friend(&key).ask(&prompt("Whoever can?")).await;

    assert_eq!((answer.status, last_server(&desktop).await.as_str()), (200, "spare"), "{answer:?}");
    screen.reads(&of("work", "verdict"), "Limited").await;
    let first = screen.reads(&of("work", "back"), "Back in").await;
    screen.reads(&of("work", "reason"), "the 5-hour window is used up").await;
    screen.reads(&of("work", "windows"), "100 % used").await;
    screen.reads(&of("work", "errors"), "Last errors (1)").await;
    screen.reads(&of("spare", "verdict"), "Working").await;
    screen.sees(&of("work", "clear")).await;
    screen
        .until("the countdown goes on", async || {
            Ok(screen.all(&of("work", "back")).await.into_iter().find(|now| *now != first))
        })
        .await;
    screen.goes_to("home").await;
    screen.reads("[data-test=account-notice]", "work has used up its allowance").await;

    screen.misses("[data-test=account-notice]").await;
    screen.goes_to("accounts").await;
    screen.reads(&of("work", "verdict"), "Working").await;
    screen.misses(&of("work", "back")).await;
    assert_eq!(desktop.friend(&key).ask(&prompt("And who now?")).await.status, 200);
    assert_eq!(last_server(&desktop).await, "work");
    app.stop().await;
}

#[tokio::test]
async fn an_account_whose_sign_in_ended_is_signed_in_again_in_place_and_serves() {
    let desktop = Desktop::new().await;
    let login = Login::begin(&mut desktop.program("account login claude --name own")).await;
    let code = desktop.pretend.sign_in(&login.authorize_url);
    let signed_in = login.paste(&code).await;
    assert_eq!(signed_in.code, Some(0), "{signed_in}");
    desktop.run("friend add Alex").await;
    let key = desktop.run("key create --friend Alex").await["key"].as_str().expect("a key").to_owned();
    desktop.end_first_run().await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    let ask = async |text: &str| {
        let call = desktop.friend(&key).post("/v1/messages", &prompt(text).to_string());
        Answer::of(call.header("user-agent", CLAUDE_CODE)).await
    };
    assert_eq!(ask("Does it work?").await.status, 200);

    desktop.pretend.end_sign_ins();
    assert_eq!(ask("Still?").await.status, 503);
    screen.goes_to("accounts").await;
    screen.reads(&of("own", "verdict"), "Needs signing in").await;
    screen.reads(&of("own", "back"), "Looked at again at").await;
    screen.press(&of("own", "sign-in-again")).await;
    screen.press("#sign-in-again #begin-login").await;
    screen.sees("#sign-in-again #field-pasted").await;
    let page = Url::parse(desktop.opened().last().expect("the browser opens a page")).expect("an address");
    screen.fill("#sign-in-again #field-pasted", &desktop.pretend.sign_in(&page)).await;
    screen.press("#sign-in-again #finish-login").await;

    screen.reads("[data-test=toast]", "own is signed in again").await;
    screen.reads(&of("own", "verdict"), "Working").await;
    assert_eq!(ask("And now?").await.status, 200);
    let accounts = desktop.run("account list").await;
    assert_eq!((accounts.as_array().map(Vec::len), &accounts[0]["id"]), (Some(1), &"a1".into()), "{accounts}");
    app.stop().await;
}

#[tokio::test]
async fn the_order_is_changed_from_the_keyboard_and_by_dragging_and_decides_who_serves() {
    let (desktop, key) = desktop_with_two().await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    let stands = async |order: [&str; 2]| {
        let what = format!("the order is {order:?}");
        let names = "[data-test=account] h2";
        screen.until(&what, async || Ok((screen.all(names).await == order).then_some(()))).await;
    };
    screen.goes_to("accounts").await;
    stands(["work", "spare"]).await;

    screen.run("document.querySelector(arguments[0]).focus()", vec![of("spare", "move-up").into()]).await;
    let button = screen.client.find(Locator::Css(&of("spare", "move-up"))).await.expect("a button");
    button.send_keys(&char::from(Key::Enter).to_string()).await.expect("it takes keys");
    stands(["spare", "work"]).await;
    screen.reads(&of("spare", "order"), "10").await;
    screen.reads(&of("work", "order"), "20").await;
    let focused = screen.run("return document.activeElement.dataset.test", Vec::new()).await;
    assert_eq!(focused, "move-up", "the focus stays where it can be pressed again");
    assert_eq!(desktop.friend(&key).ask(&prompt("Who is first?")).await.status, 200);
    assert_eq!(last_server(&desktop).await, "spare");

    screen.press("#who-would-serve").await;
    screen.reads("[data-test=decision]", "spare would serve it").await;
    screen.reads("[data-test=who-part][data-name=work]", "could serve it too").await;
    desktop.run("account pause spare").await;
    screen.reads("[data-test=decision]", "work would serve it").await;
    screen.reads("[data-test=who-part][data-name=spare]", "paused").await;
    desktop.run("account resume spare").await;
    screen.reads("[data-test=decision]", "spare would serve it").await;
    screen.press("#who-dialog [data-test=close-dialog]").await;
    screen.misses("#who-dialog").await;

    drag(&app, &of("work", "grip"), &of("spare", "facts")).await;
    stands(["work", "spare"]).await;
    screen.reads(&of("work", "order"), "10").await;
    assert_eq!(desktop.friend(&key).ask(&prompt("And who is first now?")).await.status, 200);
    assert_eq!(last_server(&desktop).await, "work");
    app.stop().await;
}

#[tokio::test]
async fn options_and_the_strategy_are_kept() {
    let (desktop, _) = desktop_with_two().await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    screen.goes_to("accounts").await;

    screen.press(&of("work", "menu")).await;
    screen.press("[data-test=menu-options]").await;
    screen.fill("#account-options #field-most-calls", "many").await;
    screen.press("#account-options [data-test=save]").await;
    screen.reads("#account-options .wrong", "whole number").await;
    screen.fill("#account-options #field-most-calls", "5").await;
    screen.fill("#account-options #field-order-number", "60").await;
    screen.fill("#account-options #field-groups", "night, family").await;
    screen.press("#account-options label.segment:has([value=short])").await;
    screen.press("#account-options [data-test=save]").await;
    screen.reads(&of("work", "in-flight"), "0 of 5").await;
    screen.press(&of("spare", "menu")).await;
    screen.press("[data-test=menu-options]").await;
    screen.press("#account-options [data-test=known-group]").await;
    screen.press("#account-options [data-test=save]").await;
    screen.misses("#account-options").await;
    let select = screen.client.find(Locator::Css("#field-strategy")).await.expect("a list");
    select.select_by_value("round-robin").await.expect("it can be chosen");
    screen.reads("[data-test=strategy-hint]", "one account after the other").await;
    app.stop().await;

    let work = desktop.run("account show work").await;
    for (field, value) in [("priority", 60), ("max_concurrency", 5), ("spacing_ms", 200)] {
        assert_eq!(work[field], value, "{work}");
    }
    assert_eq!(work["groups"], serde_json::json!(["family", "night"]), "{work}");
    assert_eq!(desktop.run("account show spare").await["groups"], serde_json::json!(["family"]));
    let explained = desktop.run("explain --friend Alex --model claude-sonnet-4-5").await;
    assert_eq!(explained["strategy"], "round-robin", "{explained}");
}

/// Drags one thing onto another, as a mouse does.
async fn drag(app: &App, what: &str, onto: &str) {
    let (what, onto) = (centre(app, what).await, centre(app, onto).await);
    let to = |(x, y)| PointerAction::MoveTo { duration: None, x, y };
    let mouse = MouseActions::new("mouse".to_owned())
        .then(to(what))
        .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
        .then(to(((what.0 + onto.0) / 2.0, (what.1 + onto.1) / 2.0)))
        .then(to(onto))
        .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    app.screen.client.perform_actions(mouse).await.expect("a mouse");
}

async fn centre(app: &App, selector: &str) -> (f64, f64) {
    const CENTRE: &str = "const it = document.querySelector(arguments[0]).getBoundingClientRect();
        return [Math.round(it.x + it.width / 2), Math.round(it.y + it.height / 2)];";
    let centre = app.screen.run(CENTRE, vec![selector.into()]).await;
    (centre[0].as_f64().expect("a number"), centre[1].as_f64().expect("a number"))
}
