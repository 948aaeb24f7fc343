//! Small files by hand: what they become, byte for byte, and what is refused.

use super::*;

const ADDRESS: &str = "https://car.example";

fn access() -> Access {
    Access::new(ADDRESS, &format!("cr_{}", "5a".repeat(32)).into()).expect("it is right")
}

/// A client's file with the settings in it, in which `KEY` stands for the key.
fn merged(id: &str, name: &str, text: &str) -> Result<Merged, Unreadable> {
    let files = plan(client(id).expect("it is known"), &access());
    let file = files.iter().find(|file| file.name == name).expect("the client has it");
    let mut merged = merge(text.as_bytes(), &file.edits)?;
    assert_eq!(merge(merged.text.as_bytes(), &file.edits)?.changes, [""; 0], "a second time changes nothing");
    merged.text = merged.text.replace(&"5a".repeat(32), "");
    Ok(merged)
}

fn claude_code(text: &str) -> Result<String, Unreadable> {
    merged("claude-code", "settings.json", text).map(|merged| merged.text)
}

fn codex(text: &str) -> Result<String, Unreadable> {
    merged("codex", "config.toml", text).map(|merged| merged.text)
}

fn gemini(text: &str) -> Result<String, Unreadable> {
    merged("gemini-cli", ".env", text).map(|merged| merged.text)
}

#[track_caller]
fn refused(answer: Result<String, Unreadable>, why: &str) {
    let error = answer.expect_err("it is refused").to_string();
    assert!(error.contains(why), "{error}");
}

#[test]
fn files_that_are_not_there_are_written_whole() {
    for nothing in ["", " \r\n\t"] {
        let text = claude_code(nothing).expect("it is understood");
        assert_eq!(
            text,
            "{\n  \"env\": {\n    \"ANTHROPIC_BASE_URL\": \"https://car.example/api\",\n    \"ANTHROPIC_AUTH_TOKEN\": \"cr_\"\n  }\n}\n"
        );
    }
    assert_eq!(
        codex("").expect("it is understood"),
        "model_provider = \"carpool\"\n\n[model_providers.carpool]\nname = \"Carpool\"\nbase_url = \
         \"https://car.example/openai\"\nwire_api = \"responses\"\nexperimental_bearer_token = \"cr_\"\n"
    );
    assert_eq!(
        gemini("").expect("it is understood"),
        "GOOGLE_GEMINI_BASE_URL=https://car.example/gemini\nGEMINI_API_KEY=cr_\n"
    );
    let text = merged("gemini-cli", "settings.json", "").expect("it is understood").text;
    assert_eq!(
        text,
        "{\n  \"security\": {\n    \"auth\": {\n      \"selectedType\": \"gemini-api-key\"\n    }\n  }\n}\n"
    );
}

#[test]
fn a_member_is_added_the_way_the_others_are_written() {
    let tabs = "{\r\n\t// mine\r\n\t\"model\": \"opus\", // the big one\r\n\t/* last */\r\n}";
    assert_eq!(
        claude_code(tabs).expect("it is understood"),
        "{\r\n\t// mine\r\n\t\"model\": \"opus\", // the big one\r\n\t/* last */\r\n\t\"env\": {\r\n\t\t\"ANTHROPIC_BASE_URL\": \
         \"https://car.example/api\",\r\n\t\t\"ANTHROPIC_AUTH_TOKEN\": \"cr_\"\r\n\t}\r\n}"
    );
    assert_eq!(
        claude_code("\u{feff}{\"a\":{\"x\":1},\"env\":{}}").expect("it is understood"),
        "\u{feff}{\"a\":{\"x\":1},\"env\":{\"ANTHROPIC_BASE_URL\": \"https://car.example/api\", \"ANTHROPIC_AUTH_TOKEN\": \"cr_\"}}"
    );
    assert_eq!(
        claude_code("{ \"env\": { \"A\": \"1\" // one\n } }").expect("it is understood"),
        "{ \"env\": { \"A\": \"1\", // one\n  \"ANTHROPIC_BASE_URL\": \"https://car.example/api\", \"ANTHROPIC_AUTH_TOKEN\": \"cr_\"\n } }"
    );
}

#[test]
fn a_value_that_is_there_is_replaced_and_an_equal_one_is_left() {
    let old = "{\n  \"env\": {\n    \"ANTHROPIC\\u005fBASE_URL\" : \"http://old\" /* x */,\n    \"ANTHROPIC_AUTH_TOKEN\":\"cr_0\"\n  }\n}";
    assert_eq!(
        claude_code(old).expect("it is understood"),
        "{\n  \"env\": {\n    \"ANTHROPIC\\u005fBASE_URL\" : \"https://car.example/api\" /* x */,\n    \"ANTHROPIC_AUTH_TOKEN\":\"cr_\"\n  }\n}"
    );
    let same = "{\"env\":{\"ANTHROPIC_BASE_URL\":\"https:\\/\\/car.example\\/api\"}}";
    assert!(claude_code(same).expect("it is understood").starts_with(&same[..same.len() - 2]));
}

#[test]
fn an_item_of_a_list_is_known_by_its_names() {
    let settings = "{\n  \"claudeCode.environmentVariables\": [\n    7,\n    { \"value\": \"http://old\", \"name\": \"ANTHROPIC_BASE_URL\" },\n  ],\n}\n";
    let changed = merged("vscode", "settings.json", settings).expect("it is understood");
    assert_eq!(
        changed.text,
        "{\n  \"claudeCode.environmentVariables\": [\n    7,\n    { \"value\": \"https://car.example/api\", \"name\": \
         \"ANTHROPIC_BASE_URL\" },\n    {\n      \"name\": \"ANTHROPIC_AUTH_TOKEN\",\n      \"value\": \"cr_\"\n    }\n  ],\n  \
         \"claudeCode.disableLoginPrompt\": true\n}\n"
    );
    assert_eq!(
        changed.changes,
        [
            "claudeCode.environmentVariables[ANTHROPIC_BASE_URL].value = https://car.example/api",
            "claudeCode.environmentVariables[ANTHROPIC_AUTH_TOKEN].value = your key",
            "claudeCode.disableLoginPrompt = true",
        ]
    );
}

#[test]
fn another_address_changes_droids_models_and_adds_none() {
    let first = merged("droid", "config.json", "{\"custom_models\":[]}").expect("it is understood").text;
    let moved = first.replace("https://car.example", "http://192.168.1.5:8787");

    assert_eq!(merged("droid", "config.json", &moved).expect("it is understood").text, first);
    let read: serde_json::Value = serde_json::from_str(&first).expect("it is JSON");
    assert_eq!(read["custom_models"].as_array().map(Vec::len), Some(2));
    assert_eq!(read["custom_models"][1]["base_url"], "https://car.example/droid/openai/v1");
}

#[test]
fn toml_is_changed_line_by_line() {
    let old = "# mine\r\nmodel_provider = 'openai' # was\r\n\r\n[model_providers.carpool] # ours\r\nbase_url = \"http://old\"\r\n  \
               env_key = \"CARPOOL_KEY\"\r\nwire_api = \"responses\"\r\n\r\n[other]\r\nx = 1";
    assert_eq!(
        codex(old).expect("it is understood"),
        "# mine\r\nmodel_provider = \"carpool\" # was\r\n\r\n[model_providers.carpool] # ours\r\nname = \
         \"Carpool\"\r\nexperimental_bearer_token = \"cr_\"\r\nbase_url = \"https://car.example/openai\"\r\nwire_api = \
         \"responses\"\r\n\r\n[other]\r\nx = 1"
    );
    assert!(codex("[model_providers.carpool.query_params]\na = \"b\"").expect("it is understood").ends_with("\"cr_\""));
    assert!(codex("[model_providers]\n[model_providers.x]\nname = 'y'\n").is_ok());
}

#[test]
fn a_variable_is_replaced_where_it_is_set() {
    assert_eq!(
        gemini("# keys\nexport GEMINI_API_KEY = 'old' # mine\nOTHER=\"x\"").expect("it is understood"),
        "# keys\nexport GEMINI_API_KEY = cr_ # mine\nOTHER=\"x\"\nGOOGLE_GEMINI_BASE_URL=https://car.example/gemini"
    );
}

#[test]
fn what_is_not_understood_is_refused() {
    for broken in [
        "{",
        "[]",
        "// nothing",
        "{} {}",
        "{\"a\" 1}",
        "{\"a\":1,,}",
        "{,}",
        "{\"a\":01}",
        "{\"a\":tru}",
        "{'a':1}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":[1}]",
        "/* {}",
        "{\"a\":\"\\u12\"}",
        "{} // a\rb\n",
    ] {
        refused(claude_code(broken), "line 1: ");
    }
    refused(claude_code("{\"env\": 1}"), "env is something else than an object");
    refused(
        claude_code("{\"env\": {\"ANTHROPIC_BASE_URL\": null}}"),
        "env.ANTHROPIC_BASE_URL is something else than a text",
    );
    refused(claude_code("{\"env\":{},\"\\u0065nv\":{}}"), "\"env\" stands in it twice");
    refused(codex("model = "), "line 1: ");
    refused(codex("a = 1\na = 2"), "line 2: ");
    for unusual in [
        "model_providers = {}",
        "model_providers.carpool.name = 'x'",
        "[[model_providers]]",
        "[model_providers]\ncarpool = {}",
        "[model_providers]\ncarpool.name = 'x'",
        "[[model_providers.carpool]]",
        "model_providers.other.name = 'x'",
    ] {
        refused(codex(unusual), "is written in a way this does not change");
    }
    refused(codex("[model_provider]"), "model_provider is something else than a text");
    refused(codex("[model_providers.carpool.name]"), "model_providers.carpool.name is something else than a text");
    refused(codex("[model_providers.carpool]\nname = 7"), "model_providers.carpool.name is something else than a text");
    refused(gemini("GEMINI_API_KEY=a\nGEMINI_API_KEY=b"), "GEMINI_API_KEY stands in it twice");
    refused(gemini("A=\"one\ntwo\""), "line 1: a value in quotes");
    let files = plan(client("claude-code").expect("it is known"), &access());
    assert_eq!(merge(b"{\"a\":\"\xff\"}", &files[0].edits), Err(Unreadable::NotText));
}

#[test]
fn what_gets_in_the_way_is_told_and_left_alone() {
    let settings = "{\"apiKeyHelper\": \"pass show key\", \"env\": {\"ANTHROPIC_API_KEY\": \"sk\"}}";
    let changed = merged("claude-code", "settings.json", settings).expect("it is understood");

    assert_eq!(changed.warnings.len(), 2);
    assert!(changed.warnings[0].starts_with("env.ANTHROPIC_API_KEY is set there too"), "{:?}", changed.warnings);
    assert!(changed.text.contains("pass show key") && changed.text.contains("\"sk\""));
}

#[test]
fn the_key_is_written_and_never_shown() {
    for client in CLIENTS {
        let files = plan(client, &access());
        let merged: Vec<_> = files.iter().map(|file| merge(b"", &file.edits).expect("it is empty")).collect();

        assert!(merged.iter().any(|merged| merged.text.contains(&"5a".repeat(32))), "{}", client.id);
        assert!(!format!("{:?}", merged.iter().map(|merged| &merged.changes).collect::<Vec<_>>()).contains("5a5a"));
        assert!(!format!("{files:?}").contains("5a5a"), "{}", client.id);
    }
}

#[test]
fn an_address_or_key_that_would_need_quoting_is_refused() {
    let key: SecretString = format!("cr_{}", "0f".repeat(32)).into();
    for good in ["http://127.0.0.1:8787", "https://car.example/", "http://[::1]:8787", "https://car.example/below"] {
        assert!(Access::new(good, &key).is_ok(), "{good}");
    }
    for bad in [
        "",
        "car.example",
        "ftp://car.example",
        "https://a b",
        "https://x\"y",
        "https://x?y",
        "https://x#y",
        "https://",
        "https://x\n",
        "https://a@b",
    ] {
        assert_eq!(Access::new(bad, &key).err(), Some(BadAccess::Address(bad.trim_end_matches('/').to_owned())));
    }
    for bad in ["", "cr_", "sk-1", &format!("cr_{}", "0F".repeat(32)), &format!("cr_{}\"", "0f".repeat(32))] {
        assert_eq!(Access::new(ADDRESS, &bad.to_owned().into()).err(), Some(BadAccess::Key));
    }
}
