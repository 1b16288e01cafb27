package io.tilefold.ingest.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.algebra.Operation;
import io.tilefold.core.algebra.OperationArgs;
import io.tilefold.core.algebra.Operations;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.ingest.Flights;
import io.tilefold.ingest.StoreValues;
import io.tilefold.ingest.log.EventRangeWriter;
import io.tilefold.ingest.log.LogEntries;
import io.tilefold.ingest.log.PartitionId;
import io.tilefold.ingest.log.RecordEffects;
import io.tilefold.testsupport.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * I4 for every operation: members that have applied the same log hold the same bytes, however they took it. Only KLL sketches compact at random: of these the number of inputs, the smallest and the
 * largest agree, and the others' ranks within the sketch's error.
 */
class ReplicasTest {
    private static final String TOPIC = "flights";
    private static final PartitionId PARTITION = new PartitionId(new UUID(3, 4), 0);
    private static final int EVENTS = 20_000;
    private static final int RANGE = 100;
    private static final int KEYS = 3;
    private static final long Q = Flights.FEBRUARY_MS + Flights.DAY_MS;

    /** Of the sketch at k = 128. */
    private static final double RANK_ERROR = 0.021;

    private static final List<Double> PERCENTILES = List.of(0.0, 0.25, 0.5, 0.9, 1.0);
    private static final Schema COLUMNS = Schema.of(
            new Field("ts", Scalar.LONG),
            new Field("origin", Scalar.STRING),
            new Field("delay", Scalar.LONG),
            new Field("tag", Scalar.STRING));
    private static final Schema SELECTED = Schema.of(
            new Field("origin", Scalar.STRING), new Field("delay", Scalar.LONG), new Field("tag", Scalar.STRING));

    @TempDir
    private Path directory;

    private final List<DirectBuffer> log = new ArrayList<>();
    private final List<List<Long>> delays = new ArrayList<>();

    @Test
    void membersHoldTheSameBytes() {
        Seeds.one(this::checkMembersHoldTheSameBytes);
    }

    private void checkMembersHoldTheSameBytes(SplittableRandom random) throws IOException {
        CompiledGroupBy all = groupBy(Operations.all().stream()
                .filter(operation -> !operation.name().equals("approx_percentile"))
                .flatMap(ReplicasTest::aggregations));
        write(all, random);
        try (SimulatedMember atOnce = new SimulatedMember(directory.resolve("a"));
                SimulatedMember oneByOne = new SimulatedMember(directory.resolve("b"))) {
            atOnce.applyUpTo(log, log.size());
            for (int entries = 1; entries <= log.size(); entries++) {
                oneByOne.applyUpTo(log, entries);
                if (entries == log.size() / 2) {
                    int unused = oneByOne.takeSnapshot();
                    oneByOne.crash();
                }
            }
            assertThat(oneByOne.takeSnapshot()).isEqualTo(atOnce.takeSnapshot());
        }
    }

    @Test
    void percentilesAgreeWithinTheirError() {
        Seeds.one(this::checkPercentilesAgreeWithinTheirError);
    }

    private void checkPercentilesAgreeWithinTheirError(SplittableRandom random) {
        OperationArgs args = new OperationArgs(OptionalInt.of(128), PERCENTILES, OptionalInt.empty());
        CompiledGroupBy percentiles = groupBy(Stream.of(
                Aggregation.of("approx_percentile", "delay").args(args).build(),
                Aggregation.of("count", "delay").build()));
        write(percentiles, random);
        for (String member : List.of("a", "b", "c")) {
            Path store = directory.resolve(member);
            try (SimulatedMember applying = new SimulatedMember(store)) {
                applying.applyUpTo(log, log.size());
                for (int key = 0; key < KEYS; key++) {
                    check(member, StoreValues.read(store, percentiles, Q, "K" + key), delays.get(key));
                }
            }
        }
    }

    /** What an answer says beside the inputs that it is about. */
    private static void check(String member, List<@Nullable Object> answer, List<Long> inputs) {
        double[] sorted =
                inputs.stream().mapToDouble(Long::doubleValue).sorted().toArray();
        List<?> found = (List<?>) Objects.requireNonNull(answer.get(0));
        assertThat(answer.get(1)).as("inputs of member %s", member).isEqualTo((long) sorted.length);
        assertThat(((Number) found.get(0)).doubleValue()).as("smallest").isEqualTo(sorted[0]);
        assertThat(((Number) found.get(4)).doubleValue()).as("largest").isEqualTo(sorted[sorted.length - 1]);
        for (int i = 1; i < 4; i++) {
            double value = ((Number) found.get(i)).doubleValue();
            long below = Arrays.stream(sorted).filter(one -> one < value).count();
            assertThat((double) below / sorted.length)
                    .as("member %s, rank of %s", member, value)
                    .isBetween(PERCENTILES.get(i) - RANK_ERROR, PERCENTILES.get(i) + RANK_ERROR);
        }
    }

    /** Over the numbers if it takes them, over the strings if it takes those; with and without a window. */
    private static Stream<Aggregation> aggregations(Operation operation) {
        OperationArgs args = operation.name().endsWith("_k") ? OperationArgs.k(3) : OperationArgs.NONE;
        String column = operation.name().equals("histogram") ? "tag" : "delay";
        return Stream.of(
                Aggregation.of(operation.name(), column)
                        .args(args)
                        .windows("1d")
                        .build(),
                Aggregation.of(operation.name(), column).args(args).build());
    }

    private static CompiledGroupBy groupBy(Stream<Aggregation> aggregations) {
        GroupBy.Builder builder = GroupBy.builder("replicas")
                .source(Source.events(
                        "flights", TOPIC, Query.builder().timeColumn("ts").build()))
                .keys("origin")
                .online(true);
        aggregations.forEach(builder::aggregate);
        GroupBy definition = builder.build();
        return new CompiledGroupBy(
                DefinitionIds.of(definition, List.of(COLUMNS), SELECTED), definition, List.of(COLUMNS), SELECTED);
    }

    /** A log of events at random times of a day. */
    private void write(CompiledGroupBy groupBy, SplittableRandom random) {
        log.add(LogEntries.definitions(new UUID(1, 1), Flights.catalog(groupBy)));
        log.add(LogEntries.partitionStart(PARTITION, TOPIC, 0));
        Schema row =
                GroupByPlan.compile(groupBy.definition(), groupBy.selected()).row();
        for (int key = 0; key < KEYS; key++) {
            delays.add(new ArrayList<>());
        }
        EventRangeWriter writer = new EventRangeWriter();
        RecordEffects effects = new RecordEffects();
        for (int from = 0; from < EVENTS; from += RANGE) {
            writer.start(PARTITION, 1, 0, EventRangeWriter.NO_LANE, 1, from);
            for (int offset = from; offset < from + RANGE; offset++) {
                effects.clear();
                addEvent(effects, row, random);
                writer.add(offset, effects);
            }
            UnsafeBuffer entry = new UnsafeBuffer(new byte[writer.finish(from + RANGE)]);
            entry.putBytes(0, writer.buffer(), 0, entry.capacity());
            log.add(entry);
        }
    }

    private void addEvent(RecordEffects effects, Schema schema, SplittableRandom random) {
        int key = random.nextInt(KEYS);
        long delay = random.nextLong(1_000_000); // as floats exact
        delays.get(key).add(delay);
        FlatRowWriter row = new FlatRowWriter(schema.size());
        for (int column = 0; column < schema.size(); column++) {
            switch (schema.field(column).name()) {
                case "origin" -> row.putString(column, "K" + key);
                case "delay" -> row.putLong(column, delay);
                default -> row.putString(column, "T" + random.nextInt(50));
            }
        }
        int length = row.finish();
        KeyEncoder encoded = new KeyEncoder().reset().putString("K" + key);
        long timeMs = Flights.FEBRUARY_MS + random.nextLong(Flights.DAY_MS);
        effects.addEvent(0, timeMs, encoded.buffer(), encoded.length(), row.buffer(), length);
    }
}
