-- By which of the relay's public names a device came last; NULL for one that never came by any. Only names that the relay
-- itself had are written: what else a client puts into its Host header could be anything.
ALTER TABLE devices ADD COLUMN reached_by TEXT;
