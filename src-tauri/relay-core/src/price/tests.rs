//! Prices worked out by hand, and what holds for any usage.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

static BOOK: LazyLock<PriceBook> = LazyLock::new(PriceBook::embedded);

fn listed(key: &str) -> &'static ModelPrice {
    BOOK.by_key(key).unwrap_or_else(|| panic!("{key} is in the book"))
}

fn cost(usage: &Usage, key: &str) -> Option<String> {
    price(usage, listed(key)).map(|cost| cost.to_string())
}

/// Input, cache read, cache write for five minutes, for one hour, output.
fn usage([input, read, write_5m, write_1h, output]: [u64; 5]) -> Usage {
    Usage {
        input_tokens: Some(input),
        cache_read_tokens: Some(read),
        cache_write_5m_tokens: Some(write_5m),
        cache_write_1h_tokens: Some(write_1h),
        output_tokens: Some(output),
        ..Usage::default()
    }
}

#[test]
fn what_caching_saved_is_told_by_the_same_prices() {
    let cases = [
        // Ten thousand read at $0.30 instead of $3 a million; two thousand written at $3.75.
        ("claude-sonnet-4-5", [1_000, 10_000, 0, 0, 800], Some("$0.027")),
        ("claude-sonnet-4-5", [1_000, 10_000, 2_000, 0, 800], Some("$0.0255")),
        ("claude-sonnet-4-5", [1_000, 0, 2_000, 0, 800], Some("-$0.0015")),
        ("claude-sonnet-4-5", [1_000, 0, 0, 0, 800], Some("$0.00")),
    ];

    for (key, counters, expected) in cases {
        let saved = saved(&usage(counters), listed(key)).map(|saved| saved.to_string());
        assert_eq!(saved.as_deref(), expected, "{key} {counters:?}");
    }
    assert_eq!(saved(&Usage::default(), listed("claude-sonnet-4-5")), None);
}

#[test]
fn each_class_costs_its_own_price_and_the_prompt_size_chooses_the_tier() {
    let cases = [
        ("claude-sonnet-4-5", [1_000, 0, 0, 0, 0], "$0.003"),
        ("claude-sonnet-4-5", [1_000, 10_000, 2_000, 500, 800], "$0.0285"),
        ("claude-sonnet-4-5", [0, 0, 0, 1_000_000, 0], "$6.00"),
        ("claude-haiku-5-5", [60_000, 30_000, 10_000, 0, 1_000], "$0.00805"),
        ("claude-haiku-5-5", [60_001, 30_000, 10_000, 0, 1_000], "$0.0402505"),
        ("claude-haiku-5-5", [1, 0, 0, 100_000, 0], "$0.1000005"),
        ("gpt-6.1-sol", [272_000, 0, 0, 0, 1_000], "$0.554"),
        ("gpt-6.1-sol", [272_001, 0, 0, 0, 1_000], "$1.103004"),
        ("gpt-6.1-sol", [0, 200_000, 72_001, 0, 0], "$0.400005"),
        ("gemini/gemini-2.5-pro", [200_000, 0, 0, 0, 100], "$0.251"),
        ("gemini/gemini-2.5-pro", [200_001, 0, 0, 0, 100], "$0.5015025"),
        ("minimax/MiniMax-M3", [512_000, 0, 0, 0, 0], "$0.1536"),
        ("minimax/MiniMax-M3", [512_001, 0, 0, 0, 0], "$0.3072006"),
        ("dashscope/qwen3.7-plus", [256_000, 0, 0, 0, 1_000], "$0.104"),
        ("dashscope/qwen3.7-plus", [256_000, 1, 0, 0, 1_000], "$0.31200024"),
        ("xai/grok-4.7", [199_999, 0, 0, 0, 0], "$0.399998"),
        ("xai/grok-4.7", [200_000, 0, 0, 0, 0], "$0.80"),
        ("text-embedding-3-small", [1_000, 0, 0, 0, 0], "$0.00002"),
        ("claude-sonnet-4-5", [0, 0, 0, 0, 0], "$0.00"),
    ];

    for (key, counters, expected) in cases {
        assert_eq!(cost(&usage(counters), key).as_deref(), Some(expected), "{key} {counters:?}");
    }
}

#[test]
fn the_service_tier_of_the_answer_chooses_the_price_and_a_missing_one_keeps_the_base() {
    let cases = [
        ("gpt-6.1-sol", "default", [272_000, 0, 0, 0, 1_000], "$0.554"),
        ("gpt-6.1-sol", "priority", [272_000, 0, 0, 0, 1_000], "$1.108"),
        ("gpt-6.1-sol", "priority", [272_001, 0, 0, 0, 1_000], "$2.206008"),
        ("gpt-6.1-sol", "FLEX", [272_000, 0, 0, 0, 1_000], "$0.277"),
        ("gpt-6.1-sol", "ultrafast", [1_000, 0, 0, 0, 0], "$0.012"),
        ("gpt-6.1-sol", "some-new-tier", [1_000, 0, 0, 0, 0], "$0.002"),
        ("gpt-5.5", "priority", [272_001, 0, 0, 0, 0], "$2.72001"),
        ("claude-sonnet-4-5", "batch", [1_000, 0, 0, 0, 0], "$0.0015"),
        ("claude-sonnet-4-5", "batch", [0, 0, 0, 1_000, 0], "$0.003"),
        ("claude-sonnet-4-5", "priority", [1_000, 0, 0, 0, 0], "$0.003"),
    ];

    for (key, service_tier, counters, expected) in cases {
        let usage = Usage { service_tier: Some(service_tier.into()), ..usage(counters) };
        assert_eq!(cost(&usage, key).as_deref(), Some(expected), "{key} {service_tier} {counters:?}");
    }
}

#[test]
fn geography_and_speed_multiply_the_token_cost_but_not_the_searches() {
    let cases = [
        ("claude-opus-5", None, None, 0, "$0.0075"),
        ("claude-opus-5", Some("us"), None, 0, "$0.00825"),
        ("claude-opus-5", None, Some("fast"), 0, "$0.015"),
        ("claude-opus-5", Some("us"), Some("fast"), 0, "$0.0165"),
        ("claude-opus-5", Some("global"), Some("standard"), 0, "$0.0075"),
        ("claude-opus-5", Some("us"), None, 2, "$0.02825"),
        ("claude-sonnet-4-5", Some("us"), Some("fast"), 1, "$0.0145"),
    ];

    for (key, geo, speed, searches, expected) in cases {
        let usage = Usage {
            inference_geo: geo.map(str::to_owned),
            speed: speed.map(str::to_owned),
            web_search_requests: Some(searches),
            ..usage([1_000, 0, 0, 0, 100])
        };
        assert_eq!(cost(&usage, key).as_deref(), Some(expected), "{key} {geo:?} {speed:?} {searches}");
    }
}

#[test]
fn reasoning_has_its_own_price_only_where_no_more_specific_output_price_holds() {
    let cases = [
        ("dashscope/qwen-turbo", None, 400, "$0.00032"),
        ("dashscope/qwen-turbo", None, 5_000, "$0.0005"),
        ("dashscope/qwen-plus-latest", None, 1_000, "$0.004"),
        ("gemini/gemini-2.5-flash", None, 1_000, "$0.0025"),
        ("gemini/gemini-2.5-flash", Some("priority"), 1_000, "$0.0045"),
        ("claude-sonnet-4-5", None, 1_000, "$0.015"),
    ];

    for (key, service_tier, reasoning, expected) in cases {
        let usage = Usage {
            reasoning_tokens: Some(reasoning),
            service_tier: service_tier.map(str::to_owned),
            ..usage([0, 0, 0, 0, 1_000])
        };
        assert_eq!(cost(&usage, key).as_deref(), Some(expected), "{key} {service_tier:?} {reasoning}");
    }
}

#[test]
fn a_range_prices_the_whole_call_with_its_input_price_for_what_it_leaves_out() {
    let book = PriceBook::from_json(
        br#"{"ranged":{"cache_read_input_token_cost":1e-7,"tiered_pricing":[
                {"range":[0,1e3],"input_cost_per_token":1e-6,"output_cost_per_token":2e-6},
                {"range":[1e3,1e6],"input_cost_per_token":3e-6,"output_cost_per_token":6e-6,
                 "cache_creation_input_token_cost":4e-6}]}}"#,
    )
    .unwrap();
    let model = book.by_key("ranged").unwrap();
    let cases = [
        ([0, 1_000, 0, 0, 0], "$0.001"),
        ([1, 1_000, 0, 0, 0], "$0.003003"),
        ([0, 0, 1_000, 0, 0], "$0.001"),
        ([0, 0, 0, 2_000, 0], "$0.008"),
    ];

    for (counters, expected) in cases {
        assert_eq!(price(&usage(counters), model).unwrap().to_string(), expected, "{counters:?}");
    }
}

#[test]
fn google_asks_for_a_call_that_searched_where_others_ask_for_each_search() {
    let cases = [
        ("gemini/gemini-2.5-flash", 3, "$0.035"),
        ("gemini/gemini-3.1-pro-preview", 3, "$0.042"),
        ("claude-sonnet-4-5", 3, "$0.03"),
        ("claude-sonnet-4-5", 1_000, "$10.00"),
    ];

    for (key, searches, expected) in cases {
        let usage = Usage { web_search_requests: Some(searches), ..usage([0, 0, 0, 0, 0]) };
        assert_eq!(cost(&usage, key).as_deref(), Some(expected), "{key} {searches}");
    }
}

#[test]
fn claude_without_cache_prices_pays_fractions_of_the_input_price_that_applies() {
    let book = PriceBook::from_json(
        br#"{"claude-new":{"litellm_provider":"anthropic","input_cost_per_token":3e-6,"output_cost_per_token":1.5e-5,
                           "input_cost_per_token_above_200k_tokens":6e-6}}"#,
    )
    .unwrap();
    let model = book.find("claude", "claude-new").unwrap();
    let cases = [
        ([0, 1_000, 0, 0, 0], "$0.0003"),
        ([0, 0, 1_000, 0, 0], "$0.00375"),
        ([0, 0, 0, 1_000, 0], "$0.006"),
        ([0, 0, 200_001, 0, 0], "$1.5000075"),
    ];

    for (counters, expected) in cases {
        assert_eq!(price(&usage(counters), model).unwrap().to_string(), expected, "{counters:?}");
    }
    assert_eq!(
        cost(&usage([0, 0, 0, 1_000, 0]), "apac.anthropic.claude-haiku-4-5-20251001-v1:0").as_deref(),
        Some("$0.0022"),
        "Claude sold by another vendor",
    );
}

#[test]
fn another_model_without_cache_prices_pays_input_for_reads_and_leaves_writes_unpriced() {
    assert_eq!(cost(&usage([0, 1_000, 0, 0, 0]), "gpt-4").as_deref(), Some("$0.03"));
    assert_eq!(cost(&usage([0, 0, 1, 0, 0]), "gpt-4"), None);
    assert_eq!(cost(&usage([0, 0, 0, 1, 0]), "gpt-6.1-sol"), None);
}

#[test]
fn what_cannot_be_priced_is_unpriced_rather_than_free() {
    let searched = Usage { web_search_requests: Some(1), ..usage([1, 0, 0, 0, 0]) };

    assert!(BOOK.find("claude", "claude-imaginary-9").is_none());
    assert_eq!(cost(&Usage::default(), "claude-sonnet-4-5"), None);
    assert_eq!(cost(&searched, "gpt-4"), None);
    assert_eq!(cost(&usage([1, 0, 0, 0, 1]), "mistral/mistral-embed"), None);
}

#[test]
fn a_call_is_rounded_once_and_half_up() {
    let book = PriceBook::from_json(br#"{"fine":{"input_cost_per_token":5e-13,"output_cost_per_token":1e-13}}"#);
    let book = book.unwrap();
    let model = book.by_key("fine").unwrap();
    let cases = [([1, 0, 0, 0, 0], 1), ([3, 0, 0, 0, 0], 2), ([0, 0, 0, 0, 4], 0), ([1, 0, 0, 0, 4], 1)];

    for (counters, pico) in cases {
        assert_eq!(price(&usage(counters), model), Some(PicoUsd(pico)), "{counters:?}");
    }
}

#[test]
fn absurd_counters_saturate() {
    let usage = Usage {
        reasoning_tokens: Some(u64::MAX),
        web_search_requests: Some(u64::MAX),
        inference_geo: Some("us".into()),
        speed: Some("fast".into()),
        ..usage([u64::MAX; 5])
    };

    assert_eq!(price(&usage, listed("claude-opus-5")), Some(PicoUsd(i64::MAX)));
}

#[test]
fn every_chat_model_with_a_token_price_is_priced() {
    let json: serde_json::Value = serde_json::from_slice(PriceBook::embedded_json()).unwrap();
    let mut priced = 0;

    for (key, entry) in json.as_object().unwrap() {
        let positive = |field: &str| entry[field].as_f64().is_some_and(|price| price > 0.0);
        if entry["mode"] == "chat" && positive("input_cost_per_token") && positive("output_cost_per_token") {
            let cost = price(&usage([1_000, 1_000, 0, 0, 1_000]), listed(key));
            assert!(cost.is_some_and(|cost| cost > PicoUsd(0)), "{key}");
            priced += 1;
        }
    }

    assert!(priced > 1_100, "{priced}");
}

#[test]
fn every_listed_price_is_a_whole_number_of_pico_dollars() {
    let json: serde_json::Value = serde_json::from_slice(PriceBook::embedded_json()).unwrap();

    for model in json.as_object().unwrap().keys().filter_map(|key| BOOK.by_key(key)) {
        for rate in &model.rates {
            assert_eq!(u128::from(rate.atto_per_token) % ATTO_PER_PICO, 0, "{} {rate:?}", model.key());
        }
    }
}

/// Models whose every tier and service tier costs at least as much as the one below it.
const ORDERLY: &[&str] = &[
    "claude-sonnet-4-5",
    "claude-opus-5",
    "claude-haiku-5-5",
    "gpt-6.1-sol",
    "gpt-4",
    "gemini/gemini-2.5-pro",
    "dashscope/qwen-plus-latest",
    "minimax/MiniMax-M3",
];

prop_compose! {
    /// Usage with counters up to `most`, served somewhere at some speed.
    fn any_usage(most: u64)(
        counters in prop::array::uniform5(0..=most),
        reasoning in prop::option::of(0..=most),
        service_tier in prop::option::of(prop::sample::select(vec!["standard", "priority", "flex", "batch"])),
        inference_geo in prop::option::of(Just("us")),
        speed in prop::option::of(Just("fast")),
    ) -> Usage {
        Usage {
            reasoning_tokens: reasoning,
            service_tier: service_tier.map(str::to_owned),
            inference_geo: inference_geo.map(str::to_owned),
            speed: speed.map(str::to_owned),
            ..usage(counters)
        }
    }
}

proptest! {
    #[test]
    fn more_tokens_never_cost_less(
        key in prop::sample::select(ORDERLY),
        less in any_usage(400_000),
        more in prop::array::uniform6(0..400_000_u64),
    ) {
        let mut counters = less.clone();
        let mut before = price(&less, listed(key));
        let each: [fn(&mut Usage) -> &mut Option<u64>; 6] = [
            |usage| &mut usage.input_tokens,
            |usage| &mut usage.cache_read_tokens,
            |usage| &mut usage.cache_write_5m_tokens,
            |usage| &mut usage.cache_write_1h_tokens,
            |usage| &mut usage.output_tokens,
            |usage| &mut usage.reasoning_tokens,
        ];

        for (counter, added) in each.into_iter().zip(more) {
            let counter = counter(&mut counters);
            *counter = Some(counter.unwrap_or(0) + added);
            let after = price(&counters, listed(key));
            prop_assert!(before.is_none() || after.is_none() || after >= before, "{before:?} {after:?}");
            before = after;
        }
    }

    #[test]
    fn below_a_tier_the_parts_cost_as_much_as_the_whole(
        key in prop::sample::select(ORDERLY),
        counters in prop::array::uniform5(0..20_000_u64),
    ) {
        let whole = price(&usage(counters), listed(key));

        let parts = (0..5).map(|index| {
            let mut part = [0; 5];
            part[index] = counters[index];
            price(&usage(part), listed(key))
        });
        let sum = parts.reduce(|sum, part| sum?.checked_add(part?)).flatten();

        prop_assert_eq!(whole, sum);
    }

    #[test]
    fn no_usage_makes_pricing_panic(
        usage in any_usage(u64::MAX),
        searches in any::<u64>(),
        key in prop::sample::select(ORDERLY),
    ) {
        let cost = price(&Usage { web_search_requests: Some(searches), ..usage }, listed(key));

        prop_assert!(cost.is_none_or(|cost| cost >= PicoUsd(0)));
    }
}
