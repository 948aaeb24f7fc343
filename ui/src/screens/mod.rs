//! The screens, one folder each: markup in `mod.rs`, what it shows and decides in `state.rs`, its look in `style.css`.

pub(crate) mod about;
