package io.tilefold.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.SlowModel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads of daily snapshots: SEMANTICS.md §3, "entities, SNAPSHOT", against the slow model over the one partition that counts. */
class EntityUploadTest {
    private static final int SHARDS = 2;
    private static final long SEED = 7;
    private static final LocalDate DS = Rides.END_DS;
    private static final long B = Rides.B;
    private static final StructType COLUMNS = new StructType()
            .add("who", DataTypes.StringType)
            .add("opened_ts", DataTypes.LongType)
            .add("plan", DataTypes.StringType)
            .add("credit", DataTypes.IntegerType)
            .add("score", DataTypes.DoubleType)
            .add("tags", DataTypes.createArrayType(DataTypes.StringType))
            .add("ds", DataTypes.StringType);
    private static final Schema SELECTED = Schema.of(
            new Field("who", Scalar.STRING),
            new Field("plan", Scalar.STRING),
            new Field("credit", Scalar.INT),
            new Field("score", Scalar.DOUBLE),
            new Field("tags", new ValueType.ListType(Scalar.STRING)));
    private static final Schema DECLARED = Schema.of(
            new Field("who", Scalar.STRING),
            new Field("opened_ts", Scalar.LONG),
            new Field("plan", Scalar.STRING),
            new Field("credit", Scalar.INT),
            new Field("score", Scalar.DOUBLE),
            new Field("tags", new ValueType.ListType(Scalar.STRING)));
    private static final String[] WINDOWS = {"1d", "7d", "30d"};

    @TempDir
    private Path directory;

    private String printed = "";
    private UploadRuns uploads;

    @BeforeEach
    void start() throws IOException {
        uploads = new UploadRuns(directory, SHARDS);
    }

    @AfterEach
    void stop() throws InterruptedException {
        uploads.close();
    }

    private static Source accounts() {
        return new Source.Entities(
                "accounts",
                Optional.empty(),
                Optional.empty(),
                Query.builder().timeColumn("opened_ts").build());
    }

    private static Source mutableAccounts(Query query) {
        return new Source.Entities("accounts", Optional.of("account_mutations"), Optional.of("accounts"), query);
    }

    @Test
    void aggregationsTakeEveryRowOfTheDaysSnapshot() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int day = 0; day < 3; day++) {
            for (int i = 0; i < 400; i++) {
                // Of all times: none, before every window, within them, to come.
                long openedMs = B + Days.DAY_MS * 5 - random.nextLong(60 * Days.DAY_MS);
                rows.add(row(random, "w" + random.nextInt(30), random.nextInt(8) == 0 ? null : openedMs, day));
            }
        }
        rows.add(row(random, "only to come", B, 0));
        rows.add(row(random, "without time", null, 0));
        rows.add(row(random, null, B - 1, 0));
        CompiledGroupBy groupBy = aggregated(accounts(), Accuracy.SNAPSHOT, WINDOWS, new String[0]);

        UploadReport report = upload(groupBy, rows);

        SegmentFiles segments = new SegmentFiles(uploads.node(), report.version(), SHARDS, groupBy, B);
        Map<String, List<Map<String, Object>>> byKey = byKey(rows);
        assertThat(segments.keyCount()).isEqualTo(byKey.size());
        assertThat(printed).contains("reading accounts, 1 partitions 2001-02-09");
        byKey.forEach((who, ofKey) -> {
            Map<String, @Nullable Object> values =
                    segments.values(new KeyEncoder().putString(who), B).orElseThrow();
            check(values, ofKey, B, "1d", "7d", "30d", "");
        });
    }

    /** With times to come that live's index does not reach, which count as none. */
    @Test
    void entitiesThatMutateKeepWhatLiesAheadOfTheBatchEnd() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int day = 0; day < 2; day++) {
            for (int i = 0; i < 400; i++) {
                long openedMs = random.nextInt(3) == 0
                        ? B + random.nextLong(20) * 100_000
                        : B + Days.DAY_MS * 5 - random.nextLong(60 * Days.DAY_MS);
                rows.add(row(random, "w" + random.nextInt(30), random.nextInt(8) == 0 ? null : openedMs, day));
            }
        }
        for (long farMs : new long[] {Long.MIN_VALUE, -700_000_000_000_000L, 700_000_000_000_000L, Long.MAX_VALUE}) {
            rows.add(row(random, "w1", farMs, 0));
        }
        rows.add(row(random, "only to come", B, 0));
        rows.add(row(random, "without time", null, 0));
        rows.add(row(random, null, B, 0));
        Source source = mutableAccounts(Query.builder().timeColumn("opened_ts").build());
        CompiledGroupBy groupBy =
                aggregated(source, Accuracy.TEMPORAL, new String[] {"6h", "1d", "7d", "30d"}, new String[0]);

        Tables tables = tables("accounts", rows);
        UploadReport report = uploads.run(tables, groupBy, DS, "tiles", null).report();

        SegmentFiles segments = new SegmentFiles(uploads.node(), report.version(), SHARDS, groupBy, B);
        Map<String, List<Map<String, Object>>> byKey = byKey(rows);
        assertThat(segments.keyCount()).isEqualTo(byKey.size());
        byKey.forEach((who, ofKey) -> {
            KeyEncoder key = new KeyEncoder().putString(who);
            checkAhead(segments.ahead(key), ofKey);
            for (int i = 0; i < 10; i++) {
                long q = i == 0 ? B : B + random.nextLong(i % 2 == 0 ? 10 : 2_000) * 300_000;
                check(segments.values(key, q).orElseThrow(), ofKey, q, "6h", "1d", "7d", "30d", "");
            }
        });
        assertThat(report.tally().read)
                .isEqualTo(rows.stream()
                        .filter(row -> DS.toString().equals(row.get("ds")))
                        .count());
        assertThat(report.tally().kept()).isEqualTo(report.tally().read - 1);
        assertThat(report.tally().nullKey).isEqualTo(1);

        CompiledGroupBy windowed = aggregated(source, Accuracy.TEMPORAL, WINDOWS);
        UploadReport ofWindows =
                uploads.run(tables, windowed, DS, "tiles", null).report();
        SegmentFiles others = new SegmentFiles(uploads.node(), ofWindows.version(), SHARDS, windowed, B);
        byKey.forEach((who, ofKey) -> {
            if (!who.equals("without time")) {
                checkAhead(others.ahead(new KeyEncoder().putString(who)), ofKey);
            }
        });
        assertThat(others.values(new KeyEncoder().putString("without time"), B)).isEmpty();
        assertThat(ofWindows.tally().nullTime).isPositive();
        assertThat(ofWindows.tally().afterEnd).isZero();
    }

    private static void checkAhead(Map<Long, Map<String, @Nullable Object>> ahead, List<Map<String, Object>> rows) {
        TreeMap<Long, List<ModelEvent>> expected = new TreeMap<>();
        for (ModelEvent row : timed(rows)) {
            if (row.timeMs() >= B) {
                expected.computeIfAbsent(row.timeMs() / 300_000 * 300_000, start -> new ArrayList<>())
                        .add(row);
            }
        }
        assertThat(ahead.keySet()).isEqualTo(expected.keySet());
        expected.forEach((startMs, ofHop) -> {
            Map<String, @Nullable Object> values = Objects.requireNonNull(ahead.get(startMs));
            equal(values, "plan_count_7d", SlowModel.aggregate(ofHop, "count", 0, "plan", null));
            equal(values, "credit_sum_1d", SlowModel.aggregate(ofHop, "sum", 0, "credit", null));
            equal(values, "plan_last_30d", SlowModel.aggregate(ofHop, "last", 0, "plan", null));
            equal(values, "credit_first3_1d", SlowModel.aggregate(ofHop, "first_k", 3, "credit", null));
        });
    }

    @Test
    void entitiesThatMutateMayHaveNoTime() throws IOException {
        List<Map<String, Object>> rows = List.of(
                LocalSpark.row("who", "a", "opened_ts", B + 1, "credit", 7, "ds", "2001-02-09"),
                LocalSpark.row("who", "a", "credit", 5, "ds", "2001-02-09"));
        GroupBy definition = GroupBy.builder("accounts_of")
                .source(mutableAccounts(Query.builder().build()))
                .keys("who")
                .accuracy(Accuracy.TEMPORAL)
                .aggregate(Aggregation.of("sum", "credit"))
                .build();
        CompiledGroupBy groupBy = Rides.compiled(definition, DECLARED, SELECTED);

        UploadReport report = upload(groupBy, rows);

        SegmentFiles segments = new SegmentFiles(uploads.node(), report.version(), SHARDS, groupBy, B);
        assertThat(segments.values(new KeyEncoder().putString("a"), B)).hasValue(Map.of("credit_sum", 12L));
        assertThat(report.tally().kept()).isEqualTo(2);
    }

    private static CompiledGroupBy aggregated(Source source, Accuracy accuracy, String[]... windowSets) {
        GroupBy.Builder definition =
                GroupBy.builder("accounts_of").source(source).keys("who").accuracy(accuracy);
        for (String[] windows : windowSets) {
            definition
                    .aggregate(Aggregation.of("count", "plan").windows(windows))
                    .aggregate(Aggregation.of("sum", "credit").windows(windows))
                    .aggregate(Aggregation.of("last", "plan").windows(windows))
                    .aggregate(Aggregation.of("first_k", "credit").k(3).windows(windows));
        }
        return Rides.compiled(definition.build(), DECLARED, SELECTED);
    }

    /** The rows of the day's snapshot. */
    private static Map<String, List<Map<String, Object>>> byKey(List<Map<String, Object>> rows) {
        Map<String, List<Map<String, Object>>> byKey = new HashMap<>();
        rows.stream()
                .filter(row -> DS.toString().equals(row.get("ds")) && row.get("who") != null)
                .forEach(row -> byKey.computeIfAbsent((String) row.get("who"), key -> new ArrayList<>())
                        .add(row));
        return byKey;
    }

    private static @Nullable Long timeMs(Map<String, Object> row) {
        Long timeMs = (Long) row.get("opened_ts");
        return timeMs == null || timeMs > 600_000_000_000_000L || timeMs < -600_000_000_000_000L ? null : timeMs;
    }

    private static ModelEvent event(Map<String, Object> row) {
        Map<String, @Nullable Object> columns = new LinkedHashMap<>();
        columns.put("plan", row.get("plan"));
        Integer credit = (Integer) row.get("credit");
        columns.put("credit", credit == null ? null : (Object) credit.longValue());
        Long timeMs = timeMs(row);
        return new ModelEvent(timeMs == null ? 0 : timeMs, columns);
    }

    private static List<ModelEvent> timed(List<Map<String, Object>> rows) {
        return rows.stream()
                .filter(row -> timeMs(row) != null)
                .map(EntityUploadTest::event)
                .toList();
    }

    private static void check(
            Map<String, @Nullable Object> values, List<Map<String, Object>> rows, long moment, String... windows) {
        List<ModelEvent> timed = timed(rows);
        List<ModelEvent> all = rows.stream().map(EntityUploadTest::event).toList();
        for (String window : windows) {
            List<ModelEvent> events = window.isEmpty() ? all : timed;
            long q = window.isEmpty() ? Long.MAX_VALUE : moment;
            String suffix = window.isEmpty() ? "" : "_" + window;
            equal(values, "plan_count" + suffix, SlowModel.value(events, q, window, "count", 0, "plan", null));
            equal(values, "credit_sum" + suffix, SlowModel.value(events, q, window, "sum", 0, "credit", null));
            equal(values, "plan_last" + suffix, SlowModel.value(events, q, window, "last", 0, "plan", null));
            equal(values, "credit_first3" + suffix, SlowModel.value(events, q, window, "first_k", 3, "credit", null));
        }
    }

    private static void equal(Map<String, @Nullable Object> values, String name, @Nullable Object expected) {
        assertThat(values).containsKey(name);
        assertThat(values.get(name)).as(name).isEqualTo(expected);
    }

    @Test
    void withoutAggregationsTheColumnsPassThrough() throws IOException {
        List<Map<String, Object>> rows = List.of(
                LocalSpark.row(
                        "who",
                        "a",
                        "plan",
                        "gold",
                        "credit",
                        7,
                        "score",
                        0.5,
                        "tags",
                        List.of("x", "y"),
                        "ds",
                        "2001-02-09"),
                LocalSpark.row("who", "a", "plan", "iron", "credit", 1, "ds", "2001-02-08"),
                LocalSpark.row("who", "b", "plan", "", "score", Double.NaN, "tags", List.of(), "ds", "2001-02-09"),
                LocalSpark.row("who", "c", "opened_ts", B + 1, "score", -0.0, "ds", "2001-02-09"),
                LocalSpark.row("who", "gone", "plan", "gold", "ds", "2001-02-08"));
        CompiledGroupBy groupBy = passedThrough();

        UploadReport report = upload(groupBy, rows);

        SegmentFiles segments = new SegmentFiles(uploads.node(), report.version(), SHARDS, groupBy, B);
        assertThat(segments.keyCount()).isEqualTo(3);
        assertThat(segments.values(new KeyEncoder().putString("a"), B))
                .hasValue(values("gold", 7L, 0.5, List.of("x", "y")));
        assertThat(segments.values(new KeyEncoder().putString("b"), B)).hasValue(values("", null, null, List.of()));
        assertThat(segments.values(new KeyEncoder().putString("c"), B)).hasValue(values(null, null, 0.0, null));
    }

    private static Map<String, @Nullable Object> values(
            @Nullable String plan, @Nullable Long credit, @Nullable Double score, @Nullable List<String> tags) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        values.put("plan", plan);
        values.put("credit", credit);
        values.put("score", score);
        values.put("tags", tags);
        return values;
    }

    private static CompiledGroupBy passedThrough() {
        GroupBy definition = GroupBy.builder("account")
                .source(accounts())
                .keys("who")
                .accuracy(Accuracy.SNAPSHOT)
                .build();
        return Rides.compiled(definition, DECLARED, SELECTED);
    }

    @Test
    void twoRowsOfOneEntityAndAMissingSnapshotEndTheUpload() throws IOException {
        List<Map<String, Object>> twice = List.of(
                LocalSpark.row("who", "a", "credit", 7, "ds", "2001-02-09"),
                LocalSpark.row("who", "a", "credit", 7, "opened_ts", 5L, "ds", "2001-02-09"));
        assertThatThrownBy(() -> upload(passedThrough(), twice))
                .satisfies(failure -> assertThat(JobException.explain(failure))
                        .contains("GroupBy account has no aggregations and two rows of key who=a in the snapshot of"
                                + " 2001-02-09: an entity has one row"));
        Tables older = tables("older", List.of(LocalSpark.row("who", "a", "ds", "2001-02-08")));
        assertThatThrownBy(() -> uploads.run(older, passedThrough(), DS, null, null))
                .isInstanceOf(NotYetException.class)
                .hasMessageContaining("partition ds=2001-02-09 is missing (newest: 2001-02-08)");
    }

    @Test
    void aSnapshotOutsideOfTheQuerysPartitionsIsRefused() {
        Source.Events ended = (Source.Events) Source.events(
                "accounts", Query.builder().endPartition("2001-02-08").build());
        assertThatThrownBy(() -> ScanRange.ofSnapshot(ended, DS))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("table accounts: snapshot 2001-02-09 is outside of startPartition (none) and"
                        + " endPartition 2001-02-08");
        assertThat(ScanRange.ofSnapshot(ended, DS.minusDays(1)).to()).isEqualTo(DS.minusDays(1));
    }

    private static Map<String, Object> row(
            SplittableRandom random, @Nullable String who, @Nullable Long openedMs, int daysBefore) {
        return LocalSpark.row(
                "who",
                who,
                "opened_ts",
                openedMs,
                "plan",
                random.nextInt(6) == 0 ? null : "p" + random.nextInt(4),
                "credit",
                random.nextInt(6) == 0 ? null : random.nextInt(100),
                "ds",
                DS.minusDays(daysBefore).toString());
    }

    private Tables tables(String name, List<Map<String, Object>> rows) {
        Path path = directory.resolve(name);
        LocalSpark.write(path, TableLocation.Format.PARQUET, COLUMNS, rows);
        return new Tables(
                LocalSpark.session(),
                List.of(new TableLocation("accounts", path.toString(), TableLocation.Format.PARQUET)));
    }

    private UploadReport upload(CompiledGroupBy groupBy, List<Map<String, Object>> rows) {
        UploadRuns.Run run = uploads.run(tables("accounts", rows), groupBy, DS, "tiles", null);
        printed = run.printed();
        return run.report();
    }
}
