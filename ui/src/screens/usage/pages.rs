//! The pages of the call list that were read so far, and how they stay whole when new calls arrive.

use carpool_ipc::usage::{Call, Calls, ListCalls, Range};

/// Which calls are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) range: Range,
    pub(super) friend: Option<String>,
}

impl Filter {
    /// Asks for the calls before this one; `None`: the newest.
    pub(super) fn page(&self, before: Option<String>) -> ListCalls {
        ListCalls { range: self.range.clone(), friend: self.friend.clone(), before }
    }
}

/// Rows of the ledger, the newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pages {
    /// What they are of; `None`: nothing was read yet.
    of: Option<Filter>,
    /// The rows.
    pub(super) rows: Vec<Call>,
    /// Whether there are older ones.
    pub(super) has_more: bool,
}

impl Pages {
    /// Takes the newest page. Older ones that were read stay below it, as long as they join on to it.
    pub(super) fn renew(&mut self, of: Filter, page: Calls) {
        let is_same = self.of.as_ref() == Some(&of);
        let last = page.rows.last().map(|call| call.id.as_str());
        let joint = self.rows.iter().position(|call| Some(call.id.as_str()) == last).filter(|_| is_same);
        let older = joint.map(|joint| self.rows.split_off(joint + 1)).unwrap_or_default();

        if older.is_empty() {
            self.has_more = page.has_more;
        }
        self.of = Some(of);
        self.rows = page.rows;
        self.rows.extend(older);
    }

    /// Takes the page after the last one, unless something else is listed by now.
    pub(super) fn append(&mut self, of: &Filter, before: &str, page: Calls) {
        if self.of.as_ref() == Some(of) && self.last().as_deref() == Some(before) {
            self.rows.extend(page.rows);
            self.has_more = page.has_more;
        }
    }

    /// The oldest call that was read.
    pub(super) fn last(&self) -> Option<String> {
        self.rows.last().map(|call| call.id.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use carpool_ipc::usage::Tokens;

    fn call(id: u32) -> Call {
        Call {
            id: id.to_string(),
            at_ms: i64::from(id),
            friend: "Alex".to_owned(),
            key: "laptop".to_owned(),
            account: None,
            model: None,
            status: "complete".to_owned(),
            http_status: Some(200),
            tokens: Tokens::default(),
            cost: None,
            ttfb_ms: None,
            duration_ms: None,
            attempts: 1,
        }
    }

    fn page(ids: impl IntoIterator<Item = u32>, has_more: bool) -> Calls {
        Calls { rows: ids.into_iter().map(call).collect(), has_more }
    }

    fn of(friend: Option<&str>) -> Filter {
        Filter { range: Range::Today, friend: friend.map(str::to_owned) }
    }

    fn ids(pages: &Pages) -> Vec<&str> {
        pages.rows.iter().map(|call| call.id.as_str()).collect()
    }

    #[test]
    fn new_calls_come_on_top_and_older_pages_stay() {
        let mut pages = Pages::default();
        pages.renew(of(None), page([9, 8, 7], true));
        pages.append(&of(None), "7", page([6, 5], false));

        pages.renew(of(None), page([11, 10, 9], true));

        assert_eq!(ids(&pages), ["11", "10", "9", "8", "7", "6", "5"]);
        assert!(!pages.has_more);
    }

    #[test]
    fn where_so_many_calls_came_that_there_is_a_gap_the_list_begins_anew() {
        let mut pages = Pages::default();
        pages.renew(of(None), page([3, 2, 1], false));

        pages.renew(of(None), page([30, 29, 28], true));

        assert_eq!(ids(&pages), ["30", "29", "28"]);
        assert!(pages.has_more);
    }

    #[test]
    fn another_friends_calls_are_not_mixed_in() {
        let mut pages = Pages::default();
        pages.renew(of(None), page([9, 8, 7], true));

        pages.renew(of(Some("Sam")), page([9], false));
        pages.append(&of(None), "9", page([6], true));

        assert_eq!(ids(&pages), ["9"]);
        assert!(!pages.has_more);
    }

    #[test]
    fn a_page_that_comes_twice_is_taken_once() {
        let mut pages = Pages::default();
        pages.renew(of(None), page([9, 8], true));

        pages.append(&of(None), "8", page([7, 6], true));
        pages.append(&of(None), "8", page([7, 6], true));

        assert_eq!(ids(&pages), ["9", "8", "7", "6"]);
    }
}
