package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.tilefold.client.Channels;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.StringValues;
import io.tilefold.testsupport.Seeds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls that are wrong around their message, mixed at random with right ones: who calls, how much they bring, how little time they give. Each gets its own code and reason. */
class CallFuzzTest {
    private static final int SEEDS = 5;
    private static final int ROUNDS = 60;
    private static final int ENTITIES = 100_000;
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> TIMEOUT =
            Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER);
    private static final FetchRequest ROUTE = Fetch.groupBy("route")
            .row(Map.of("origin", "JFK", "destination", "LAX"))
            .asOf(Flights.B)
            .toRequest();

    @TempDir
    Path directory;

    /** What may be wrong with a call, and what it is told. */
    private enum Wrong {
        NOTHING(Status.Code.OK, "", ""),
        NO_CREDENTIALS(Status.Code.UNAUTHENTICATED, "CREDENTIALS_MISSING", ""),
        UNKNOWN_TOKEN(Status.Code.UNAUTHENTICATED, "TOKEN_UNKNOWN", ""),
        NO_TOKEN_AT_ALL(Status.Code.UNAUTHENTICATED, "AUTHORIZATION_MALFORMED", ""),
        NOT_ITS_RIGHT(Status.Code.PERMISSION_DENIED, "RIGHT_MISSING", ""),
        NO_TIME(Status.Code.DEADLINE_EXCEEDED, null, null),
        /** The transport ends the stream, before there is a call that could be told something. */
        HUGE_METADATA(Status.Code.INTERNAL, null, null),
        /** Refused by grpc, in its words. */
        HUGE_MESSAGE(Status.Code.RESOURCE_EXHAUSTED, null, null),
        MANY_ENTITIES(Status.Code.RESOURCE_EXHAUSTED, "TOO_MANY_ROWS", "row_count"),
        KEY_NOT_UTF8(Status.Code.INVALID_ARGUMENT, "KEY_UTF8", "keys[0]"),
        FEATURE_NOT_UTF8(Status.Code.INVALID_ARGUMENT, "MALFORMED", "features"),
        TARGET_NOT_UTF8(Status.Code.INVALID_ARGUMENT, "MALFORMED", "group_by"),
        PIN_NOT_UTF8(Status.Code.INVALID_ARGUMENT, "MALFORMED", "version_pins");

        private final Status.Code code;
        private final @Nullable String reason;
        private final @Nullable String field;

        Wrong(Status.Code code, @Nullable String reason, @Nullable String field) {
            this.code = code;
            this.reason = reason;
            this.field = field;
        }
    }

    private static String tokenLine(String name, String rights, String token) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        return name + " " + rights + " sha256:" + HexFormat.of().formatHex(hash) + "\n";
    }

    @Test
    void everyWrongCallIsToldWhatIsWrongAndRightOnesAreAnswered() throws Exception {
        Path access = Files.writeString(
                directory.resolve("access"), tokenLine("ranker", "fetch", "r") + tokenLine("ops", "admin", "o"));
        try (FlightStore writer = new FlightStore(directory.resolve("store")).activate(Flights.CATALOG);
                TestNode node = new TestNode(TestNode.config(directory.resolve("store"))
                        .port(0)
                        .storeRetryMs(20)
                        .maxRequestBytes(4 << 20)
                        .accessFile(access)
                        .build());
                FeatureClient known = FeatureClient.builder()
                        .address(node.address())
                        .token("r")
                        .build()) {
            writer.batch(List.of(Flights.flight(Flights.B - 1, "JFK", "LAX", 1L)), 1, Flights.B);
            writer.publish(node.nowMs.get());
            Awaitility.await()
                    .atMost(60, TimeUnit.SECONDS)
                    .ignoreExceptions()
                    .until(() -> !known.joins().isEmpty());
            ManagedChannel channel = Channels.open(node.address());
            try {
                FetchResponse right = FetchResponse.parseFrom(call(channel, Wrong.NOTHING));
                EnumMap<Wrong, Integer> seen = new EnumMap<>(Wrong.class);
                Seeds.forEach(SEEDS, random -> {
                    for (int i = 0; i < ROUNDS; i++) {
                        Wrong wrong = one(random);
                        seen.merge(wrong, 1, Integer::sum);
                        assertTold(channel, wrong, right);
                    }
                });
                assertThat(seen).hasSize(Wrong.values().length);
                // An answer reaches its caller a moment before the node hears that it has left.
                Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> node.node.fetchesInFlight() == 0);
            } finally {
                channel.shutdownNow();
            }
        }
    }

    private static Wrong one(SplittableRandom random) {
        return Wrong.values()[random.nextInt(Wrong.values().length)];
    }

    private static void assertTold(ManagedChannel channel, Wrong wrong, FetchResponse right) {
        StatusRuntimeException refused;
        try {
            byte[] answer = call(channel, wrong);
            assertThat(wrong).isEqualTo(Wrong.NOTHING);
            assertThat(FetchResponse.parseFrom(answer).getColumnsList()).isEqualTo(right.getColumnsList());
            return;
        } catch (StatusRuntimeException told) {
            refused = told;
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
        Status.Code code = refused.getStatus().getCode();
        // Two watch a deadline in a node: the call's admission, and grpc's own timer, which resets the stream.
        assertThat(wrong == Wrong.NO_TIME && code == Status.Code.CANCELLED ? wrong.code : code)
                .as("%s: %s", wrong, refused)
                .isEqualTo(wrong.code);
        com.google.rpc.Status details = StatusProto.fromThrowable(refused);
        if (wrong.reason != null) {
            assertThat(reason(details)).as("%s: %s", wrong, refused).isEqualTo(wrong.reason);
            assertThat(field(details)).as("%s: %s", wrong, refused).isEqualTo(wrong.field);
        }
    }

    private static String reason(com.google.rpc.@Nullable Status details) {
        assertThat(details).isNotNull();
        try {
            return details.getDetails(0).unpack(ErrorInfo.class).getReason();
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    private static String field(com.google.rpc.Status details) {
        try {
            for (Any detail : details.getDetailsList()) {
                if (detail.is(BadRequest.class)) {
                    return detail.unpack(BadRequest.class).getFieldViolations(0).getField();
                }
            }
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
        return "";
    }

    private static byte[] call(ManagedChannel channel, Wrong wrong) {
        Metadata headers = new Metadata();
        switch (wrong) {
            case NO_CREDENTIALS -> {}
            case UNKNOWN_TOKEN -> headers.put(AUTHORIZATION, "Bearer nobody");
            case NO_TOKEN_AT_ALL -> headers.put(AUTHORIZATION, "Basic cjpy");
            case NOT_ITS_RIGHT -> headers.put(AUTHORIZATION, "Bearer o");
            default -> headers.put(AUTHORIZATION, "Bearer r");
        }
        if (wrong == Wrong.NO_TIME) {
            headers.put(TIMEOUT, "1n"); // a deadline of its own would end the call before it is sent
        } else if (wrong == Wrong.HUGE_METADATA) {
            headers.put(Metadata.Key.of("baggage", Metadata.ASCII_STRING_MARSHALLER), "x".repeat(20_000));
        }
        return ClientCalls.blockingUnaryCall(
                ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers)),
                RawBytes.fetch(),
                wrong == Wrong.NO_TIME
                        ? CallOptions.DEFAULT
                        : CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS),
                message(wrong));
    }

    private static byte[] message(Wrong wrong) {
        FetchRequest request = switch (wrong) {
            case MANY_ENTITIES -> manyEntities();
            case HUGE_MESSAGE ->
                ROUTE.toBuilder().addFeatures("x".repeat(5 << 20)).build();
            case KEY_NOT_UTF8 ->
                FetchRequest.newBuilder()
                        .setGroupBy("route")
                        .setRowCount(1)
                        .addKeys(strings("origin", "\u00c5"))
                        .addKeys(strings("destination", "LAX"))
                        .build();
            case FEATURE_NOT_UTF8 -> ROUTE.toBuilder().addFeatures("\u00c5").build();
            case TARGET_NOT_UTF8 -> ROUTE.toBuilder().setGroupBy("\u00c5").build();
            case PIN_NOT_UTF8 ->
                ROUTE.toBuilder()
                        .addVersionPins(io.tilefold.proto.serving.v1.VersionPin.newBuilder()
                                .setGroupBy("\u00c5"))
                        .build();
            default -> ROUTE;
        };
        byte[] bytes = request.toByteArray();
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == (byte) 0xC3) {
                bytes[i + 1] = 'x'; // no second byte of a character any more
            }
        }
        return bytes;
    }

    private static FetchRequest manyEntities() {
        StringValues.Builder origins = StringValues.newBuilder();
        StringValues.Builder destinations = StringValues.newBuilder();
        for (int i = 0; i < ENTITIES; i++) {
            origins.addValues("JFK");
            destinations.addValues("LAX");
        }
        return FetchRequest.newBuilder()
                .setGroupBy("route")
                .setRowCount(ENTITIES)
                .addKeys(Column.newBuilder().setName("origin").setStringValues(origins))
                .addKeys(Column.newBuilder().setName("destination").setStringValues(destinations))
                .build();
    }

    private static Column strings(String name, String value) {
        return Column.newBuilder()
                .setName(name)
                .setStringValues(StringValues.newBuilder().addValues(value))
                .build();
    }
}
