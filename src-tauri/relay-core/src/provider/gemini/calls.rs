//! What the calls of the Gemini API and of Code Assist have in common, and how to tell them apart.

use serde_json::Value;

use crate::{
    convert::Shape,
    dialect::generate_content::MODELS,
    json::{Edit, Fields},
    provider::Outgoing,
};

/// How paths begin that the Gemini CLI asks for when it is signed in with a Google account.
pub(in crate::provider) const INTERNAL: &str = "/v1internal";

/// The method that a path names: `generateContent` in `/v1beta/models/gemini-2.5-pro:generateContent`.
pub(in crate::provider) fn method(path: &str) -> &str {
    path.rsplit_once(':').map_or("", |(_, method)| method)
}

/// The change to an object that names the model as the account does, in the form it was named there.
pub(in crate::provider) fn renamed(call: &Outgoing<'_>, fields: &Fields) -> Option<Edit> {
    let asked = call.asked.model.as_deref()?;
    let upstream = call.options.mapped(asked).filter(|upstream| *upstream != asked)?;
    let named: String = fields.read("model").ok()??;
    let value = if named.starts_with(MODELS) { Value::from(resource(upstream)) } else { Value::from(upstream) };
    fields.replace("model", &value)
}

/// A model's name as a resource.
pub(in crate::provider) fn resource(model: &str) -> String {
    if model.starts_with(MODELS) { model.to_owned() } else { format!("{MODELS}{model}") }
}

/// How the answer to a call comes: a stream as an array, unless it asks for events.
pub(in crate::provider) fn shape(call: &Outgoing<'_>) -> Shape {
    let mut parameters = call.query.unwrap_or_default().split('&');
    let asks_for_events = parameters.any(|parameter| matches!(parameter, "alt=sse" | "$alt=sse" | "%24alt=sse"));
    match (call.asked.stream, asks_for_events) {
        (true, true) => Shape::Events,
        (true, false) => Shape::List,
        (false, _) => Shape::Whole,
    }
}
