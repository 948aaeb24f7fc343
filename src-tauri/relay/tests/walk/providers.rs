//! What tests of all providers share: an account of each at the pretend provider, below a path of its own, and a typical
//! call of each dialect.

use carpool_core::{
    credential::AccountKind,
    dialect::{Dialect, chat::CHAT, generate_content::GENERATE_CONTENT, messages::MESSAGES, responses::RESPONSES},
    endpoints::Endpoints,
    options::Options,
    provider::{
        Provider, azure::AZURE, bedrock::BEDROCK, claude::CLAUDE, code_assist::CODE_ASSIST, codex::CODEX,
        compatible::COMPATIBLE, droid::DROID, gemini::GEMINI, openai::OPENAI,
    },
};
use carpool_relay::{
    accounts::sign_in,
    pretend::{Pretend, Recorded},
    store::accounts::NewAccount,
};
use http::Method;
use tempfile::TempDir;
use url::Url;

use crate::{caller::Ask, relay::TestRelay, verbatim};

/// How a dialect's clients call.
pub(crate) struct Speech {
    pub(crate) dialect: &'static Dialect,
    /// The header their key comes in, and what stands before it there.
    key: (&'static str, &'static str),
    /// Where they ask for a whole answer, and where for a stream.
    targets: [&'static str; 2],
    /// The model they ask for.
    pub(crate) model: &'static str,
    /// What they send, as no serializer would write it again; `STREAM` stands for whether they want a stream.
    body: &'static str,
}

pub(crate) static MESSAGES_SPOKEN: Speech = Speech {
    dialect: &MESSAGES,
    key: ("x-api-key", ""),
    targets: ["/v1/messages?beta=true", "/v1/messages?beta=true"],
    model: "claude-sonnet-4-5",
    body: "\r\n{ \"x_new\":{\"a\":1e2,\"b\":-0.0} ,\"model\" :\t\"claude-sonnet-4-5\",\"stream\":STREAM, \"max_tokens\":64,\
           \"messages\":[{\"role\":\"user\",\"content\":\"caf\\u00e9 \\/ 漢字 🚗\"}],\"y\":null,\"y\":[1 ,2]}\n",
};

static RESPONSES_SPOKEN: Speech = Speech {
    dialect: &RESPONSES,
    key: ("authorization", "Bearer "),
    targets: ["/v1/responses?a='b'&c=%2F", "/v1/responses?a='b'&c=%2F"],
    model: "gpt-5.2",
    body: " {\"model\":\"gpt-5.2\" ,\n\t\"input\":[ {\"role\":\"user\",\"content\":\"caf\\u00e9 \\/ 漢字 🚗\"}],\"stream\":STREAM,\
           \"store\":false,\"x_new\":{\"a\":1e2,\"b\":-0.0},\"background\":false,\"y\":null,\"y\":[1 ,2]}\r\n",
};

static CHAT_SPOKEN: Speech = Speech {
    dialect: &CHAT,
    key: ("authorization", "Bearer "),
    targets: ["/v1/chat/completions", "/v1/chat/completions"],
    model: "gpt-4.1",
    body: "{\"stream\" :STREAM,\"stream_options\": {\"x_new\":1e2,\"include_usage\":true},\r\n  \"model\":\"gpt-4.1\",\
           \"messages\":[{\"role\":\"user\",\"content\":\"caf\\u00e9 \\/ 漢字 🚗\"}],\"y\":null,\"y\":[1 ,2]}\n\n",
};

static GENERATE_CONTENT_SPOKEN: Speech = Speech {
    dialect: &GENERATE_CONTENT,
    key: ("x-goog-api-key", ""),
    targets: [
        "/v1beta/models/gemini-2.5-flash:generateContent?a='b'",
        "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
    ],
    model: "gemini-2.5-flash",
    body: "\t{\"contents\" :[{\"role\":\"user\",\"parts\":[{\"text\":\"caf\\u00e9 \\/ 漢字 🚗\"}]}],\
           \"x_new\":{\"stream\":STREAM,\"b\":-0.0},\r\n\"y\":null,\"y\":[1 ,2]} ",
};

/// An account of a provider, and a dialect it is called in as it is.
pub(crate) struct Pair {
    pub(crate) provider: &'static Provider,
    pub(crate) speech: &'static Speech,
    /// What stands before the path a client asks for.
    prefix: &'static str,
    /// What stands before it at the pretend provider.
    below: &'static str,
}

const fn pair(provider: &'static Provider, speech: &'static Speech, prefix: &'static str, below: &'static str) -> Pair {
    Pair { provider, speech, prefix, below }
}

/// Every provider in every dialect that its accounts are sent as it came.
pub(crate) static PAIRS: &[Pair] = &[
    pair(&CLAUDE, &MESSAGES_SPOKEN, "/api", ""),
    pair(&OPENAI, &RESPONSES_SPOKEN, "/openai", "/openai"),
    pair(&OPENAI, &CHAT_SPOKEN, "/openai", "/openai"),
    pair(&CODEX, &RESPONSES_SPOKEN, "/openai", "/codex"),
    pair(&GEMINI, &GENERATE_CONTENT_SPOKEN, "/gemini", "/gemini"),
    pair(&AZURE, &RESPONSES_SPOKEN, "/azure/openai", "/azure/openai"),
    pair(&AZURE, &CHAT_SPOKEN, "/azure/openai", "/azure/openai"),
    pair(&DROID, &MESSAGES_SPOKEN, "/droid/claude", "/droid/a"),
    pair(&DROID, &RESPONSES_SPOKEN, "/droid/openai", "/droid/o"),
    pair(&DROID, &CHAT_SPOKEN, "/droid/comm", "/droid/o"),
    pair(&COMPATIBLE, &MESSAGES_SPOKEN, "", "/compatible"),
    pair(&COMPATIBLE, &RESPONSES_SPOKEN, "", "/compatible"),
    pair(&COMPATIBLE, &CHAT_SPOKEN, "", "/compatible"),
    pair(&COMPATIBLE, &GENERATE_CONTENT_SPOKEN, "", "/compatible"),
];

/// Those whose calls are written anew on the way.
pub(crate) static TURNED: &[Pair] = &[
    pair(&CODE_ASSIST, &GENERATE_CONTENT_SPOKEN, "/gemini", "/code-assist"),
    pair(&BEDROCK, &MESSAGES_SPOKEN, "/api", "/bedrock"),
];

impl Pair {
    /// What a client sends.
    pub(crate) fn body(&self, is_stream: bool) -> String {
        self.speech.body.replace("STREAM", if is_stream { "true" } else { "false" })
    }

    /// A client's call, with Alex's key where its dialect wants it.
    pub(crate) fn ask(&self, relay: &TestRelay, is_stream: bool) -> Ask {
        self.ask_for(relay, self.speech.targets[usize::from(is_stream)], self.body(is_stream))
    }

    /// The same for another path below the prefix, with another body.
    pub(crate) fn ask_for(&self, relay: &TestRelay, path: &str, body: impl Into<bytes::Bytes>) -> Ask {
        let (header, before) = self.speech.key;
        Ask::bare(relay.address, Method::GET, &format!("{}{path}", self.prefix))
            .header(header, &format!("{before}{}", relay.key))
            .header("user-agent", user_agent(self.provider))
            .header("x-stainless-lang", "js")
            .posting(body)
    }

    /// A whole answer's path with this query instead of its own.
    pub(crate) fn client_target(&self, query: &str) -> String {
        let path = self.speech.targets[0].split('?').next().unwrap();
        format!("{}{path}?{query}", self.prefix)
    }

    /// Where that is to arrive at the pretend provider.
    pub(crate) fn arrives_at(&self, is_stream: bool) -> String {
        let target = self.speech.targets[usize::from(is_stream)];
        let has_no_version = self.provider.id == CODEX.id;
        let path = if has_no_version { target.strip_prefix("/v1").unwrap() } else { target };
        format!("{}{path}", self.below)
    }

    /// For messages of tests.
    pub(crate) fn name(&self) -> String {
        format!("{} in {}", self.provider.id, self.speech.dialect.id)
    }
}

/// The client that an account of the provider serves.
pub(crate) fn user_agent(provider: &Provider) -> &'static str {
    match provider.id {
        "codex" => "codex_cli_rs/0.169.0 (Debian 12; x86_64)",
        "code-assist" => "GeminiCLI/0.61.0/gemini-2.5-pro (linux; x64)",
        "droid" => "factory-cli/0.225.0",
        _ => "an SDK/1.0",
    }
}

/// The secret of a provider's account of this number.
pub(crate) fn secret(provider: &Provider, number: usize) -> String {
    let beginning = match provider.id {
        "claude" => "sk-ant-api03-",
        "openai" => "sk-proj-",
        "gemini" => "AIzaSy",
        "code-assist" => "ya29.",
        "bedrock" => return format!("AKIDEXAMPLE{number}:wJalrXUtnFEMI/K7MDENG"),
        "droid" => "fk-",
        _ => "key-",
    };
    format!("{beginning}{}-{number}", provider.id)
}

/// What the pretend provider sees of it.
pub(crate) fn shown(provider: &Provider, number: usize) -> String {
    secret(provider, number).split(':').next().unwrap().to_owned()
}

/// What the header says that the provider wants its credential in.
pub(crate) fn credential_sent(provider: &Provider, request: &Recorded) -> String {
    let header = match provider.id {
        "claude" => "x-api-key",
        "gemini" => "x-goog-api-key",
        "azure" => "api-key",
        _ => "authorization",
    };
    let value = request.headers.get(header).map_or("", |value| value.to_str().unwrap());
    value.strip_prefix("Bearer ").unwrap_or(value).to_owned()
}

/// A relay without an account, for whom every provider is the pretend one, and with the friend Alex.
pub(crate) async fn start() -> TestRelay {
    let pretend = Pretend::start().await.unwrap();
    let authority = pretend.url();
    start_with(pretend, &authority).await
}

/// The same, where the owner signs in at an authorization server of the test's.
pub(crate) async fn start_with(pretend: Pretend, authority: &Url) -> TestRelay {
    let endpoints = endpoints(&pretend.url(), authority);
    let mut relay = TestRelay::start_among(TempDir::new().unwrap(), pretend, endpoints).await;
    relay.key = relay.add_friend("Alex").await;
    relay
}

/// Every provider at the pretend one, those that sign owners in at the authorization server.
fn endpoints(pretend: &Url, authority: &Url) -> Endpoints {
    let (at, authority) = (pretend.as_str().trim_end_matches('/'), authority.as_str().trim_end_matches('/'));
    let asides =
        |provider: &str| format!("usage_url = '{at}/api/oauth/usage'\nprofile_url = '{at}/{provider}/profile'\n");
    let login = format!(
        "authorize_url = '{authority}/authorize'\ntoken_url = '{authority}/token'\n\
         redirect_uri = 'http://localhost:1455/auth/callback'\n"
    );
    let text = format!(
        "[claude]\napi_base = '{at}'\n{}\
         [openai]\napi_base = '{at}/openai/v1'\n\
         [codex]\napi_base = '{at}/codex'\n{login}{}\
         [gemini]\napi_base = '{at}/gemini'\n\
         [code-assist]\napi_base = '{at}/code-assist'\n{login}{}\
         [bedrock]\napi_base = '{at}/bedrock'\n\
         [droid]\napi_base = '{at}/droid'\ndevice_url = '{authority}/device'\ntoken_url = '{authority}/token'\n",
        asides("claude"),
        asides("codex"),
        asides("code-assist"),
    );
    Endpoints::with_overrides(&text).unwrap()
}

/// What an account of a provider is made of, with what it must be set to.
pub(crate) fn new_account(relay: &TestRelay, provider: &'static Provider, name: &str) -> NewAccount {
    let below = |path: &str| Some(relay.pretend.url().join(path).unwrap());
    let text = |text: &str| Some(text.to_owned());
    let account = NewAccount::named(name.to_owned(), provider, AccountKind::ApiKey);
    match provider.id {
        "azure" => NewAccount { base_url: below("azure"), ..account },
        "bedrock" => NewAccount { options: Options { region: text("eu-central-1"), ..Options::default() }, ..account },
        "code-assist" => NewAccount {
            options: Options { client_id: text("the-owners-own"), project: text("proj-1"), ..Options::default() },
            client_secret: Some("GOCSPX-of-the-owner".into()),
            ..account
        },
        "compatible" => {
            let dialects = provider.dialects.iter().map(|dialect| dialect.id.to_owned()).collect();
            NewAccount { base_url: below("compatible"), options: Options { dialects, ..Options::default() }, ..account }
        }
        _ => account,
    }
}

/// Adds an account of a provider: by its secret or, where it has none, signed in with that as access token.
pub(crate) async fn add(relay: &TestRelay, account: NewAccount, secret: &str) -> i64 {
    if !account.provider.kinds.contains(&AccountKind::ApiKey) {
        return sign_in_as(relay, account, secret).await;
    }
    let id = sign_in::add_by_secret(relay.around(), account, &secret.into(), None).await.unwrap();
    relay.house.reload().await.unwrap();
    id
}

/// Adds the first account of a provider.
pub(crate) async fn add_first(relay: &TestRelay, provider: &'static Provider) -> i64 {
    add(relay, new_account(relay, provider, provider.id), &secret(provider, 1)).await
}

/// Signs an account in, with this as its access token.
pub(crate) async fn sign_in_as(relay: &TestRelay, account: NewAccount, access_token: &str) -> i64 {
    let login = account.provider.login.unwrap();
    if login.is_by_device() {
        relay.pretend.next(verbatim::json(
            r#"{"device_code":"d","user_code":"BCDF-GHJK","verification_uri":"http://h.invalid/","expires_in":300,"interval":0}"#,
        ));
    }
    let begun = sign_in::begin(relay.around(), account.provider, &account.options, None).await.unwrap();
    let tokens = serde_json::json!({
        "access_token": access_token,
        "refresh_token": format!("refresh-of-{access_token}"),
        "expires_in": 28800,
    });
    relay.pretend.next(verbatim::json(&tokens.to_string()));
    let id = sign_in::finish(relay.around(), &begun, "a-code", account).await.unwrap();
    relay.house.reload().await.unwrap();
    id
}
