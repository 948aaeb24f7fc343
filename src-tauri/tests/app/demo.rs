//! The demo: calls flow without an account, and the owner's data stays apart from it.

use crate::{desktop::Desktop, launch::App};

#[tokio::test]
async fn the_demo_shows_calls_flowing_without_an_account() {
    let desktop = Desktop::new().await;

    let app = App::run(&desktop, "", &["demo", "--window"]).await;

    app.screen.sees("[data-test=demo-banner]").await;
    app.screen.sees("[data-test=live-call]").await;
    app.screen
        .until("some calls have ended", async || {
            let ended: Option<u64> = app.screen.all("#today-calls").await.first().and_then(|shown| shown.parse().ok());
            Ok(ended.filter(|ended| *ended >= 3))
        })
        .await;
    assert_ne!(app.screen.sees("#today-cost").await, "$0.00");
    app.stop().await;
    assert!(!desktop.folder.data_dir().exists(), "the owner's data is not touched");
}

#[tokio::test]
async fn the_first_run_leads_into_the_demo_and_back_to_the_own_data() {
    let desktop = Desktop::new().await;
    // The port of the first start may be anybody's on this machine.
    desktop.run("account list").await;
    desktop.set("port", &desktop.port.to_string()).await;
    let app = App::start(&desktop).await;

    app.screen.press("#start-demo").await;
    app.screen.sees("[data-test=demo-banner]").await;
    app.screen.sees("[data-test=live-call]").await;
    app.screen.goes_to("friends").await;
    app.screen.reads("[data-test=friend] h2", "Mia").await;
    app.screen.press("#leave-demo").await;

    app.screen.reads("[data-test=terms]", "terms").await;
    app.screen.misses("[data-test=demo-banner]").await;
    assert_eq!(desktop.run("friend list").await, serde_json::json!([]));
    assert_eq!(desktop.run("calls").await, serde_json::json!([]));
    app.stop().await;
}
