-- What the owner is told without asking, and where.

-- Places that notes are sent to. Their addresses and secrets are sealed.
CREATE TABLE webhooks (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    name           TEXT NOT NULL,
    format         TEXT NOT NULL,                                  -- the format's id, see webhook/ in relay-core
    address_sealed BLOB NOT NULL,
    secret_sealed  BLOB,
    chat           TEXT,
    about          TEXT NOT NULL CHECK (about IN ('all', 'alerts', 'digest')),
    -- How the last letter went; NULL before the first.
    last_at        INTEGER,
    last_state     TEXT CHECK (last_state IN ('sent', 'trying', 'gave_up')),
    last_detail    TEXT
) STRICT;
CREATE UNIQUE INDEX webhooks_name ON webhooks (name);
CREATE TRIGGER webhooks_inserted AFTER INSERT ON webhooks BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER webhooks_deleted AFTER DELETE ON webhooks BEGIN UPDATE config_version SET version = version + 1; END;

-- Letters that are on their way: what is sent or given up is not here any more.
CREATE TABLE letters (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    message_id TEXT    NOT NULL,                                   -- the same each time it is sent
    note       TEXT    NOT NULL,                                   -- JSON
    written_at INTEGER NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    next_at    INTEGER NOT NULL
) STRICT;

-- Episodes of things that were not as they should be, as JSON; an open one has no end.
CREATE TABLE episodes (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    subject  TEXT    NOT NULL,
    episode  TEXT    NOT NULL,
    since    INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX episodes_open ON episodes (subject) WHERE ended_at IS NULL;

-- Keys that were taken over from another relay, by their id there, so that none is taken over twice.
CREATE TABLE imported_keys (
    source     TEXT    NOT NULL,
    source_id  TEXT    NOT NULL,
    key_id     INTEGER NOT NULL REFERENCES client_keys (id),
    has_secret INTEGER NOT NULL,                                   -- whether the key itself was given
    PRIMARY KEY (source, source_id)
) STRICT, WITHOUT ROWID;

-- Spans whose roll-ups are history from there, and no sums of calls: they count against no cap and in no statement.
CREATE TABLE imported_spans (
    span   INTEGER PRIMARY KEY,                                    -- its start, see rollup_spans
    source TEXT    NOT NULL
) STRICT;
