//! Another program has the port.

use tokio::net::TcpListener;

use super::nothing_is_lost;
use crate::{
    desktop::{Desktop, free_port},
    launch::App,
};

#[tokio::test]
async fn a_taken_port_is_named_with_its_holder_and_another_one_is_taken_without_a_restart() {
    let (mut desktop, key) = Desktop::in_use().await;
    let holder = TcpListener::bind(("127.0.0.1", desktop.port)).await.expect("the port is free");
    let app = App::start(&desktop).await;

    let said = app.screen.reads("[data-test=address-trouble]", &format!("Port {} is taken by app", desktop.port)).await;
    app.screen.goes_to("accounts").await;
    app.screen.reads("[data-test=trouble-banner]", &desktop.port.to_string()).await;
    app.screen.press("[data-test=mend]").await;
    assert!(said.contains("another port"), "{said}");

    let taken = desktop.port;
    desktop.port = free_port();
    app.screen.fill("[data-test=address-trouble] #field-port", &taken.to_string()).await;
    app.screen.press("#use-port").await;
    app.screen.reads("[data-test=address-trouble] [data-test=failure]", "").await;
    app.screen.fill("[data-test=address-trouble] #field-port", &desktop.port.to_string()).await;
    app.screen.press("#use-port").await;
    app.screen.misses("[data-test=address-trouble]").await;
    app.screen.reads("#address", &format!("http://127.0.0.1:{}", desktop.port)).await;

    nothing_is_lost(&app, &desktop, &key).await;
    drop(holder);
    app.stop().await;
}
