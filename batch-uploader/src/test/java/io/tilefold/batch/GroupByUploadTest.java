package io.tilefold.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tilefold.client.fixture.Mishap;
import io.tilefold.client.fixture.UploadNode;
import io.tilefold.core.algebra.OperationArgs;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.SlowModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Uploads of whole tables to a node that keeps them, read back as serving does and compared with the slow model. */
class GroupByUploadTest {
    private static final int SHARDS = 3;
    private static final long SEED = 42;

    @TempDir
    private Path directory;

    private String printed = "";
    private UploadRuns uploads;
    private UploadNode node;

    @BeforeEach
    void start() throws IOException {
        uploads = new UploadRuns(directory, SHARDS);
        node = uploads.node();
    }

    @AfterEach
    void stop() throws InterruptedException {
        uploads.close();
    }

    @ParameterizedTest
    @EnumSource(TableLocation.Format.class)
    void segmentsOfFilesEqualTheModel(TableLocation.Format format) throws IOException {
        List<Map<String, Object>> rows =
                Rides.rows(new SplittableRandom(SEED), 3_000, format == TableLocation.Format.PARQUET);
        TableLocation table = table("rides", format, rows);
        CompiledGroupBy groupBy = Rides.groupBy("rides_by_area", "rides", Accuracy.TEMPORAL);

        UploadReport report = upload(groupBy, table);

        assertEqualsModel(report, groupBy, rows, 0, 1, 3_600_000 * 5L, 4 * Days.DAY_MS + 299_999);
        assertThat(report.tally().afterEnd).isPositive();
        assertThat(report.tally().nullTime).isPositive();
        assertThat(report.tally().nullKey).isPositive();
        assertThat(report.toString())
                .startsWith("rides_by_area: committed version 1 at log position 4096: ")
                .contains(report.tally().afterEnd + " at or after the batch end");
        assertThat(printed).startsWith("rides_by_area: reading rides, 18 partitions 2001-01-23 to 2001-02-09");
    }

    @Test
    void segmentsOfACatalogTableEqualTheModelAtTheBatchEnd() throws IOException {
        List<Map<String, Object>> rows = Rides.rows(new SplittableRandom(SEED + 1), 2_000, true);
        LocalSpark.writeCatalogTable("rides_in_catalog", Rides.COLUMNS, rows);
        CompiledGroupBy groupBy = Rides.groupBy("daily", "rides_in_catalog", Accuracy.SNAPSHOT);

        UploadReport report = upload(groupBy);

        assertEqualsModel(report, groupBy, rows, 0);
    }

    @Test
    void severalSourcesAreOneAndMishapsOnTheWayLeaveNoTrace() throws IOException {
        List<Map<String, Object>> rows = Rides.rows(new SplittableRandom(SEED + 2), 2_000, false);
        TableLocation parquet = table("rides", TableLocation.Format.PARQUET, rows.subList(0, 1_000));
        TableLocation json = table("more_rides", TableLocation.Format.JSON, rows.subList(1_000, 2_000));
        CompiledGroupBy groupBy = Rides.groupBy(
                "both",
                Accuracy.TEMPORAL,
                Source.events("rides", Rides.query().build()),
                Source.events("more_rides", Rides.query().build()));
        // The second table has no row before the day of its first: its holes are named, not refused.
        node.goWrong(Mishap.BREAK_MIDWAY, Mishap.DAMAGED_CHUNK, Mishap.KEEP_OTHER_BYTES);

        UploadReport report = upload(groupBy, parquet, json);

        assertEqualsModel(report, groupBy, rows, 0, Days.DAY_MS);
        assertThat(node.resumeOffsets()).hasSize(SHARDS + 3);
    }

    @Test
    void equalInputsGiveEqualSegmentsWhateverTheFiles() throws IOException {
        List<Map<String, Object>> rows = Rides.rows(new SplittableRandom(SEED + 3), 1_500, false);
        CompiledGroupBy groupBy = Rides.groupBy("rides_by_area", "rides", Accuracy.TEMPORAL);
        UploadReport first = upload(groupBy, table("rides", TableLocation.Format.PARQUET, rows));
        List<Map<String, Object>> reversed = new ArrayList<>(rows);
        java.util.Collections.reverse(reversed);
        LocalSpark.write(
                directory.resolve("again"), TableLocation.Format.PARQUET, Rides.COLUMNS, reversed.subList(0, 700));
        LocalSpark.write(
                directory.resolve("again"), TableLocation.Format.PARQUET, Rides.COLUMNS, reversed.subList(700, 1_500));
        UploadReport second = upload(
                groupBy,
                new TableLocation("rides", directory.resolve("again").toString(), TableLocation.Format.PARQUET));

        for (int shard = 0; shard < SHARDS; shard++) {
            assertThat(uploads.records(second.version(), shard)).isEqualTo(uploads.records(first.version(), shard));
        }
    }

    @Test
    void everyShardHasASegmentEvenIfNoRowPasses() throws IOException {
        TableLocation table =
                table("rides", TableLocation.Format.PARQUET, Rides.rows(new SplittableRandom(SEED), 100, false));
        Source nothing = Source.events("rides", Rides.query().wheres("false").build());
        CompiledGroupBy groupBy = Rides.groupBy("nothing", Accuracy.TEMPORAL, nothing);

        UploadReport report = upload(groupBy, table);

        assertThat(report.segments()).hasSize(SHARDS);
        assertThat(report.keys()).isZero();
        assertThat(new SegmentFiles(node, report.version(), SHARDS, groupBy, Rides.B).keyCount())
                .isZero();
    }

    @Test
    void aSnapshotWithoutATimeColumnCountsAtTheEndOfItsDay() throws IOException {
        List<Map<String, Object>> rows = List.of(
                LocalSpark.row("city", "a", "zone", 1, "tip", 5, "cancelled", false, "ds", "2001-02-09"),
                LocalSpark.row("city", "a", "zone", 1, "tip", 7, "cancelled", false, "ds", "2001-02-08"),
                LocalSpark.row("city", "a", "zone", 1, "tip", 9, "cancelled", false, "ds", "2001-02-07"));
        TableLocation table = table("rides", TableLocation.Format.CSV, rows);
        GroupBy definition = GroupBy.builder("untimed")
                .source(Source.events("rides", Query.builder().build()))
                .keys("city")
                .accuracy(Accuracy.SNAPSHOT)
                .aggregate(Aggregation.of("last_k", "tip").k(5).windows("1h", "1d", "2d"))
                .build();
        Schema selected = Schema.of(new Field("city", Scalar.STRING), new Field("tip", Scalar.INT));
        CompiledGroupBy groupBy = Rides.compiled(definition, Rides.DECLARED, selected);

        UploadReport report = upload(groupBy, table);

        Map<String, @Nullable Object> values = new SegmentFiles(node, report.version(), SHARDS, groupBy, Rides.B)
                .values(new KeyEncoder().putString("a"), Rides.B)
                .orElseThrow();
        assertThat(values)
                .containsEntry("tip_last5_1h", List.of(5L))
                .containsEntry("tip_last5_1d", List.of(5L))
                .containsEntry("tip_last5_2d", List.of(5L, 7L));
    }

    @Test
    void aStateBeyondItsBoundIsNoValueAndNamedInTheReport() throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            rows.add(LocalSpark.row(
                    "city", i % 100 == 0 ? "small" : "large", "ts", Rides.B - 1 - i, "tip", i, "ds", "2001-02-09"));
        }
        GroupBy definition = GroupBy.builder("limited")
                .source(Source.events("rides", Query.builder().timeColumn("ts").build()))
                .keys("city")
                .aggregate(Aggregation.of("unique_count", "tip")
                        .args(OperationArgs.NONE.withMaxStateBytes(1 << 14))
                        .windows("1d", "7d"))
                .aggregate(Aggregation.of("count", "tip").windows("7d"))
                .build();
        Schema selected = Schema.of(new Field("city", Scalar.STRING), new Field("tip", Scalar.INT));
        CompiledGroupBy groupBy = Rides.compiled(definition, Rides.DECLARED, selected);

        UploadReport report = upload(groupBy, table("rides", TableLocation.Format.PARQUET, rows));

        SegmentFiles segments = new SegmentFiles(node, report.version(), SHARDS, groupBy, Rides.B);
        KeyEncoder large = new KeyEncoder().putString("large");
        assertThat(segments.limited(large, Rides.B)).containsExactly("tip_unique_count_1d", "tip_unique_count_7d");
        assertThat(segments.values(large, Rides.B).orElseThrow()).containsEntry("tip_count_7d", 19_800L);
        KeyEncoder small = new KeyEncoder().putString("small");
        assertThat(segments.limited(small, Rides.B)).isEmpty();
        assertThat(segments.values(small, Rides.B).orElseThrow()).containsEntry("tip_unique_count_7d", 200L);
        assertThat(report.limits().keys()).isEqualTo(1);
        assertThat(report.toString())
                .endsWith("; WARNING: keys that answer FAILED(STATE_LIMIT): 1 (tip_unique_count_1d: 1)");
    }

    @Test
    void aRowThatFailsAbortsTheUpload() throws IOException {
        TableLocation table =
                table("rides", TableLocation.Format.PARQUET, Rides.rows(new SplittableRandom(SEED), 200, false));
        Source poisoned = Source.events(
                "rides",
                Rides.query()
                        .select("tip", "IF(zone = 8, CAST(raise_error('zone 8 is closed') AS INT), tip)")
                        .build());
        CompiledGroupBy groupBy = Rides.groupBy("poisoned", Accuracy.TEMPORAL, poisoned);

        assertThatThrownBy(() -> upload(groupBy, table))
                .satisfies(failure -> assertThat(JobException.explain(failure)).contains("zone 8 is closed"));

        assertThat(node.aborted()).hasSize(1);
        assertThat(node.open()).isEmpty();
        assertNothingIsLeft();
    }

    @Test
    void anUnknownDefinitionStartsNothing() throws IOException {
        TableLocation table =
                table("rides", TableLocation.Format.PARQUET, Rides.rows(new SplittableRandom(SEED), 60, false));
        CompiledGroupBy groupBy = Rides.groupBy("unknown", "rides", Accuracy.TEMPORAL);
        node.forget(groupBy.id().hex());
        assertThatThrownBy(() -> upload(groupBy, table))
                .hasMessageContaining("NOT_FOUND")
                .hasMessageContaining(groupBy.id().hex());
    }

    @Test
    void aNodeThatRefusesASegmentEndsTheJobWithItsWords() throws IOException {
        TableLocation table =
                table("rides", TableLocation.Format.PARQUET, Rides.rows(new SplittableRandom(SEED), 60, false));
        CompiledGroupBy groupBy = Rides.groupBy("refused", "rides", Accuracy.TEMPORAL);
        node.dropUploadsAfterBegin();
        node.goWrong(Mishap.LATE); // one task still has its segment when the other's is refused
        assertThatThrownBy(() -> upload(groupBy, table))
                .satisfies(failure -> assertThat(JobException.explain(failure))
                        .startsWith("cannot upload the segment of shard ")
                        .contains("NOT_FOUND", "UNKNOWN_UPLOAD"));
        assertNothingIsLeft();
    }

    private void assertNothingIsLeft() {
        assertThat(directory.resolve("work"))
                .satisfiesAnyOf(
                        work -> assertThat(work).doesNotExist(),
                        work -> assertThat(work).isEmptyDirectory());
    }

    private void assertEqualsModel(
            UploadReport report, CompiledGroupBy groupBy, List<Map<String, Object>> rows, long... offsets)
            throws IOException {
        Map<List<Object>, List<ModelEvent>> events = Rides.events(rows);
        SegmentFiles segments = new SegmentFiles(node, report.version(), SHARDS, groupBy, Rides.B);
        assertThat(segments.keyCount()).isEqualTo(events.size());
        assertThat(report.keys()).isEqualTo(events.size());
        assertThat(report.tally().kept())
                .isEqualTo(events.values().stream().mapToLong(List::size).sum());
        events.forEach((key, ofKey) -> {
            KeyEncoder encoded = new KeyEncoder().putString((String) key.get(0)).putLong((Long) key.get(1));
            for (long offset : offsets) {
                long q = Rides.B + offset;
                Map<String, @Nullable Object> values =
                        segments.values(encoded, q).orElseThrow();
                for (String window : Rides.WINDOWS) {
                    assertEqual(values, ofKey, q, window);
                }
            }
        });
    }

    private static void assertEqual(
            Map<String, @Nullable Object> values, List<ModelEvent> events, long q, String window) {
        check(values, "city_count", window, SlowModel.value(events, q, window, "count", 0, "city", null));
        check(values, "tip_max", window, SlowModel.value(events, q, window, "max", 0, "tip", null));
        check(values, "driver_last3", window, SlowModel.value(events, q, window, "last_k", 3, "driver", null));
        check(
                values,
                "driver_unique_count",
                window,
                SlowModel.value(events, q, window, "unique_count", 0, "driver", null));
        check(values, "shared_last", window, SlowModel.value(events, q, window, "last", 0, "shared", null));
        Object fares = SlowModel.value(events, q, window, "sum", 0, "fare", null);
        Object sum = values.get("fare_sum" + suffix(window));
        if (fares == null || sum == null) {
            assertThat(sum).isEqualTo(fares);
        } else {
            assertThat((Double) sum).isCloseTo((Double) fares, within(1e-6));
        }
        String bucketed = "tip_average" + suffix(window) + "_by_driver";
        assertThat(values).containsKey(bucketed);
        assertThat(values.get(bucketed))
                .as("%s at %d", bucketed, q)
                .isEqualTo(SlowModel.value(events, q, window, "average", 0, "tip", "driver"));
    }

    private static void check(
            Map<String, @Nullable Object> values, String output, String window, @Nullable Object expected) {
        String name = output + suffix(window);
        assertThat(values).containsKey(name);
        assertThat(values.get(name)).as(name).isEqualTo(expected);
    }

    private static String suffix(String window) {
        return window.isEmpty() ? "" : "_" + window;
    }

    private TableLocation table(String name, TableLocation.Format format, List<Map<String, Object>> rows) {
        Path path = directory.resolve(name);
        LocalSpark.write(path, format, Rides.COLUMNS, rows);
        return new TableLocation(name, path.toString(), format);
    }

    private UploadReport upload(CompiledGroupBy groupBy, TableLocation... tables) {
        Tables found = new Tables(LocalSpark.session(), List.of(tables));
        UploadRuns.Run run = uploads.run(found, groupBy, Rides.END_DS, null, null);
        printed = run.printed();
        return run.report();
    }
}
