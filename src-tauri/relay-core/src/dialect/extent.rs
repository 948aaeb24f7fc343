//! How much a request may bring forth, and of which models: what several dialects tell alike.

use super::NotReadable;
use crate::json::Fields;

/// Where gateways (OpenRouter and its likes) take models that are to answer where the first one does not
/// (<https://openrouter.ai/docs/features/model-routing>, read November 2026).
pub(super) const OTHER_MODELS: &str = "models";

/// The largest of the counts in these fields. What is no count is the provider's business, and as good as not there.
pub(super) fn count(fields: &Fields, names: &[&str]) -> Option<u64> {
    let read = |name: &&str| fields.read::<f64>(name).ok().flatten().filter(|count| *count >= 0.0);
    names.iter().filter_map(read).map(|count| count.ceil() as u64).max()
}

/// The models that may answer beside the first. A list that cannot be read could name models that are not allowed.
pub(super) fn other_models(fields: &Fields) -> Result<Vec<String>, NotReadable> {
    let listed = fields.read(OTHER_MODELS).map_err(|_| NotReadable::Field(OTHER_MODELS))?;
    Ok(listed.unwrap_or_default())
}
