//! `carpool prices …`

use carpool_core::{price::PriceBook, provider::PROVIDERS};
use clap::Subcommand;

use super::output::Output;
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum PricesCommand {
    /// Show what a model costs
    Show {
        /// The model
        model: String,
    },
}

pub(crate) fn run(command: PricesCommand, output: &Output) -> Result<(), Failure> {
    let PricesCommand::Show { model } = command;
    let book = PriceBook::embedded();
    let found = PROVIDERS.iter().find_map(|provider| book.find(provider.id, &model)).or_else(|| book.by_key(&model));
    match found {
        Some(price) => output.object(price),
        None => {
            let near = book.near(&model).join(", ");
            let message = format!("the price book has no '{model}': calls of it are unpriced; near names: {near}");
            return Err(Failure::new("unknown_model", message));
        }
    }
    Ok(())
}
