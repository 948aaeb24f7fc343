//! The built-in files: the pages, what they are made of, and the set-up scripts. They are compressed once, when somebody
//! first asks for one.

use std::{io::Write, sync::OnceLock};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use carpool_core::headers::accepts_coding;
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

use super::Visit;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
/// Shown rather than saved by browsers: whoever is to run a script may read it first.
const TEXT: &str = "text/plain; charset=utf-8";

/// The files by their paths.
static FILES: [File; 18] = [
    File::new("/", HTML, include_str!("pages/friend.html")),
    File::new("/page/page.css", CSS, include_str!("pages/page.css")),
    File::new("/page/tokens.css", CSS, include_str!("pages/tokens.css")),
    File::new("/page/api.js", SCRIPT, include_str!("pages/api.js")),
    File::new("/page/clients.js", SCRIPT, include_str!("pages/clients.js")),
    File::new("/page/dom.js", SCRIPT, include_str!("pages/dom.js")),
    File::new("/page/format.js", SCRIPT, include_str!("pages/format.js")),
    File::new("/page/friend-words.js", SCRIPT, include_str!("pages/friend-words.js")),
    File::new("/page/friend.js", SCRIPT, include_str!("pages/friend.js")),
    File::new("/page/invite-words.js", SCRIPT, include_str!("pages/invite-words.js")),
    File::new("/page/invite.js", SCRIPT, include_str!("pages/invite.js")),
    File::new("/page/key-actions.js", SCRIPT, include_str!("pages/key-actions.js")),
    File::new("/page/sections.js", SCRIPT, include_str!("pages/sections.js")),
    File::new("/page/setup.js", SCRIPT, include_str!("pages/setup.js")),
    File::new("/page/try-it.js", SCRIPT, include_str!("pages/try-it.js")),
    File::new("/page/words.js", SCRIPT, include_str!("pages/words.js")),
    File::new("/i/setup.sh", TEXT, include_str!("pages/setup.sh")),
    File::new("/i/setup.ps1", TEXT, include_str!("pages/setup.ps1")),
];

/// The page of every invite: it knows by nothing but its address which one it is.
static INVITE_PAGE: File = File::new("/i/{code}", HTML, include_str!("pages/invite.html"));

/// A built-in file.
struct File {
    path: &'static str,
    media_type: &'static str,
    text: &'static str,
    gzip: OnceLock<Bytes>,
    /// What tells this version from every other.
    version: OnceLock<String>,
}

/// How a file is sent.
#[derive(Clone, Copy)]
enum Coding {
    Gzip,
    Identity,
}

/// Says whether there is a file at a path.
pub(super) fn has(path: &str) -> bool {
    at(path).is_some()
}

/// The paths of all files.
#[cfg(test)]
pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|file| file.path)
}

fn at(path: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.path == path)
}

/// Answers with the file at the path.
pub(super) async fn answer(visit: Visit) -> Response {
    let file = at(visit.request.uri().path()).expect("the route is that of a file");
    file.send(visit.request.headers())
}

/// Answers with the page of an invite.
pub(super) async fn invite_page(visit: Visit) -> Response {
    INVITE_PAGE.send(visit.request.headers())
}

impl File {
    const fn new(path: &'static str, media_type: &'static str, text: &'static str) -> Self {
        Self { path, media_type, text, gzip: OnceLock::new(), version: OnceLock::new() }
    }

    fn send(&'static self, asked: &HeaderMap) -> Response {
        let coding = Coding::for_client(asked);
        let version = self.version.get_or_init(|| hex::encode(&Sha256::digest(self.text.as_bytes())[..8]));
        let tag = format!("\"{version}{}\"", coding.suffix());
        let mut answer = Response::new(Body::empty());
        let headers = answer.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::ETAG, HeaderValue::try_from(tag.as_str()).expect("it is hex digits"));
        if has_tag(asked, &tag) {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            return answer;
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        let body = match coding {
            Coding::Gzip => self.gzip.get_or_init(|| gzip(self.text)).clone(),
            Coding::Identity => Bytes::from_static(self.text.as_bytes()),
        };
        if let Some(name) = coding.name() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        *answer.body_mut() = Body::from(body);
        answer
    }
}

impl Coding {
    /// The smallest that a client takes.
    fn for_client(asked: &HeaderMap) -> Self {
        if accepts_coding(asked, "gzip") { Self::Gzip } else { Self::Identity }
    }

    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    /// Each coding is a representation of its own, with a tag of its own (RFC 9110, section 8.8.3).
    const fn suffix(self) -> &'static str {
        match self {
            Self::Gzip => "-gz",
            Self::Identity => "",
        }
    }
}

fn gzip(text: &str) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).expect("memory takes everything");
    encoder.finish().expect("memory takes everything").into()
}

/// Says whether a client has this version already (RFC 9110, section 13.1.2). Proxies that compress make tags weak.
fn has_tag(asked: &HeaderMap, tag: &str) -> bool {
    let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands between two texts, wherever it does.
    fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
        text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
    }

    #[test]
    fn what_the_pages_are_made_of_is_served_and_nothing_of_it_comes_from_elsewhere() {
        for file in FILES.iter().chain([&INVITE_PAGE]).filter(|file| file.media_type != TEXT) {
            let asked = between(file.text, "=\"/page/", "\"").into_iter().chain(between(file.text, "from \"./", "\""));
            for name in asked {
                assert!(has(&format!("/page/{name}")), "{}: {name}", file.path);
            }
            for attribute in ["src=\"http", "href=\"http", "@import", "url(http", "url(//", " style=\"", " onclick="] {
                assert!(!file.text.contains(attribute), "{}: {attribute}", file.path);
            }
        }
    }

    #[test]
    fn all_of_the_pages_is_small() {
        let packed = |file: &File| gzip(file.text).len();

        let all: usize = FILES.iter().filter(|file| file.media_type != TEXT).map(packed).sum();

        assert!(all + packed(&INVITE_PAGE) < 400_000, "{all}");
    }
}
