//! Tests of [`super`].

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const NAMES: &[Field] = &[Field::whole("model"), Field::whole("stream")];

fn found(text: &str, names: &'static [Field]) -> Result<Vec<Option<String>>, NotAnObject> {
    let mut outline = Outline::of(names);
    outline.push(text.as_bytes());
    let fields = outline.finish()?;
    let to_text = |text: &[u8]| String::from_utf8(text.to_vec()).expect("a piece of a str");
    Ok(names.iter().map(|field| fields.text(field.name).map(to_text)).collect())
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn only_fields_of_the_top_level_are_found() {
    let text = r#" {"a":{"model":"no"},"model" : "yes\"}" ,"list":[{"model":1},"]"],"stream":true} "#;

    assert_eq!(found(text, NAMES), Ok(vec![some(r#""yes\"}""#), some("true")]));
    assert_eq!(found("{}", NAMES), Ok(vec![None, None]));
}

#[test]
fn a_name_written_with_escapes_is_the_same_name() {
    assert_eq!(found(r#"{"mod\u0065l":1}"#, NAMES), Ok(vec![some("1"), None]));
    assert_eq!(found(r#"{"model":1,"mod\u0065l":2}"#, NAMES), Err(NotAnObject::Twice("model")));
}

#[test]
fn what_is_no_object_is_refused() {
    for text in ["", "{", "[]", "nul", "{\"a\"", "{\"a\":", "{\"a\":\"", "{\"a\":\"\\", "{\"a\":[1,2}", "{\"a\":1"] {
        assert!(found(text, NAMES).is_err(), "{text}");
    }
    for text in
        ["{}x", "{\"a\":1}{\"a\":2}", "{\"a\":}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{a:1}", "{,}", "{\"a\":1,}"]
    {
        assert_eq!(found(text, NAMES), Err(NotAnObject::Shape), "{text}");
    }
}

#[test]
fn a_field_that_should_be_small_cannot_fill_the_memory() {
    let text = format!("{{\"model\":\"{}\"}}", "x".repeat(MAX_VALUE_BYTES));

    assert_eq!(found(&text, NAMES), Err(NotAnObject::TooLong("model")));
    assert!(found(&text.replace("model", "other"), NAMES).is_ok());
}

#[test]
fn of_a_field_that_may_be_long_the_beginning_is_kept() {
    const FIELDS: &[Field] = &[Field::whole("model"), Field::beginning("messages", 6)];

    assert_eq!(found(r#"{"messages":["long",1],"model":1}"#, FIELDS), Ok(vec![some("1"), some(r#"["long"#)]));
    assert_eq!(found(r#"{"messages":[1],"messages":[2]}"#, FIELDS), Ok(vec![None, some("[1]")]));
}

#[test]
fn an_object_may_be_looked_into_and_its_places_are_those_of_the_whole() {
    const FIELDS: &[Field] = &[
        Field::whole("model"),
        Field::object("request", &[Field::whole("session_id"), Field::beginning("contents", 4)]),
    ];
    let text = r#"{"model":"m", "request" : {"contents":[{"session_id":1}], "session_id":"s"}, "x":{}}"#;
    for size in 1..text.len() {
        let mut outline = Outline::of(FIELDS);
        for piece in text.as_bytes().chunks(size) {
            outline.push(piece);
        }
        let fields = outline.finish().expect("an object");
        let inside = fields.inside("request").expect("an object, too");

        assert_eq!(fields.text("model"), Some(&b"\"m\""[..]));
        assert_eq!(inside.text("contents"), Some(&b"[{\"s"[..]));
        assert_eq!(inside.place("session_id").map(|place| &text[place]), Some("\"s\""));
        assert!(text[fields.place("request").expect("it is there")].starts_with(r#"{"contents""#));
        let cut = crate::json::apply(text.as_bytes(), &inside.remove(&["session_id"]));
        assert_eq!(cut, br#"{"model":"m", "request" : {"contents":[{"session_id":1}]}, "x":{}}"#);
    }
}

#[test]
fn what_is_looked_into_is_read_as_strictly_as_the_top() {
    const FIELDS: &[Field] = &[Field::object("request", &[Field::whole("model")])];
    let read = |text: &str| {
        let mut outline = Outline::of(FIELDS);
        outline.push(text.as_bytes());
        outline.finish().map(|fields| fields.inside("request").is_some())
    };

    assert_eq!(read(r#"{"request":{}}"#), Ok(true));
    for other in [r#"{"request":null}"#, r#"{"request":"{}"}"#, r#"{"request":[{}]}"#, "{}"] {
        assert_eq!(read(other), Ok(false), "{other}");
    }
    assert_eq!(read(r#"{"request":{"model":1,"model":2}}"#), Err(NotAnObject::Twice("model")));
    assert_eq!(read(r#"{"request":{},"request":{}}"#), Err(NotAnObject::Twice("request")));
    assert_eq!(read(r#"{"request":{]}"#), Err(NotAnObject::Shape));
    assert_eq!(read(r#"{"request":{"#), Err(NotAnObject::Cut));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~äß漢😀\"\\\\\n{}\\[\\]:,]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-z\"\\\\{}]{0,6}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn the_fields_are_those_a_whole_parser_finds_wherever_the_text_is_cut(
        a in any_json(),
        b in any_json(),
        other in any_json(),
        size in 1usize..40,
    ) {
        let text = json!({ "a": a, "other": other, "b": b });
        for text in [text.to_string(), serde_json::to_string_pretty(&text).expect("writes")] {
            let mut outline = Outline::of(const { &[Field::whole("a"), Field::whole("b")] });
            for piece in text.as_bytes().chunks(size) {
                outline.push(piece);
            }
            let fields = outline.finish().expect("an object");
            let parsed = |name: &str| -> Value {
                serde_json::from_slice(fields.text(name).expect("found")).expect("a value")
            };
            prop_assert_eq!(parsed("a"), a.clone());
            prop_assert_eq!(parsed("b"), b.clone());
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in prop::collection::vec(prop::sample::select(b"{}[]\":,\\ a1\xff".to_vec()), 0..40)) {
        const INSIDE: &[Field] = &[Field::whole("1")];
        let mut outline =
            Outline::of(const { &[Field::object("a", INSIDE), Field::beginning("1", 2)] });
        outline.push(&text);
        let _ = outline.finish();
    }
}
