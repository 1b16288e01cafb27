package io.tilefold.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
import io.tilefold.testsupport.Seeds;
import io.tilefold.testsupport.SlowModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Uploads whose rows are folded before the shuffle, beside uploads whose rows are not: equal bytes, fewer rows shuffled; and beside the slow model. */
class FoldedUploadTest {
    private static final int SHARDS = 3;
    private static final int ROWS = 4_000;

    /** An operation whose states have one length, and how many values it keeps. */
    private record Feature(String operation, int k, String input) {
        Aggregation.Builder aggregation() {
            Aggregation.Builder aggregation = Aggregation.of(operation, input);
            return k > 0 ? aggregation.k(k) : aggregation;
        }

        String output(String window) {
            return input + "_" + operation.replace("_k", "") + (k > 0 ? k : "")
                    + (window.isEmpty() ? "" : "_" + window);
        }
    }

    private static final List<Feature> EXACT = List.of(
            new Feature("count", 0, "city"),
            new Feature("sum", 0, "tip"),
            new Feature("average", 0, "tip"),
            new Feature("min", 0, "tip"),
            new Feature("max", 0, "fare"),
            new Feature("last", 0, "shared"),
            new Feature("first_k", 2, "tip"),
            new Feature("top_k", 3, "tip"));

    @TempDir
    private Path directory;

    private final AtomicLong shuffled = new AtomicLong();
    private final SparkListener listener = new SparkListener() {
        @Override
        public void onTaskEnd(SparkListenerTaskEnd taskEnd) {
            shuffled.addAndGet(taskEnd.taskMetrics().shuffleWriteMetrics().recordsWritten());
        }
    };
    private UploadRuns uploads;

    @BeforeEach
    void start() throws IOException {
        uploads = new UploadRuns(directory, SHARDS);
        spark().addSparkListener(listener);
    }

    @AfterEach
    void stop() throws InterruptedException {
        spark().removeSparkListener(listener);
        uploads.close();
    }

    @ParameterizedTest
    @EnumSource(Accuracy.class)
    void exactStatesHaveTheBytesOfAnUploadThatFoldsNothing(Accuracy accuracy) {
        Seeds.one(random -> {
            List<Map<String, Object>> rows = Rides.rows(random, ROWS, true);
            CompiledGroupBy groupBy = groupBy("exact", accuracy, EXACT, Rides.query());
            Tables tables = tables(rows);

            UploadReport folded =
                    uploads.run(tables, groupBy, Rides.END_DS, null, null).report();
            long ofFolded = shuffledRows();
            UploadReport plain =
                    uploads.runUnfolded(tables, groupBy, Rides.END_DS).report();
            long ofPlain = shuffledRows();

            assertThat(records(folded)).isEqualTo(records(plain));
            assertThat(folded.tally().toBytes()).isEqualTo(plain.tally().toBytes());
            assertThat(folded.tally().nullKey).isPositive();
            assertThat(folded.tally().nullTime).isPositive();
            assertThat(folded.tally().afterEnd).isPositive();
            assertThat(folded.tally().beforeReach > 0).isEqualTo(accuracy == Accuracy.SNAPSHOT);
            assertThat(ofPlain).isGreaterThan(folded.tally().kept());
            assertThat(ofFolded).isLessThan(ofPlain * 2 / 3);
            assertEqualsModel(folded, groupBy, rows, EXACT, accuracy);
        });
    }

    @Test
    void sumsOfDoublesComeOutTheSameEveryTimeAndAreThoseOfTheModel() {
        Seeds.one(random -> {
            List<Map<String, Object>> rows = Rides.rows(random, ROWS, true);
            List<Feature> sums = List.of(new Feature("sum", 0, "fare"), new Feature("average", 0, "fare"));
            CompiledGroupBy groupBy = groupBy("sums", Accuracy.TEMPORAL, sums, Rides.query());
            UploadReport first =
                    uploads.run(tables(rows), groupBy, Rides.END_DS, null, null).report();
            assertEqualsModel(first, groupBy, rows, sums, Accuracy.TEMPORAL);

            CompiledGroupBy thirds = groupBy(
                    "thirds",
                    Accuracy.TEMPORAL,
                    List.of(new Feature("sum", 0, "fare"), new Feature("skew", 0, "fare")),
                    Rides.query().select("fare", "fare / 3"));
            Tables tables = tables(rows);
            var unused = shuffledRows();
            UploadReport folded =
                    uploads.run(tables, thirds, Rides.END_DS, null, null).report();
            assertThat(shuffledRows()).isLessThan(folded.tally().kept());
            UploadReport again =
                    uploads.run(tables, thirds, Rides.END_DS, null, null).report();
            assertThat(records(again)).isEqualTo(records(folded));
        });
    }

    @Test
    void statesThatGrowAreShuffledAsRows() {
        Seeds.one(random -> {
            Tables tables = tables(Rides.rows(random, 500, false));
            CompiledGroupBy groupBy = Rides.groupBy("grow", "rides", Accuracy.TEMPORAL);
            UploadReport report =
                    uploads.run(tables, groupBy, Rides.END_DS, null, null).report();
            assertThat(shuffledRows()).isGreaterThan(report.tally().kept());
        });
    }

    @Test
    void rowsOfEntitiesAreShuffledAsTheyAre() {
        Seeds.one(random -> {
            Tables tables = tables(Rides.rows(random, ROWS, false));
            Source snapshot = new Source.Entities(
                    "rides", Optional.empty(), Optional.empty(), Rides.query().build());
            CompiledGroupBy groupBy = groupBy("entities", Accuracy.SNAPSHOT, EXACT, snapshot);
            UploadReport report =
                    uploads.run(tables, groupBy, Rides.END_DS, null, null).report();
            assertThat(report.tally().kept()).isGreaterThan(3 * report.keys());
            assertThat(shuffledRows()).isGreaterThan(report.tally().kept());
        });
    }

    private List<ByteBuffer> records(UploadReport report) throws IOException {
        List<ByteBuffer> records = new ArrayList<>();
        for (int shard = 0; shard < SHARDS; shard++) {
            records.add(ByteBuffer.wrap(uploads.records(report.version(), shard)));
        }
        return records;
    }

    /** Rows that shuffles wrote since this was asked last. */
    private long shuffledRows() throws TimeoutException {
        spark().listenerBus().waitUntilEmpty();
        return shuffled.getAndSet(0);
    }

    private void assertEqualsModel(
            UploadReport report,
            CompiledGroupBy groupBy,
            List<Map<String, Object>> rows,
            List<Feature> features,
            Accuracy accuracy)
            throws IOException {
        SegmentFiles segments = new SegmentFiles(uploads.node(), report.version(), SHARDS, groupBy, Rides.B);
        Map<List<Object>, List<ModelEvent>> events = Rides.events(rows);
        assertThat(segments.keyCount()).isEqualTo(events.size());
        long[] offsets = accuracy == Accuracy.SNAPSHOT ? new long[] {0} : new long[] {0, 1, 7_199_999, 3 * Days.DAY_MS};
        events.forEach((key, ofKey) -> {
            KeyEncoder encoded = new KeyEncoder().putString((String) key.get(0)).putLong((Long) key.get(1));
            for (long offset : offsets) {
                long q = Rides.B + offset;
                Map<String, @Nullable Object> values =
                        segments.values(encoded, q).orElseThrow();
                for (Feature feature : features) {
                    for (String window : Rides.WINDOWS) {
                        if (!window.isEmpty() || accuracy == Accuracy.TEMPORAL) {
                            assertEqual(values, feature, window, ofKey, q);
                        }
                    }
                }
            }
        });
    }

    private static void assertEqual(
            Map<String, @Nullable Object> values, Feature feature, String window, List<ModelEvent> events, long q) {
        String output = feature.output(window);
        assertThat(values).containsKey(output);
        Object value = values.get(output);
        Object expected = SlowModel.value(events, q, window, feature.operation(), feature.k(), feature.input(), null);
        if (value instanceof Double number && expected instanceof Double) {
            assertThat(number).as(output).isCloseTo((Double) Objects.requireNonNull(expected), within(1e-6));
        } else {
            assertThat(value).as(output).isEqualTo(expected);
        }
    }

    private static CompiledGroupBy groupBy(
            String name, Accuracy accuracy, List<Feature> features, Query.Builder query) {
        return groupBy(name, accuracy, features, Source.events("rides", query.build()));
    }

    private static CompiledGroupBy groupBy(String name, Accuracy accuracy, List<Feature> features, Source source) {
        GroupBy.Builder definition = GroupBy.builder(name)
                .source(source)
                .keys("city", "area")
                .accuracy(accuracy)
                .online(true);
        for (Feature feature : features) {
            definition.aggregate(feature.aggregation().windows("1h", "13h", "5d", "12d"));
            if (accuracy == Accuracy.TEMPORAL) {
                definition.aggregate(
                        feature.aggregation()); // of all of history: else there are rows too old for any window
            }
        }
        Schema selected = Schema.of(
                new Field("city", Scalar.STRING),
                new Field("area", Scalar.LONG),
                new Field("fare", Scalar.DOUBLE),
                new Field("tip", Scalar.INT),
                new Field("shared", Scalar.BOOLEAN));
        return Rides.compiled(definition.build(), Rides.DECLARED, selected);
    }

    private Tables tables(List<Map<String, Object>> rows) {
        Path path = directory.resolve("rides" + System.nanoTime());
        LocalSpark.write(path, TableLocation.Format.PARQUET, Rides.COLUMNS, rows);
        return new Tables(
                LocalSpark.session(),
                List.of(new TableLocation("rides", path.toString(), TableLocation.Format.PARQUET)));
    }

    private static SparkContext spark() {
        return LocalSpark.session().sparkContext();
    }
}
