//! Compresses the price book: the program reads it once, at its start, and as it is it would stay in memory.

use std::{env, error::Error, fs, io::Write, path::Path};

use flate2::{Compression, write::DeflateEncoder};

const BOOK: &str = "data/model_prices.json";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={BOOK}");
    let compressed = fs::File::create(Path::new(&env::var("OUT_DIR")?).join("model_prices.deflate"))?;
    let mut encoder = DeflateEncoder::new(compressed, Compression::best());
    encoder.write_all(&fs::read(BOOK)?)?;
    encoder.finish()?;
    Ok(())
}
