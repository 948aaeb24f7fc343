-- What the owner set in the window, by name; a setting that was never changed has no row.
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER settings_inserted AFTER INSERT ON settings BEGIN UPDATE config_version SET version = version + 1; END;
CREATE TRIGGER settings_updated AFTER UPDATE ON settings BEGIN UPDATE config_version SET version = version + 1; END;
