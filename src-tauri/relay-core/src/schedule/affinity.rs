//! Which account a conversation is at: a prompt cache lives where the conversation was before.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use jiff::{SignedDuration, Timestamp};

use super::AccountId;

/// How long a conversation is remembered after its last call: as long as the longest prompt cache.
pub const AFFINITY: SignedDuration = SignedDuration::from_hours(1);
/// Conversations remembered before the oldest are looked for and forgotten.
const MANY: usize = 4096;

/// What makes calls one conversation: the friend, and what the dialect reads from the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conversation(u64);

impl Conversation {
    /// The conversation of a friend that goes by this name. Another friend's of the same name is another one.
    #[must_use]
    pub fn of(friend: i64, name: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        (friend, name).hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// The conversations and where they are.
#[derive(Debug, Default)]
pub struct Affinity {
    places: HashMap<Conversation, (AccountId, Timestamp)>,
}

impl Affinity {
    /// Where a conversation is.
    #[must_use]
    pub fn place(&self, conversation: Conversation, now: Timestamp) -> Option<AccountId> {
        self.places.get(&conversation).filter(|(_, until)| *until > now).map(|(account, _)| *account)
    }

    /// A call of the conversation goes to this account.
    pub fn settle(&mut self, conversation: Conversation, account: AccountId, now: Timestamp) {
        if self.places.len() >= MANY {
            self.places.retain(|_, (_, until)| *until > now);
        }
        // Still as many: all are in use, which three to five friends do not bring about. Losing one costs a cache.
        if self.places.len() >= MANY
            && let Some(any) = self.places.keys().next().copied()
        {
            self.places.remove(&any);
        }
        self.places.insert(conversation, (account, now + AFFINITY));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_stays_for_an_hour_after_its_last_call() {
        let (now, minute) = (Timestamp::UNIX_EPOCH, SignedDuration::from_mins(1));
        let mut affinity = Affinity::default();
        let mine = Conversation::of(1, b"talk");
        affinity.settle(mine, AccountId(7), now);

        assert_eq!(affinity.place(mine, now + minute * 59), Some(AccountId(7)));
        assert_eq!(affinity.place(Conversation::of(2, b"talk"), now), None, "another friend's");
        affinity.settle(mine, AccountId(7), now + minute * 59);
        assert_eq!(affinity.place(mine, now + minute * 118), Some(AccountId(7)), "each call renews it");
        assert_eq!(affinity.place(mine, now + minute * 119), None);
    }

    #[test]
    fn many_conversations_do_not_fill_the_memory() {
        let mut affinity = Affinity::default();
        for number in 0..MANY + 100 {
            affinity.settle(Conversation::of(1, &number.to_le_bytes()), AccountId(1), Timestamp::UNIX_EPOCH);
        }

        assert_eq!(affinity.places.len(), MANY);
    }
}
