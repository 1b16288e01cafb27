package io.tilefold.systemtests;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * GroupBys of the output of joins, two of them one behind the other, all from the one topic of flights: up to 80 flights leave in one minute, and what is known about one holds none of the
 * others. Some flights are looked at, with how many left their origin in the hour before ({@code looked_at}); by destination, what these found ({@code crowds}); some others with that
 * ({@code looked_again}); by origin, what those found ({@code crowds_met}).
 */
final class Crowds {
    static final String DEFINITIONS = """
            kind: Join
            name: demo.looked_at
            left:
              events:
                table: flights
                topic: flights
                query:
                  selects: {origin: origin, destination: destination, delay: delay}
                  wheres: ["distance % 48 = 0"]
                  timeColumn: ts
            parts: [{groupBy: airport_departures}]
            derivations:
              - {name: "*", expression: "*"}
              - {name: crowd, expression: "airport_departures_delay_count_1h"}
              - {name: late, expression: "airport_departures_delay_sum_1h > 0"}
            online: true
            ---
            kind: GroupBy
            name: crowds
            sources:
              - join:
                  join: demo.looked_at
                  query: {selects: {crowd: "crowd + IF(late, 1000, 0)", delay: delay}, wheres: ["origin <> 'ORD'"]}
            keys: [destination]
            online: true
            aggregations:
              - {inputColumn: crowd, operation: sum, windows: [6h, 1d]}
              - {inputColumn: crowd, operation: last, windows: [1d]}
              - {inputColumn: delay, operation: count, windows: [1d]}
            ---
            kind: Join
            name: looked_again
            left:
              events:
                table: flights
                topic: flights
                query: {selects: {origin: origin, destination: destination}, wheres: ["distance % 40 = 0"], timeColumn: ts}
            parts: [{groupBy: crowds}]
            online: true
            ---
            kind: GroupBy
            name: crowds_met
            sources: [{join: {join: looked_again}}]
            keys: [origin]
            online: true
            aggregations: [{inputColumn: crowds_crowd_sum_6h, operation: sum, windows: [6h]}]
            """;

    /** What is served at an origin, a destination and a moment: windows are floor(q - W, H) <= ts < q. */
    private static final String EXPECTED = """
            WITH flights AS (
                SELECT row_number() OVER () AS id, * FROM '%s/*/*.parquet' WHERE ds BETWEEN DATE '2001-02-05' AND DATE '2001-02-08'),
            looked_at AS (
                SELECT looked.id, looked.destination, looked.ts, any_value(looked.delay) AS delay,
                    nullif(count(left_.ts), 0) + CASE WHEN sum(left_.delay) > 0 THEN 1000 ELSE 0 END AS crowd
                FROM flights looked LEFT JOIN flights left_ ON left_.origin = looked.origin
                    AND left_.ts < looked.ts AND left_.ts >= (looked.ts - 3600000) // 300000 * 300000
                WHERE looked.distance %% 48 = 0 AND looked.origin <> 'ORD'
                GROUP BY looked.id, looked.destination, looked.ts),
            looked_again AS (
                SELECT again.id, again.origin, again.ts, sum(looked_at.crowd) AS crowd
                FROM flights again LEFT JOIN looked_at ON looked_at.destination = again.destination
                    AND looked_at.ts < again.ts AND looked_at.ts >= (again.ts - 21600000) // 300000 * 300000
                WHERE again.distance %% 40 = 0
                GROUP BY again.id, again.origin, again.ts),
            rows AS (SELECT row_number() OVER () AS id, * FROM '%s/served/*/*.parquet'),
            crowds AS (
                SELECT rows.id, count(looked_at.delay) AS count_1d, sum(looked_at.crowd) AS sum_1d,
                    sum(looked_at.crowd) FILTER (looked_at.ts >= (rows.ts - 21600000) // 300000 * 300000) AS sum_6h,
                    max((looked_at.ts, looked_at.crowd)) FILTER (looked_at.crowd IS NOT NULL) AS last_1d
                FROM rows LEFT JOIN looked_at ON looked_at.destination = rows.destination
                    AND looked_at.ts < rows.ts AND looked_at.ts >= (rows.ts - 86400000) // 3600000 * 3600000
                GROUP BY rows.id),
            crowds_met AS (
                SELECT rows.id, sum(looked_again.crowd) AS sum_6h
                FROM rows LEFT JOIN looked_again ON looked_again.origin = rows.origin
                    AND looked_again.ts < rows.ts AND looked_again.ts >= (rows.ts - 21600000) // 300000 * 300000
                GROUP BY rows.id)
            SELECT count(*) FILTER (rows.crowds_crowd_sum_1d IS DISTINCT FROM crowds.sum_1d
                    OR rows.crowds_crowd_sum_6h IS DISTINCT FROM crowds.sum_6h
                    OR rows.crowds_crowd_last_1d IS DISTINCT FROM crowds.last_1d[2]
                    OR rows.crowds_delay_count_1d IS DISTINCT FROM nullif(crowds.count_1d, 0)
                    OR rows.crowds_met_crowds_crowd_sum_6h_sum_6h IS DISTINCT FROM crowds_met.sum_6h),
                count(DISTINCT (rows.destination, rows.crowds_crowd_sum_6h)),
                count(DISTINCT (rows.origin, rows.crowds_met_crowds_crowd_sum_6h_sum_6h))
            FROM rows JOIN crowds USING (id) JOIN crowds_met USING (id)
            """;

    private Crowds() {}

    /** Rows served whose values are not what SQL makes of the flights; and how many values of a key there are, of each GroupBy. */
    static List<Long> differing(Path flights, Path out) throws SQLException {
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duckdb.createStatement();
                ResultSet counts = statement.executeQuery(EXPECTED.formatted(flights, out))) {
            if (!counts.next()) {
                throw new IllegalStateException("no counts");
            }
            return List.of(counts.getLong(1), counts.getLong(2), counts.getLong(3));
        }
    }
}
