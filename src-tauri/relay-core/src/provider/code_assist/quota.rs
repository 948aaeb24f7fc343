//! How much of an account's quotas is used, as `retrieveUserQuota` tells: `{"buckets":[{"modelId","tokenType",
//! "remainingFraction","resetTime"}]}`, one for each model, counted in requests by the day (Gemini CLI,
//! `packages/core/src/code_assist/types.ts`, read November 2026).

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::{
    options::Options,
    window::{self, Window},
};

/// Quotas begin anew each day.
const HOURS: u32 = 24;
/// How the names end that models have a second time, as another product of Google's calls them.
const OF_VERTEX: &str = "_vertex";

#[derive(Deserialize)]
struct WireQuota {
    buckets: Option<Vec<WireBucket>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireBucket {
    model_id: Option<String>,
    remaining_fraction: Option<f64>,
    reset_time: Option<Timestamp>,
}

/// What is asked.
#[expect(clippy::unnecessary_wraps, reason = "other providers are asked without a body")]
pub(super) fn question(options: &Options) -> Option<String> {
    Some(json!({ "project": options.project }).to_string())
}

/// Reads the windows. What names no model, or does not say how much is left, is passed over.
pub(super) fn read_usage(body: &[u8]) -> Option<Vec<Window>> {
    let WireQuota { buckets } = serde_json::from_slice(body).ok()?;
    let read = |bucket: WireBucket| {
        let family = bucket.model_id.filter(|model| !model.is_empty() && !model.ends_with(OF_VERTEX))?;
        let used = 1.0 - bucket.remaining_fraction?;
        Some(Window { hours: HOURS, family: Some(family), used: used.max(0.0), resets_at: bucket.reset_time })
    };
    let mut windows: Vec<_> = buckets?.into_iter().filter_map(read).collect();
    windows.sort_by(window::order);
    windows.dedup_by(|one, other| one.family == other.family);
    (!windows.is_empty()).then_some(windows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_model_has_a_window_of_a_day() {
        let body = br#"{"buckets":[
            {"resetTime":"2026-11-21T08:00:00Z","tokenType":"REQUESTS","modelId":"gemini-2.5-pro","remainingFraction":0.75},
            {"resetTime":"2026-11-21T08:00:00Z","tokenType":"REQUESTS","modelId":"gemini-2.5-flash","remainingFraction":0},
            {"modelId":"gemini-2.5-pro_vertex","remainingFraction":1},
            {"modelId":"gemini-3-pro"},{"remainingFraction":0.5}]}"#;

        let seen = read_usage(body).expect("readable");

        let models: Vec<_> = seen.iter().map(|window| (window.family.as_deref(), window.used)).collect();
        assert_eq!(models, [(Some("gemini-2.5-flash"), 1.0), (Some("gemini-2.5-pro"), 0.25)]);
        assert!(seen.iter().all(|window| window.hours == 24 && window.resets_at.is_some()));
        assert_eq!(read_usage(b"{}"), None);
        assert_eq!(read_usage(b"<html>"), None);
    }
}
