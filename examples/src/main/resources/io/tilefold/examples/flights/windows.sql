-- The windows of the flights and their tails, from SEMANTICS.md §2. w is the window's part of an output's name (§7); the last row
-- is all of history, which has no tail.

CREATE TABLE windows (w VARCHAR, length_ms BIGINT, hop_ms BIGINT);

INSERT INTO windows VALUES
    ('_1h',     1 * 3600 * 1000,      5 * 60 * 1000),
    ('_6h',     6 * 3600 * 1000,      5 * 60 * 1000),
    ('_1d',    24 * 3600 * 1000,     60 * 60 * 1000),
    ('_7d',   168 * 3600 * 1000,     60 * 60 * 1000),
    ('_30d', 2592 * 1000 * 1000::BIGINT, 24 * 3600 * 1000),
    ('', NULL, NULL);

-- floor(q - W, H), the time of the first event covered. The flights are of 2001: q - W is positive, so % rounds down.
CREATE MACRO tail(q, length_ms, hop_ms) AS
    coalesce(q - length_ms - (q - length_ms) % hop_ms, -9223372036854775808);
