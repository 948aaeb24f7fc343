//! Calls to the host, and what it tells unasked. The only file that knows it is Tauri.

use carpool_ipc::{Command, Failure};
use js_sys::{Function, JsString, Object, Promise, Reflect};
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

/// The name under which a command's arguments cross.
const ARGUMENT: &str = "ask";
/// The failures of the bridge itself.
const BRIDGE: &str = "bridge";

/// Asks the host.
///
/// # Errors
/// What the host said went wrong, or `bridge` when it could not be asked or understood.
pub(crate) async fn call<C: Command>(ask: C) -> Result<C::Reply, Failure> {
    let reply = invoke(C::NAME, serde_wasm_bindgen::to_value(&ask).map_err(|error| bridge(&error.into()))?)
        .await
        .map_err(|error| failure(&error))?;

    serde_wasm_bindgen::from_value(reply).map_err(|error| bridge(&error.into()))
}

/// Hears every event of a name for as long as the window lives.
///
/// # Errors
/// `bridge` when the host does not let the window listen.
pub(crate) async fn listen<T: DeserializeOwned>(
    event: &'static str,
    mut hear: impl FnMut(T) + 'static,
) -> Result<(), Failure> {
    let hearing = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
        let payload = Reflect::get(&event, &"payload".into()).ok();
        if let Some(told) = payload.and_then(|payload| serde_wasm_bindgen::from_value(payload).ok()) {
            hear(told);
        }
    })
    .into_js_value();

    tauri("event", "listen", &event.into(), &hearing).await.map(drop).map_err(|error| bridge(&error))
}

async fn invoke(command: &str, ask: JsValue) -> Result<JsValue, JsValue> {
    let arguments = Object::new();
    Reflect::set(&arguments, &ARGUMENT.into(), &ask)?;

    tauri("core", "invoke", &command.into(), &arguments).await
}

async fn tauri(part: &str, function: &str, first: &JsValue, second: &JsValue) -> Result<JsValue, JsValue> {
    let part = Reflect::get(&Reflect::get(&js_sys::global(), &"__TAURI__".into())?, &part.into())?;
    let function: Function = Reflect::get(&part, &function.into())?.dyn_into()?;
    let promise: Promise = function.call2(&part, first, second)?.dyn_into()?;

    JsFuture::from(promise).await
}

/// A command's own failure, or what JavaScript threw instead.
fn failure(error: &JsValue) -> Failure {
    serde_wasm_bindgen::from_value(error.clone()).unwrap_or_else(|_| bridge(error))
}

fn bridge(error: &JsValue) -> Failure {
    let message = error.as_string().unwrap_or_else(|| {
        let text: JsString = Object::from(error.clone()).to_string();
        text.into()
    });
    Failure { code: BRIDGE.to_owned(), message }
}
