//! Which models a call may ask for.

use super::{
    Ask, Subject,
    denied::{Denied, Why},
};
use crate::{
    call::Operation, dialect::generate_content::bare_model, limits::Limits, options::Pattern,
    price::without_context_marker,
};

/// The refusal of a call that names a model it may not ask for, or names none where only some are allowed.
pub(super) fn refuse(subject: &Subject<'_>, ask: &Ask<'_>) -> Option<Denied> {
    let limits = subject.limits;
    let names_a_model = matches!(ask.operation, Operation::Generate | Operation::Embed | Operation::CountTokens);
    if !names_a_model || (limits.allow_models.is_empty() && limits.deny_models.is_empty()) {
        return None;
    }
    let mut named = ask.model.into_iter().chain(ask.other_models.iter().map(String::as_str)).peekable();
    let asked = if named.peek().is_some() {
        let refused = named.find(|model| !may_ask(limits, model))?;
        Some(refused.to_owned())
    } else if limits.allow_models.is_empty() {
        return None;
    } else {
        None
    };
    let allowed = limits.allow_models.iter().map(|model| model.as_str().to_owned()).collect();
    Some(Denied::new(subject, Why::Model { asked, allowed }, None))
}

/// Says whether limits let a model be asked for. It is the same with a context marker behind its name, and with the
/// resource's word before it.
#[must_use]
pub fn may_ask(limits: &Limits, model: &str) -> bool {
    let model = bare_model(without_context_marker(model));
    let is_among = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.fits(model));
    !is_among(&limits.deny_models) && (limits.allow_models.is_empty() || is_among(&limits.allow_models))
}
