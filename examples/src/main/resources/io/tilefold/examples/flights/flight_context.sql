-- Every output of the join flight_context, for DuckDB. Written from SEMANTICS.md §2 to §5 and §7 and from nothing else: it is what
-- the system's answers are compared with.
--
-- Given: flights (ts, delay, distance, origin, destination), asked (id, origin, destination, q), the variable batch_end (B), and
-- windows.sql.
--
-- Each SELECT at the end returns: ids (rows of asked), part, w, then outputs under their names of §7 with {w} where the window
-- stands. A null input never counts (hence IS NOT NULL), and where nothing counts there is no row: null through the left joins.

-- ---- TEMPORAL parts: the window at q. A row with a null in its key belongs to no key, as = says.

CREATE TABLE keyed_flights AS
SELECT 'airport_departures' AS part, origin AS key1, '' AS key2, ts, delay, origin, destination FROM flights
UNION ALL
SELECT 'airport_arrivals', destination, '', ts, delay, origin, destination FROM flights
UNION ALL
SELECT 'route', origin, destination, ts, delay, origin, destination FROM flights;

CREATE TABLE spans AS
SELECT part, key1, key2, q, w, tail(q, length_ms, hop_ms) AS tail, list(id) AS ids
FROM (
    SELECT 'airport_departures' AS part, origin AS key1, '' AS key2, q, id FROM asked
    UNION ALL
    SELECT 'airport_arrivals', destination, '', q, id FROM asked
    UNION ALL
    SELECT 'route', origin, destination, q, id FROM asked
)
CROSS JOIN windows
GROUP BY ALL;

-- Equal timestamps: first takes the smaller value, last and last_k the larger (§5); so the order is that of (ts, value).
CREATE TABLE of_delay AS
SELECT
    part, key1, key2, q, w,
    count(*) AS delay_count,
    sum(delay)::BIGINT AS delay_sum,
    avg(delay) AS delay_average,
    min(delay) AS delay_min,
    max(delay) AS delay_max,
    min({'ts': ts, 'value': delay}).value AS delay_first,
    max({'ts': ts, 'value': delay}).value AS delay_last,
    [x.value FOR x IN max({'ts': ts, 'value': delay}, 5)] AS delay_last5,
    max(delay, 3) AS delay_top3
FROM spans JOIN keyed_flights USING (part, key1, key2)
WHERE tail <= ts AND ts < q AND delay IS NOT NULL
GROUP BY ALL;

CREATE TABLE of_destination AS
SELECT part, key1, key2, q, w, [x.value FOR x IN max({'ts': ts, 'value': destination}, 5)] AS destination_last5
FROM spans JOIN keyed_flights USING (part, key1, key2)
WHERE tail <= ts AND ts < q AND destination IS NOT NULL
GROUP BY ALL;

CREATE TABLE of_origin AS
SELECT part, key1, key2, q, w, [x.value FOR x IN max({'ts': ts, 'value': origin}, 5)] AS origin_last5
FROM spans JOIN keyed_flights USING (part, key1, key2)
WHERE tail <= ts AND ts < q AND origin IS NOT NULL AND part = 'airport_arrivals'
GROUP BY ALL;

CREATE TABLE by_destination AS
SELECT
    part, key1, key2, q, w,
    count(*) AS destination_unique_count,
    map_from_entries(list({'bucket': destination, 'value': average}) FILTER (average IS NOT NULL))
        AS delay_average_by_destination
FROM (
    SELECT part, key1, key2, q, w, destination, avg(delay) AS average
    FROM spans JOIN keyed_flights USING (part, key1, key2)
    WHERE tail <= ts AND ts < q AND destination IS NOT NULL
    GROUP BY ALL
)
GROUP BY ALL;

CREATE TABLE by_origin AS
SELECT
    part, key1, key2, q, w,
    count(*) AS origin_unique_count,
    map_from_entries(list({'bucket': origin, 'value': average}) FILTER (average IS NOT NULL)) AS delay_average_by_origin
FROM (
    SELECT part, key1, key2, q, w, origin, avg(delay) AS average
    FROM spans JOIN keyed_flights USING (part, key1, key2)
    WHERE tail <= ts AND ts < q AND origin IS NOT NULL AND part = 'airport_arrivals'
    GROUP BY ALL
)
GROUP BY ALL;

-- ---- The SNAPSHOT part: for every q >= B the value at B (§4), asked for the left's origin and for its destination.

CREATE TABLE daily_spans AS
SELECT part, airport, w, tail(getvariable('batch_end'), length_ms, hop_ms) AS tail, list(id) AS ids
FROM (
    SELECT 'origin_airport_daily' AS part, origin AS airport, id FROM asked
    UNION ALL
    SELECT 'destination_airport_daily', destination, id FROM asked
)
CROSS JOIN (FROM windows WHERE w IN ('_7d', '_30d', ''))
GROUP BY ALL;

CREATE TABLE daily_delay AS
SELECT part, airport, w, count(*) AS delay_count, avg(delay) AS delay_average, max(delay) AS delay_max
FROM daily_spans JOIN flights ON flights.origin = airport
WHERE tail <= ts AND ts < getvariable('batch_end') AND delay IS NOT NULL
GROUP BY ALL;

CREATE TABLE daily_distance AS
SELECT
    part, airport, w,
    sum(distance)::BIGINT AS distance_sum,
    avg(distance) AS distance_average,
    max(distance) AS distance_max
FROM daily_spans JOIN flights ON flights.origin = airport
WHERE tail <= ts AND ts < getvariable('batch_end') AND distance IS NOT NULL
GROUP BY ALL;

-- ---- The answers.

SELECT
    ids, part, w,
    delay_count AS "delay_count{w}",
    delay_sum AS "delay_sum{w}",
    delay_average AS "delay_average{w}",
    delay_min AS "delay_min{w}",
    delay_max AS "delay_max{w}",
    delay_first AS "delay_first{w}",
    delay_last AS "delay_last{w}",
    delay_last5 AS "delay_last5{w}",
    delay_top3 AS "delay_top3{w}",
    destination_unique_count AS "destination_unique_count{w}",
    destination_last5 AS "destination_last5{w}",
    delay_average_by_destination AS "delay_average{w}_by_destination"
FROM spans
LEFT JOIN of_delay USING (part, key1, key2, q, w)
LEFT JOIN of_destination USING (part, key1, key2, q, w)
LEFT JOIN by_destination USING (part, key1, key2, q, w);

SELECT
    ids, part, w,
    origin_unique_count AS "origin_unique_count{w}",
    origin_last5 AS "origin_last5{w}",
    delay_average_by_origin AS "delay_average{w}_by_origin"
FROM (FROM spans WHERE part = 'airport_arrivals')
LEFT JOIN of_origin USING (part, key1, key2, q, w)
LEFT JOIN by_origin USING (part, key1, key2, q, w);

SELECT
    ids, part, w,
    delay_count AS "delay_count{w}",
    delay_average AS "delay_average{w}",
    delay_max AS "delay_max{w}",
    distance_sum AS "distance_sum{w}",
    distance_average AS "distance_average{w}",
    distance_max AS "distance_max{w}"
FROM daily_spans
LEFT JOIN daily_delay USING (part, airport, w)
LEFT JOIN daily_distance USING (part, airport, w);
