//! What the calls of one conversation have in common: the session that Claude Code names, else how the conversation begins.

use http::HeaderMap;
use serde::Deserialize;

use crate::dialect::beginning;

/// Where Claude Code names its session beside the body.
const SESSION_HEADER: &str = "x-claude-code-session-id";
/// What stands before the session in the older form of `user_id`: `user_…_account_…_session_<uuid>`.
const SESSION_MARK: &str = "_session_";

/// The name of the conversation a request belongs to; `None` where it tells nothing.
pub(super) fn name(
    metadata: Option<&[u8]>,
    system: Option<&[u8]>,
    messages: Option<&[u8]>,
    headers: &HeaderMap,
) -> Option<Vec<u8>> {
    let header = || headers.get(SESSION_HEADER).map(|value| value.as_bytes().to_vec());
    metadata.and_then(session).or_else(header).or_else(|| beginning(system, messages))
}

#[derive(Deserialize)]
struct Metadata {
    user_id: Option<String>,
}

#[derive(Deserialize)]
struct UserId {
    session_id: Option<String>,
}

fn session(metadata: &[u8]) -> Option<Vec<u8>> {
    let user_id = serde_json::from_slice::<Metadata>(metadata).ok()?.user_id?;
    if let Ok(UserId { session_id: Some(session) }) = serde_json::from_str(&user_id) {
        return Some(session.into_bytes());
    }
    user_id.rsplit_once(SESSION_MARK).map(|(_, session)| session.as_bytes().to_vec())
}

/// A digest of the system prompt and the first message of the user.
fn beginning(system: Option<&[u8]>, messages: Option<&[u8]>) -> Option<Vec<u8>> {
    let system = system.map(beginning::text).unwrap_or_default();
    let first = beginning::up_to_user(messages?).pop()?;
    Some(beginning::digest([&*system, &*first]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::beginning::BEGINNING;

    const ID: &str = "0f3c";

    fn of(metadata: &str) -> Option<Vec<u8>> {
        name(Some(metadata.as_bytes()), None, None, &HeaderMap::new())
    }

    #[test]
    fn claude_code_names_its_session_in_either_form_or_in_a_header() {
        let json = r#"{"user_id":"{\"device_id\":\"d\",\"session_id\":\"0f3c\"}"}"#;
        let joined = r#"{"user_id":"user_abc_account_def_session_0f3c"}"#;
        for metadata in [json, joined] {
            assert_eq!(of(metadata).as_deref(), Some(ID.as_bytes()), "{metadata}");
        }
        assert_eq!(of(r#"{"user_id":"somebody"}"#), None, "a user is no conversation");

        let headers = [(http::HeaderName::from_static(SESSION_HEADER), http::HeaderValue::from_static(ID))];
        let named = name(None, None, Some(b"[]"), &headers.into_iter().collect());
        assert_eq!(named.as_deref(), Some(ID.as_bytes()));
    }

    fn talk(system: &str, messages: &str) -> Option<Vec<u8>> {
        name(None, Some(system.as_bytes()), Some(messages.as_bytes()), &HeaderMap::new())
    }

    #[test]
    fn else_a_conversation_is_known_by_how_it_begins_wherever_the_cache_marks_are() {
        let first = talk(r#""Be kind""#, r#"[{"role":"user","content":"Hello"}]"#);
        let later = talk(
            r#"[{"type":"text","text":"Be kind","cache_control":{"type":"ephemeral"}}]"#,
            r#"[{"role":"system","content":"x"},
                {"role":"user","content":[{"type":"text","text":"Hello","cache_control":{"type":"ephemeral"}}]},
                {"role":"assistant","content":"Hi"#,
        );

        assert!(first.is_some());
        assert_eq!(first, later);
        assert_ne!(first, talk(r#""Be kind""#, r#"[{"role":"user","content":"Goodbye"}]"#));
        assert_ne!(first, talk(r#""Be rude""#, r#"[{"role":"user","content":"Hello"}]"#));
    }

    #[test]
    fn a_first_message_that_is_cut_tells_by_its_beginning() {
        let cut = |tail: &str| talk("null", &format!(r#"[{{"role":"user","content":"{}{tail}"#, "x".repeat(BEGINNING)));

        assert_eq!(cut("one"), cut("two"));
        assert_eq!(name(None, None, None, &HeaderMap::new()), None);
    }
}
