//! Exports of claude-relay-service as its scripts write them, and what becomes of them here.

use serde_json::{Value, json};

use super::{claude_relay::*, *};

const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

const PLAIN: &str = "cr_0000000000000000000000000000000000000000000000000000000000000000";
const ONE: &str = "cr_1111111111111111111111111111111111111111111111111111111111111111";
const TWO: &str = "cr_2222222222222222222222222222222222222222222222222222222222222222";

/// A key with nothing set, as `apiKeyService.js` writes it.
fn key(name: &str) -> Value {
    json!({
        "id": format!("id-of-{name}"), "name": name, "description": "", "apiKey": HASH, "tokenLimit": "0",
        "concurrencyLimit": "0", "rateLimitWindow": "0", "rateLimitRequests": "0", "rateLimitCost": "0",
        "isActive": "true", "claudeAccountId": "", "permissions": "[]", "enableModelRestriction": "false",
        "restrictedModels": "[]", "enableClientRestriction": "false", "allowedClients": "[]", "dailyCostLimit": "0",
        "totalCostLimit": "0", "weeklyOpusCostLimit": "0", "tags": "[]", "activationDays": "0",
        "expirationMode": "fixed", "isActivated": "true", "createdAt": "2026-01-02T03:04:05.678Z", "lastUsedAt": "",
        "expiresAt": "", "userId": "", "userUsername": "", "serviceRates": "{}",
    })
}

fn with(name: &str, fields: Value) -> Value {
    let mut key = key(name);
    let Value::Object(fields) = fields else { panic!("fields") };
    key.as_object_mut().unwrap().extend(fields);
    key
}

fn file(keys: &[Value]) -> Vec<u8> {
    json!({ "metadata": { "version": "2.0", "sanitized": false }, "data": { "apiKeys": keys } })
        .to_string()
        .into_bytes()
}

fn read_one(fields: Value) -> ImportedKey {
    read(&file(&[with("Alex", fields)])).unwrap().keys.remove(0)
}

#[test]
fn a_key_with_nothing_set_becomes_a_friend_with_a_key_that_may_do_anything() {
    let key = read_one(json!({}));

    assert_eq!((key.friend.as_str(), key.name.as_str(), key.is_active), ("Alex", "imported", true));
    assert_eq!((key.secret, key.expiry), (None, Expiry::Never));
    assert_eq!(key.hash.map(hex::encode).as_deref(), Some(HASH));
    assert!(key.limits.is_empty() && key.left_out.is_empty() && key.days.is_empty(), "{:?}", key.left_out);
    assert_eq!(key.created_at.unwrap().to_string(), "2026-01-02T03:04:05.678Z");
}

#[test]
fn limits_that_have_a_like_here_are_taken_over() {
    let key = read_one(json!({
        "concurrencyLimit": "3", "rateLimitWindow": "1", "rateLimitRequests": "20", "dailyCostLimit": "5.5",
        "totalCostLimit": 100, "enableModelRestriction": "true", "restrictedModels": "[\"claude-opus-4-8\"]",
        "enableClientRestriction": "true", "allowedClients": "[\"claude_code\",\"codex_cli\",\"new_thing\"]",
        "permissions": "[\"claude\",\"openai\"]",
    }));

    let limits = serde_json::to_value(&key.limits).unwrap();
    assert_eq!(
        limits,
        json!({
            "rpm": 20, "concurrency": 3, "cap_day_pico_usd": 5_500_000_000_000_i64,
            "cap_total_pico_usd": 100_000_000_000_000_i64, "deny_models": ["claude-opus-4-8"],
            "allow_clients": ["claude-code", "codex", "new_thing"],
            "allow_providers": ["claude", "bedrock", "openai", "codex", "azure"],
        })
    );
    assert_eq!(key.left_out, ["what was spent of the total cost limit: the cap counts from now on"]);
}

#[test]
fn what_has_no_like_here_is_named() {
    let key = read_one(json!({
        "rateLimitWindow": "60", "rateLimitRequests": "100", "rateLimitCost": "2", "weeklyOpusCostLimit": "9",
        "claudeAccountId": "x", "serviceRates": "{\"claude\":2}", "restrictedModels": "[\"not-switched-on\"]",
    }));

    assert!(key.limits.is_empty());
    let expected = [
        "100 requests in 60 minutes",
        "$2.00 in 60 minutes",
        "weekly cost limit for Opus",
        "bound to a Claude account",
        "service rates",
    ];
    assert_eq!(key.left_out, expected);
    let five_hours = read_one(json!({ "rateLimitWindow": "300", "rateLimitCost": "2" }));
    assert_eq!(five_hours.limits.cap_5h, Some(PicoUsd(2_000_000_000_000)));
}

#[test]
fn permissions_are_read_in_every_form_they_were_ever_written_in() {
    for (written, expected) in [
        (json!("all"), &[][..]),
        (json!(""), &[]),
        (json!("gemini"), &["gemini", "code-assist"]),
        (json!("droid,gemini"), &["droid", "gemini", "code-assist"]),
        (json!(["droid"]), &["droid"]),
        (json!("[\"something-new\"]"), &["something-new"]),
    ] {
        assert_eq!(read_one(json!({ "permissions": written })).limits.allow_providers, expected, "{written}");
    }
}

#[test]
fn a_key_ends_when_it_ended_there() {
    let at = read_one(json!({ "expiresAt": "2027-01-01T00:00:00.000Z" }));
    assert_eq!(at.expiry, Expiry::At("2027-01-01T00:00:00Z".parse().unwrap()));
    let activation = json!({ "expirationMode": "activation", "isActivated": "false", "activationDays": "30" });
    assert_eq!(read_one(activation).expiry, Expiry::AfterFirstUse(NonZeroU32::new(30).unwrap()));
    let hours = json!({
        "expirationMode": "activation", "isActivated": "false", "activationDays": "30", "activationUnit": "hours",
    });
    let hours = read_one(hours);
    assert_eq!(hours.expiry, Expiry::AfterFirstUse(NonZeroU32::new(2).unwrap()));
    assert_eq!(hours.left_out, ["30 hours after its first use: now 2 days"]);
    assert!(!read_one(json!({ "isActive": "false" })).is_active);
}

#[test]
fn users_are_friends_with_several_keys_and_names_are_made_to_fit() {
    let keys = [
        with("laptop", json!({ "userUsername": "mia" })),
        with("laptop", json!({ "id": "other", "userUsername": "mia" })),
        with("a/b", json!({})),
        with("f1", json!({})),
        with("gone", json!({ "isDeleted": "true" })),
    ];
    let export = read(&file(&keys)).unwrap();

    let names: Vec<_> = export.keys.iter().map(|key| format!("{}/{}", key.friend, key.name)).collect();
    assert_eq!(names, ["mia/laptop", "mia/laptop-2", "a-b/imported", "key f1/imported"]);
    assert_eq!(export.left_out, ["1 deleted keys"]);
}

fn stats(calls: i64, input: i64, micro: i64) -> Value {
    json!({
        "requests": calls.to_string(), "inputTokens": input.to_string(), "outputTokens": "5", "cacheReadTokens": "7",
        "cacheCreateTokens": "10", "ephemeral5mTokens": "6", "ephemeral1hTokens": "4", "allTokens": "1",
        "realCostMicro": micro.to_string(), "ratedCostMicro": "999",
    })
}

#[test]
fn use_is_taken_over_by_day_and_model_and_the_rest_of_a_month_by_month() {
    let key = read_one(json!({ "usageStats": {
        "total": { "totalRequests": "9" },
        "daily": { "2026-11-01": stats(3, 30, 3) },
        "models": { "claude-sonnet-4-5": {
            "daily": { "2026-11-01": stats(2, 20, 1_500_000), "2026-11-02": stats(1, 10, 0) },
            "monthly": { "2026-11": stats(3, 30, 1_500_000), "2026-10": stats(4, 40, 2_000_000) },
        } },
    } }));

    let amount = |calls, input, cost: Option<i64>| Amount {
        calls,
        input,
        cache_read: 7,
        cache_write_5m: 6,
        cache_write_1h: 4,
        output: 5,
        cost: cost.map(PicoUsd),
    };
    let model = Some("claude-sonnet-4-5".to_owned());
    let days: Vec<_> = key.days.iter().map(|used| (used.when.to_string(), used.model.clone(), used.amount)).collect();
    assert_eq!(
        days,
        [
            ("2026-11-01".to_owned(), model.clone(), amount(2, 20, Some(1_500_000_000_000))),
            ("2026-11-02".to_owned(), model.clone(), amount(1, 10, None)),
        ]
    );
    let months: Vec<_> =
        key.months.iter().map(|used| (used.when.to_string(), used.model.clone(), used.amount)).collect();
    assert_eq!(
        months,
        [("2026-10".to_owned(), model, amount(4, 40, Some(2_000_000_000_000)))],
        "November is in its days"
    );
}

#[test]
fn a_month_of_which_some_days_are_known_keeps_the_rest() {
    let key = read_one(json!({ "usageStats": { "models": { "m": {
        "daily": { "2026-10-31": stats(1, 10, 500_000) }, "monthly": { "2026-10": stats(4, 40, 2_000_000) },
    } } } }));

    let rest = &key.months[0].amount;
    assert_eq!((rest.calls, rest.input, rest.cost), (3, 30, Some(PicoUsd(1_500_000_000_000))));
}

#[test]
fn keys_that_are_given_are_found_by_id_or_name() {
    let mut export = read(&file(&[key("Alex"), key("Mia"), with("Sam", json!({ "apiKey": PLAIN }))])).unwrap();
    assert_eq!(export.keys[2].secret.as_deref(), Some(PLAIN));

    give_secrets(&mut export, &format!("Alex\t{ONE}\n\nid-of-Mia\t{TWO}\n")).unwrap();

    let secrets: Vec<_> = export.keys.iter().map(|key| key.secret.as_deref()).collect();
    assert_eq!(secrets, [Some(ONE), Some(TWO), Some(PLAIN)]);
    let wrong = |lines: &str| give_secrets(&mut export.clone(), lines).unwrap_err().to_string();
    assert_eq!(wrong("Alex cr_one"), "line 1 of the keys is no name, a tab and a key");
    assert!(wrong("Alex\tcr_x").contains("line 1 of the keys has fewer than 32"));
    assert!(wrong(&format!("\nBob\t{ONE}")).contains("no key of that name"));
    export.keys[1].source_name = "Alex".to_owned();
    assert!(give_secrets(&mut export, &format!("Alex\t{ONE}")).unwrap_err().to_string().contains("several"));
}

#[test]
fn what_stands_in_the_place_of_a_key_is_none() {
    let key = read_one(json!({ "apiKey": "9f86d08188...[REDACTED]" }));
    assert_eq!((key.secret, key.hash), (None, None));
}

#[test]
fn what_that_relay_keeps_of_a_key_is_found_with_its_secret() {
    // node: crypto.createHash('sha256').update(apiKey + encryptionKey).digest('hex')
    let digest = crate::client_key::KeyDigest::salted(&ONE.into(), &"a-32-character-encryption-key-xx".into());

    assert_eq!(hex::encode(digest.0), "6663ede81c619ea13b6f626a1aaa7f5c541fd3ccf7dd431a34a85ae1ed30c33a");
}

#[test]
fn a_file_that_is_no_export_says_what_is_wrong() {
    let error = |file: &[u8]| read(file).unwrap_err().to_string();

    assert!(error("\u{feff}ID,名称".as_bytes()).contains("CSV"));
    assert!(error(b"{").contains("no JSON"));
    assert!(error(b"[]").contains("has no metadata"));
    assert!(error(br#"{"metadata":{"version":"3.0"},"data":{}}"#).contains("version 3.0"));
    assert!(error(br#"{"metadata":{"version":"1.0"},"data":{}}"#).contains("has no apiKeys"));
    let bad = |fields| error(&file(&[with("Alex", fields)]));
    assert_eq!(
        bad(json!({ "dailyCostLimit": "lots" })),
        "the key 'Alex' in the export cannot be read: dailyCostLimit is 'lots', which is no number"
    );
    assert!(bad(json!({ "expiresAt": "soon" })).contains("expiresAt is 'soon'"));
    assert!(bad(json!({ "concurrencyLimit": "-1" })).contains("negative"));
    assert!(bad(json!({ "id": "" })).contains("it has no id"));
    assert!(
        bad(json!({ "usageStats": { "models": { "m": { "daily": { "yesterday": {} } } } } }))
            .contains("'yesterday' is no day")
    );
}
