package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.tilefold.client.Channels;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchException;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.LongValues;
import io.tilefold.proto.types.v1.StringValues;
import io.tilefold.testsupport.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong requests: the code, the reason and the field that the caller sees. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadRequestTest {
    private FlightStore writer;
    private TestNode node;
    private ManagedChannel channel;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        writer = new FlightStore(directory).activate(Refused.CATALOG);
        writer.batch(List.of(), 1, Flights.B);
        node = new TestNode(TestNode.config(directory)
                .port(0)
                .maxRows(100)
                .defaultDeadlineMs(20)
                .storeRetryMs(20)
                .build());
        writer.publish(node.nowMs.get());
        node.mapped();
        channel = Channels.open(node.address());
    }

    @AfterAll
    void stop() {
        channel.shutdownNow();
        node.close();
        writer.close();
    }

    record Wrong(String what, FetchRequest.Builder request, Status.Code code, String reason, String field) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static FetchRequest.Builder route(Column... keys) {
        return FetchRequest.newBuilder().setGroupBy("route").setRowCount(1).addAllKeys(Arrays.asList(keys));
    }

    private static Column strings(String name, String... values) {
        return Column.newBuilder()
                .setName(name)
                .setStringValues(StringValues.newBuilder().addAllValues(Arrays.asList(values)))
                .build();
    }

    private static Column longs(String name, long... values) {
        LongValues.Builder longs = LongValues.newBuilder();
        Arrays.stream(values).forEach(longs::addValues);
        return Column.newBuilder().setName(name).setLongValues(longs).build();
    }

    static Stream<Wrong> wrong() {
        Column jfk = strings("origin", "JFK");
        Column lax = strings("destination", "LAX");
        Status.Code invalid = Status.Code.INVALID_ARGUMENT;
        return Stream.of(
                new Wrong("no target", FetchRequest.newBuilder().setRowCount(1), invalid, "TARGET_MISSING", "target"),
                new Wrong(
                        "unknown join",
                        FetchRequest.newBuilder().setJoin("flight_contxt"),
                        Status.Code.NOT_FOUND,
                        "NO_SUCH_TARGET",
                        "join"),
                new Wrong(
                        "unknown group-by",
                        FetchRequest.newBuilder().setGroupBy("Route"),
                        Status.Code.NOT_FOUND,
                        "NO_SUCH_TARGET",
                        "group_by"),
                new Wrong(
                        "offline group-by",
                        FetchRequest.newBuilder().setGroupBy("offline"),
                        Status.Code.FAILED_PRECONDITION,
                        "NOT_SERVABLE",
                        "group_by"),
                new Wrong(
                        "join over an offline part",
                        FetchRequest.newBuilder().setJoin("over_offline"),
                        Status.Code.FAILED_PRECONDITION,
                        "NOT_SERVABLE",
                        "join"),
                new Wrong("missing key", route(jfk), invalid, "KEY_MISSING", "keys"),
                new Wrong("unknown key", route(jfk, lax, strings("carrier", "AA")), invalid, "KEY_UNKNOWN", "keys[2]"),
                new Wrong("repeated key", route(jfk, lax, jfk), invalid, "KEY_REPEATED", "keys[2]"),
                new Wrong("wrong type", route(jfk, longs("destination", 1)), invalid, "KEY_TYPE", "keys[1]"),
                new Wrong("too few values", route(jfk, strings("destination")), invalid, "KEY_LENGTH", "keys[1]"),
                new Wrong(
                        "too many values",
                        route(strings("origin", "JFK", "LAX"), lax),
                        invalid,
                        "KEY_LENGTH",
                        "keys[0]"),
                new Wrong(
                        "no values and not all null",
                        route(jfk, Column.newBuilder().setName("destination").build()),
                        invalid,
                        "KEY_LENGTH",
                        "keys[1]"),
                new Wrong(
                        "does not fit the key's type",
                        FetchRequest.newBuilder()
                                .setGroupBy("by_delay")
                                .setRowCount(2)
                                .addKeys(longs("delay", 5, 5_000_000_000L)),
                        invalid,
                        "KEY_RANGE",
                        "keys[0]"),
                new Wrong(
                        "too many rows",
                        route(jfk, lax).setRowCount(101),
                        Status.Code.RESOURCE_EXHAUSTED,
                        "TOO_MANY_ROWS",
                        "row_count"),
                new Wrong(
                        "row count beyond an int",
                        route(jfk, lax).setRowCount(-1),
                        Status.Code.RESOURCE_EXHAUSTED,
                        "TOO_MANY_ROWS",
                        "row_count"),
                new Wrong(
                        "moments of other length",
                        route(jfk, lax).addRowAsOfMs(1).addRowAsOfMs(2),
                        invalid,
                        "AS_OF_LENGTH",
                        "row_as_of_ms"),
                new Wrong(
                        "microseconds",
                        route(jfk, lax).setAsOfMs(980_985_600_000_000L),
                        invalid,
                        "AS_OF_RANGE",
                        "as_of_ms"),
                new Wrong(
                        "moment of a row",
                        route(jfk, lax).addRowAsOfMs(Long.MIN_VALUE),
                        invalid,
                        "AS_OF_RANGE",
                        "row_as_of_ms[0]"),
                new Wrong(
                        "unknown feature",
                        route(jfk, lax).addFeatures("delay_count_7d").addFeatures("delay_count_8d"),
                        invalid,
                        "FEATURE_UNKNOWN",
                        "features[1]"),
                new Wrong(
                        "repeated feature",
                        route(jfk, lax).addFeatures("delay_count_7d").addFeatures("delay_count_7d"),
                        invalid,
                        "FEATURE_REPEATED",
                        "features[1]"),
                new Wrong(
                        "pin of another group-by",
                        Fetch.groupBy("route")
                                .row(Map.of("origin", "JFK", "destination", "LAX"))
                                .pinVersion("airport_daily", 1)
                                .toRequest()
                                .toBuilder(),
                        invalid,
                        "PIN_UNKNOWN",
                        "version_pins[0].group_by"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void isRefusedNamingTheField(Wrong wrong) {
        assertThatThrownBy(() -> FeatureServiceGrpc.newBlockingStub(channel)
                        .fetch(wrong.request().build()))
                .isInstanceOfSatisfying(StatusRuntimeException.class, refused -> {
                    assertThat(refused.getStatus().getCode()).isEqualTo(wrong.code());
                    com.google.rpc.Status status = StatusProto.fromThrowable(refused);
                    assertThat(status).isNotNull();
                    assertThat(status.getDetailsList()).hasSize(2);
                    try {
                        ErrorInfo info = status.getDetails(0).unpack(ErrorInfo.class);
                        assertThat(info.getDomain()).isEqualTo("tilefold.io");
                        assertThat(info.getReason()).isEqualTo(wrong.reason());
                        BadRequest request = status.getDetails(1).unpack(BadRequest.class);
                        assertThat(request.getFieldViolations(0).getField()).isEqualTo(wrong.field());
                    } catch (com.google.protobuf.InvalidProtocolBufferException damaged) {
                        throw new AssertionError(damaged);
                    }
                });
    }

    @Test
    void theClientsExceptionCarriesCodeReasonFieldAndHint() {
        assertThatThrownBy(() -> node.client.fetch(Fetch.groupBy("Route").row(Map.of("origin", "JFK"))))
                .isInstanceOfSatisfying(FetchException.class, refused -> {
                    assertThat(refused.code()).isEqualTo("NOT_FOUND");
                    assertThat(refused.reason()).hasValue("NO_SUCH_TARGET");
                    assertThat(refused.field()).hasValue("group_by");
                    assertThat(refused.hint().orElseThrow()).contains("did you mean route?");
                    assertThat(refused).hasMessageContaining("\"Route\"").hasMessageContaining(node.address());
                });
    }

    @Test
    void noRowsIsAnEmptyAnswerWithTheSchema() {
        var answer = FeatureServiceGrpc.newBlockingStub(channel)
                .fetch(route(strings("origin"), strings("destination"))
                        .setRowCount(0)
                        .setIncludeSchema(true)
                        .build());
        assertThat(answer.getColumnsCount())
                .isEqualTo(answer.getSchema().getOutputs().getFieldsCount());
        assertThat(answer.getParts(0).getStatusesCount()).isZero();
    }

    @Test
    void aHugeNameStillGivesAnErrorThatFitsItsHeaders() {
        assertThatThrownBy(() -> FeatureServiceGrpc.newBlockingStub(channel)
                        .fetch(FetchRequest.newBuilder()
                                .setJoin("x".repeat(1 << 20))
                                .build()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        refused -> assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND));
    }

    /** Sends these bytes as they are; returns the refusal. */
    private StatusRuntimeException refused(byte[] request) {
        MethodDescriptor<byte[], byte[]> method = FeatureServiceGrpc.getFetchMethod().toBuilder(
                        RawBytes.INSTANCE, RawBytes.INSTANCE)
                .build();
        return catchThrowableOfType(
                StatusRuntimeException.class,
                () -> ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, request));
    }

    @Test
    void bytesThatAreNoRequestAreRefusedAndTheNodeGoesOn() {
        StatusRuntimeException cut = refused(new byte[] {0x22, 0x7F, 0x0A});
        assertThat(cut.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(cut).hasMessageContaining("the bytes are no FetchRequest");
        assertThat(node.client.joins()).contains("flight_context");
    }

    @Test
    void textThatIsNoUtf8IsRefusedNamingTheField() throws Exception {
        byte[] request = route(strings("origin", "J\u00c5K"), strings("destination", "LAX"))
                .build()
                .toByteArray();
        for (int i = 0; i < request.length; i++) {
            if (request[i] == (byte) 0xC3) {
                request[i + 1] = 'x';
            }
        }
        StatusRuntimeException refused = refused(request);
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refused).hasMessageContaining("keys[0]: row 0: the value of key origin is not UTF-8");
    }

    /** Whatever the bytes, the answer is values or a refusal of the caller; and afterwards the node answers as before. */
    @Test
    void damagedRequestsNeverHarmTheNode() {
        byte[] right = Fetch.join("flight_context")
                .row(Map.of("origin", "JFK", "destination", "LAX"))
                .row(Map.of("origin", "SFO", "destination", "ORD"), Flights.B)
                .asOf(Flights.B)
                .minPosition(7, 1)
                .pinVersion("route", 1)
                .features("route_delay_count_7d", "to_airport_daily_delay_count_1d")
                .toRequest()
                .toByteArray();
        Set<Status.Code> ofTheCaller = EnumSet.of(
                Status.Code.INVALID_ARGUMENT,
                Status.Code.NOT_FOUND,
                Status.Code.FAILED_PRECONDITION,
                Status.Code.RESOURCE_EXHAUSTED);
        Seeds.forEach(20, random -> {
            for (int i = 0; i < 40; i++) {
                byte[] damaged = Damage.of(random, right);
                StatusRuntimeException refused = refused(damaged);
                assertThat(refused == null
                                || ofTheCaller.contains(refused.getStatus().getCode()))
                        .as("%s answered with %s", HexFormat.of().formatHex(damaged), refused)
                        .isTrue();
            }
        });
        assertThat(node.client.joins()).contains("flight_context");
    }
}
