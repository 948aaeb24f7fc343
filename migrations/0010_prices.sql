-- Price books that were taken from a file or an address, the owner's own prices, and what a recount changed.

-- The text of a book, compressed with zstd. The one that is built in is not here.
CREATE TABLE price_texts (
    digest   BLOB PRIMARY KEY,                                     -- SHA-256 of the text
    zstd     BLOB    NOT NULL,
    source   TEXT    NOT NULL,                                     -- the file or address it was taken from
    taken_at INTEGER NOT NULL
) STRICT;

-- A version is a text and the owner's own prices at that time.
ALTER TABLE price_books ADD COLUMN text_digest BLOB;               -- NULL: built in
ALTER TABLE price_books ADD COLUMN own TEXT NOT NULL DEFAULT '[]'; -- JSON: the owner's own prices

-- What the owner states a model costs.
CREATE TABLE own_prices (
    provider TEXT NOT NULL DEFAULT '',                             -- '' for every provider's
    model    TEXT NOT NULL,
    price    TEXT NOT NULL,                                        -- JSON
    PRIMARY KEY (provider, model)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER own_prices_inserted AFTER INSERT ON own_prices BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER own_prices_updated AFTER UPDATE ON own_prices BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER own_prices_deleted AFTER DELETE ON own_prices BEGIN UPDATE config_version SET version = version + 1; END;

-- Each time a span of the ledger was priced anew, and what its rows said before.
CREATE TABLE price_recounts (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    since    INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    version  INTEGER NOT NULL REFERENCES price_books (version)
) STRICT;
CREATE TABLE recounted_calls (
    recount_id     INTEGER NOT NULL REFERENCES price_recounts (id),
    call_id        INTEGER NOT NULL,
    cost_before    INTEGER,
    version_before INTEGER,
    PRIMARY KEY (recount_id, call_id)
) STRICT, WITHOUT ROWID;
