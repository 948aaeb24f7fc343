//! What of the ledger is listed: which calls, in which order, and which page of them.

use carpool_ipc::{
    calls::{Call, CallColumn, CallFilter, CallOrder, ExportCalls, ListCalls},
    usage::Range,
};

use super::super::state::aria;

/// What calls are narrowed down by, beside the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Facet {
    Friend,
    Account,
    Provider,
    Model,
    Status,
}

impl Facet {
    pub(super) const ALL: &[Self] = &[Self::Friend, Self::Account, Self::Provider, Self::Model, Self::Status];

    /// Its name in forms.
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::Friend => "friend",
            Self::Account => "account",
            Self::Provider => "provider",
            Self::Model => "model",
            Self::Status => "status",
        }
    }
}

/// What is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listing {
    friend: Option<String>,
    account: Option<String>,
    provider: Option<String>,
    model: Option<String>,
    status: Option<String>,
    search: String,
    order: CallOrder,
    /// The last calls of the pages before this one.
    before: Vec<String>,
}

impl Default for Listing {
    /// Everything, the newest first.
    fn default() -> Self {
        Self {
            friend: None,
            account: None,
            provider: None,
            model: None,
            status: None,
            search: String::new(),
            order: CallOrder { column: CallColumn::Time, descending: true },
            before: Vec::new(),
        }
    }
}

impl Listing {
    /// What is chosen of a facet.
    pub(super) fn chosen(&self, facet: Facet) -> Option<&str> {
        match facet {
            Facet::Friend => self.friend.as_deref(),
            Facet::Account => self.account.as_deref(),
            Facet::Provider => self.provider.as_deref(),
            Facet::Model => self.model.as_deref(),
            Facet::Status => self.status.as_deref(),
        }
    }

    /// Chooses of a facet; nothing: all.
    pub(super) fn choose(&mut self, facet: Facet, name: String) {
        let name = Some(name).filter(|name| !name.is_empty());
        match facet {
            Facet::Friend => self.friend = name,
            Facet::Account => self.account = name,
            Facet::Provider => self.provider = name,
            Facet::Model => self.model = name,
            Facet::Status => self.status = name,
        }
        self.rewind();
    }

    pub(super) fn search(&mut self, text: &str) {
        if self.search != text {
            text.clone_into(&mut self.search);
            self.rewind();
        }
    }

    /// Whether not all calls of the range are listed.
    pub(super) fn is_narrowed(&self) -> bool {
        !self.search.is_empty() || Facet::ALL.iter().any(|facet| self.chosen(*facet).is_some())
    }

    /// Lists all calls again, in the same order.
    pub(super) fn clear(&mut self) {
        *self = Self { order: self.order, ..Self::default() };
    }

    /// After a press on a column's title: the other way round, or that column, beginning with the greatest.
    pub(super) fn press(&mut self, column: CallColumn) {
        let descending = self.order.column != column || !self.order.descending;
        self.order = CallOrder { column, descending };
        self.rewind();
    }

    /// The word in `aria-sort` for a column.
    pub(super) fn aria(&self, column: CallColumn) -> &'static str {
        aria(self.order.column == column, self.order.descending)
    }

    /// The page, counted from 0.
    pub(super) fn page(&self) -> usize {
        self.before.len()
    }

    /// The number of the page that follows this call.
    pub(super) fn page_after(&self, call: Option<&str>) -> usize {
        let place = call.and_then(|call| self.before.iter().position(|last| last == call));
        place.map_or(0, |place| place + 1)
    }

    /// The first page.
    pub(super) fn rewind(&mut self) {
        self.before.clear();
    }

    pub(super) fn back(&mut self) {
        self.before.pop();
    }

    /// The page after the one that ends with this call.
    pub(super) fn next(&mut self, last: String) {
        // A second press comes before the page is there.
        if self.before.last() != Some(&last) {
            self.before.push(last);
        }
    }

    /// Asks for the page.
    pub(super) fn ask(&self, range: Range) -> ListCalls {
        ListCalls { filter: self.filter(range), order: self.order, after: self.before.last().cloned() }
    }

    /// Asks for all pages as a file.
    pub(super) fn export(&self, range: Range) -> ExportCalls {
        ExportCalls { filter: self.filter(range), order: self.order }
    }

    fn filter(&self, range: Range) -> CallFilter {
        CallFilter {
            range,
            friend: self.friend.clone(),
            account: self.account.clone(),
            provider: self.provider.clone(),
            model: self.model.clone(),
            status: self.status.clone(),
            search: self.search.trim().to_owned(),
        }
    }
}

/// What a row shows that can change: names are given anew, prices come later. A changed row is built again.
pub(super) fn look(call: &Call) -> (String, String, String, Option<String>, Option<i64>) {
    (call.id.clone(), call.friend.clone(), call.status.clone(), call.account.clone(), call.cost.map(|cost| cost.0))
}

/// What can be chosen of a facet: what there is, and what is chosen even where it is gone.
pub(super) fn choices(there: &[String], chosen: Option<&str>) -> Vec<String> {
    let gone = chosen.filter(|chosen| !there.iter().any(|name| name == chosen)).map(str::to_owned);
    there.iter().cloned().chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_and_lead_back() {
        let mut listing = Listing::default();

        listing.next("9".to_owned());
        listing.next("9".to_owned());
        listing.next("5".to_owned());

        assert_eq!((listing.page(), listing.ask(Range::Today).after.as_deref()), (2, Some("5")));
        assert_eq!([None, Some("9"), Some("5")].map(|call| listing.page_after(call)), [0, 1, 2]);
        listing.back();
        assert_eq!((listing.page(), listing.ask(Range::Today).after.as_deref()), (1, Some("9")));
        listing.back();
        listing.back();
        assert_eq!((listing.page(), listing.ask(Range::Today).after), (0, None));
    }

    #[test]
    fn whatever_else_is_chosen_begins_with_its_first_page() {
        let changes: [fn(&mut Listing); 4] = [
            |listing| listing.choose(Facet::Model, "opus".to_owned()),
            |listing| listing.search("opus"),
            |listing| listing.press(CallColumn::Cost),
            Listing::clear,
        ];
        for change in changes {
            let mut listing = Listing::default();
            listing.next("9".to_owned());

            change(&mut listing);

            assert_eq!(listing.page(), 0);
        }
        let mut listing = Listing::default();
        listing.next("9".to_owned());
        listing.search("");
        assert_eq!(listing.page(), 1, "nothing else was searched");
    }

    #[test]
    fn a_press_on_a_column_sorts_by_it_and_a_second_one_turns_it() {
        let mut listing = Listing::default();

        listing.press(CallColumn::Duration);
        assert_eq!(listing.order, CallOrder { column: CallColumn::Duration, descending: true });
        listing.press(CallColumn::Duration);

        assert_eq!(listing.order, CallOrder { column: CallColumn::Duration, descending: false });
        assert_eq!((listing.aria(CallColumn::Duration), listing.aria(CallColumn::Time)), ("ascending", "none"));
    }

    #[test]
    fn what_is_exported_is_what_is_listed_whatever_the_page() {
        let mut listing = Listing::default();
        listing.choose(Facet::Status, "refused".to_owned());
        listing.search(" opus ");
        listing.press(CallColumn::Cost);
        listing.next("9".to_owned());

        let export = listing.export(Range::Today);

        assert_eq!((export.filter.status.as_deref(), export.filter.search.as_str()), (Some("refused"), "opus"));
        assert_eq!(export.order.column, CallColumn::Cost);
        assert!(listing.is_narrowed());
        listing.clear();
        assert!(!listing.is_narrowed());
        assert_eq!(listing.order.column, CallColumn::Cost);
    }

    #[test]
    fn what_is_chosen_can_be_chosen_even_where_it_is_gone() {
        let there = ["Alex".to_owned(), "Mia".to_owned()];

        assert_eq!(choices(&there, Some("Mia")), there);
        assert_eq!(choices(&there, Some("Zoe")), ["Alex", "Mia", "Zoe"]);
    }
}
