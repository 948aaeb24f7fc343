-- What keys and friends may do, what calls count as against money caps, and where keys are used from.

-- Limits as JSON; '{}' for none.
ALTER TABLE friends ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';
ALTER TABLE client_keys ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';
-- A key that ends so many days after its first use gets its expires_at then; NULL for one that does not.
ALTER TABLE client_keys ADD COLUMN expires_after_days INTEGER;
ALTER TABLE client_keys ADD COLUMN first_used_at INTEGER;

DROP TRIGGER client_keys_updated;
CREATE TRIGGER client_keys_updated
AFTER UPDATE OF friend_id, name, digest, paused, expires_at, expires_after_days, revoked_at, account_id, account_group,
                limits ON client_keys
BEGIN UPDATE config_version SET version = version + 1; END;

UPDATE client_keys SET first_used_at = used.first_at
FROM (SELECT key_id, MIN(at) AS first_at FROM calls GROUP BY key_id) AS used WHERE used.key_id = client_keys.id;
UPDATE client_keys SET first_used_at = last_used_at WHERE first_used_at IS NULL;

-- What a call counts as against money caps: its cost; its estimate while it is under way and where the cost cannot be
-- told; NULL for nothing.
ALTER TABLE calls ADD COLUMN cap_pico_usd INTEGER;
UPDATE calls SET cap_pico_usd = cost_pico_usd WHERE cost_pico_usd IS NOT NULL;

-- What each key's calls counted as altogether, up to the call that key_totals_through names: so that a start need not
-- read the whole ledger.
CREATE TABLE key_totals (
    key_id       INTEGER PRIMARY KEY,
    friend_id    INTEGER NOT NULL,
    cap_pico_usd INTEGER NOT NULL
) STRICT;
CREATE TABLE key_totals_through (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    call_id INTEGER NOT NULL
) STRICT;
INSERT INTO key_totals_through (id, call_id) VALUES (1, 0);

-- Where a key was used from: the program, by the family of its user agent, and the address.
CREATE TABLE devices (
    key_id        INTEGER NOT NULL REFERENCES client_keys (id),
    client        TEXT    NOT NULL,
    address       TEXT    NOT NULL,
    first_seen_at INTEGER NOT NULL,
    last_seen_at  INTEGER NOT NULL,
    calls         INTEGER NOT NULL,
    PRIMARY KEY (key_id, client, address)
) STRICT, WITHOUT ROWID;
