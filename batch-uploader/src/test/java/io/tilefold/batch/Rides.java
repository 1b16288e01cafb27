package io.tilefold.batch;

import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelEvent;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** A table of rides with everything that is awkward about tables: null keys, null times, late rows, rows of the next day, NaN, equal rows. */
final class Rides {
    static final LocalDate END_DS = LocalDate.parse("2001-02-09");
    static final long B = Days.batchEndMs(END_DS);

    /** Days with a partition: a few more than the longest window, whose hop is a day, has. */
    private static final int DAYS = 18;

    /** The table has narrower numbers than the catalog says: they widen. */
    static final StructType COLUMNS = new StructType()
            .add("city", DataTypes.StringType)
            .add("zone", DataTypes.IntegerType)
            .add("ts", DataTypes.LongType)
            .add("fare", DataTypes.FloatType)
            .add("tip", DataTypes.IntegerType)
            .add("driver", DataTypes.StringType)
            .add("cancelled", DataTypes.BooleanType)
            .add("ds", DataTypes.StringType);

    static final Schema DECLARED = Schema.of(
            new Field("city", Scalar.STRING),
            new Field("zone", Scalar.LONG),
            new Field("ts", Scalar.LONG),
            new Field("fare", Scalar.DOUBLE),
            new Field("tip", Scalar.INT),
            new Field("driver", Scalar.STRING),
            new Field("cancelled", Scalar.BOOLEAN));

    private static final Schema SELECTED = Schema.of(
            new Field("city", Scalar.STRING),
            new Field("area", Scalar.LONG),
            new Field("fare", Scalar.DOUBLE),
            new Field("tip", Scalar.INT),
            new Field("driver", Scalar.STRING),
            new Field("shared", Scalar.BOOLEAN));

    static final String[] WINDOWS = {"1h", "13h", "5d", "12d", ""};

    private Rides() {}

    static CompiledGroupBy groupBy(String name, String table, Accuracy accuracy) {
        return groupBy(name, accuracy, Source.events(table, query().build()));
    }

    static Query.Builder query() {
        return Query.builder()
                .select("area", "zone % 3")
                .select("tip", "IF(tip > 0, tip, NULL)")
                .select("shared", "zone > 4")
                .wheres("NOT cancelled", "fare IS NULL OR NOT (fare < 0)")
                .timeColumn("ts");
    }

    static CompiledGroupBy groupBy(String name, Accuracy accuracy, Source... sources) {
        GroupBy.Builder definition =
                GroupBy.builder(name).keys("city", "area").accuracy(accuracy).online(true);
        for (Source source : sources) {
            definition.source(source);
        }
        String[] windows = {"1h", "13h", "5d", "12d"};
        for (int i = 0; i < 2; i++) {
            String[] chosen = i == 0 ? windows : new String[0];
            definition
                    .aggregate(Aggregation.of("count", "city").windows(chosen))
                    .aggregate(Aggregation.of("sum", "fare").windows(chosen))
                    .aggregate(Aggregation.of("max", "tip").windows(chosen))
                    .aggregate(Aggregation.of("last_k", "driver").k(3).windows(chosen))
                    .aggregate(Aggregation.of("unique_count", "driver").windows(chosen))
                    .aggregate(Aggregation.of("last", "shared").windows(chosen))
                    .aggregate(
                            Aggregation.of("average", "tip").buckets("driver").windows(chosen));
        }
        return compiled(definition.build(), DECLARED, SELECTED);
    }

    static CompiledGroupBy compiled(GroupBy definition, Schema declared, Schema selected) {
        List<Schema> declaredSchemas =
                definition.sources().stream().map(source -> declared).toList();
        return new CompiledGroupBy(
                DefinitionIds.of(definition, declaredSchemas, selected), definition, declaredSchemas, selected);
    }

    /** Rows of 18 days up to the end, each in its day's partition or, late, in one of the next two. */
    static List<Map<String, Object>> rows(SplittableRandom random, int count, boolean withNaN) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int day = 0; day < DAYS; day++) { // every day has a row
            rows.add(row(random, B - (day + 1) * Days.DAY_MS + random.nextLong(Days.DAY_MS), withNaN));
        }
        while (rows.size() < count) {
            int kind = random.nextInt(20);
            if (kind == 0) {
                rows.add(rows.get(random.nextInt(rows.size()))); // equal rows count each
            } else {
                long timeMs = B - random.nextLong(DAYS * Days.DAY_MS);
                if (kind < 4) {
                    timeMs -= timeMs % 3_600_000; // on the grid, several at once
                }
                rows.add(row(random, kind == 4 ? B + random.nextLong(2) : timeMs, withNaN));
            }
        }
        return rows;
    }

    private static Map<String, Object> row(SplittableRandom random, long timeMs, boolean withNaN) {
        LocalDate day = Days.of(Math.min(timeMs, B - 1));
        LocalDate lateDay = day.plusDays(random.nextInt(30) == 0 ? random.nextInt(3) : 0);
        LocalDate partition = lateDay.isAfter(END_DS) ? END_DS : lateDay;
        boolean nullTime = random.nextInt(50) == 0;
        return LocalSpark.row(
                "city", random.nextInt(40) == 0 ? null : "c" + random.nextInt(5) + (random.nextInt(9) == 0 ? "é" : ""),
                "zone", random.nextInt(40) == 0 ? null : random.nextInt(9),
                "ts", nullTime ? null : timeMs,
                "fare", withNaN && random.nextInt(20) == 0 ? (Object) Float.NaN : fare(random),
                "tip", random.nextInt(5) == 0 ? null : random.nextInt(-3, 40),
                "driver", random.nextInt(10) == 0 ? null : "d" + random.nextInt(30),
                "cancelled", random.nextInt(12) == 0,
                "ds", partition.toString());
    }

    /** Quarters: the same number as float, as double and as text. */
    private static @Nullable Object fare(SplittableRandom random) {
        return random.nextInt(10) == 0 ? null : random.nextInt(-16, 320) / 4f;
    }

    /** Key to the events that an upload for {@link #END_DS} covers: the query in Java. */
    static Map<List<Object>, List<ModelEvent>> events(List<Map<String, Object>> rows) {
        Map<List<Object>, List<ModelEvent>> events = new LinkedHashMap<>();
        for (Map<String, Object> row : rows) {
            Float fare = (Float) row.get("fare");
            boolean passes = !Boolean.TRUE.equals(row.get("cancelled")) && !(fare != null && fare < 0);
            Long timeMs = (Long) row.get("ts");
            if (!passes || timeMs == null || timeMs >= B || row.get("city") == null || row.get("zone") == null) {
                continue;
            }
            int zone = (Integer) row.get("zone");
            Integer tip = (Integer) row.get("tip");
            Map<String, @Nullable Object> columns = new LinkedHashMap<>();
            columns.put("city", row.get("city"));
            columns.put("fare", fare == null ? null : (Double) (double) fare);
            columns.put("tip", tip == null || tip <= 0 ? null : (Long) (long) tip);
            columns.put("driver", row.get("driver"));
            columns.put("shared", zone > 4);
            events.computeIfAbsent(List.of(columns.get("city"), (long) (zone % 3)), key -> new ArrayList<>())
                    .add(new ModelEvent(timeMs, columns));
        }
        return events;
    }
}
