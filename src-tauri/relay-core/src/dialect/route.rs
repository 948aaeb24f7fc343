//! Which dialect, and which of its calls, a request is for.

use http::{HeaderMap, Method};

use super::{DIALECTS, Dialect};
use crate::call::{Operation, Route};

/// Where a path names the model.
const MODEL: &str = "{model}";
/// Where a path names a call that is known by nothing else.
const ANY: &str = "{any}";

/// A call of a dialect: method, path below the prefix, what it asks for.
#[derive(Debug)]
pub struct Path {
    method: Method,
    shape: Shape,
    /// What the vendor calls the path, where it is another.
    canonical: Option<&'static str>,
    operation: Operation,
    stream: Option<bool>,
}

/// What a path is made of.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// This and nothing else.
    Whole(&'static str),
    /// This, a model, and this.
    Model(&'static str, &'static str),
    /// This, and one more part.
    Any(&'static str),
}

impl Shape {
    /// Takes a path apart that may name the model as `{model}`, or end with `{any}`.
    const fn of(path: &'static str) -> Self {
        let mut at = 0;
        while at < path.len() {
            let (before, rest) = path.split_at(at);
            if let Some(after) = behind(rest, MODEL) {
                return Self::Model(before, after);
            }
            if behind(rest, ANY).is_some() {
                return Self::Any(before);
            }
            at += 1;
        }
        Self::Whole(path)
    }

    /// The model a path names; `None` where it has another shape.
    fn find<'a>(&self, below: &'a str) -> Option<Option<&'a str>> {
        match self {
            Self::Whole(path) => (below == *path).then_some(None),
            Self::Model(before, after) => {
                let model = below.strip_prefix(before)?.strip_suffix(after)?;
                let is_one = !model.is_empty() && !model.contains(['/', ':']);
                is_one.then_some(Some(model))
            }
            Self::Any(before) => {
                let rest = below.strip_prefix(before)?;
                (!rest.is_empty() && !rest.contains('/')).then_some(None)
            }
        }
    }
}

/// What comes behind a prefix; `str::strip_prefix` for constants.
const fn behind(text: &'static str, prefix: &str) -> Option<&'static str> {
    if text.len() < prefix.len() {
        return None;
    }
    let (start, rest) = text.split_at(prefix.len());
    let (mut at, start, prefix) = (0, start.as_bytes(), prefix.as_bytes());
    while at < prefix.len() {
        if start[at] != prefix[at] {
            return None;
        }
        at += 1;
    }
    Some(rest)
}

impl Path {
    /// A `POST` to this path, which may name the model as `{model}`, or end with `{any}`.
    #[must_use]
    pub const fn post(path: &'static str, operation: Operation) -> Self {
        Self { method: Method::POST, shape: Shape::of(path), canonical: None, operation, stream: None }
    }

    /// A `GET` of this path.
    #[must_use]
    pub const fn get(path: &'static str, operation: Operation) -> Self {
        Self { method: Method::GET, shape: Shape::of(path), canonical: None, operation, stream: None }
    }

    /// The same call under another path of the vendor's, e.g. `/v1/responses` for `/responses`.
    #[must_use]
    pub const fn meaning(mut self, canonical: &'static str) -> Self {
        self.canonical = Some(canonical);
        self
    }

    /// The path itself says whether the answer is a stream.
    #[must_use]
    pub const fn streaming(mut self, stream: bool) -> Self {
        self.stream = Some(stream);
        self
    }

    /// A call of this path: its method, and the path with `model` where it names one and `any` where anything may stand.
    #[must_use]
    pub fn example(&self, model: &str, any: &str) -> (Method, String) {
        let path = match self.shape {
            Shape::Whole(path) => path.to_owned(),
            Shape::Model(before, after) => [before, model, after].concat(),
            Shape::Any(before) => [before, any].concat(),
        };
        (self.method.clone(), path)
    }

    /// What it asks for.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// Whether the path itself says that the answer is a stream; `None` where the body says it.
    #[must_use]
    pub const fn is_stream(&self) -> Option<bool> {
        self.stream
    }

    /// The model a path names; `None` where it is not this path.
    fn find<'a>(&self, method: &Method, below: &'a str) -> Option<Option<&'a str>> {
        if self.method == *method { self.shape.find(below) } else { None }
    }
}

/// Finds what a request asks for. Where dialects share a path, the headers tell whose client it is; without any that tell,
/// the first dialect is meant.
#[must_use]
pub fn route(method: &Method, path: &str, headers: &HeaderMap) -> Option<Route> {
    let mut meant: Option<(usize, Route)> = None;
    for dialect in DIALECTS {
        let Some((prefix_len, route)) = find(dialect, method, path) else { continue };
        let is_better = meant.as_ref().is_none_or(|(longest, other)| {
            let is_alone_marked = || is_marked(dialect, headers) && !is_marked(other.dialect, headers);
            prefix_len > *longest || (prefix_len == *longest && is_alone_marked())
        });
        if is_better {
            meant = Some((prefix_len, route));
        }
    }
    meant.map(|(_, route)| route)
}

/// The dialect a caller most likely speaks who asked for a path that does not exist.
#[must_use]
pub fn guess(path: &str) -> &'static Dialect {
    let has_prefix =
        |dialect: &&&Dialect| dialect.prefixes.iter().any(|prefix| !prefix.is_empty() && path.starts_with(prefix));
    DIALECTS.iter().find(has_prefix).copied().unwrap_or(DIALECTS[0])
}

fn is_marked(dialect: &Dialect, headers: &HeaderMap) -> bool {
    dialect.marks.iter().any(|mark| headers.contains_key(*mark))
}

/// The dialect's call that is meant, and how long the prefix before it is.
fn find(dialect: &'static Dialect, method: &Method, path: &str) -> Option<(usize, Route)> {
    dialect.prefixes.iter().find_map(|prefix| {
        let below = path.strip_prefix(prefix)?;
        dialect.paths.iter().find_map(|known| {
            let model = known.find(method, below)?;
            let route = Route {
                dialect,
                operation: known.operation,
                path: known.canonical.unwrap_or(below).to_owned(),
                model: model.map(str::to_owned),
                stream: known.stream,
            };
            Some((prefix.len(), route))
        })
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn with(header: &'static str) -> HeaderMap {
        [(HeaderName::from_static(header), HeaderValue::from_static("1"))].into_iter().collect()
    }

    #[test]
    fn an_example_of_every_path_is_found_as_that_path() {
        for (dialect, path) in DIALECTS.iter().flat_map(|dialect| dialect.paths.iter().map(move |path| (dialect, path)))
        {
            let (method, below) = path.example("m", "x");
            let marks = dialect.marks.first().map(|mark| with(mark)).unwrap_or_default();

            let found = route(&method, &format!("{}{below}", dialect.prefixes[0]), &marks).expect("a route");

            assert_eq!((found.dialect.id, found.operation), (dialect.id, path.operation), "{below}");
        }
    }

    #[test]
    fn every_path_is_found_under_every_prefix_and_nothing_else_is() {
        let bare = HeaderMap::new();
        for path in ["/api/v1/messages", "/claude/v1/messages", "/droid/claude/v1/messages", "/v1/messages"] {
            let found = route(&Method::POST, path, &bare).expect("a route");
            assert_eq!((found.dialect.id, found.operation), ("messages", Operation::Generate));
            assert_eq!(found.path, "/v1/messages");
        }
        let operation = |method, path| route(&method, path, &with("x-api-key")).map(|route| route.operation);
        assert_eq!(operation(Method::POST, "/api/v1/messages/count_tokens"), Some(Operation::CountTokens));
        assert_eq!(operation(Method::GET, "/v1/models"), Some(Operation::ListModels));

        for (method, path) in [
            (Method::GET, "/v1/messages"),
            (Method::POST, "/v1/messages/"),
            (Method::POST, "/apiv1/messages"),
            (Method::POST, "/api/claude/v1/messages"),
            (Method::POST, "/admin"),
        ] {
            assert!(route(&method, path, &bare).is_none(), "{method} {path}");
        }
    }

    #[test]
    fn a_path_may_name_the_model_and_the_kind_of_answer() {
        let path = Path::post("/v1beta/models/{model}:streamGenerateContent", Operation::Generate).streaming(true);
        let find = |below| path.find(&Method::POST, below);

        assert_eq!(find("/v1beta/models/gemini-2.5-pro:streamGenerateContent"), Some(Some("gemini-2.5-pro")));
        for other in
            ["/v1beta/models/:streamGenerateContent", "/v1beta/models/a/b:streamGenerateContent", "/v1beta/models/a"]
        {
            assert_eq!(find(other), None, "{other}");
        }
        let aside = Path::post("/v1internal:{any}", Operation::Aside);
        assert_eq!(aside.find(&Method::POST, "/v1internal:loadCodeAssist"), Some(None));
        assert_eq!(aside.find(&Method::POST, "/v1internal:"), None);
    }
}
