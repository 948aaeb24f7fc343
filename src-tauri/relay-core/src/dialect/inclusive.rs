//! Usage as OpenAI's formats count it: the input includes what was read from the cache and written to it, and the output
//! includes the reasoning.

use crate::usage::Usage;

/// One report, in tokens; what it does not mention is `None`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inclusive {
    pub(super) input: Option<u64>,
    pub(super) cache_read: Option<u64>,
    /// The vendor names no lifetime, so these are written as the shorter ones.
    pub(super) cache_write: Option<u64>,
    pub(super) output: Option<u64>,
    pub(super) reasoning: Option<u64>,
}

impl Inclusive {
    /// Lets a newer report overwrite what it mentions and leave alone what it does not.
    pub(super) fn put_into(self, usage: &mut Usage) {
        let cached = self.cache_read.unwrap_or(0).saturating_add(self.cache_write.unwrap_or(0));
        for (counter, value) in [
            (&mut usage.input_tokens, self.input.map(|input| input.saturating_sub(cached))),
            (&mut usage.cache_read_tokens, self.cache_read),
            (&mut usage.cache_write_5m_tokens, self.cache_write),
            (&mut usage.output_tokens, self.output),
            (&mut usage.reasoning_tokens, self.reasoning),
        ] {
            *counter = value.or(*counter);
        }
    }
}
