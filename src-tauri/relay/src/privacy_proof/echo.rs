//! What the pretend provider says in each dialect: the canary, in answers as the vendors shape them.

use std::collections::VecDeque;

use bytes::Bytes;
use carpool_core::dialect::{
    Dialect, chat::CHAT, generate_content::GENERATE_CONTENT, messages::MESSAGES, responses::RESPONSES,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::pretend::{Behaviour, Reply, Step, Wait};

/// How an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Well.
    Whole,
    /// The connection breaks in the middle.
    Cut,
}

/// Stands for the canary in what follows.
const HERE: &str = "CANARY";

/// An answer of a dialect's, and a stream.
struct Answers {
    dialect: &'static Dialect,
    whole: &'static str,
    stream: &'static [&'static str],
}

static ANSWERS: [Answers; 4] = [
    Answers {
        dialect: &MESSAGES,
        whole: r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{"type":"text","text":"CANARY"}],"stop_reason":"end_turn","usage":{"input_tokens":9,"output_tokens":3}}"#,
        stream: &[
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-sonnet-4-5\",\"content\":[],\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n",
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"CANARY\"}}\n\n",
            "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}}\n\n",
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        ],
    },
    Answers {
        dialect: &RESPONSES,
        whole: r#"{"id":"resp_1","object":"response","status":"completed","model":"gpt-5.2","output":[{"id":"msg_1","type":"message","content":[{"type":"output_text","text":"CANARY"}]}],"usage":{"input_tokens":9,"output_tokens":3,"total_tokens":12}}"#,
        stream: &[
            "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\",\"status\":\"in_progress\",\"model\":\"gpt-5.2\",\"instructions\":\"CANARY\",\"usage\":null}}\n\n",
            "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"CANARY\"}\n\n",
            "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\",\"status\":\"completed\",\"model\":\"gpt-5.2\",\"output\":[],\"usage\":{\"input_tokens\":9,\"output_tokens\":3,\"total_tokens\":12}}}\n\n",
        ],
    },
    Answers {
        dialect: &CHAT,
        whole: r#"{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-4.1","choices":[{"index":0,"message":{"role":"assistant","content":"CANARY"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}"#,
        stream: &[
            "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-4.1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"CANARY\"}}]}\n\n",
            "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-4.1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
            "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-4.1\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3,\"total_tokens\":12}}\n\n",
            "data: [DONE]\n\n",
        ],
    },
    Answers {
        dialect: &GENERATE_CONTENT,
        whole: r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"CANARY"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":3,"totalTokenCount":12},"modelVersion":"gemini-2.5-flash"}"#,
        stream: &[
            "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"CANARY\"}]}}],\"modelVersion\":\"gemini-2.5-flash\"}\r\n\r\n",
            "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\" CANARY\"}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":9,\"candidatesTokenCount\":3,\"totalTokenCount\":12},\"modelVersion\":\"gemini-2.5-flash\"}\r\n\r\n",
        ],
    },
];

/// An answer that says the canary.
pub(super) fn answer(dialect: &Dialect, is_stream: bool, ending: Ending, canary: &str) -> Behaviour {
    let known = ANSWERS.iter().find(|known| known.dialect.id == dialect.id).unwrap_or(&ANSWERS[0]);
    let (media_type, pieces): (_, &[&str]) =
        if is_stream { ("text/event-stream", known.stream) } else { ("application/json", &[known.whole]) };
    let piece = |piece: &&str| Step::Send(Bytes::from(piece.replace(HERE, canary)));
    let mut steps: VecDeque<_> = pieces.iter().map(piece).collect();
    if ending == Ending::Cut {
        steps.pop_back();
        steps.push_back(Step::Send(Bytes::from(format!("{{\"half\":\"{canary}"))));
        steps.push_back(Step::Cut);
    }
    reply(200, media_type, steps, canary)
}

/// A refusal that says the canary, in a shape that every dialect's clients find a message in.
pub(super) fn refusal(status: u16, canary: &str) -> Behaviour {
    let error = serde_json::json!({ "type": "error", "error": {
        "type": "invalid_request_error", "code": canary, "status": "INVALID_ARGUMENT", "message": canary, "param": canary,
    } });
    reply(status, "application/json", [Step::Send(Bytes::from(error.to_string()))].into(), canary)
}

/// A stream that is answered with an error.
pub(super) fn error_in_stream(canary: &str) -> Behaviour {
    let error = format!(
        "event: error\ndata: {{\"type\":\"error\",\"error\":{{\"type\":\"api_error\",\"message\":\"{canary}\"}}}}\n\n"
    );
    reply(200, "text/event-stream", [Step::Send(Bytes::from(error))].into(), canary)
}

/// An answer that is none.
pub(super) fn garbage(canary: &str) -> Behaviour {
    reply(200, "text/html", [Step::Send(Bytes::from(format!("<html>{canary}")))].into(), canary)
}

fn reply(status: u16, media_type: &'static str, steps: VecDeque<Step>, canary: &str) -> Behaviour {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(HeaderName::from_static("x-note"), HeaderValue::from_str(canary).expect("letters and digits"));
    let status = StatusCode::from_u16(status).expect("the caller names a status");
    Behaviour::Verbatim(Reply { before_head: Wait::No, status, headers, steps })
}
