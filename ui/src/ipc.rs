//! Calls to the host. The only file that knows it is Tauri.

use carpool_ipc::About;
use js_sys::{Function, Object, Promise, Reflect};
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Asks the host which Carpool this is.
///
/// # Errors
/// What the host, or the bridge to it, said went wrong.
pub(crate) async fn about() -> Result<About, String> {
    invoke(carpool_ipc::ABOUT).await.map_err(|error| said(&error))
}

async fn invoke<Reply: DeserializeOwned>(command: &str) -> Result<Reply, JsValue> {
    let core = Reflect::get(&Reflect::get(&js_sys::global(), &"__TAURI__".into())?, &"core".into())?;
    let invoke: Function = Reflect::get(&core, &"invoke".into())?.dyn_into()?;

    let promise: Promise = invoke.call2(&core, &command.into(), &Object::new())?.dyn_into()?;

    Ok(serde_wasm_bindgen::from_value(JsFuture::from(promise).await?)?)
}

/// The text of whatever JavaScript threw.
fn said(error: &JsValue) -> String {
    error.as_string().unwrap_or_else(|| String::from(Object::from(error.clone()).to_string()))
}
