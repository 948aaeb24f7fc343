//! The price book that the owner looked at last: what is taken is what was seen.

use std::sync::{Mutex, MutexGuard, PoisonError};

use carpool_relay::prices::Found;

use crate::failure::Failure;

/// The book that was looked at last, under its number.
#[derive(Debug, Default)]
pub(super) struct LookedAt(Mutex<(u32, Option<Book>)>);

/// A book that was found.
#[derive(Debug)]
pub(super) enum Book {
    /// In a file or at an address.
    Found(Found),
    /// In the program.
    BuiltIn,
}

impl LookedAt {
    /// Keeps a book instead of the one before, and returns its number.
    pub(super) fn keep(&self, book: Book) -> u32 {
        let mut last = self.lock();
        *last = (last.0 + 1, Some(book));
        last.0
    }

    /// Hands the book of this number out, once.
    ///
    /// # Errors
    /// When another was looked at since, or it was taken already.
    pub(super) fn take(&self, number: u32) -> Result<Book, Failure> {
        let mut last = self.lock();
        let book = if last.0 == number { last.1.take() } else { None };
        book.ok_or_else(|| Failure::new("book_gone", "this price book was taken or replaced by another: look again"))
    }

    fn lock(&self) -> MutexGuard<'_, (u32, Option<Book>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_book_that_was_looked_at_last_is_taken_and_only_once() {
        let looked_at = LookedAt::default();
        let first = looked_at.keep(Book::BuiltIn);
        let second = looked_at.keep(Book::BuiltIn);

        assert_eq!(looked_at.take(first).expect_err("another was looked at").code, "book_gone");
        assert!(looked_at.take(second).is_ok());
        assert!(looked_at.take(second).is_err());
    }
}
