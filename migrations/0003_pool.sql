-- What keeps accounts out, how their windows fill, and groups of accounts. Times are Unix milliseconds (UTC).

-- One row for each thing that keeps an account out: why, since and until when (or until it is tested again).
CREATE TABLE account_holds (
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    kind       TEXT    NOT NULL,                                   -- cooling | limited | needs_login | blocked
    family     TEXT    NOT NULL DEFAULT '',                        -- the model family it is about; '' for all calls
    reason     TEXT    NOT NULL,
    since      INTEGER NOT NULL,
    until      INTEGER NOT NULL,
    step       INTEGER NOT NULL DEFAULT 0,                         -- how often it followed upon itself
    PRIMARY KEY (account_id, kind, family)
) STRICT, WITHOUT ROWID;

INSERT INTO account_holds (account_id, kind, reason, since, until)
SELECT id, state, COALESCE(state_reason, ''), unixepoch() * 1000, (unixepoch() + 3600) * 1000
FROM accounts WHERE state <> 'ready' AND removed_at IS NULL;

ALTER TABLE accounts DROP COLUMN state;
ALTER TABLE accounts DROP COLUMN state_reason;
-- Grows when a command changes the holds, so that a running relay takes them over; its own changes leave it alone.
ALTER TABLE accounts ADD COLUMN holds_version INTEGER NOT NULL DEFAULT 0;
-- The least time between the sending of two calls; 0 for none.
ALTER TABLE accounts ADD COLUMN spacing_ms INTEGER NOT NULL DEFAULT 0;

-- How much of a provider's windows was used, when: for forecasts.
CREATE TABLE window_samples (
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    hours      INTEGER NOT NULL,                                   -- the window's length
    family     TEXT    NOT NULL DEFAULT '',                        -- the model family it is for; '' for all models
    at         INTEGER NOT NULL,
    used       REAL    NOT NULL,                                   -- 0 to 1
    resets_at  INTEGER,
    PRIMARY KEY (account_id, hours, family, at)
) STRICT, WITHOUT ROWID;

-- Accounts under a common name.
CREATE TABLE account_groups (
    name       TEXT    NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (name, account_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER account_groups_inserted AFTER INSERT ON account_groups
BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER account_groups_deleted AFTER DELETE ON account_groups
BEGIN UPDATE config_version SET version = version + 1; END;

-- The one account, or the group of accounts, that a key may use; NULL for all. At most one of the two.
ALTER TABLE client_keys ADD COLUMN account_id INTEGER REFERENCES accounts (id);
ALTER TABLE client_keys ADD COLUMN account_group TEXT;
DROP TRIGGER client_keys_updated;
CREATE TRIGGER client_keys_updated
AFTER UPDATE OF friend_id, name, digest, paused, expires_at, revoked_at, account_id, account_group ON client_keys
BEGIN UPDATE config_version SET version = version + 1; END;
