//! Every door of the public port besides the calls: the whole table, in one place. What is not in it is a call.

use carpool_core::invite::Code;
use http::{HeaderValue, Method};

use super::{Answering, Visit, answering, files, health, key, redeem, try_out};
use crate::{me, reach};

/// A way in.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) verb: Verb,
    pub(crate) at: At,
    pub(crate) answer: fn(Visit) -> Answering,
}

/// What a way is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// `GET` and `HEAD`.
    Look,
    /// `POST`.
    Act,
}

/// Where a way is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// At this path alone.
    Path(&'static str),
    /// At the path of each built-in file.
    File,
    /// At `/i/` and the code of an invite, whether there is such an invite or not.
    Invite,
}

/// In the order in which they are tried.
static ROUTES: [Route; 11] = [
    Route { verb: Verb::Look, at: At::Path("/health"), answer: |visit| answering(health::answer(visit)) },
    Route { verb: Verb::Look, at: At::Path("/me"), answer: |visit| answering(me::answer(visit)) },
    Route { verb: Verb::Act, at: At::Path("/me/key/rotate"), answer: |visit| answering(key::rotate(visit)) },
    Route { verb: Verb::Act, at: At::Path("/me/key/pause"), answer: |visit| answering(key::pause(visit)) },
    Route { verb: Verb::Act, at: At::Path("/me/key/resume"), answer: |visit| answering(key::resume(visit)) },
    Route { verb: Verb::Act, at: At::Path("/me/test"), answer: |visit| answering(try_out::answer(visit)) },
    Route { verb: Verb::Look, at: At::Path(reach::PATH), answer: |visit| answering(reach::probe(visit)) },
    Route { verb: Verb::Act, at: At::Path(reach::PATH), answer: |visit| answering(reach::probe(visit)) },
    Route { verb: Verb::Look, at: At::File, answer: |visit| answering(files::answer(visit)) },
    Route { verb: Verb::Look, at: At::Invite, answer: |visit| answering(files::invite_page(visit)) },
    Route { verb: Verb::Act, at: At::Invite, answer: |visit| answering(redeem::answer(visit)) },
];

/// The ways at one path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found(At);

/// The ways at a path; `None` where the path is no door of this table.
pub(crate) fn find(method: &Method, path: &str) -> Option<Found> {
    // A client whose base URL lacks its path may post here: it is told so as the client of a call, like at any other path.
    if path == "/" && !Verb::Look.is(method) {
        return None;
    }
    ROUTES.iter().find(|route| route.at.is(path)).map(|route| Found(route.at))
}

/// The code in the path of an invite.
pub(crate) fn invite_code(path: &str) -> Option<Code> {
    Code::read(path.strip_prefix("/i/")?)
}

impl At {
    fn is(self, path: &str) -> bool {
        match self {
            Self::Path(own) => own == path,
            Self::File => files::has(path),
            Self::Invite => invite_code(path).is_some(),
        }
    }
}

impl Found {
    /// The way that takes a method.
    ///
    /// # Errors
    /// The methods that there are, where this is none of them.
    pub(crate) fn route(self, method: &Method) -> Result<&'static Route, HeaderValue> {
        let here = || ROUTES.iter().filter(|route| route.at == self.0);
        here().find(|route| route.verb.is(method)).ok_or_else(|| {
            let names: Vec<_> = here().map(|route| route.verb.methods()).collect();
            HeaderValue::try_from(names.join(",")).expect("methods are letters")
        })
    }
}

impl Verb {
    fn is(self, method: &Method) -> bool {
        match self {
            Self::Look => matches!(*method, Method::GET | Method::HEAD),
            Self::Act => *method == Method::POST,
        }
    }

    const fn methods(self) -> &'static str {
        match self {
            Self::Look => "GET,HEAD",
            Self::Act => "POST",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever changes this opens or closes a door to the world: think twice.
    const DOORS: &str = "\
GET,HEAD /health
GET,HEAD /me
POST /me/key/rotate
POST /me/key/pause
POST /me/key/resume
POST /me/test
GET,HEAD /probe
POST /probe
GET,HEAD /
GET,HEAD /page/page.css
GET,HEAD /page/tokens.css
GET,HEAD /page/api.js
GET,HEAD /page/clients.js
GET,HEAD /page/dom.js
GET,HEAD /page/format.js
GET,HEAD /page/friend-words.js
GET,HEAD /page/friend.js
GET,HEAD /page/invite-words.js
GET,HEAD /page/invite.js
GET,HEAD /page/key-actions.js
GET,HEAD /page/sections.js
GET,HEAD /page/setup.js
GET,HEAD /page/try-it.js
GET,HEAD /page/words.js
GET,HEAD /i/setup.sh
GET,HEAD /i/setup.ps1
GET,HEAD /i/{code}
POST /i/{code}
";

    #[test]
    fn the_public_port_has_these_doors_and_none_for_the_owner() {
        let lines = ROUTES.iter().flat_map(|route| {
            let paths = match route.at {
                At::Path(path) => vec![path],
                At::File => files::paths().collect(),
                At::Invite => vec!["/i/{code}"],
            };
            paths.into_iter().map(|path| format!("{} {path}\n", route.verb.methods()))
        });

        assert_eq!(lines.collect::<String>(), DOORS);
    }

    #[test]
    fn a_path_that_only_resembles_a_door_is_none() {
        for path in [
            "",
            "//",
            "/.",
            "/me/",
            "/ME",
            "/me/key",
            "/me/../health",
            "/health/",
            "/page/",
            "/page/../me",
            "/page/friend.html",
            "/i/",
            "/i/short",
            "/i/abcdefghij/",
            "/i/abcdefghij/x",
            "/i/..%2fabcdef",
            "/%2e%2e/me",
            "/admin",
            "/api/me",
        ] {
            assert!(find(&Method::GET, path).is_none(), "{path}");
        }
        for path in ["/i/abcdefghij", "/i/setup.sh", "/"] {
            assert!(find(&Method::GET, path).is_some(), "{path}");
        }
        assert!(find(&Method::POST, "/").is_none());
    }
}
