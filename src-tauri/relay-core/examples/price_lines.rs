//! Prices usages read from stdin, one JSON object a line, by the built-in book or the one in a file: for
//! `scripts/price-check`, which compares the result with LiteLLM's.
//!
//! A line names a key of the book and its counters as [`Usage`] names them; the answer is a line with the cost in
//! pico-dollars, or `null` for an unpriced call.

use std::{
    env, fs,
    io::{self, BufRead, BufWriter, Write},
};

use carpool_core::{
    price::{PriceBook, price},
    usage::Usage,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Line {
    key: String,
    #[serde(default)]
    input_tokens: Option<u64>,
    #[serde(default)]
    cache_read_tokens: Option<u64>,
    #[serde(default)]
    cache_write_5m_tokens: Option<u64>,
    #[serde(default)]
    cache_write_1h_tokens: Option<u64>,
    #[serde(default)]
    output_tokens: Option<u64>,
    #[serde(default)]
    reasoning_tokens: Option<u64>,
    #[serde(default)]
    web_search_requests: Option<u64>,
    #[serde(default)]
    service_tier: Option<String>,
    #[serde(default)]
    inference_geo: Option<String>,
    #[serde(default)]
    speed: Option<String>,
}

impl Line {
    fn usage(self) -> Usage {
        Usage {
            input_tokens: self.input_tokens,
            cache_read_tokens: self.cache_read_tokens,
            cache_write_5m_tokens: self.cache_write_5m_tokens,
            cache_write_1h_tokens: self.cache_write_1h_tokens,
            output_tokens: self.output_tokens,
            reasoning_tokens: self.reasoning_tokens,
            web_search_requests: self.web_search_requests,
            service_tier: self.service_tier,
            inference_geo: self.inference_geo,
            speed: self.speed,
        }
    }
}

fn main() -> io::Result<()> {
    let book = match env::args_os().nth(1) {
        Some(file) => PriceBook::from_json(&fs::read(file)?).map_err(io::Error::other)?,
        None => PriceBook::embedded(),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let line: Line = serde_json::from_str(&line?)?;
        let model = book.by_key(&line.key);
        let cost = model.and_then(|model| price(&line.usage(), model));
        writeln!(out, "{}", cost.map_or_else(|| "null".to_owned(), |cost| cost.0.to_string()))?;
    }
    out.flush()
}
