-- What an account is set to beyond its name and secret, as JSON: model names, dialects, region and the like. No secret.
ALTER TABLE accounts ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
-- The sealed secret of the owner's own OAuth client, where the account signs in with one.
ALTER TABLE accounts ADD COLUMN client_secret_sealed BLOB;
