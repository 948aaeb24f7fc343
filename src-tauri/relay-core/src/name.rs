//! Names of accounts, friends and keys.

/// The longest name, in characters: it has to fit into tables and menus.
const MAX_CHARS: usize = 64;

/// A text that cannot be a name.
#[derive(Debug, thiserror::Error)]
#[error("'{name}' cannot be a name: {why}")]
pub struct BadName {
    name: String,
    why: &'static str,
}

/// Checks a name that is to be given. Ids such as `a1`, `f2` and `k3` are no names: either may be given where one is
/// asked for.
///
/// # Errors
/// [`BadName`] with the reason.
pub fn check(name: &str) -> Result<(), BadName> {
    let refuse = |why| Err(BadName { name: name.to_owned(), why });
    if name.trim().is_empty() || name.trim() != name {
        return refuse("it is empty or begins or ends with white space");
    }
    if name.chars().count() > MAX_CHARS {
        return refuse("it has more than 64 characters");
    }
    if name.contains('/') || name.chars().any(char::is_control) {
        return refuse("it contains a slash or a control character");
    }
    if looks_like_an_id(name) {
        return refuse("it looks like an id");
    }
    Ok(())
}

fn looks_like_an_id(name: &str) -> bool {
    name.strip_prefix(['a', 'f', 'k'])
        .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_refused_that_could_be_taken_for_something_else() {
        for good in ["Alex", "阿历克斯", "my laptop", "f", "friend1"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["", " Alex", "f1", "k20", "a/b", "a\nb", &"x".repeat(65)] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }
}
