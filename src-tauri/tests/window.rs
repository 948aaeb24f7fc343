//! The window in the real webview: it starts, it shows what the host told it, and it may call no more than it should.
//!
//! It needs a display, `WebKitWebDriver` and a session bus: `scripts/test` provides them. A screenshot of what was seen
//! is left in the build folder, as `tmp/window.png`.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// How long anything here may take; a slow machine starts a webview in about ten seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Calls what the window has no business calling; answers with what the host said to it.
const FORBIDDEN_CALL: &str = r#"
    const answer = arguments[arguments.length - 1];
    window.__TAURI__.core.invoke("plugin:shell|execute", { program: "true", args: [], options: {} })
        .then(() => answer("it ran"), (refusal) => answer(String(refusal)));
"#;

/// Answers when the page as it is now has been painted.
const PAINTED: &str = r#"
    const answer = arguments[arguments.length - 1];
    requestAnimationFrame(() => requestAnimationFrame(answer));
"#;

#[tokio::test]
async fn the_window_shows_its_version_and_may_start_no_program() -> Result<()> {
    let home = tempfile::tempdir()?;
    let driver = Driver::start(home.path())?;
    let window = driver.open_window().await?;

    let seen = look_at(&window, home.path()).await;

    window.close().await?;
    seen
}

async fn look_at(window: &Client, home: &Path) -> Result<()> {
    let version = concat!("//*[@id='version'][text()='Version ", env!("CARGO_PKG_VERSION"), "']");
    window.wait().at_most(PATIENCE).for_element(Locator::XPath(version)).await.context("the version")?;
    window.execute_async(PAINTED, Vec::new()).await?;
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("window.png"), window.screenshot().await?)?;

    let folder = window.find(Locator::Id("data-dir")).await?.text().await?;
    ensure!(Path::new(&folder).starts_with(home), "the data folder is {folder}");

    let refusal = window.execute_async(FORBIDDEN_CALL, Vec::new()).await?;
    ensure!(refusal.as_str().is_some_and(|text| text.contains("not allowed")), "the host answered {refusal}");
    Ok(())
}

/// A WebKitWebDriver of our own, which starts the program with an empty home; it ends with this value.
struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    fn start(home: &Path) -> Result<Self> {
        ensure!(
            env::var_os("DISPLAY").or_else(|| env::var_os("WAYLAND_DISPLAY")).is_some(),
            "no display: run scripts/test, or xvfb-run -a dbus-run-session -- cargo test --test window"
        );
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();

        let process = Command::new("WebKitWebDriver")
            .arg(format!("--port={port}"))
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("HOME", home)
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("CARPOOL_DATA_DIR", home.join("carpool"))
            .spawn()
            .context("cannot start WebKitWebDriver; Debian has it in webkit2gtk-driver")?;
        Ok(Self { process, port })
    }

    async fn open_window(&self) -> Result<Client> {
        let listening = async {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, listening).await.context("WebKitWebDriver does not listen")?;

        let options = serde_json::json!({ "binary": env!("CARGO_BIN_EXE_carpool"), "args": [] });
        let capabilities = Capabilities::from_iter([("webkitgtk:browserOptions".to_owned(), options)]);
        let mut session = ClientBuilder::new(HttpConnector::new());
        session.capabilities(capabilities);
        Ok(session.connect(&format!("http://127.0.0.1:{}", self.port)).await?)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing of it stays behind.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
