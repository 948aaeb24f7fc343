-- Sums of the ledger by spans of time that are over, kept for ever, so that nobody has to read its rows again.

-- What the provider's prompt cache saved; NULL where that cannot be told.
ALTER TABLE calls ADD COLUMN saved_pico_usd INTEGER;
-- The rows from before that are to be given theirs: those in (after_id, until_id].
CREATE TABLE savings_due (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    after_id INTEGER NOT NULL,
    until_id INTEGER NOT NULL
) STRICT;
INSERT INTO savings_due (id, after_id, until_id)
SELECT 1, COALESCE(MIN(id) - 1, 0), COALESCE(MAX(id), 0) FROM calls;

-- What did not go well is found without reading the rest.
CREATE INDEX calls_failed ON calls (status, at) WHERE status NOT IN ('open', 'complete');

-- Spans that are rolled up: [start, until) in Unix milliseconds. They never overlap. Whole days of the owner's calendar,
-- hours of the day that goes on, and what is left of a day where the calendar's zone was changed.
CREATE TABLE rollup_spans (
    start INTEGER PRIMARY KEY,
    until INTEGER NOT NULL,
    -- built: the roll-up says what the rows say. stale: a row came or changed since, the rows count.
    -- closing: the rows are being deleted; kept: they are gone. Of these two the roll-up alone counts.
    state TEXT    NOT NULL CHECK (state IN ('built', 'stale', 'closing', 'kept'))
) STRICT;

-- Up to where calls were or are being rolled up, and how often a call from before that came or changed: whoever rolls up
-- reads the rows without a lock, and starts again if something changed meanwhile.
CREATE TABLE rollup_progress (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    until   INTEGER NOT NULL,
    changes INTEGER NOT NULL
) STRICT;
INSERT INTO rollup_progress (id, until, changes) VALUES (1, -9223372036854775808, 0);

-- The sums of a span by everything that calls are grouped by; open calls are left out. The parts of a span are counted
-- from 1; two may be of the same group.
CREATE TABLE rollups (
    span                   INTEGER NOT NULL,                        -- the span's start
    part                   INTEGER NOT NULL,
    friend_id              INTEGER NOT NULL,
    key_id                 INTEGER NOT NULL,
    account_id             INTEGER,
    provider               TEXT,
    model                  TEXT,
    slices                 INTEGER NOT NULL,                        -- in which of the span's 32 slices it has calls, bit 0 is the
                                                                    -- first; 0: sums that never were calls of this ledger
    complete               INTEGER NOT NULL,                        -- calls by how they ended
    aborted                INTEGER NOT NULL,
    upstream_error         INTEGER NOT NULL,
    refused                INTEGER NOT NULL,
    interrupted            INTEGER NOT NULL,
    input_tokens           INTEGER NOT NULL,
    cache_read_tokens      INTEGER NOT NULL,
    cache_write_5m_tokens  INTEGER NOT NULL,
    cache_write_1h_tokens  INTEGER NOT NULL,
    output_tokens          INTEGER NOT NULL,
    reasoning_tokens       INTEGER NOT NULL,
    web_search_requests    INTEGER NOT NULL,
    cost_pico_usd          INTEGER NOT NULL,
    saved_pico_usd         INTEGER NOT NULL,
    cap_high               INTEGER NOT NULL,                        -- what they count as against caps, its halves apart:
    cap_low                INTEGER NOT NULL,                        -- cap_high * 2^32 + cap_low
    unpriced_calls         INTEGER NOT NULL,
    unreported_calls       INTEGER NOT NULL,                        -- unpriced ones without usage
    unpriced_input_tokens  INTEGER NOT NULL,                        -- of every class
    unpriced_output_tokens INTEGER NOT NULL,
    unpriced_last_at       INTEGER,
    -- The least and the greatest values of its calls, NULL for none: so that the dearest and the longest calls are found
    -- without reading all of them. Of the tokens, all kinds together.
    min_cost               INTEGER,
    max_cost               INTEGER,
    min_tokens             INTEGER,
    max_tokens             INTEGER,
    min_ttfb               INTEGER,
    max_ttfb               INTEGER,
    min_duration           INTEGER,
    max_duration           INTEGER,
    PRIMARY KEY (span, part)
) STRICT, WITHOUT ROWID;

-- How an account did in a span: its ended calls, those that failed and those that were refused, and how long complete ones
-- to a model took, as histograms (see latency.rs).
CREATE TABLE rollup_accounts (
    span       INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    calls      INTEGER NOT NULL,
    errors     INTEGER NOT NULL,
    refused    INTEGER NOT NULL,
    ttfb       BLOB    NOT NULL,
    duration   BLOB    NOT NULL,
    PRIMARY KEY (span, account_id)
) STRICT, WITHOUT ROWID;

-- How many calls of a span each version of the prices priced.
CREATE TABLE rollup_versions (
    span          INTEGER NOT NULL,
    price_version INTEGER NOT NULL,
    calls         INTEGER NOT NULL,
    PRIMARY KEY (span, price_version)
) STRICT, WITHOUT ROWID;

-- The least and the greatest values of all calls in a slice of a span, likewise.
CREATE TABLE rollup_slices (
    span         INTEGER NOT NULL,
    slice        INTEGER NOT NULL,
    min_cost     INTEGER,
    max_cost     INTEGER,
    min_tokens   INTEGER,
    max_tokens   INTEGER,
    min_ttfb     INTEGER,
    max_ttfb     INTEGER,
    min_duration INTEGER,
    max_duration INTEGER,
    PRIMARY KEY (span, slice)
) STRICT, WITHOUT ROWID;

-- Rows that came into a span whose roll-up alone counts: they count beside it until they are added to it.
CREATE TABLE late_calls (
    call_id INTEGER PRIMARY KEY
) STRICT;

-- A call that comes to what is rolled up, or changes there, makes the roll-up stale, in whichever process that happens. An
-- open one counts for nothing yet.
CREATE TRIGGER calls_came_late AFTER INSERT ON calls
WHEN NEW.at < (SELECT until FROM rollup_progress WHERE id = 1) AND NEW.status <> 'open'
BEGIN
    UPDATE rollup_progress SET changes = changes + 1;
    UPDATE rollup_spans SET state = 'stale'
    WHERE start = (SELECT MAX(start) FROM rollup_spans WHERE start <= NEW.at) AND until > NEW.at AND state = 'built';
    INSERT OR IGNORE INTO late_calls (call_id)
    SELECT NEW.id FROM rollup_spans
    WHERE start = (SELECT MAX(start) FROM rollup_spans WHERE start <= NEW.at) AND until > NEW.at
      AND state IN ('closing', 'kept');
END;
CREATE TRIGGER calls_changed_late AFTER UPDATE ON calls
WHEN OLD.at < (SELECT until FROM rollup_progress WHERE id = 1) AND (OLD.status <> 'open' OR NEW.status <> 'open')
BEGIN
    UPDATE rollup_progress SET changes = changes + 1;
    UPDATE rollup_spans SET state = 'stale'
    WHERE start = (SELECT MAX(start) FROM rollup_spans WHERE start <= OLD.at) AND until > OLD.at AND state = 'built';
    INSERT OR IGNORE INTO late_calls (call_id)
    SELECT NEW.id FROM rollup_spans
    WHERE start = (SELECT MAX(start) FROM rollup_spans WHERE start <= OLD.at) AND until > OLD.at
      AND state IN ('closing', 'kept') AND OLD.status = 'open';
END;
