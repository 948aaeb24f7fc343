//! Notes as each format sends them, against what the vendors' pages say.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::*;

/// A name that tries to mention everybody, everywhere, and to write markup.
const MEAN: &str = "@everyone <!channel> <at user_id=\"all\">x</at> <@all> *b* [a](https://evil.example)\nline";

fn note(name: &str) -> Note {
    Note {
        kind: "alert.spend".to_owned(),
        title: "Spend is high".to_owned(),
        lines: vec![format!("{name} spent $7.00 by 14:10.")],
        data: serde_json::json!({ "spent_pico_usd": 7 }),
    }
}

fn place(format: &str, secret: Option<&str>) -> Place {
    let format: &'static Format = format.parse().unwrap();
    let address = (format.address == AddressNeed::Owners).then(|| "https://hooks.example/T0/hook-secret?k=1".into());
    let chat = (format.chat == ChatNeed::Needed).then(|| "-100123".to_owned());
    Place::new(format, address, secret.map(Into::into), chat).unwrap()
}

fn sent(place: &Place, note: &Note) -> (Request, Value) {
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let request = Letter { note, id: "msg_1", now, to: place }.request();
    let body = serde_json::from_str(&request.body).unwrap();
    (request, body)
}

const TOKEN: &str = "123456789:AAbbCCddEEffGGhhIIjjKKllMM";

fn every_place() -> Vec<Place> {
    let secret = new_secret([7; 32]);
    FORMATS
        .iter()
        .map(|format| match format.secret {
            SecretNeed::Drawn => place(format.id, Some(secret.expose_secret())),
            SecretNeed::Owners => place(format.id, Some(TOKEN)),
            SecretNeed::None | SecretNeed::Optional => place(format.id, None),
        })
        .collect()
}

/// The text that people see, wherever a format puts it.
fn text_of(body: &Value) -> &str {
    let places =
        [&body["text"]["content"], &body["content"]["text"], &body["data"]["text"], &body["content"], &body["text"]];
    places.into_iter().find_map(Value::as_str).expect("a text")
}

#[test]
fn no_name_can_mention_anybody_or_write_a_line_of_its_own() {
    for place in every_place().iter().filter(|place| place.format.id != "json") {
        let (_, body) = sent(place, &note(MEAN));
        let text = text_of(&body);

        assert_eq!(text.lines().count(), 2, "{}: {text}", place.format.id);
        let is_tagless = place.format.id == "telegram" || !text.replace("\\<", "").contains('<');
        assert!(is_tagless, "{}: {text}", place.format.id);
        match place.format.id {
            "slack" => assert_eq!(body["mrkdwn"], false),
            "discord" => {
                assert_eq!(body["allowed_mentions"], serde_json::json!({ "parse": [] }));
                assert!(text.contains("\\@everyone") && text.contains("\\[a\\]\\(https\\:"), "{text}");
                assert!(text.contains("14:10"), "{text}");
            }
            "telegram" => assert!(!text.contains("@everyone") && body.get("parse_mode").is_none(), "{text}"),
            "dingtalk" => assert_eq!(body["at"]["isAtAll"], false),
            _ => assert!(body.get("mentioned_list").is_none()),
        }
    }
}

#[test]
fn what_is_too_long_loses_whole_lines_at_its_end() {
    let mut long = note("Alex");
    long.lines = (0..3_000).map(|number| format!("第{number}行")).collect();
    let limits = [
        ("slack", 4_000),
        ("discord", 2_000),
        ("telegram", 4_096),
        ("feishu", 9_000),
        ("dingtalk", 9_000),
        ("wecom", 2_048),
    ];

    for (place, (id, most)) in every_place().iter().skip(1).zip(limits) {
        assert_eq!(place.format.id, id);
        let (_, body) = sent(place, &long);
        let text = text_of(&body);
        let length = match id {
            "slack" | "discord" => text.chars().count(),
            "telegram" => text.encode_utf16().count(),
            _ => text.len(),
        };

        assert!(length <= most && length > most - 40, "{id}: {length}");
        assert!(text.ends_with("行\n…"), "{id}");
    }
    let one = Note { title: "字".repeat(5_000), lines: Vec::new(), ..note("Alex") };
    assert!(text_of(&sent(&place("wecom", None), &one).1).len() <= 2_048);
}

#[test]
fn json_is_signed_as_standard_webhooks_has_it() {
    // The specification's own example.
    let secret: SecretString = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into();
    json::check(&secret).unwrap();
    let place = place("json", Some(secret.expose_secret()));

    let (request, body) = sent(&place, &note("Alex"));

    assert_eq!(body["type"], "alert.spend");
    assert_eq!(body["timestamp"], "2026-11-20T12:00:00Z");
    assert_eq!(body["data"]["spent_pico_usd"], 7);
    assert_eq!(body["data"]["title"], "Spend is high");
    let header = |name| request.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    assert_eq!(header("webhook-id"), Some("msg_1"));
    assert_eq!(header("webhook-timestamp"), Some("1795176000"));
    let signature = header("webhook-signature").unwrap().strip_prefix("v1,").unwrap().to_owned();
    assert_eq!(signature.len(), 44);
    let key = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let theirs = hmac(&key, br#"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}"#);
    assert_eq!(BASE64_STANDARD.encode(theirs), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn feishu_and_dingtalk_are_signed_as_their_pages_say() {
    let (_, body) = sent(&place("feishu", Some("demo")), &note("Alex"));
    assert_eq!(body["timestamp"], "1795176000");
    // python3: base64.b64encode(hmac.new(b"1795176000\ndemo", b"", "sha256").digest())
    assert_eq!(body["sign"], FEISHU_SIGN);

    let (request, _) = sent(&place("dingtalk", Some("SECdemo")), &note("Alex"));
    let address = Url::parse(request.address.expose_secret()).unwrap();
    let pairs: Vec<_> = address.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    assert_eq!(pairs[1], ("timestamp".to_owned(), "1795176000000".to_owned()));
    // python3: base64.b64encode(hmac.new(b"SECdemo", b"1795176000000\nSECdemo", "sha256").digest())
    assert_eq!(pairs[2], ("sign".to_owned(), DINGTALK_SIGN.to_owned()));

    let (_, unsigned) = sent(&place("feishu", None), &note("Alex"));
    assert!(unsigned.get("sign").is_none());
}

const FEISHU_SIGN: &str = "xelLPMCh3aMksNxm8V154bXp2kC8cnYqpUSiruNsge0=";
const DINGTALK_SIGN: &str = "OFRzPM3Da/JHFTUOjia3rtUXFZmmAZcTzhBFOY3rgKY=";

#[test]
fn telegram_is_sent_to_the_bot_and_its_chat() {
    let (request, body) = sent(&place("telegram", Some(TOKEN)), &note("Alex"));

    assert_eq!(request.address.expose_secret(), format!("https://api.telegram.org/bot{TOKEN}/sendMessage"));
    assert_eq!(body["chat_id"], "-100123");
}

#[test]
fn an_answer_that_refuses_with_a_good_status_is_a_refusal() {
    let judge = |format, status, body: &str| place(format, None).judge(status, body.as_bytes());

    assert_eq!(judge("slack", 200, "ok").0, Outcome::Status(200));
    assert_eq!(judge("feishu", 200, r#"{"code":0,"msg":"success"}"#).0, Outcome::Status(200));
    let (outcome, why) = judge("feishu", 200, r#"{"code":19021,"msg":"sign match fail"}"#);
    assert_eq!((outcome, why.as_str()), (Outcome::Status(400), "code 19021: sign match fail"));
    assert_eq!(judge("feishu", 200, r#"{"code":11232}"#).0, Outcome::Status(429));
    assert_eq!(judge("dingtalk", 200, r#"{"errcode":310000,"errmsg":"x"}"#).0, Outcome::Status(400));
    assert_eq!(judge("wecom", 200, r#"{"errcode":45009}"#).0, Outcome::Status(429));
    let (outcome, why) = place("telegram", Some(TOKEN)).judge(400, br#"{"ok":false,"description":"chat not found"}"#);
    assert_eq!((outcome, why.as_str()), (Outcome::Status(400), "HTTP 400: chat not found"));
}

#[test]
fn what_a_place_says_back_of_its_secrets_is_not_kept() {
    let said = format!(r#"{{"ok":false,"description":"bad {TOKEN}"}}"#);
    let (_, why) = place("telegram", Some(TOKEN)).judge(401, said.as_bytes());
    assert_eq!(why, "HTTP 401: bad …");

    let (_, why) = place("wecom", None).judge(200, br#"{"errcode":93000,"errmsg":"invalid hook-secret\n"}"#);
    assert_eq!(why, "errcode 93000: invalid … ");
    assert_eq!(place("wecom", None).shown(), "https://hooks.example/…");
}

#[test]
fn a_place_says_what_it_lacks() {
    let new = |format: &str, address: Option<&str>, secret: Option<&str>, chat: Option<&str>| {
        let format: &'static Format = format.parse().unwrap();
        Place::new(format, address.map(Into::into), secret.map(Into::into), chat.map(str::to_owned))
            .map(drop)
            .unwrap_err()
    };
    let hook = Some("https://hooks.example/x");

    assert_eq!(new("slack", None, None, None), BadPlace::NoAddress("Slack"));
    assert_eq!(new("slack", Some("ftp://hooks.example"), None, None), BadPlace::Address);
    assert_eq!(new("slack", hook, Some("x"), None), BadPlace::NeedlessSecret("Slack"));
    assert_eq!(new("slack", hook, None, Some("1")), BadPlace::NeedlessChat("Slack"));
    assert_eq!(new("json", hook, None, None), BadPlace::NoSecret("JSON"));
    assert!(matches!(new("json", hook, Some("short"), None), BadPlace::Secret(_)));
    assert_eq!(new("telegram", None, Some(TOKEN), None), BadPlace::NoChat("Telegram"));
    assert_eq!(new("telegram", None, Some(TOKEN), Some("me")), BadPlace::Chat);
    assert!(matches!(new("telegram", None, Some("1:a/../b"), Some("1")), BadPlace::Secret(_)));
    let unknown = "pager".parse::<&'static Format>().unwrap_err().to_string();
    assert!(unknown.contains("json, slack, discord, telegram, feishu, dingtalk, wecom"), "{unknown}");
}
