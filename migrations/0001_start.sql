-- Carpool's first schema. Times are Unix milliseconds (UTC), money is integer pico-dollars (1e-12 USD).
-- No table has a column for a prompt or an answer.

-- Which vault guards this data folder; one row, written once when the folder is new.
CREATE TABLE vault (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    vault_id   TEXT    NOT NULL,                                   -- random; names this folder's keychain items
    kind       TEXT    NOT NULL CHECK (kind IN ('keychain', 'file')),
    key_check  BLOB    NOT NULL,                                   -- a known text sealed under the master key
    created_at INTEGER NOT NULL
) STRICT;

-- Sealed items of a file vault (a keychain vault keeps these in the keychain itself).
CREATE TABLE vault_items (
    name   TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- A removed account, friend or key keeps its row, so that the ledger can still name it.
CREATE TABLE accounts (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    name            TEXT    NOT NULL,
    provider        TEXT    NOT NULL,
    kind            TEXT    NOT NULL,                              -- api_key | oauth | setup_token
    base_url        TEXT,
    proxy_sealed    BLOB,                                          -- may carry a password
    priority        INTEGER NOT NULL DEFAULT 50,
    max_concurrency INTEGER NOT NULL DEFAULT 0,                    -- 0: no limit
    paused          INTEGER NOT NULL DEFAULT 0,
    state           TEXT    NOT NULL DEFAULT 'ready',              -- ready | needs_login | blocked
    state_reason    TEXT,
    email           TEXT,
    plan            TEXT,
    created_at      INTEGER NOT NULL,
    removed_at      INTEGER
) STRICT;
CREATE UNIQUE INDEX accounts_name ON accounts (name) WHERE removed_at IS NULL;

-- What authenticates an account now. The refresh token is not here: it is an item of the vault.
CREATE TABLE credentials (
    account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
    generation INTEGER NOT NULL,                                   -- grows with each refresh or login
    sealed     BLOB    NOT NULL,                                   -- API key, setup token or access token
    expires_at INTEGER,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE friends (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL,
    share      REAL    NOT NULL DEFAULT 1,
    paused     INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX friends_name ON friends (name) WHERE removed_at IS NULL;

CREATE TABLE client_keys (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    friend_id    INTEGER NOT NULL REFERENCES friends (id),
    name         TEXT    NOT NULL,
    digest       BLOB    NOT NULL UNIQUE,                          -- SHA-256 of the key; the key itself is nowhere
    prefix       TEXT    NOT NULL,
    paused       INTEGER NOT NULL DEFAULT 0,
    expires_at   INTEGER,
    last_used_at INTEGER,
    created_at   INTEGER NOT NULL,
    revoked_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX client_keys_name ON client_keys (friend_id, name) WHERE revoked_at IS NULL;

-- Every price book that ever priced a call.
CREATE TABLE price_books (
    version  INTEGER PRIMARY KEY AUTOINCREMENT,
    digest   BLOB    NOT NULL UNIQUE,
    source   TEXT    NOT NULL,
    added_at INTEGER NOT NULL
) STRICT;

-- The ledger. NULL in a counter means "not reported"; NULL in cost means "unpriced".
CREATE TABLE calls (
    id                    INTEGER PRIMARY KEY,                     -- time-ordered, see CallId
    at                    INTEGER NOT NULL,
    friend_id             INTEGER NOT NULL,
    key_id                INTEGER NOT NULL,
    account_id            INTEGER,
    provider              TEXT,
    dialect               TEXT    NOT NULL,
    operation             TEXT    NOT NULL,                        -- generate | count_tokens | list_models
    model                 TEXT,
    upstream_model        TEXT,
    stream                INTEGER NOT NULL,
    status                TEXT    NOT NULL,                        -- open | complete | aborted | upstream_error | refused | interrupted
    http_status           INTEGER,
    input_tokens          INTEGER,
    cache_read_tokens     INTEGER,
    cache_write_5m_tokens INTEGER,
    cache_write_1h_tokens INTEGER,
    output_tokens         INTEGER,
    reasoning_tokens      INTEGER,
    web_search_requests   INTEGER,
    service_tier          TEXT,
    inference_geo         TEXT,
    speed                 TEXT,
    cost_pico_usd         INTEGER,
    price_version         INTEGER,
    ttfb_ms               INTEGER,
    duration_ms           INTEGER,
    attempts              INTEGER NOT NULL
) STRICT;
CREATE INDEX calls_at ON calls (at);
CREATE INDEX calls_open ON calls (account_id) WHERE status = 'open';

-- A counter that grows whenever the owner changes something the running relay must pick up.
CREATE TABLE config_version (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
) STRICT;
INSERT INTO config_version (id, version) VALUES (1, 0);

CREATE TRIGGER accounts_inserted AFTER INSERT ON accounts BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER accounts_updated AFTER UPDATE ON accounts BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER credentials_inserted AFTER INSERT ON credentials BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER credentials_updated AFTER UPDATE ON credentials BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER credentials_deleted AFTER DELETE ON credentials BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER friends_inserted AFTER INSERT ON friends BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER friends_updated AFTER UPDATE ON friends BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER client_keys_inserted AFTER INSERT ON client_keys BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER client_keys_updated AFTER UPDATE OF friend_id, name, digest, paused, expires_at, revoked_at ON client_keys
BEGIN UPDATE config_version SET version = version + 1; END;
