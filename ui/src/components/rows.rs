//! Rows of a list that is fetched again and again: each is built once and follows its item.

use leptos::prelude::*;

/// Follows an item of a list by its id; once it is gone, it stays what it was last.
pub(crate) fn follow<T, K>(list: Signal<Vec<T>>, item: T, id: fn(&T) -> K) -> Signal<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
    K: PartialEq + Send + Sync + 'static,
{
    let own = id(&item);
    Memo::new(move |known: Option<&T>| {
        let found = list.with(|list| list.iter().find(|item| id(item) == own).cloned());
        found.or_else(|| known.cloned()).unwrap_or_else(|| item.clone())
    })
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_follows_its_item_and_keeps_what_it_was_last() {
        let owner = Owner::new();
        owner.set();
        let list = RwSignal::new(vec![(1, "laptop"), (2, "desktop")]);

        let row = follow(list.into(), (2, "desktop"), |item| item.0);

        assert_eq!(row.get(), (2, "desktop"));
        list.set(vec![(2, "tower"), (1, "laptop")]);
        assert_eq!(row.get(), (2, "tower"));
        list.set(Vec::new());
        assert_eq!(row.get(), (2, "tower"));
    }
}
