package io.tilefold.batch.backfill;

import io.tilefold.batch.LocalSpark;
import io.tilefold.batch.TableLocation;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Random tables of every kind of source: events (some late or early for their partition, some without time or key), events whose partitions hold all of
 * history, a table's daily snapshots and the mutations between them, and questions about all of them.
 */
final class Market {
    static final long DAY_MS = 86_400_000L;
    static final LocalDate FIRST_DAY = LocalDate.parse("2001-01-30");
    static final int DAYS = 17;

    /** The first day with questions: the days before it are history. */
    static final int FIRST_ASKED = 4;

    private static final long START = FIRST_DAY.toEpochDay() * DAY_MS;

    static final StructType VIEW = new StructType()
            .add("who", DataTypes.StringType)
            .add("item", DataTypes.IntegerType)
            .add("price", DataTypes.DoubleType)
            .add("tag", DataTypes.StringType)
            .add("ts", DataTypes.LongType)
            .add("ds", DataTypes.StringType);
    static final StructType RATING = new StructType()
            .add("who", DataTypes.StringType)
            .add("item", DataTypes.LongType)
            .add("stars", DataTypes.IntegerType)
            .add("tag", DataTypes.StringType)
            .add("rated_ts", DataTypes.LongType)
            .add("ds", DataTypes.StringType);
    static final StructType MUTATION =
            RATING.add("mutation_ts", DataTypes.LongType).add("is_before", DataTypes.BooleanType);
    static final StructType PROFILE = new StructType()
            .add("who", DataTypes.StringType)
            .add("city", DataTypes.StringType)
            .add("age", DataTypes.IntegerType)
            .add("ds", DataTypes.StringType);
    static final StructType ASK = new StructType()
            .add("id", DataTypes.LongType)
            .add("visitor", DataTypes.StringType)
            .add("item", DataTypes.IntegerType)
            .add("score", DataTypes.DoubleType)
            .add("at", DataTypes.LongType)
            .add("ds", DataTypes.StringType);

    final List<Map<String, Object>> views = new ArrayList<>();
    final List<Map<String, Object>> moreViews = new ArrayList<>();
    final List<Map<String, Object>> allViews = new ArrayList<>();
    final List<Map<String, Object>> ratings = new ArrayList<>();
    final List<Map<String, Object>> changes = new ArrayList<>();
    final List<Map<String, Object>> profiles = new ArrayList<>();
    final List<Map<String, Object>> asks = new ArrayList<>();
    private final SplittableRandom random;

    Market(SplittableRandom random) {
        this.random = random;
        for (int day = 0; day < DAYS; day++) {
            for (int i = 0; i < 12; i++) {
                views.add(view(day));
                moreViews.add(view(day));
            }
            for (int who = 0; who < 5; who++) {
                if (random.nextInt(4) > 0) {
                    profiles.add(LocalSpark.row(
                            "who", "w" + who, "city", text("c"), "age", random.nextInt(90), "ds", ds(day)));
                }
            }
        }
        for (int day = 0; day < DAYS; day++) {
            String ds = ds(day);
            for (Map<String, Object> view : views) {
                if (String.valueOf(view.get("ds")).compareTo(ds) <= 0) {
                    allViews.add(with(view, "ds", ds));
                }
            }
        }
        rate();
        ask();
    }

    static String ds(int day) {
        return FIRST_DAY.plusDays(day).toString();
    }

    private long moment(int day) {
        long timeMs = START + day * DAY_MS + random.nextLong(DAY_MS);
        return switch (random.nextInt(5)) {
            case 0 -> timeMs - timeMs % 300_000;
            case 1 -> timeMs - timeMs % 3_600_000;
            case 2 -> random.nextInt(6) == 0 ? timeMs - timeMs % DAY_MS : timeMs;
            default -> timeMs;
        };
    }

    private @Nullable Object who() {
        return random.nextInt(15) == 0 ? null : "w" + random.nextInt(5);
    }

    private @Nullable Object text(String prefix) {
        return random.nextInt(8) == 0 ? null : prefix + random.nextInt(4);
    }

    private Map<String, Object> view(int day) {
        int late = random.nextInt(12) == 0 ? random.nextInt(3) : random.nextInt(20) == 0 ? -1 : 0;
        int partition = Math.max(0, Math.min(DAYS - 1, day + late));
        return LocalSpark.row(
                "who",
                who(),
                "item",
                random.nextInt(20) == 0 ? null : random.nextInt(3),
                "price",
                random.nextInt(10) == 0 ? Double.NaN : random.nextInt(-40, 400) / 4.0,
                "tag",
                text("t"),
                "ts",
                random.nextInt(25) == 0 ? null : moment(day),
                "ds",
                ds(partition));
    }

    /** Rows come, change (their value, their key, their time) and go; every end of a day is a snapshot. */
    private void rate() {
        Map<Integer, Map<String, Object>> table = new TreeMap<>();
        int nextRow = 0;
        for (int day = 0; day < DAYS; day++) {
            int today = day;
            long[] moments =
                    random.longs(10).map(ignored -> moment(today)).sorted().toArray();
            for (long at : moments) {
                if (table.isEmpty() || random.nextInt(3) == 0) {
                    Map<String, Object> row = rating(at);
                    table.put(nextRow++, row);
                    mutate(row, at, false, day);
                    continue;
                }
                List<Integer> rows = List.copyOf(table.keySet());
                int chosen = rows.get(random.nextInt(rows.size()));
                Map<String, Object> before = Objects.requireNonNull(table.get(chosen));
                mutate(before, at, true, day);
                if (random.nextInt(4) == 0) {
                    table.remove(chosen);
                } else {
                    Map<String, Object> after =
                            random.nextInt(3) == 0 ? rating(at) : with(before, "stars", random.nextInt(6));
                    table.put(chosen, after);
                    mutate(after, at, false, day);
                }
            }
            for (Map<String, Object> row : table.values()) {
                ratings.add(with(row, "ds", ds(day)));
            }
        }
    }

    private Map<String, Object> rating(long at) {
        long ratedMs = switch (random.nextInt(4)) {
            case 0 -> at - random.nextLong(14 * DAY_MS);
            case 1 -> at + random.nextLong(DAY_MS);
            default -> at;
        };
        return LocalSpark.row(
                "who",
                who(),
                "item",
                (long) random.nextInt(3),
                "stars",
                random.nextInt(8) == 0 ? null : random.nextInt(6),
                "tag",
                text("t"),
                "rated_ts",
                random.nextInt(10) == 0 ? null : ratedMs);
    }

    private void mutate(Map<String, Object> row, long at, boolean isBefore, int day) {
        changes.add(with(with(with(row, "mutation_ts", at), "is_before", isBefore), "ds", ds(day)));
    }

    private void ask() {
        for (int i = 0; i < 90; i++) {
            if (i > 10 && random.nextInt(10) == 0) {
                asks.add(asks.get(random.nextInt(asks.size()))); // equal rows come out each
                continue;
            }
            int day = random.nextInt(FIRST_ASKED, DAYS);
            long at = moment(day);
            if (random.nextInt(3) == 0) { // exactly at an event, or where one leaves a window
                Object ts = views.get(random.nextInt(views.size())).get("ts");
                long near = ts == null ? at : (Long) ts + (random.nextBoolean() ? 0 : 13 * 3_600_000L);
                at = near >= START + FIRST_ASKED * DAY_MS && near < START + DAYS * DAY_MS ? near : at;
            }
            asks.add(LocalSpark.row(
                    "id",
                    (long) i,
                    "visitor",
                    who(),
                    "item",
                    random.nextInt(20) == 0 ? null : random.nextInt(4),
                    "score",
                    random.nextInt(9) == 0 ? Double.NaN : random.nextInt(100) / 8.0,
                    "at",
                    at,
                    "ds",
                    LocalDate.ofEpochDay(Math.floorDiv(at, DAY_MS)).toString()));
        }
    }

    static Map<String, Object> with(Map<String, Object> row, String column, Object value) {
        Map<String, Object> changed = new LinkedHashMap<>(row);
        changed.put(column, value);
        return changed;
    }

    /** Writes all tables below a directory. */
    List<TableLocation> write(Path directory) {
        Map<String, List<Map<String, Object>>> tables = new HashMap<>();
        tables.put("views", views);
        tables.put("more_views", moreViews);
        tables.put("all_views", allViews);
        List<TableLocation> locations = new ArrayList<>();
        tables.forEach((name, rows) -> locations.add(write(directory, name, VIEW, rows)));
        locations.add(write(directory, "ratings", RATING, ratings));
        locations.add(write(directory, "rating_changes", MUTATION, changes));
        locations.add(write(directory, "profiles", PROFILE, profiles));
        locations.add(write(directory, "asks", ASK, asks));
        return locations;
    }

    static TableLocation write(Path directory, String name, StructType columns, List<Map<String, Object>> rows) {
        Path path = directory.resolve(name);
        LocalSpark.write(path, TableLocation.Format.PARQUET, columns, rows);
        return TableLocation.parse(name + "=" + path);
    }
}
