//! The way through an object's top level, piece by piece.

use super::{
    Field, Fields, Keep, Member, NotAnObject,
    inside::{Nested, Text},
};

/// The longest value that is kept whole. Those that are looked for are words, numbers and small objects.
const MAX_VALUE_BYTES: usize = 64 * 1024;
/// The longest name that is compared; a longer one is not one of ours.
const MAX_NAME_BYTES: usize = 256;

/// Finds the named top-level fields of one object.
#[derive(Debug)]
pub struct Outline {
    fields: &'static [Field],
    members: Vec<Option<Member>>,
    state: State,
    /// Bytes that were looked at.
    at: usize,
    /// Behind the first brace; where the last comma of the top level stands, where the last name began, and where the last
    /// brace stands.
    begin: usize,
    comma: Option<usize>,
    name_at: usize,
    end: usize,
    /// The name being read, without its quotes.
    name: Vec<u8>,
    /// The field being read, if it is looked for.
    wanted: Option<usize>,
    /// What finds the fields of the object being read, if that is looked into.
    inside: Option<Box<Outline>>,
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
    /// In an object that is looked into.
    Inside,
    AfterValue,
    End,
    Broken(NotAnObject),
}

impl Outline {
    /// Looks for these fields.
    #[must_use]
    pub fn of(fields: &'static [Field]) -> Self {
        Self {
            fields,
            members: vec![None; fields.len()],
            state: State::Start,
            at: 0,
            begin: 0,
            comma: None,
            name_at: 0,
            end: 0,
            name: Vec::new(),
            wanted: None,
            inside: None,
        }
    }

    /// Says whether anything but white space has come yet.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.state != State::Start
    }

    /// Looks at the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while !rest.is_empty() && !matches!(self.state, State::Broken(_)) {
            let used = self.step(rest);
            self.at += used;
            rest = &rest[used..];
        }
    }

    /// Looks at a piece up to the object's end; says how far that is.
    fn push_to_end(&mut self, piece: &[u8]) -> usize {
        let mut at = 0;
        while at < piece.len() && !matches!(self.state, State::End | State::Broken(_)) {
            let used = self.step(&piece[at..]);
            self.at += used;
            at += used;
        }
        at
    }

    /// The fields that were found, when the last piece has come.
    ///
    /// # Errors
    /// [`NotAnObject`] when the outline is not that of one object, or a field stands in it twice.
    pub fn finish(self) -> Result<Fields, NotAnObject> {
        match self.state {
            State::End => Ok(Fields {
                names: self.fields,
                members: self.members,
                begin: self.begin,
                end: self.end,
                is_empty_object: self.name_at == 0,
            }),
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
                let state = if is_closed { self.end_value(used) } else { State::TextValue(text) };
                self.go_on(state);
                used
            }
            State::Nested(mut nested) => {
                let (used, state) = match nested.skip(rest) {
                    Ok((used, true)) => (used, self.end_value(used)),
                    Ok((used, false)) => (used, State::Nested(nested)),
                    Err(error) => (rest.len(), State::Broken(error)),
                };
                self.keep(&rest[..used]);
                self.go_on(state);
                used
            }
            State::Inside => self.read_inside(rest),
            State::Scalar => {
                let end = rest.iter().position(|byte| matches!(byte, b',' | b'}') || byte.is_ascii_whitespace());
                let used = end.unwrap_or(rest.len());
                self.keep(&rest[..used]);
                let state = if end.is_some() { self.end_value(used) } else { State::Scalar };
                self.go_on(state);
                used
            }
            _ if rest[0].is_ascii_whitespace() => 1,
            State::BeforeValue => self.begin_value(rest[0]),
            state => {
                self.state = match (state, rest[0]) {
                    (State::Start, b'{') => {
                        self.begin = self.at + 1;
                        State::FirstName
                    }
                    (State::FirstName | State::NextName, b'"') => {
                        self.name_at = self.at;
                        State::Name(Text::default())
                    }
                    (State::FirstName | State::AfterValue, b'}') => {
                        self.end_member();
                        self.end = self.at;
                        State::End
                    }
                    (State::AfterName, b':') => State::BeforeValue,
                    (State::AfterValue, b',') => {
                        self.end_member();
                        self.comma = Some(self.at);
                        State::NextName
                    }
                    _ => State::Broken(NotAnObject::Shape),
                };
                1
            }
        }
    }

    fn read_inside(&mut self, rest: &[u8]) -> usize {
        let mut inside = self.inside.take().expect("it is made where this state begins");
        let used = inside.push_to_end(rest);
        match inside.state {
            State::End => {
                let found = inside.finish().ok().map(Box::new);
                if let Some(member) = self.wanted_member() {
                    member.inside = found;
                }
                self.state = self.end_value(used);
            }
            State::Broken(error) => self.state = State::Broken(error),
            _ => self.inside = Some(inside),
        }
        used
    }

    /// The value that is read ends after so many more bytes.
    fn end_value(&mut self, used: usize) -> State {
        let end = self.at + used;
        if let Some(member) = self.wanted_member() {
            member.whole.end = end;
        }
        State::AfterValue
    }

    /// What follows the value that was read last stands here.
    fn end_member(&mut self) {
        let next = self.at;
        if let Some(member) = self.wanted_member() {
            member.next = next;
        }
        self.wanted = None;
    }

    fn wanted_member(&mut self) -> Option<&mut Member> {
        self.members[self.wanted?].as_mut()
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
            if let Some(place) = self.wanted.filter(|place| self.members[*place].is_some()) {
                match self.fields[place] {
                    Field { keep: Keep::Beginning(_), .. } => self.wanted = None,
                    Field { name, keep: Keep::Whole | Keep::Object(_) } => {
                        self.state = State::Broken(NotAnObject::Twice(name));
                    }
                }
            }
        }
        used
    }

    /// Begins a value at its first byte; that of a number or word is left to be read with the rest of it.
    fn begin_value(&mut self, first: u8) -> usize {
        if let Some(place) = self.wanted {
            let whole = self.name_at..self.at;
            self.members[place] = Some(Member { whole, value: self.at, comma: self.comma, ..Member::default() });
        }
        let looked_into = self.wanted.and_then(|place| match self.fields[place].keep {
            Keep::Object(fields) => Some(fields),
            Keep::Whole | Keep::Beginning(_) => None,
        });
        if let Some(fields) = looked_into.filter(|_| first == b'{') {
            self.inside = Some(Box::new(Self { at: self.at, ..Self::of(fields) }));
            self.state = State::Inside;
            return 0;
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
        let Some(Member { text: value, .. }) = &mut self.members[place] else { return };
        let part = match self.fields[place] {
            Field { keep: Keep::Beginning(most), .. } => &part[..part.len().min(most - value.len())],
            Field { name, keep: Keep::Whole } if value.len() + part.len() > MAX_VALUE_BYTES => {
                self.state = State::Broken(NotAnObject::TooLong(name));
                return;
            }
            Field { keep: Keep::Whole, .. } => part,
            Field { keep: Keep::Object(_), .. } => return,
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
mod tests;
