//! The most that a call may use, as far as that can be told before it is made: from its size and from prices.

use crate::{
    call::Operation,
    price::{Ceiling, ModelPrice, PicoUsd},
};

/// Bytes of a request to one token of input. Prose and code have more; what has fewer (other scripts) is learned.
const BYTES_PER_TOKEN: u64 = 4;
/// The longest answer of a model that nobody tells the longest answer of, in tokens: most of today's give up to this.
const DEFAULT_OUTPUT_TOKENS: u64 = 32_000;

/// What tells how much a call may use.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// What is to be done.
    pub operation: Operation,
    /// The length of the body, without any content coding.
    pub body_bytes: usize,
    /// The most output that the client asks for, in tokens of each answer.
    pub max_output_tokens: Option<u64>,
    /// How many answers are asked for in one; one where it is not said.
    pub answers: Option<u64>,
}

/// The most that a call may use: as far as its size tells, not as far as is likely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bound {
    /// Tokens that count for a limit per minute.
    pub limited_tokens: u64,
    /// Money.
    pub cost: PicoUsd,
}

impl Bound {
    /// The most that a call may use at the dearest of these prices, which are those of the accounts that may serve it;
    /// at the dearest of all (`dearest`) where none is known.
    #[must_use]
    pub fn of(size: &Size, prices: &[&ModelPrice], dearest: Ceiling) -> Self {
        if !size.operation.is_charged() {
            return Self::default();
        }
        let known = prices.iter().filter_map(|price| {
            let (input, output) = size.tokens(Some(price));
            Some(Self { limited_tokens: input.saturating_add(output), cost: price.at_most(input, output)? })
        });
        let larger = |one: Self, other: Self| Self {
            limited_tokens: one.limited_tokens.max(other.limited_tokens),
            cost: one.cost.max(other.cost),
        };
        known.reduce(larger).unwrap_or_else(|| {
            let (input, output) = size.tokens(None);
            Self { limited_tokens: input.saturating_add(output), cost: dearest.at_most(input, output) }
        })
    }
}

impl Size {
    /// The most input and output at a model. A body may be longer than the model's longest prompt: pictures are few
    /// tokens for their bytes.
    fn tokens(&self, model: Option<&ModelPrice>) -> (u64, u64) {
        let longest_prompt = model.and_then(ModelPrice::max_input_tokens).unwrap_or(u64::MAX);
        let input = (self.body_bytes as u64 / BYTES_PER_TOKEN + 1).min(longest_prompt);
        if self.operation == Operation::Embed {
            return (input, 0);
        }
        let longest_answer = || model.and_then(ModelPrice::max_output_tokens).unwrap_or(DEFAULT_OUTPUT_TOKENS);
        let output = self.max_output_tokens.unwrap_or_else(longest_answer);
        (input, output.saturating_mul(self.answers.unwrap_or(1).max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::PriceBook;

    fn size(body_bytes: usize, max_output_tokens: Option<u64>) -> Size {
        Size { operation: Operation::Generate, body_bytes, max_output_tokens, answers: None }
    }

    /// $3 and, to write to the cache, $3.75 per million tokens of input, $15 of output, up to 64,000 of them.
    fn book() -> PriceBook {
        PriceBook::from_json(
            br#"{"claude-s":{"litellm_provider":"anthropic","input_cost_per_token":3e-6,"output_cost_per_token":15e-6,
                 "max_output_tokens":64000,"max_input_tokens":200000},
                "small":{"litellm_provider":"openai","input_cost_per_token":1e-6,"output_cost_per_token":2e-6},
                "slip":{"litellm_provider":"openai","input_cost_per_token":3e-3,"output_cost_per_token":9e-3}}"#,
        )
        .expect("a book")
    }

    #[test]
    fn a_call_may_cost_its_bytes_written_to_the_cache_and_all_the_output_it_asks_for() {
        let book = book();
        let sonnet = book.by_key("claude-s").expect("listed");

        let bound = Bound::of(&size(39_996, Some(1_000)), &[sonnet], book.dearest());
        assert_eq!(bound, Bound { limited_tokens: 11_000, cost: PicoUsd(37_500_000_000 + 15_000_000_000) });

        let silent = Bound::of(&size(0, None), &[sonnet], book.dearest());
        assert_eq!(silent.limited_tokens, 64_001, "the model's longest answer");
        let eight = Size { answers: Some(8), ..size(0, Some(10)) };
        assert_eq!(Bound::of(&eight, &[sonnet], book.dearest()).limited_tokens, 81);
        let picture = Bound::of(&size(90_000_000, Some(0)), &[sonnet], book.dearest());
        assert_eq!(picture.limited_tokens, 200_000, "no more than the model takes");
    }

    #[test]
    fn the_dearest_of_the_prices_that_may_apply_counts_and_without_any_the_dearest_of_the_book() {
        let book = book();
        let [sonnet, small] = ["claude-s", "small"].map(|key| book.by_key(key).expect("listed"));
        let size = size(39_996, Some(1_000));

        let of = |prices: &[&ModelPrice]| Bound::of(&size, prices, book.dearest()).cost;

        assert_eq!(of(&[small, sonnet]), of(&[sonnet]));
        assert!(of(&[small]) < of(&[sonnet]));
        assert_eq!(of(&[]), of(&[sonnet]), "an entry that is priced by the thousand is left out");
        assert_eq!(of(&[small, small]), PicoUsd(12_000_000_000));
    }

    #[test]
    fn the_embedded_book_bounds_an_unknown_model_by_a_price_that_somebody_asks() {
        let dearest = PriceBook::embedded().dearest();

        assert_eq!(dearest.at_most(1_000_000, 0), PicoUsd(150_000_000_000_000));
        assert_eq!(dearest.at_most(0, 1_000_000), PicoUsd(600_000_000_000_000));
    }

    #[test]
    fn what_is_not_charged_is_bounded_by_nothing_and_what_is_embedded_has_no_output() {
        let book = book();
        let of = |operation| Bound::of(&Size { operation, ..size(400, None) }, &[], book.dearest());

        assert_eq!(of(Operation::CountTokens), Bound::default());
        assert_eq!(of(Operation::Embed).limited_tokens, 101);
        assert_eq!(of(Operation::Generate).limited_tokens, 101 + DEFAULT_OUTPUT_TOKENS);
    }
}
