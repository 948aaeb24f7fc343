//! The top-level fields of a JSON object, found while its bytes pass by and without reading what lies deeper.
//!
//! A request may be megabytes of conversation of which two fields matter. This looks only at quotes and brackets, piece
//! by piece as they come, so that nothing has to be put together or kept; it is strict about the top level and leaves the
//! inside to the provider.

mod inside;

use inside::{Nested, Text};

/// The longest value that is kept whole. Those that are looked for are words, numbers and small objects.
const MAX_VALUE_BYTES: usize = 64 * 1024;
/// The longest name that is compared; a longer one is not one of ours.
const MAX_NAME_BYTES: usize = 256;

/// A text that is no JSON object, as far as can be told from its outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnObject {
    /// It does not begin with a brace, something stands where it may not, or something follows the last brace.
    #[error("it is not one JSON object")]
    Shape,
    /// It ends in the middle.
    #[error("it ends in the middle")]
    Cut,
    /// Two fields have one name, so that two readers could read different things.
    #[error("the field '{0}' stands in it twice")]
    Twice(&'static str),
    /// A field that should be small is not.
    #[error("the field '{0}' is too long")]
    TooLong(&'static str),
}

/// A field that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    name: &'static str,
    keep: Keep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    Whole,
    Beginning(usize),
}

impl Field {
    /// A field that must be read whole: it is refused where it is too long or stands twice.
    #[must_use]
    pub const fn whole(name: &'static str) -> Self {
        Self { name, keep: Keep::Whole }
    }

    /// A field of which at most so many bytes are kept; where it stands twice, of the first.
    #[must_use]
    pub const fn beginning(name: &'static str, bytes: usize) -> Self {
        Self { name, keep: Keep::Beginning(bytes) }
    }
}

/// The raw texts of the fields that were looked for, in the order they were named.
pub type Fields = Vec<Option<Vec<u8>>>;

/// Finds the named top-level fields of one object.
#[derive(Debug)]
pub struct Outline {
    fields: &'static [Field],
    values: Fields,
    state: State,
    /// The name being read, without its quotes.
    name: Vec<u8>,
    /// The field being read, if it is looked for.
    wanted: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    /// Behind the opening brace.
    FirstName,
    /// Behind a comma.
    NextName,
    Name(Text),
    AfterName,
    BeforeValue,
    TextValue(Text),
    /// A number or a word.
    Scalar,
    Nested(Nested),
    AfterValue,
    End,
    Broken(NotAnObject),
}

impl Outline {
    /// Looks for these fields.
    #[must_use]
    pub fn of(fields: &'static [Field]) -> Self {
        Self { fields, values: vec![None; fields.len()], state: State::Start, name: Vec::new(), wanted: None }
    }

    /// Looks at the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while !rest.is_empty() && !matches!(self.state, State::Broken(_)) {
            let used = self.step(rest);
            rest = &rest[used..];
        }
    }

    /// The fields that were found, when the last piece has come.
    ///
    /// # Errors
    /// [`NotAnObject`] when the outline is not that of one object, or a field stands in it twice.
    pub fn finish(self) -> Result<Fields, NotAnObject> {
        match self.state {
            State::End => Ok(self.values),
            State::Broken(error) => Err(error),
            _ => Err(NotAnObject::Cut),
        }
    }

    /// Goes on as far as one state reaches and returns how many bytes that was.
    fn step(&mut self, rest: &[u8]) -> usize {
        match self.state {
            State::Name(text) => self.read_name(text, rest),
            State::TextValue(mut text) => {
                let (used, is_closed) = text.skip(rest);
                self.keep(&rest[..used]);
                self.go_on(if is_closed { State::AfterValue } else { State::TextValue(text) });
                used
            }
            State::Nested(mut nested) => {
                let (used, state) = match nested.skip(rest) {
                    Ok((used, true)) => (used, State::AfterValue),
                    Ok((used, false)) => (used, State::Nested(nested)),
                    Err(error) => (rest.len(), State::Broken(error)),
                };
                self.keep(&rest[..used]);
                self.go_on(state);
                used
            }
            State::Scalar => {
                let end = rest.iter().position(|byte| matches!(byte, b',' | b'}') || byte.is_ascii_whitespace());
                let used = end.unwrap_or(rest.len());
                self.keep(&rest[..used]);
                self.go_on(if end.is_some() { State::AfterValue } else { State::Scalar });
                used
            }
            _ if rest[0].is_ascii_whitespace() => 1,
            State::BeforeValue => self.begin_value(rest[0]),
            state => {
                self.state = match (state, rest[0]) {
                    (State::Start, b'{') => State::FirstName,
                    (State::FirstName | State::NextName, b'"') => State::Name(Text::default()),
                    (State::FirstName | State::AfterValue, b'}') => State::End,
                    (State::AfterName, b':') => State::BeforeValue,
                    (State::AfterValue, b',') => State::NextName,
                    _ => State::Broken(NotAnObject::Shape),
                };
                1
            }
        }
    }

    /// Goes on, unless keeping a value broke it off.
    fn go_on(&mut self, state: State) {
        if !matches!(self.state, State::Broken(_)) {
            self.state = state;
        }
    }

    fn read_name(&mut self, mut text: Text, rest: &[u8]) -> usize {
        let (used, is_closed) = text.skip(rest);
        let room = MAX_NAME_BYTES.saturating_sub(self.name.len());
        let part = &rest[..used - usize::from(is_closed)];
        self.name.extend_from_slice(&part[..part.len().min(room)]);
        self.state = State::Name(text);
        if is_closed {
            self.wanted = self.fields.iter().position(|wanted| is_named(&self.name, wanted.name));
            self.name.clear();
            self.state = State::AfterName;
            if let Some(place) = self.wanted.filter(|place| self.values[*place].is_some()) {
                match self.fields[place] {
                    Field { keep: Keep::Beginning(_), .. } => self.wanted = None,
                    Field { name, keep: Keep::Whole } => self.state = State::Broken(NotAnObject::Twice(name)),
                }
            }
        }
        used
    }

    /// Begins a value at its first byte; that of a number or word is left to be read with the rest of it.
    fn begin_value(&mut self, first: u8) -> usize {
        if let Some(place) = self.wanted {
            self.values[place] = Some(Vec::new());
        }
        let (state, used) = match first {
            b'"' => (State::TextValue(Text::default()), 1),
            b'{' => (State::Nested(Nested::object()), 1),
            b'[' => (State::Nested(Nested::array()), 1),
            b',' | b'}' | b']' | b':' => (State::Broken(NotAnObject::Shape), 1),
            _ => (State::Scalar, 0),
        };
        if used > 0 {
            self.keep(&[first]);
        }
        self.go_on(state);
        used
    }

    /// Keeps a part of the value being read, if it is looked for.
    fn keep(&mut self, part: &[u8]) {
        let Some(place) = self.wanted else { return };
        let Some(value) = &mut self.values[place] else { return };
        let part = match self.fields[place] {
            Field { keep: Keep::Beginning(most), .. } => &part[..part.len().min(most - value.len())],
            Field { name, keep: Keep::Whole } if value.len() + part.len() > MAX_VALUE_BYTES => {
                self.state = State::Broken(NotAnObject::TooLong(name));
                return;
            }
            Field { keep: Keep::Whole, .. } => part,
        };
        value.extend_from_slice(part);
    }
}

/// Compares a field's name, which may be written with escapes.
fn is_named(raw: &[u8], wanted: &str) -> bool {
    if raw.contains(&b'\\') {
        let quoted = [b"\"", raw, b"\""].concat();
        return serde_json::from_slice::<String>(&quoted).is_ok_and(|name| name == wanted);
    }
    raw == wanted.as_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const NAMES: &[Field] = &[Field::whole("model"), Field::whole("stream")];

    fn found(text: &str, names: &'static [Field]) -> Result<Vec<Option<String>>, NotAnObject> {
        let mut outline = Outline::of(names);
        outline.push(text.as_bytes());
        let to_text = |value: Vec<u8>| String::from_utf8(value).expect("a piece of a str");
        Ok(outline.finish()?.into_iter().map(|value| value.map(to_text)).collect())
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
        for text in ["", "{", "[]", "nul", "{\"a\"", "{\"a\":", "{\"a\":\"", "{\"a\":\"\\", "{\"a\":[1,2}", "{\"a\":1"]
        {
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
                let parsed = |place: usize| -> Value {
                    serde_json::from_slice(fields[place].as_deref().expect("found")).expect("a value")
                };
                prop_assert_eq!(parsed(0), a.clone());
                prop_assert_eq!(parsed(1), b.clone());
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in prop::collection::vec(prop::sample::select(b"{}[]\":,\\ a1\xff".to_vec()), 0..40)) {
            let mut outline = Outline::of(const { &[Field::whole("a"), Field::beginning("1", 2)] });
            outline.push(&text);
            let _ = outline.finish();
        }
    }
}
