-- What the operations of SEMANTICS.md §5 give over the flights of an airport, for DuckDB: written from that page, beside AlgebraSqlTest. Given: flights,
-- asked (id, origin, destination, q), windows.sql. Each SELECT at the end returns id, w and outputs under their names of §7 with {w} where the
-- window stands; where nothing counts there is no row.

CREATE TABLE events AS
SELECT
    origin AS airport, ts, delay, distance, destination,
    delay / 7.0::DOUBLE AS ratio,
    CASE WHEN distance % 11 = 0 THEN NULL WHEN delay % 5 = 0 THEN [] ELSE [delay, NULL, distance] END AS numbers,
    CASE WHEN delay > 0 THEN [destination, 'late'] ELSE [destination] END AS words,
    CASE WHEN delay IS NOT NULL THEN [delay, distance] END AS pair,
    MAP {destination: delay, 'distance': distance} AS by_name
FROM flights WHERE origin IN (SELECT origin FROM asked);

CREATE TABLE covered AS
SELECT id, w, events.*
FROM asked CROSS JOIN windows JOIN events ON events.airport = asked.origin
WHERE tail(q, length_ms, hop_ms) <= ts AND ts < q;

CREATE TABLE means AS
SELECT id, w, avg(delay) AS delay_mean, avg(ratio) AS ratio_mean FROM covered GROUP BY ALL;

-- §5: m2 / n; √n · m3 / m2^1.5, n ≥ 3; n · m4 / m2² − 3, n ≥ 4; null without spread.
CREATE TABLE moments AS
SELECT
    id, w,
    count(delay) AS n,
    sum((delay - delay_mean) ** 2) AS m2, sum((delay - delay_mean) ** 3) AS m3, sum((delay - delay_mean) ** 4) AS m4,
    sum((ratio - ratio_mean) ** 2) AS r2
FROM covered JOIN means USING (id, w) WHERE delay IS NOT NULL GROUP BY ALL;

CREATE TABLE counts AS
SELECT id, w, destination, count(*) AS n FROM covered WHERE destination IS NOT NULL GROUP BY ALL;

CREATE TABLE elements AS
SELECT id, w, destination, unnest(numbers) AS number FROM covered;

CREATE TABLE spoken AS
SELECT id, w, unnest(words) AS word FROM covered;

CREATE TABLE entries AS
SELECT id, w, entry.key AS name, entry.value AS number
FROM (SELECT id, w, unnest(map_entries(by_name)) AS entry FROM covered)
WHERE entry.value IS NOT NULL;

SELECT
    id, w,
    count(delay) AS "delay_count{w}",
    sum(delay)::BIGINT AS "delay_sum{w}",
    avg(delay) AS "delay_average{w}",
    min(delay) AS "delay_min{w}",
    max(delay) AS "delay_max{w}",
    min({'ts': ts, 'value': delay}).value AS "delay_first{w}",
    max({'ts': ts, 'value': delay}).value AS "delay_last{w}",
    [x.value FOR x IN min({'ts': ts, 'value': delay}, 4)] AS "delay_first4{w}",
    [x.value FOR x IN max({'ts': ts, 'value': delay}, 4)] AS "delay_last4{w}",
    max(delay, 3) AS "delay_top3{w}",
    min(delay, 3) AS "delay_bottom3{w}",
    count(DISTINCT delay) AS "delay_unique_count{w}",
    least(count(DISTINCT delay), 8) AS "delay_bounded_unique_count{w}",
    sum(ratio) AS "ratio_sum{w}",
    avg(ratio) AS "ratio_average{w}",
    min(ratio) AS "ratio_min{w}",
    max(ratio, 2) AS "ratio_top2{w}",
    max({'ts': ts, 'value': pair}).value AS "pair_last{w}",
    list(delay ORDER BY delay) AS "delay_sorted{w}"
FROM covered WHERE delay IS NOT NULL GROUP BY ALL;

SELECT
    id, w,
    m2 / n AS "delay_variance{w}",
    CASE WHEN n >= 3 AND m2 > 0 THEN sqrt(n) * m3 / m2 ** 1.5 END AS "delay_skew{w}",
    CASE WHEN n >= 4 AND m2 > 0 THEN n * m4 / m2 ** 2 - 3 END AS "delay_kurtosis{w}",
    r2 / n AS "ratio_variance{w}"
FROM moments;

SELECT
    id, w,
    count(destination) AS "destination_count{w}",
    min(destination) AS "destination_min{w}",
    max(destination) AS "destination_max{w}",
    min({'ts': ts, 'value': destination}).value AS "destination_first{w}",
    max({'ts': ts, 'value': destination}).value AS "destination_last{w}",
    [x.value FOR x IN max({'ts': ts, 'value': destination}, 6)] AS "destination_last6{w}",
    max(destination, 2) AS "destination_top2{w}",
    min(destination, 2) AS "destination_bottom2{w}",
    count(DISTINCT destination) AS "destination_unique_count{w}",
    least(count(DISTINCT destination), 8) AS "destination_bounded_unique_count{w}",
    count(DISTINCT destination) AS "destination_approx_unique_count{w}"
FROM covered WHERE destination IS NOT NULL GROUP BY ALL;

SELECT id, w, map_from_entries(list({'k': destination, 'v': n})) AS "destination_histogram{w}"
FROM counts GROUP BY ALL;

SELECT id, w, map_from_entries(list({'k': word, 'v': n})) AS "words_approx_histogram_k{w}"
FROM (SELECT id, w, word, count(*) AS n FROM spoken WHERE word IS NOT NULL GROUP BY ALL)
GROUP BY ALL;

SELECT id, w, map_from_entries(list({'k': word, 'v': n})) AS "words_histogram{w}"
FROM (
    SELECT *, row_number() OVER (PARTITION BY id, w ORDER BY n DESC, word) AS place
    FROM (SELECT id, w, word, count(*) AS n FROM spoken WHERE word IS NOT NULL GROUP BY ALL)
)
WHERE place <= 3
GROUP BY id, w;

SELECT
    id, w,
    map_from_entries(list({'k': destination, 'v': average})) AS "delay_average{w}_by_destination",
    map_from_entries(list({'k': destination, 'v': variance})) AS "delay_variance{w}_by_destination",
    map_from_entries(list({'k': destination, 'v': distinct_count})) AS "delay_unique_count{w}_by_destination",
    map_from_entries(list({'k': destination, 'v': top})) AS "delay_top3{w}_by_destination"
FROM (
    SELECT
        id, w, destination,
        avg(delay) AS average, var_pop(delay) AS variance, count(DISTINCT delay) AS distinct_count, max(delay, 3) AS top
    FROM covered WHERE destination IS NOT NULL AND delay IS NOT NULL GROUP BY ALL
)
GROUP BY ALL;

SELECT
    id, w,
    count(number) AS "numbers_count{w}",
    sum(number)::BIGINT AS "numbers_sum{w}",
    max(number) AS "numbers_max{w}",
    count(DISTINCT number) AS "numbers_unique_count{w}",
    min(number, 3) AS "numbers_bottom3{w}"
FROM elements WHERE number IS NOT NULL GROUP BY ALL;

SELECT id, w, map_from_entries(list({'k': destination, 'v': total})) AS "numbers_sum{w}_by_destination"
FROM (
    SELECT id, w, destination, sum(number)::BIGINT AS total
    FROM elements WHERE number IS NOT NULL AND destination IS NOT NULL GROUP BY ALL
)
GROUP BY ALL;

-- Element-wise: the second index never has an input.
SELECT id, w, [avg(numbers[1]), NULL, avg(numbers[3])] AS "numbers_average{w}"
FROM covered WHERE len(numbers) > 0 GROUP BY ALL;

SELECT
    id, w,
    map_from_entries(list({'k': name, 'v': total})) AS "by_name_sum{w}",
    map_from_entries(list({'k': name, 'v': least})) AS "by_name_min{w}",
    map_from_entries(list({'k': name, 'v': entry_count})) AS "by_name_count{w}"
FROM (SELECT id, w, name, sum(number)::BIGINT AS total, min(number) AS least, count(*) AS entry_count FROM entries GROUP BY ALL)
GROUP BY ALL;
