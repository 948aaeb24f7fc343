-- Invites: a link by which a friend gets a key, once. And keys that friends pause themselves.

CREATE TABLE invites (
    id                     INTEGER PRIMARY KEY AUTOINCREMENT,
    friend_id              INTEGER NOT NULL REFERENCES friends (id),
    code                   TEXT    NOT NULL UNIQUE,                 -- stands in the link's path; no secret
    digest                 BLOB    NOT NULL,                        -- SHA-256 of the secret; the secret is nowhere
    -- What the key is to be called, NULL for the first free name, and what it is given.
    key_name               TEXT,
    key_limits             TEXT    NOT NULL DEFAULT '{}',
    key_account_id         INTEGER,
    key_account_group      TEXT,
    key_expires_at         INTEGER,
    key_expires_after_days INTEGER,
    created_at             INTEGER NOT NULL,
    expires_at             INTEGER NOT NULL,
    revoked_at             INTEGER,
    redeemed_at            INTEGER,
    key_id                 INTEGER REFERENCES client_keys (id)      -- the key it became
) STRICT;

CREATE TRIGGER invites_inserted AFTER INSERT ON invites BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER invites_updated AFTER UPDATE ON invites BEGIN UPDATE config_version SET version = version + 1; END;

-- Whether it was the friend who paused a paused key: then the friend may resume it, too.
ALTER TABLE client_keys ADD COLUMN paused_by_friend INTEGER NOT NULL DEFAULT 0;
