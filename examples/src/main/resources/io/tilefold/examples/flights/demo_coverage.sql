-- What the asked questions reach, of the cases in which a tile store is likely to be wrong. Given: flights, asked, windows, batch_end.

SELECT
    -- An event of the asked route exactly at q, which does not count.
    count(*) FILTER (EXISTS (
        FROM flights f WHERE f.origin = a.origin AND f.destination = a.destination AND f.ts = a.q)) AS event_at_q,
    -- An event of the asked route exactly at a window's tail, which counts.
    count(*) FILTER (EXISTS (
        FROM flights f, windows w
        WHERE f.origin = a.origin AND f.destination = a.destination
            AND f.ts = tail(a.q, w.length_ms, w.hop_ms))) AS event_at_tail,
    -- A window that begins before B, and one that begins at B or later.
    count(*) FILTER (EXISTS (
        FROM windows w WHERE tail(a.q, w.length_ms, w.hop_ms) < getvariable('batch_end'))) AS tail_in_base,
    count(*) FILTER (EXISTS (
        FROM windows w WHERE tail(a.q, w.length_ms, w.hop_ms) >= getvariable('batch_end'))) AS tail_in_live,
    count(*) FILTER (NOT EXISTS (
        FROM flights f WHERE f.origin = a.origin AND f.destination = a.destination AND f.ts < a.q)) AS key_without_value
FROM asked a;
