-- What is paid and how it is shared, and the statements that were made of it. Days are dates of the owner's calendar.

-- Subscriptions and other costs. A person is a friend's id; NULL is the owner.
CREATE TABLE plan_costs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL,
    account_id INTEGER REFERENCES accounts (id),                   -- NULL for a cost that is no account
    price      INTEGER NOT NULL CHECK (price >= 0),                -- in the smallest unit of its currency
    currency   TEXT    NOT NULL,
    every      TEXT    NOT NULL CHECK (every IN ('month', 'year', 'once')),
    proration  TEXT    NOT NULL CHECK (proration IN ('days', 'whole')),
    from_day   TEXT    NOT NULL,
    until_day  TEXT,                                               -- the first day after it
    paid_by    INTEGER REFERENCES friends (id),
    shared_by  TEXT    NOT NULL DEFAULT '[]'                       -- JSON: ids of friends, null for the owner; [] for everyone
) STRICT;
CREATE UNIQUE INDEX plan_costs_name ON plan_costs (name);

-- Who pays the provider of an account that is billed by use, where it is not the owner.
CREATE TABLE plan_bills (
    account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
    paid_by    INTEGER NOT NULL REFERENCES friends (id)
) STRICT;

-- What one person owes another for a reason of their own, in one month's statement.
CREATE TABLE plan_adjustments (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    month       TEXT    NOT NULL,                                  -- 2026-11
    from_person INTEGER REFERENCES friends (id),
    to_person   INTEGER REFERENCES friends (id),
    amount      INTEGER NOT NULL CHECK (amount > 0),
    currency    TEXT    NOT NULL,
    why         TEXT    NOT NULL
) STRICT;

-- Statements as they were made, in their canonical form, for ever.
CREATE TABLE statements (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    month     TEXT    NOT NULL,
    made_at   INTEGER NOT NULL,
    sha256    TEXT    NOT NULL UNIQUE,
    canonical TEXT    NOT NULL
) STRICT;
CREATE TRIGGER statements_unchanged BEFORE UPDATE ON statements
BEGIN SELECT RAISE(ABORT, 'a statement that was kept does not change'); END;
CREATE TRIGGER statements_kept BEFORE DELETE ON statements
BEGIN SELECT RAISE(ABORT, 'a statement that was kept stays'); END;
