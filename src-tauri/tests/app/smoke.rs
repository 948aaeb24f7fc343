//! That the program starts at all: what a packaged one is asked after it was installed.

use crate::{desktop::Desktop, launch::App};

/// Calls what the window has no business calling; answers with what the host said to it.
const FORBIDDEN_CALL: &str = r#"
    const answer = arguments[arguments.length - 1];
    window.__TAURI__.core.invoke("plugin:shell|execute", { program: "true", args: [], options: {} })
        .then(() => answer("it ran"), (refusal) => answer(String(refusal)));
"#;

#[tokio::test]
async fn the_window_shows_its_version_and_may_start_no_program() {
    let (desktop, key) = Desktop::in_use().await;
    let app = App::start(&desktop).await;

    app.screen.goes_to("settings").await;
    app.screen.reads("#version", env!("CARGO_PKG_VERSION")).await;
    app.screen.reads("#data-dir", &desktop.folder.data_dir().to_string_lossy()).await;
    let refusal = app.screen.client.execute_async(FORBIDDEN_CALL, Vec::new()).await.expect("an answer");
    assert!(refusal.as_str().is_some_and(|text| text.contains("not allowed")), "the host answered {refusal}");

    let answer = desktop.friend(&key).ask(&crate::support::friend::prompt("Hello")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    app.stop().await;
}
