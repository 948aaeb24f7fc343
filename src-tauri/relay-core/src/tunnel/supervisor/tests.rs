//! A tunnel over time: what is done when.
