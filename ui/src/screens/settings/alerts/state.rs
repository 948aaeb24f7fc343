//! What the forms of alerts decide: what is typed as rules, and what a format of webhooks asks for.

use carpool_ipc::alerts::{About, AddWebhook, AlertRules, DigestTime, SecretNeed, USUAL_PERCENT, WebhookFormat};

/// The hour at which a digest is told unless the owner says otherwise.
pub(super) const USUAL_HOUR: i8 = 9;

/// What is in the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) accounts: bool,
    pub(super) unusual: bool,
    pub(super) spend: String,
    /// The day, from Monday (1) to Sunday (7); 0: never.
    pub(super) day: i8,
    pub(super) hour: i8,
}

/// What holds, as it is put into the form.
pub(super) fn typed(rules: &AlertRules) -> Typed {
    Typed {
        accounts: rules.accounts,
        unusual: rules.unusual_use.is_some(),
        spend: rules.spend_per_hour.clone(),
        day: rules.digest.map_or(0, |time| time.day),
        hour: rules.digest.map_or(USUAL_HOUR, |time| time.hour),
    }
}

/// The rules that are in the form; `None`: they are those that hold. A percentage that was set elsewhere stays.
pub(super) fn change(held: &AlertRules, typed: &Typed) -> Option<AlertRules> {
    let rules = AlertRules {
        spend_per_hour: typed.spend.trim().to_owned(),
        accounts: typed.accounts,
        unusual_use: typed.unusual.then(|| held.unusual_use.unwrap_or(USUAL_PERCENT)),
        digest: (typed.day > 0).then_some(DigestTime { day: typed.day, hour: typed.hour }),
    };
    (rules != *held).then_some(rules)
}

/// What is in the form of a new webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NewWebhook {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) secret: String,
    pub(super) chat: String,
    pub(super) about: About,
}

/// The webhook to add; `None`: something is missing. What the format does not ask for is left out, though it may have been
/// typed before the format was chosen.
pub(super) fn webhook(format: &WebhookFormat, new: &NewWebhook) -> Option<AddWebhook> {
    let asked = |is_asked: bool, typed: &str| if is_asked { typed.trim().to_owned() } else { String::new() };
    let ask = AddWebhook {
        name: new.name.trim().to_owned(),
        format: format.id.clone(),
        url: asked(format.needs_url, &new.url),
        secret: asked(format.secret != SecretNeed::None, &new.secret),
        chat: asked(format.needs_chat, &new.chat),
        about: new.about,
    };
    let lacks = ask.name.is_empty()
        || (format.needs_url && ask.url.is_empty())
        || (format.secret == SecretNeed::Token && ask.secret.is_empty())
        || (format.needs_chat && ask.chat.is_empty());
    (!lacks).then_some(ask)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> AlertRules {
        AlertRules {
            spend_per_hour: "5.00".to_owned(),
            accounts: true,
            unusual_use: Some(300),
            digest: Some(DigestTime { day: 5, hour: 17 }),
        }
    }

    #[test]
    fn only_what_differs_is_saved() {
        assert_eq!(change(&rules(), &typed(&rules())), None);

        let never = Typed { day: 0, ..typed(&rules()) };
        assert_eq!(change(&rules(), &never), Some(AlertRules { digest: None, ..rules() }));
        let any = Typed { spend: " ".to_owned(), ..typed(&rules()) };
        assert_eq!(change(&rules(), &any), Some(AlertRules { spend_per_hour: String::new(), ..rules() }));
    }

    #[test]
    fn a_percentage_that_was_set_elsewhere_stays_and_there_is_a_usual_one() {
        let off = AlertRules { unusual_use: None, ..rules() };
        let on = Typed { unusual: true, ..typed(&off) };

        assert_eq!(change(&off, &on).and_then(|rules| rules.unusual_use), Some(USUAL_PERCENT));
        let other = Typed { accounts: false, ..typed(&rules()) };
        assert_eq!(change(&rules(), &other).and_then(|rules| rules.unusual_use), Some(300));
    }

    #[test]
    fn a_webhook_is_added_when_its_format_has_what_it_asks_for_and_no_more() {
        let slack = WebhookFormat {
            id: "slack".to_owned(),
            name: "Slack".to_owned(),
            needs_url: true,
            secret: SecretNeed::None,
            needs_chat: false,
        };
        let telegram = WebhookFormat { needs_url: false, secret: SecretNeed::Token, needs_chat: true, ..slack.clone() };
        let mut new = NewWebhook { name: "family".to_owned(), url: " https://x ".to_owned(), ..NewWebhook::default() };

        let ask = webhook(&slack, &NewWebhook { secret: "left over".to_owned(), ..new.clone() }).expect("enough");
        assert_eq!((ask.url.as_str(), ask.secret.as_str()), ("https://x", ""));
        assert!(webhook(&slack, &NewWebhook { url: String::new(), ..new.clone() }).is_none());
        assert!(webhook(&telegram, &new).is_none());
        new.secret = "1:a".to_owned();
        new.chat = "-1".to_owned();
        assert_eq!(webhook(&telegram, &new).expect("enough").url, "");
    }
}
