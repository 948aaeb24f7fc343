//! Accessibility: axe finds nothing serious on any screen, in light and in dark.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{
    desktop::Desktop,
    launch::App,
    screen::Screen,
    seed::{SOME, sow},
};

/// Answers with what axe finds that keeps people out: one line each.
const FIND: &str = "const answer = arguments[arguments.length - 1];
    const tell = it => it.nodes.map(node => `${it.id}: ${node.target.join(' ')}: ${node.failureSummary}`);
    axe.run(document, { resultTypes: ['violations'] }).then(found => answer(
        found.passes.some(it => it.id === 'color-contrast')
            ? found.violations.filter(it => it.impact === 'serious' || it.impact === 'critical').flatMap(tell)
            : ['axe saw no text at all']),
        error => answer([String(error)]));";

/// Checks screens, and collects what is found on each.
struct Check {
    axe: String,
    found: Vec<String>,
}

impl Check {
    fn new() -> Self {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("axe.min.js");
        let axe = fs::read_to_string(&file);
        Self {
            axe: axe.unwrap_or_else(|error| panic!("{}: {error}; scripts/test app fetches it", file.display())),
            found: Vec::new(),
        }
    }

    /// Checks what is shown now, in both colours.
    async fn screen(&mut self, screen: &Screen, name: &str) {
        screen.run(&format!("if (!window.axe) {{ {} }}", self.axe), Vec::new()).await;
        for theme in ["light", "dark"] {
            screen.run("document.documentElement.dataset.theme = arguments[0]", vec![theme.into()]).await;
            screen.picture().await;
            let found = screen.client.execute_async(FIND, Vec::new()).await.expect("axe answers");
            let found = found.as_array().expect("a list").iter().filter_map(Value::as_str);
            self.found.extend(found.map(|found| format!("{name}, {theme}: {found}")));
        }
    }
}

impl Drop for Check {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.found.is_empty(), "{}", self.found.join("\n\n"));
        }
    }
}

#[tokio::test]
async fn nothing_keeps_people_out_of_the_places_and_their_dialogs() {
    let (desktop, _) = Desktop::in_use().await;
    sow(&desktop, SOME).await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    let mut check = Check::new();

    for (place, content) in [
        ("accounts", "[data-test=account]"),
        ("friends", "[data-test=friend]"),
        ("usage", "[data-test=sums-row]"),
        ("settings", "#version"),
        ("home", "#address"),
    ] {
        screen.goes_to(place).await;
        screen.sees(content).await;
        check.screen(screen, place).await;
    }
    usage(&mut check, screen).await;
    screen.goes_to("accounts").await;
    screen.press("#new-account").await;
    for way in ["api_key", "oauth", "setup_token"] {
        screen.press(&format!("#add-account-dialog label.segment:has([value={way}])")).await;
        screen.sees(&format!("#add-account-dialog [data-test={way}]")).await;
        check.screen(screen, &format!("adding an account by {way}")).await;
    }
    screen.press("#add-account-dialog [data-test=close-dialog]").await;
    screen.press("[data-name=account-1] [data-test=menu]").await;
    screen.press("[data-test=menu-options]").await;
    screen.press("#account-options label.segment:has([value=own])").await;
    check.screen(screen, "an account's options").await;
    screen.press("#account-options [data-test=close-dialog]").await;
    screen.press("#who-would-serve").await;
    screen.sees("[data-test=who-part]").await;
    check.screen(screen, "who would serve").await;
    screen.press("#who-dialog [data-test=close-dialog]").await;
    money(&mut check, screen).await;
    limits_and_shares(&mut check, screen).await;
    screen.press("#new-friend").await;
    screen.fill("#add-friend-dialog #field-friend-name", "Kim").await;
    check.screen(screen, "adding a friend").await;
    screen.press("#add-friend-dialog [data-test=add-with-key]").await;
    screen.sees("#issued-key").await;
    check.screen(screen, "a new key").await;
    screen.press("#key-done").await;
    screen.press("[data-name=Kim] [data-test=invite]").await;
    screen.sees("#invite-link").await;
    check.screen(screen, "an invite").await;
    screen.press("#invite-done").await;
    screen.goes_to("home").await;
    screen.press("#share").await;
    screen.press("label[for=way-own]").await;
    screen.press("#start-tunnel").await;
    screen.sees(".way.chosen .wrong").await;
    check.screen(screen, "a way that lacks something").await;
    screen.fill("#field-url", &format!("http://127.0.0.1:{}", desktop.port)).await;
    screen.press("#start-tunnel").await;
    screen.sees("[data-test=public-address]").await;
    screen.sees("[data-test=reach-step]").await;
    screen.misses("#check-reach.busy").await;
    check.screen(screen, "a way that is open").await;
    app.stop().await;
}

/// What is entered for a statement, the statement, and prices.
async fn money(check: &mut Check, screen: &Screen) {
    screen.goes_to("usage").await;
    screen.press("#tab-statement").await;
    screen.press("#add-cost").await;
    screen.press("#cost-dialog label.segment:has(#sharers-some)").await;
    screen.press("#cost-dialog [data-test=save]").await;
    screen.sees("#field-cost-name-note").await;
    check.screen(screen, "adding a cost").await;
    screen.fill("#field-cost-name", "Claude Max").await;
    screen.fill("#field-cost-price", "100").await;
    screen.choose("#field-cost-account", "2").await;
    screen.press("#cost-dialog label.segment:has(#sharers-everyone)").await;
    screen.press("#cost-dialog [data-test=save]").await;
    screen.sees("[data-test=value]").await;
    screen.press("[data-test=person] summary").await;
    check.screen(screen, "a statement").await;
    screen.press("#change-sharing").await;
    screen.press("label.segment:has(#sharing-base-fee)").await;
    check.screen(screen, "how costs are shared").await;
    screen.press("#sharing-dialog [data-test=cancel]").await;
    screen.press("#add-adjustment").await;
    check.screen(screen, "an adjustment").await;
    screen.press("#adjustment-dialog [data-test=cancel]").await;
    screen.press("#keep-statement").await;
    check.screen(screen, "keeping a statement").await;
    screen.press("#keep-dialog [data-test=confirm]").await;
    screen.sees("[data-test=kept]").await;
    check.screen(screen, "a kept statement").await;
    screen.goes_to("settings").await;
    screen.press("#open-prices").await;
    screen.press("#look-at-built-in").await;
    screen.sees("[data-test=found-book]").await;
    screen.press("#show-recount").await;
    screen.sees("[data-test=recounted]").await;
    check.screen(screen, "prices").await;
    screen.press("#add-own-price").await;
    screen.press("#price-dialog details summary").await;
    check.screen(screen, "a price").await;
    screen.press("#price-dialog [data-test=cancel]").await;
}

/// What opens on the usage screen.
async fn usage(check: &mut Check, screen: &Screen) {
    screen.goes_to("usage").await;
    screen.press("[data-test=cost-chart-behind] summary").await;
    screen.sees("[data-test=cost-chart-behind] tbody tr").await;
    screen.sees("[data-test=answers-row]").await;
    screen.sees("[data-test=taker]").await;
    screen.run("document.getElementById('tokens-chart').focus()", Vec::new()).await;
    screen.sees("[data-test=tokens-chart-amounts]").await;
    screen.press("[data-test=endings] summary").await;
    check.screen(screen, "usage, opened").await;
    screen.press("[data-test=show-call]").await;
    screen.sees("#call-dialog [data-test=call-field]").await;
    check.screen(screen, "a call").await;
    screen.press("#call-dialog [data-test=close-dialog]").await;
    screen.fill("#field-search-calls", "nothing at all").await;
    screen.fill("#field-search-sums", "nobody").await;
    screen.sees("[data-test=no-calls]").await;
    check.screen(screen, "usage, nothing found").await;
}

/// What stands on the friends' screen besides the list.
async fn limits_and_shares(check: &mut Check, screen: &Screen) {
    screen.goes_to("friends").await;
    screen.press("#change-shares").await;
    screen.sees("[data-test=shares-form]").await;
    check.screen(screen, "the sliders of shares").await;
    screen.press("[data-test=cancel-shares]").await;
    screen.press("[data-name=Alex] [data-test=key] [data-test=menu]").await;
    screen.press("[data-test=menu-key-limits]").await;
    screen.choose("#field-ends", "on-a-day").await;
    screen.fill("#field-rpm", "none").await;
    screen.press("#limits-dialog [data-test=save]").await;
    screen.sees("#field-rpm-note").await;
    check.screen(screen, "a key's limits").await;
    screen.press("#limits-dialog [data-test=cancel]").await;
    screen.press(".screen-actions [data-test=menu]").await;
    screen.press("[data-test=menu-rotate-all]").await;
    screen.press("#rotate-all [data-test=confirm]").await;
    screen.sees("[data-test=new-key-row]").await;
    check.screen(screen, "all new keys").await;
    screen.press("#all-keys-done").await;
}

#[tokio::test]
async fn nothing_keeps_people_out_of_the_first_run_and_trouble() {
    let desktop = Desktop::new().await;
    let holder = tokio::net::TcpListener::bind(("127.0.0.1", desktop.port)).await.expect("a free port");
    desktop.run("account list").await;
    desktop.set("port", &desktop.port.to_string()).await;
    let app = App::start(&desktop).await;
    let screen = &app.screen;
    let mut check = Check::new();

    screen.sees("[data-step=terms] [data-test=address-trouble]").await;
    check.screen(screen, "terms, and a port that is taken").await;
    drop(holder);
    screen.press("#retry").await;
    desktop.listens().await;
    screen.press("label.tick:has([name=terms])").await;
    screen.press("#accept-terms").await;
    screen.sees("[data-step=account]").await;
    check.screen(screen, "the first account").await;
    desktop.set_up_account().await;
    screen.sees("[data-step=reach] #way-own").await;
    check.screen(screen, "how friends reach it").await;
    screen.press("#settle-reach").await;
    screen.fill("#field-friend", "Alex").await;
    check.screen(screen, "the first friend").await;
    screen.press("#add-friend").await;
    screen.sees("#issued-key-text").await;
    check.screen(screen, "the first call").await;
    screen.press("#finish-later").await;
    screen.sees("[data-test=nobody-yet]").await;
    check.screen(screen, "an empty Home").await;
    for place in ["usage", "settings"] {
        screen.goes_to(place).await;
        check.screen(screen, &format!("an empty {place}")).await;
    }
    screen.goes_to("usage").await;
    screen.press("#tab-statement").await;
    screen.sees("[data-test=statement-empty]").await;
    check.screen(screen, "nothing to settle").await;
    app.signal("USR2").await;
    screen.sees("[data-test=trouble]").await;
    check.screen(screen, "trouble").await;
    app.stop().await;
}
