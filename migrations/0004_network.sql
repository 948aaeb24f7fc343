-- Which kind of IP addresses an account's provider may be reached by: any | ipv4 | ipv6.
ALTER TABLE accounts ADD COLUMN ip_preference TEXT NOT NULL DEFAULT 'any';
