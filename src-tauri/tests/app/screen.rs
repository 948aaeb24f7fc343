//! What the window shows, and an owner's hands on it.
//!
//! Everything waits until it can be done or seen. What never comes is told with a picture of the window, in the build
//! folder under the test's name.

use std::{fs, path::Path, time::Duration};

use fantoccini::{Client, Locator, elements::Element, error::CmdError, key::Key};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::launch::PATIENCE;

/// The pause between two looks; each is a message to the webview.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// The texts of the elements that can be seen, of those that a selector names.
const SEEN: &str = "return [...document.querySelectorAll(arguments[0])]
    .filter(it => it.checkVisibility({ visibilityProperty: true }))
    .map(it => it.matches('input, textarea') ? it.value : it.innerText);";
/// Notes when something is pressed.
const WATCH_PRESS: &str = "window.isPressed = false;
    arguments[0].addEventListener('click', () => { window.isPressed = true; }, { capture: true, once: true });";
/// Answers when the page as it is now has been painted.
const PAINTED: &str = "const answer = arguments[arguments.length - 1];
    requestAnimationFrame(() => requestAnimationFrame(answer));";

/// The window's content.
pub(crate) struct Screen {
    pub(crate) client: Client,
}

impl Screen {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Waits until the program has put something into the page.
    pub(crate) async fn is_painted(&self) {
        self.until("something is shown", async || {
            let is_there = "return !document.getElementById('first-paint') && document.readyState === 'complete'";
            Ok(self.client.execute(is_there, Vec::new()).await?.as_bool().filter(|is_there| *is_there))
        })
        .await;
    }

    /// The texts of what can be seen of a kind, at this moment.
    pub(crate) async fn all(&self, selector: &str) -> Vec<String> {
        self.try_all(selector).await.unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    /// Waits until something can be seen, and returns its text.
    pub(crate) async fn sees(&self, selector: &str) -> String {
        self.until(&format!("{selector} is shown"), async || Ok(self.try_all(selector).await?.into_iter().next())).await
    }

    /// Waits until something can be seen that has a text in it, and returns all of its text.
    pub(crate) async fn reads(&self, selector: &str, text: &str) -> String {
        let what = format!("{selector} reads {text:?}");
        self.until(&what, async || Ok(self.try_all(selector).await?.into_iter().find(|seen| seen.contains(text)))).await
    }

    /// Waits until something cannot be seen.
    pub(crate) async fn misses(&self, selector: &str) {
        let what = format!("{selector} is not shown");
        self.until(&what, async || Ok(self.try_all(selector).await?.is_empty().then_some(()))).await;
    }

    /// Presses something as soon as that can be done.
    pub(crate) async fn press(&self, selector: &str) {
        self.until(&format!("{selector} can be pressed"), async || {
            let element = self.client.find(Locator::Css(selector)).await?;
            if !element.is_enabled().await? {
                return Ok(None);
            }
            self.client.execute(WATCH_PRESS, vec![json!(element)]).await?;
            let clicked = element.click().await;
            // What goes away when it is pressed cannot say that it was; nor can what went away before.
            let is_pressed = self.client.execute("return window.isPressed", Vec::new()).await?;
            if is_pressed == true { Ok(Some(())) } else { clicked.map(Some) }
        })
        .await;
    }

    /// Types a text into a field, in the place of what is in it.
    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        let field = self.element(selector).await;
        self.run("arguments[0].focus(); arguments[0].select();", vec![json!(field)]).await;
        // Nothing cannot be typed; what is selected goes with a key.
        let keys = if text.is_empty() { char::from(Key::Backspace).to_string() } else { text.to_owned() };
        field.send_keys(&keys).await.unwrap_or_else(|error| panic!("{selector}: {error}"));
        self.holds(selector, text).await;
    }

    /// Chooses one of a list that opens, by its name for programs.
    pub(crate) async fn choose(&self, selector: &str, value: &str) {
        let list = self.element(selector).await;
        let choose =
            "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change', { bubbles: true }));";
        self.run(choose, vec![json!(list), value.into()]).await;
        self.holds(selector, value).await;
    }

    /// Waits until a field has a text in it.
    pub(crate) async fn holds(&self, selector: &str, text: &str) {
        self.until(&format!("{selector} has {text:?} in it"), async || {
            let field = self.client.find(Locator::Css(selector)).await?;
            Ok(field.prop("value").await?.filter(|value| value == text))
        })
        .await;
    }

    /// Goes to a place by its name in the navigation.
    pub(crate) async fn goes_to(&self, place: &str) {
        self.press(&format!("#nav-{place}")).await;
        self.sees(&format!("#nav-{place}[aria-current=page]")).await;
    }

    /// Runs a script in the page, and returns what it does.
    pub(crate) async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Waits until what is shown now is painted, and returns a picture of it.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        self.client.execute_async(PAINTED, Vec::new()).await.expect("it is painted");
        self.client.screenshot().await.expect("a picture")
    }

    /// Gives the window a size.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        self.client.set_window_rect(0, 0, width, height).await.expect("the window takes a size");
        self.until("the window has its size", async || {
            let size = self.client.execute("return [innerWidth, innerHeight]", Vec::new()).await?;
            Ok((size == json!([width, height])).then_some(()))
        })
        .await;
    }

    async fn element(&self, selector: &str) -> Element {
        self.sees(selector).await;
        self.client.find(Locator::Css(selector)).await.unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    async fn try_all(&self, selector: &str) -> Result<Vec<String>, CmdError> {
        let seen = self.client.execute(SEEN, vec![json!(selector)]).await?;
        let texts = seen.as_array().into_iter().flatten();
        Ok(texts.filter_map(|text| text.as_str().map(str::to_owned)).collect())
    }

    /// Looks again and again until there is something; what goes wrong meanwhile counts as not yet.
    pub(crate) async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Result<Option<T>, CmdError>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let looked = look().await;
            if let Ok(Some(seen)) = looked {
                return seen;
            }
            if Instant::now() > deadline {
                self.give_up(what, looked.err()).await;
            }
            sleep(LOOK_EVERY).await;
        }
    }

    async fn give_up(&self, what: &str, error: Option<CmdError>) -> ! {
        let test = std::thread::current().name().unwrap_or("main").replace("::", "-");
        let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test).with_extension("png");
        if let Ok(png) = self.client.screenshot().await {
            // A packaged program may be driven where the build folder is not.
            let _ = fs::write(&picture, png);
        }
        let shown = self.try_all("body").await.unwrap_or_default().concat();
        let error = error.map(|error| format!("{error:?}")).unwrap_or_default();
        panic!("never: {what}; {error}\n{}\n{shown}", picture.display());
    }
}
