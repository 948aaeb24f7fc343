-- By which name a device reached the relay last: the authority of its Host header. NULL where that could be none.
ALTER TABLE devices ADD COLUMN reached_by TEXT;
