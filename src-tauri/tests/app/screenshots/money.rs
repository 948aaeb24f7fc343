//! Pictures of money: a statement, what is entered for it, and prices.

use std::fs;

use super::{Album, folder};
use crate::{
    desktop::Desktop,
    launch::App,
    seed::{SOME, sow},
};

impl Album<'_> {
    /// The statement, from another place: what is there when the language changes is built anew.
    async fn opens_the_statement(&self) {
        let screen = &self.app.screen;
        screen.goes_to("home").await;
        screen.goes_to("usage").await;
        screen.press("#tab-statement").await;
        screen.sees("[data-test=value]").await;
        screen.sees("[data-test=plan-cost]").await;
    }

    /// A statement, what is entered for it, and prices.
    async fn money(&self) {
        let screen = &self.app.screen;
        let desktop = self.desktop;
        for words in [
            "statement plan set --currency CNY --rate 7.1 --sharing base-fee --fee 30 --me Alex",
            "statement plan subscribe Claude-Max --account account-1 --price 100 --in USD --from 2026-01-01",
            "statement plan subscribe ChatGPT --account account-3 --price 140 --paid-by Mia --from 2026-01-01",
            "statement plan subscribe Server --price 36 --every year --paid-by Sam --shared-by Sam Mia --from 2026-03-05",
            "statement plan bill work --paid-by Mia",
            "prices set claude-haiku-4-5 --input 1 --output 5",
        ] {
            desktop.run(words).await;
        }
        self.take("a-statement", async || self.opens_the_statement().await).await;
        self.take("a-statement-below", async || {
            self.opens_the_statement().await;
            screen.press("[data-test=person] summary").await;
            screen.run("document.querySelector('[data-test=statement-people]').scrollIntoView()", Vec::new()).await;
        })
        .await;
        self.take("what-a-statement-is-made-of", async || {
            self.opens_the_statement().await;
            screen.run("document.querySelector('[data-test=plan]').scrollIntoView()", Vec::new()).await;
        })
        .await;
        self.take("a-cost", async || {
            self.opens_the_statement().await;
            screen.press("#add-cost").await;
            screen.press("#cost-dialog label.segment:has(#sharers-some)").await;
            screen.press("#cost-dialog [data-test=save]").await;
        })
        .await;
        screen.press("#cost-dialog [data-test=cancel]").await;
        screen.press("#keep-statement").await;
        screen.press("#keep-dialog [data-test=confirm]").await;
        self.take("a-kept-statement", async || self.opens_the_statement().await).await;
        self.prices().await;
        self.take("settings-money", async || {
            screen.goes_to("settings").await;
            screen.sees("#field-rate").await;
            screen.run("document.querySelector('[data-test=settings-money]').scrollIntoView()", Vec::new()).await;
        })
        .await;
    }

    /// Prices, with another book to be looked at and a recount to be taken.
    async fn prices(&self) {
        let screen = &self.app.screen;
        let desktop = self.desktop;
        let book = desktop.folder.path().join("book.json");
        fs::write(&book, r#"{"claude-sonnet-4-5":{"litellm_provider":"anthropic","input_cost_per_token":7e-6}}"#)
            .expect("a file");
        desktop.run(&format!("prices update {} --yes", book.display())).await;
        self.take("prices", async || {
            screen.goes_to("home").await;
            screen.goes_to("settings").await;
            screen.press("#open-prices").await;
            screen.press("#look-at-built-in").await;
            screen.sees("[data-test=found-changes]").await;
        })
        .await;
        self.take("a-recount", async || {
            screen.goes_to("home").await;
            screen.goes_to("settings").await;
            screen.press("#open-prices").await;
            screen.press("#show-recount").await;
            screen.sees("[data-test=recounted]").await;
            screen.run("document.querySelector('[data-test=own-prices]').scrollIntoView()", Vec::new()).await;
        })
        .await;
    }
}

#[tokio::test]
async fn pictures_of_money() {
    let Some(folder) = folder("money") else { return };
    let (desktop, _) = Desktop::in_use().await;
    sow(&desktop, SOME).await;
    let app = App::start(&desktop).await;
    let album = Album { app: &app, desktop: &desktop, folder };

    album.money().await;
    app.stop().await;
}
