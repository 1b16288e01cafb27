package io.tilefold.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.tilefold.catalog.TypeCodec;
import io.tilefold.client.NodeCredentials;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.key.ShardSet;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.ingest.Departures;
import io.tilefold.ingest.Flights;
import io.tilefold.ingest.apply.ActiveCatalog;
import io.tilefold.ingest.log.RecordEffects;
import io.tilefold.proto.serving.v1.AnswerSchema;
import io.tilefold.proto.serving.v1.FailureCode;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc.FeatureServiceImplBase;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.PartAnswer;
import io.tilefold.proto.serving.v1.PartSchema;
import io.tilefold.proto.serving.v1.PartStatus;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.LongValues;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an event of a join's left means to GroupBys of its output, with a serving node that answers, or does not. */
class ParentReadingTest {
    private static final String TOPIC = "departures";
    private static final long TIME_MS = Flights.FEBRUARY_MS;
    private static final Schema OUTPUTS = Schema.of(
            new Field("airport_delay_sum", Scalar.LONG),
            new Field("crowd", Scalar.LONG),
            new Field("airport_delay_count", Scalar.LONG));

    private final Misbehaving serving = new Misbehaving();
    private final RecordEffects effects = new RecordEffects();
    private Server server;
    private ParentAnswers answers;
    private ActiveCatalog catalog;
    private TopicProgram program;

    /** A serving node of which the next answers can be told. It sums what it is asked: the row's moment less TIME_MS, per key's length. */
    private static final class Misbehaving extends FeatureServiceImplBase {
        final List<FetchRequest> requests = new CopyOnWriteArrayList<>();
        volatile @Nullable Status refusal;
        volatile boolean silent;
        volatile PartStatus status = PartStatus.PART_STATUS_COMPLETE;
        volatile FailureCode failure = FailureCode.FAILURE_CODE_UNSPECIFIED;
        volatile Scalar type = Scalar.LONG;
        volatile boolean hasValues = true;

        @Override
        public void fetch(FetchRequest request, StreamObserver<FetchResponse> response) {
            requests.add(request);
            Status refused = refusal;
            if (refused != null) {
                response.onError(refused.asRuntimeException());
            } else if (!silent) {
                response.onNext(answer(request));
                response.onCompleted();
            }
        }

        private FetchResponse answer(FetchRequest request) {
            Schema outputs = new Schema(OUTPUTS.fields().stream()
                    .map(field -> new Field(field.name(), type))
                    .toList());
            FetchResponse.Builder response = FetchResponse.newBuilder()
                    .setSchemaId("schema " + type)
                    .setSchema(AnswerSchema.newBuilder()
                            .setOutputs(TypeCodec.toProto(outputs))
                            .addParts(PartSchema.newBuilder().setName("airport").setOutputCount(3)))
                    .setRowCount(request.getRowCount())
                    .addParts(PartAnswer.newBuilder()
                            .setName("airport")
                            .addStatuses(status)
                            .addAllFailures(
                                    failure == FailureCode.FAILURE_CODE_UNSPECIFIED ? List.of() : List.of(failure)));
            for (String feature : request.getFeaturesList()) {
                LongValues.Builder values = LongValues.newBuilder();
                for (int row = 0; row < request.getRowCount(); row++) {
                    values.addValues(request.getRowAsOfMs(row) - TIME_MS + OUTPUTS.indexOf(feature));
                }
                Column.Builder column = Column.newBuilder().setName(feature);
                if (hasValues) {
                    column.setLongValues(values);
                } else {
                    byte[] nulls = new byte[request.getRowCount() / 8 + 1];
                    Arrays.fill(nulls, (byte) -1);
                    column.setNulls(ByteString.copyFrom(nulls));
                }
                response.addColumns(column);
            }
            return response.build();
        }
    }

    @BeforeEach
    void start() throws Exception {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(serving)
                .build()
                .start();
        answers = ParentAnswers.of(List.of("127.0.0.1:" + server.getPort()), NodeCredentials.NONE);
        CompiledGroupBy airport = Flights.airport("flights");
        CompiledJoin parent = Departures.join(TOPIC, airport);
        catalog = ActiveCatalog.compile(1, 0, Departures.catalog(parent, airport, Departures.carrier(TOPIC, parent)));
        program = TopicProgram.compile(catalog, TOPIC, 60_000, ShardSet.all(4), answers);
    }

    @AfterEach
    void stop() throws Exception {
        answers.close();
        server.shutdownNow();
        assertThat(server.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aRowIsTheLeftAndTheAnswer() {
        assertThat(effects(Departures.json(TIME_MS + 7, "A0", "aa", 5)))
                .containsExactly("carrier EVENT at " + (TIME_MS + 7) + " of [AA]: [AA, 5, 12, 8]");
        FetchRequest request = serving.requests.get(0);
        assertThat(request.getJoin()).isEqualTo(Departures.JOIN);
        assertThat(request.getFeaturesList()).containsExactlyInAnyOrderElementsOf(OUTPUTS.names());
        assertThat(request.getRowAsOfMsList()).containsExactly(TIME_MS + 7);
        assertThat(request.getKeysList().stream().map(Column::getName))
                .as("the key, and the contextual field")
                .containsExactlyInAnyOrder("origin", "seats");
        assertThat(answers.rows()).isEqualTo(1);
    }

    @Test
    void whatIsNoRowIsNotAskedAbout() {
        assertThat(effects(Departures.json(TIME_MS, "A0", "aa", 0)))
                .as("the left's wheres")
                .isEmpty();
        assertThat(effects(Departures.json(null, "A0", "aa", 5))).containsExactly("carrier NULL_TIME");
        assertThat(serving.requests).isEmpty();
        assertThat(effects(Departures.json(TIME_MS - 86_400_000, "A0", "aa", 5)))
                .as("the child's wheres")
                .isEmpty();
        assertThat(effects(Departures.json(TIME_MS, null, null, 5))).containsExactly("carrier NULL_KEY");
    }

    @Test
    void whatCannotBeReadIsADeadLetter() {
        assertThat(decide("no JSON"))
                .hasValueSatisfying(problem -> assertThat(problem).startsWith("carrier: malformed JSON"));
        assertThat(decide(Departures.json(TIME_MS + 60_001, "A0", "aa", 5)))
                .hasValueSatisfying(problem -> assertThat(problem)
                        .contains("the time of join team.departures's left", "60001 ms after the record's timestamp"));
        assertThat(serving.requests).isEmpty();
    }

    @Test
    void aPollIsAskedAboutAtOnceInBoundedFetches() {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < 1_200; i++) {
            records.add(record(i, Departures.json(TIME_MS + i, "A" + i, "aa", 1)));
        }
        assertThat(program.ask(records, program.places()).isAnswered()).isTrue();
        assertThat(serving.requests.stream().map(FetchRequest::getRowCount))
                .containsExactlyInAnyOrder(ParentQuestions.ROWS_MAX, ParentQuestions.ROWS_MAX, 176);
        for (int i = 0; i < 1_200; i++) {
            assertThat(program.decide(records.get(i), program.places(), effects))
                    .isEmpty();
            assertThat(new DescribedEffects(catalog).of(effects))
                    .containsExactly("carrier EVENT at " + (TIME_MS + i) + " of [AA]: [AA, 1, " + (i + 1) + ", "
                            + (i + 1) + "]");
        }
        program.forget();
    }

    @Test
    void whatTheLeftSaysAloneIsNotAsked() {
        CompiledGroupBy airport = Flights.airport("flights");
        CompiledJoin parent = Departures.join(TOPIC, airport);
        catalog = ActiveCatalog.compile(1, 0, Departures.catalog(parent, airport, Departures.seats(TOPIC, parent)));
        program = TopicProgram.compile(catalog, TOPIC, 60_000, ShardSet.all(4), answers);
        assertThat(effects(Departures.json(TIME_MS, "A0", "aa", 5)))
                .containsExactly("seats EVENT at " + (TIME_MS - 1) + " of [AA, 2001-02-01]: [AA, 2001-02-01, 5]");
        assertThat(serving.requests).isEmpty();
    }

    /** Each keeps its own keys, wherever a key's column comes from. */
    @Test
    void aGroupKeepsTheKeysOfItsShards() {
        List<TopicProgram> groups = List.of(
                TopicProgram.compile(catalog, TOPIC, 60_000, ShardSet.parse("0,2", 4), answers),
                TopicProgram.compile(catalog, TOPIC, 60_000, ShardSet.parse("1,3", 4), answers));
        int[] kept = new int[2];
        for (int i = 0; i < 20; i++) {
            ConsumerRecord<byte[], byte[]> record = record(i, Departures.json(TIME_MS, "A0", "c" + i, 5));
            for (int group = 0; group < 2; group++) {
                TopicProgram own = groups.get(group);
                assertThat(own.ask(List.of(record), own.places()).isAnswered()).isTrue();
                assertThat(own.decide(record, own.places(), effects)).isEmpty();
                own.forget();
                kept[group] += effects.count();
            }
        }
        assertThat(kept).doesNotContain(0);
        assertThat(kept[0] + kept[1]).isEqualTo(20);
    }

    @Test
    void otherDefinitionsAreNotAskedFor() {
        assertThat(program.ask(List.of(), program.places())).isSameAs(Asked.NOTHING);
        assertThat(program.ask(List.of(record(0, "no JSON")), new BitSet())).isSameAs(Asked.NOTHING);
    }

    @ParameterizedTest
    @EnumSource(
            value = FailureCode.class,
            names = {"FAILURE_CODE_BASE_MISSING", "FAILURE_CODE_READ_CONFLICT", "FAILURE_CODE_SHARD_UNREACHABLE"})
    void whatPassesIsAskedAgain(FailureCode code) {
        serving.status = PartStatus.PART_STATUS_FAILED;
        serving.failure = code;
        checkWaits();
        serving.status = PartStatus.PART_STATUS_STALE;
        serving.failure = FailureCode.FAILURE_CODE_UNSPECIFIED;
        checkGoesOn();
    }

    @Test
    void timedOutPartsAreAskedAgainFewerAtATime() {
        serving.status = PartStatus.PART_STATUS_TIMED_OUT;
        checkWaits();
        serving.status = PartStatus.PART_STATUS_HEAD_OPEN;
        checkGoesOn();
        assertThat(serving.requests.stream().mapToInt(FetchRequest::getRowCount).skip(1))
                .allMatch(rows -> rows <= ParentQuestions.ROWS_MAX / 2);
    }

    @Test
    void aNodeThatRefusesOrHasAnotherCatalogIsAskedAgain() {
        for (Status refusal : List.of(Status.UNAVAILABLE, Status.RESOURCE_EXHAUSTED, Status.NOT_FOUND)) {
            serving.refusal = refusal;
            checkWaits();
            serving.refusal = null;
            checkGoesOn();
        }
        serving.type = Scalar.DOUBLE;
        checkWaits();
        serving.type = Scalar.LONG;
        checkGoesOn();
    }

    @Test
    void aNodeThatDoesNotAnswerHoldsNobodyForLong() {
        serving.silent = true;
        long startNs = System.nanoTime();
        checkWaits();
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs))
                .isBetween((long) ParentQuestions.DEADLINE_MS - 100, ParentQuestions.DEADLINE_MS + 2_000L);
        serving.silent = false;
        checkGoesOn();
    }

    @Test
    void whatFailedForGoodIsNullAndCounted() {
        serving.status = PartStatus.PART_STATUS_FAILED;
        serving.failure = FailureCode.FAILURE_CODE_BEFORE_BATCH;
        serving.hasValues = false;
        assertThat(effects(Departures.json(TIME_MS, "A0", "aa", 500)))
                .containsExactly("carrier EVENT at " + TIME_MS + " of [AA]: [AA, 500, null, null]");
        assertThat(effects(Departures.json(TIME_MS, "A0", "aa", 5)))
                .as("the child's wheres see the null")
                .isEmpty();
        assertThat(answers.failedRows()).isEqualTo(2);
    }

    /** No record is decided, and nobody is asked for a while. */
    private void checkWaits() {
        long waits = answers.waits();
        List<ConsumerRecord<byte[], byte[]>> records = some();
        await().until(program::mayAsk);
        int asked = serving.requests.size();
        assertThat(program.ask(records, program.places()).isAnswered()).isFalse();
        program.forget();
        assertThat(serving.requests.size()).isGreaterThan(asked);
        assertThat(program.mayAsk()).isFalse();
        asked = serving.requests.size();
        assertThat(program.ask(records, program.places()).isAnswered()).isFalse();
        program.forget();
        assertThat(serving.requests).hasSize(asked);
        assertThat(answers.waits()).isEqualTo(waits + 1);
    }

    private void checkGoesOn() {
        await().until(program::mayAsk);
        List<ConsumerRecord<byte[], byte[]>> records = some();
        assertThat(program.ask(records, program.places()).isAnswered()).isTrue();
        records.forEach(record ->
                assertThat(program.decide(record, program.places(), effects)).isEmpty());
        program.forget();
    }

    private static List<ConsumerRecord<byte[], byte[]>> some() {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < ParentQuestions.ROWS_MAX; i++) {
            records.add(record(i, Departures.json(TIME_MS, "A0", "aa", 1)));
        }
        return records;
    }

    private List<String> effects(String value) {
        assertThat(decide(value)).isEmpty();
        return new DescribedEffects(catalog).of(effects);
    }

    private Optional<String> decide(String value) {
        ConsumerRecord<byte[], byte[]> record = record(0, value);
        assertThat(program.ask(List.of(record), program.places()).isAnswered()).isTrue();
        Optional<String> problem = program.decide(record, program.places(), effects);
        program.forget();
        return problem;
    }

    private static ConsumerRecord<byte[], byte[]> record(long offset, String value) {
        return new ConsumerRecord<>(
                TOPIC,
                0,
                offset,
                TIME_MS,
                TimestampType.CREATE_TIME,
                0,
                0,
                null,
                value.getBytes(StandardCharsets.UTF_8),
                new RecordHeaders(),
                Optional.empty());
    }
}
