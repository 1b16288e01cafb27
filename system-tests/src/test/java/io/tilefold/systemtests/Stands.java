package io.tilefold.systemtests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A table of the stands of airports that changes all day: snapshots of its midnights, and its mutations, whose rows come in no order. A stand's own time lies before the days or on the
 * grid of five minutes, so that no question at another moment meets one in the five minutes that it is asked in.
 */
final class Stands {
    /** What can be taken back exactly, and what cannot. */
    static final String DEFINITIONS = """
            kind: GroupBy
            name: airport_stands
            sources:
              - entities:
                  snapshotTable: stands
                  mutationTable: stand_mutations
                  mutationTopic: stands
                  query:
                    selects: {airport: airport, kind: kind, width: width}
                    wheres: ["kind <> 'closed'"]
                    timeColumn: opened_ms
            keys: [airport]
            online: true
            aggregations:
              - {inputColumn: width, operation: sum, windows: [6h, 7d]}
              - {inputColumn: width, operation: count, windows: [1d, 30d]}
              - {inputColumn: kind, operation: histogram, windows: [7d]}
              - {inputColumn: width, operation: average, buckets: [kind]}
              - {inputColumn: width, operation: count}
            ---
            kind: GroupBy
            name: airport_stands_ranked
            sources:
              - entities:
                  snapshotTable: stands
                  mutationTable: stand_mutations
                  mutationTopic: stands
                  query: {selects: {airport: upper(airport), stand: stand, width: width}, timeColumn: opened_ms}
            keys: [airport]
            online: true
            aggregations:
              - {inputColumn: width, operation: max, windows: [1d, 7d]}
              - {inputColumn: stand, operation: last_k, args: {k: 3}, windows: [7d]}
              - {inputColumn: width, operation: unique_count}
            """;

    private static final long SEED = 11;
    private static final long DAY_MS = 86_400_000L;
    private static final long FIVE_MINUTES_MS = 300_000L;
    private static final int STANDS = 3_000;
    private static final int MUTATIONS_PER_DAY = 6_000;
    private static final String COLUMNS =
            "'stand': 'BIGINT', 'airport': 'VARCHAR', 'kind': 'VARCHAR', 'width': 'INTEGER', 'opened_ms': 'BIGINT'";

    private final Random random = new Random(SEED);
    private final List<String> airports;
    private final long startMs;
    private final List<Stand> table = new ArrayList<>();
    private final List<String> snapshots = new ArrayList<>();
    private final List<String> mutations = new ArrayList<>();
    private long nextStand;

    private record Stand(
            long stand,
            String airport,
            String kind,
            int width,
            @Nullable Long openedMs) {
        String line() {
            return stand + "," + airport + "," + kind + "," + width + "," + (openedMs == null ? "" : openedMs);
        }
    }

    private Stands(List<String> airports, LocalDate first) {
        this.airports = airports;
        this.startMs = first.toEpochDay() * DAY_MS;
    }

    /** Writes tables {@code stands} and {@code stand_mutations} below a directory, for days from the first on; the first snapshot is of the day before. */
    static void write(Path directory, List<String> airports, LocalDate first, int days)
            throws IOException, SQLException {
        Stands stands = new Stands(airports, first);
        for (int i = 0; i < STANDS; i++) {
            stands.table.add(stands.next());
        }
        for (int day = 0; day < days; day++) {
            stands.day(first.plusDays(day));
        }
        copy(directory, "stands", COLUMNS, stands.snapshots);
        copy(
                directory,
                "stand_mutations",
                COLUMNS + ", 'mutation_ts': 'BIGINT', 'is_before': 'BOOLEAN'",
                stands.mutations);
    }

    private void day(LocalDate day) {
        String before = day.minusDays(1).toString();
        table.forEach(stand -> snapshots.add(stand.line() + "," + before));
        long dayMs = day.toEpochDay() * DAY_MS;
        // No two at once: of these the table does not say which rows go together, and what cannot take back would
        // remember it.
        long[] times = random.longs(dayMs, dayMs + DAY_MS)
                .distinct()
                .limit(MUTATIONS_PER_DAY)
                .sorted()
                .toArray();
        List<String> rows = new ArrayList<>();
        for (long timeMs : times) {
            mutate(timeMs, day, rows);
        }
        // Of other days: nothing counts them.
        rows.add(mutation(next(), dayMs - 1, false, day));
        rows.add(mutation(table.get(0), dayMs + DAY_MS, true, day));
        Collections.shuffle(rows, random);
        mutations.addAll(rows);
    }

    private void mutate(long timeMs, LocalDate day, List<String> rows) {
        int change = random.nextInt(8);
        int place = random.nextInt(table.size());
        Stand before = table.get(place);
        if (change == 0) {
            Stand added = next();
            table.add(added);
            rows.add(mutation(added, timeMs, false, day));
            return;
        }
        rows.add(mutation(before, timeMs, true, day));
        if (change == 1) {
            table.remove(place);
            return;
        }
        Stand other = next();
        Stand after = switch (change) {
            case 2 -> new Stand(before.stand, other.airport, before.kind, before.width, before.openedMs);
            case 3 -> new Stand(before.stand, before.airport, before.kind, before.width, other.openedMs);
            case 4 -> new Stand(before.stand, before.airport, other.kind, before.width, before.openedMs);
            default -> new Stand(before.stand, before.airport, before.kind, other.width, before.openedMs);
        };
        table.set(place, after);
        rows.add(mutation(after, timeMs, false, day));
    }

    private static String mutation(Stand stand, long timeMs, boolean isBefore, LocalDate day) {
        return stand.line() + "," + timeMs + "," + isBefore + "," + day;
    }

    private Stand next() {
        return new Stand(
                nextStand++,
                airports.get(random.nextInt(airports.size())),
                List.of("bridge", "remote", "cargo", "closed").get(random.nextInt(4)),
                20 + random.nextInt(60),
                openedMs());
    }

    private @Nullable Long openedMs() {
        return switch (random.nextInt(8)) {
            case 0 -> null;
            case 1, 2, 3 -> startMs + random.nextInt((int) (3 * DAY_MS / FIVE_MINUTES_MS)) * FIVE_MINUTES_MS;
            default -> startMs - 1 - random.nextLong(10 * DAY_MS);
        };
    }

    private static void copy(Path directory, String table, String columns, List<String> rows)
            throws IOException, SQLException {
        Path lines = directory.resolve(table + ".csv");
        Files.write(lines, rows);
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duckdb.createStatement()) {
            statement.execute(
                    "COPY (SELECT * FROM read_csv('%s', columns = {%s, 'ds': 'VARCHAR'}, header = false)) TO '%s' (FORMAT PARQUET, PARTITION_BY ds)"
                            .formatted(lines, columns, directory.resolve(table)));
        }
    }
}
