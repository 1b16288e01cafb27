package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.ingest.TestSegments.Segment;
import io.tilefold.proto.upload.v1.AbortUploadRequest;
import io.tilefold.proto.upload.v1.BeginUploadRequest;
import io.tilefold.proto.upload.v1.CommitUploadRequest;
import io.tilefold.proto.upload.v1.CommitUploadResponse;
import io.tilefold.proto.upload.v1.GetUploadRequest;
import io.tilefold.proto.upload.v1.SegmentChunk;
import io.tilefold.proto.upload.v1.SegmentHeader;
import io.tilefold.proto.upload.v1.SegmentProgress;
import io.tilefold.proto.upload.v1.SegmentSummary;
import io.tilefold.proto.upload.v1.UploadSegmentRequest;
import io.tilefold.proto.upload.v1.UploadSegmentResponse;
import io.tilefold.proto.upload.v1.UploadServiceGrpc;
import io.tilefold.proto.upload.v1.UploadServiceGrpc.UploadServiceBlockingStub;
import io.tilefold.store.TileStoreReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bulk loads over gRPC, good and bad, against one node. */
class UploadTest {
    private static final long B = Flights.FEBRUARY_MS;
    private static final int CHUNK = 100;

    @TempDir
    private static Path directory;

    private static TestNode node;
    private static CompiledGroupBy airport;

    @BeforeAll
    static void start() {
        airport = Flights.airport("flights-" + UUID.randomUUID());
        node = new TestNode(TestNode.config(directory).uploadTtlMs(600_000).build());
        node.apply(Flights.catalog(airport));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void aCommittedVersionIsVisibleAtOnceAndAfterARestart() {
        long version = begin(B);
        List<Segment> segments = segments(version, B, 3);
        send(version, segments);
        assertThat(StoreValues.read(node.storeDir(), airport, B, "A0")).isNotEqualTo(List.of(3L, 3L, 3L));
        CommitUploadResponse committed = commit(version, segments);

        assertThat(StoreValues.look(node.storeDir(), TileStoreReader::position))
                .isGreaterThanOrEqualTo(committed.getPosition());
        assertThat(StoreValues.read(node.storeDir(), airport, B, "A0")).containsExactly(3L, 3L, 3L);
        assertThat(node.status("airport").getVersion()).isEqualTo(version);
        assertThat(node.status("airport").getBatchEndMs()).isEqualTo(B);
        assertThat(commit(version, segments)).as("asked again").isEqualTo(committed);

        long next = begin(B);
        assertThat(next).isGreaterThan(version);
        List<Segment> more = segments(next, B, 5);
        send(next, more);
        commit(next, more);
        assertThat(StoreValues.read(node.storeDir(), airport, B, "A0")).containsExactly(5L, 5L, 5L);

        long leftover = begin(B);
        send(leftover, segments(leftover, B, 1));
        node.restart();
        assertThat(StoreValues.read(node.storeDir(), airport, B, "A0")).containsExactly(5L, 5L, 5L);
        assertThat(node.status("airport").getVersion()).isEqualTo(next);
        assertThat(files(leftover)).isEmpty();
        assertThat(files(next)).isNotEmpty();
        assertThatThrownBy(() -> begin(B - Flights.DAY_MS))
                .satisfies(error -> has(error, Status.Code.FAILED_PRECONDITION, "OLDER_THAN_COMMITTED"));
    }

    @Test
    void aBrokenUploadIsResumed() {
        long version = begin(B);
        List<Segment> segments = segments(version, B, 20);
        byte[] bytes = segments.get(0).bytes();
        int half = bytes.length / 2;
        assertThat(sendPart(version, 0, bytes, 0, half).join().getReceivedLength())
                .isEqualTo(half);

        SegmentProgress progress = blocking()
                .getUpload(GetUploadRequest.newBuilder().setVersion(version).build())
                .getSegments(0);
        assertThat(progress.getReceivedLength()).isEqualTo(half);
        assertThat(progress.getComplete()).isFalse();
        assertThatThrownBy(() ->
                        sendPart(version, 0, bytes, half + 1, bytes.length).join())
                .satisfies(error -> has(error, Status.Code.INVALID_ARGUMENT, "RESUME_OFFSET"));

        UploadSegmentResponse response =
                sendPart(version, 0, bytes, half, bytes.length).join();
        assertThat(response.getReceivedLength()).isEqualTo(bytes.length);
        assertThat(response.getCrc32C()).isEqualTo(segments.get(0).summary().crc32c());
        abort(version);
    }

    @Test
    void aCorruptedChunkIsRefusedWithItsOffset() {
        long version = begin(B);
        byte[] bytes = segments(version, B, 20).get(1).bytes();
        CompletableFuture<UploadSegmentResponse> response = new CompletableFuture<>();
        StreamObserver<UploadSegmentRequest> stream = open(response);
        stream.onNext(header(version, 1, bytes.length, 0));
        stream.onNext(chunk(bytes, 0, CHUNK));
        UploadSegmentRequest good = chunk(bytes, CHUNK, 2 * CHUNK);
        stream.onNext(good.toBuilder()
                .setChunk(good.getChunk().toBuilder().setCrc32C(good.getChunk().getCrc32C() + 1))
                .build());

        assertThatThrownBy(response::join).satisfies(error -> {
            ErrorInfo info = has(error, Status.Code.DATA_LOSS, "CHUNK_CHECKSUM");
            assertThat(info.getMetadataMap()).containsEntry("offset", Integer.toString(CHUNK));
        });
        assertThat(sendPart(version, 1, bytes, CHUNK, bytes.length).join().getReceivedLength())
                .isEqualTo(bytes.length);
        abort(version);
    }

    @Test
    void aTruncatedSegmentIsNotCommitted() {
        long version = begin(B);
        List<Segment> segments = segments(version, B, 20);
        send(version, segments.subList(0, 3));
        byte[] last = segments.get(3).bytes();
        byte[] cut = Arrays.copyOf(last, last.length - 8);

        assertThat(sendPart(version, 3, last, 0, cut.length).join().getCrc32C()).isZero();
        assertThatThrownBy(() -> commit(version, segments))
                .satisfies(error -> has(error, Status.Code.FAILED_PRECONDITION, "SEGMENTS_MISSING"));

        sendPart(version, 3, cut, 0, cut.length).join(); // now said to be all of it
        assertThatThrownBy(() -> commit(version, segments))
                .satisfies(error -> has(error, Status.Code.DATA_LOSS, "SEGMENT_CORRUPT"));
        abort(version);
    }

    @Test
    void whatWasWrittenMustBeWhatIsHere() {
        long version = begin(B);
        List<Segment> segments = segments(version, B, 2);
        send(version, segments);
        assertThatThrownBy(() -> commit(version, segments(version, B, 3)))
                .satisfies(error -> has(error, Status.Code.DATA_LOSS, "SEGMENT_MISMATCH"));

        List<Segment> others = segments(version + 1, B, 2);
        send(version, others);
        assertThatThrownBy(() -> commit(version, others))
                .satisfies(error -> has(error, Status.Code.INVALID_ARGUMENT, "STORE_MISMATCH"));
        abort(version);
    }

    @Test
    void anAbortLeavesNoTrace() {
        long version = begin(B);
        send(version, segments(version, B, 2).subList(0, 2));
        assertThat(files(version)).isNotEmpty();
        abort(version);

        assertThat(files(version)).isEmpty();
        assertThatThrownBy(() -> abort(version))
                .satisfies(error -> has(error, Status.Code.NOT_FOUND, "UNKNOWN_UPLOAD"));
    }

    @Test
    void badRequestsAreNamed() {
        assertThatThrownBy(() -> blocking()
                        .beginUpload(BeginUploadRequest.newBuilder()
                                .setDefinitionId("ab".repeat(32))
                                .setBatchEndMs(B)
                                .build()))
                .satisfies(error -> has(error, Status.Code.NOT_FOUND, "UNKNOWN_DEFINITION"))
                .hasMessageContaining("ab".repeat(32))
                .hasMessageContaining("airport");
        assertThatThrownBy(() -> begin(B + 1))
                .satisfies(error -> has(error, Status.Code.INVALID_ARGUMENT, "BATCH_END_OFF_GRID"));
        long version = begin(B);
        assertThatThrownBy(() -> sendPart(version, 4, new byte[8], 0, 8).join())
                .satisfies(error -> has(error, Status.Code.INVALID_ARGUMENT, "SHARD_OUT_OF_RANGE"));
        abort(version);
    }

    @Test
    void anUnusedUploadIsDropped() {
        Path other = directory.resolve("other");
        try (TestNode shortLived =
                new TestNode(TestNode.config(other).uploadTtlMs(100).build())) {
            shortLived.apply(Flights.catalog(airport));
            long version = UploadServiceGrpc.newBlockingStub(shortLived.channel())
                    .beginUpload(BeginUploadRequest.newBuilder()
                            .setDefinitionId(airport.id().hex())
                            .setBatchEndMs(B)
                            .build())
                    .getVersion();
            await().until(() -> files(shortLived.storeDir(), version).isEmpty());
        }
    }

    private static UploadServiceBlockingStub blocking() {
        return UploadServiceGrpc.newBlockingStub(node.channel()).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    private static long begin(long batchEndMs) {
        return blocking()
                .beginUpload(BeginUploadRequest.newBuilder()
                        .setDefinitionId(airport.id().hex())
                        .setBatchEndMs(batchEndMs)
                        .build())
                .getVersion();
    }

    private static void abort(long version) {
        Object unused = blocking()
                .abortUpload(AbortUploadRequest.newBuilder().setVersion(version).build());
    }

    private static CommitUploadResponse commit(long version, List<Segment> segments) {
        CommitUploadRequest.Builder request = CommitUploadRequest.newBuilder().setVersion(version);
        segments.forEach(segment -> request.addSegments(SegmentSummary.newBuilder()
                .setShard(segment.summary().shard())
                .setLength(segment.summary().length())
                .setCrc32C(segment.summary().crc32c())
                .setKeyCount(segment.summary().keyCount())));
        return blocking().commitUpload(request.build());
    }

    private static List<Segment> segments(long version, long batchEndMs, int perAirport) {
        return TestSegments.write(
                airport, version, batchEndMs, node.config().shardCount(), perAirport, "A0", "A1", "A2", "A3");
    }

    private static void send(long version, List<Segment> segments) {
        for (Segment segment : segments) {
            byte[] bytes = segment.bytes();
            UploadSegmentResponse response = sendPart(version, segment.summary().shard(), bytes, 0, bytes.length)
                    .join();
            assertThat(response.getCrc32C()).isEqualTo(segment.summary().crc32c());
        }
    }

    /** Sends the bytes from {@code from} to {@code to} of a segment, in chunks, and ends the stream. */
    private static CompletableFuture<UploadSegmentResponse> sendPart(
            long version, int shard, byte[] bytes, int from, int to) {
        CompletableFuture<UploadSegmentResponse> response = new CompletableFuture<>();
        StreamObserver<UploadSegmentRequest> stream = open(response);
        stream.onNext(header(version, shard, bytes.length, from));
        for (int at = from; at < to; at += CHUNK) {
            stream.onNext(chunk(bytes, at, Math.min(at + CHUNK, to)));
        }
        stream.onCompleted();
        return response;
    }

    private static StreamObserver<UploadSegmentRequest> open(CompletableFuture<UploadSegmentResponse> response) {
        return UploadServiceGrpc.newStub(node.channel())
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .uploadSegment(new StreamObserver<>() {
                    @Override
                    public void onNext(UploadSegmentResponse value) {
                        response.complete(value);
                    }

                    @Override
                    public void onError(Throwable error) {
                        response.completeExceptionally(error);
                    }

                    @Override
                    public void onCompleted() {}
                });
    }

    private static UploadSegmentRequest header(long version, int shard, long length, long resumeOffset) {
        return UploadSegmentRequest.newBuilder()
                .setHeader(SegmentHeader.newBuilder()
                        .setVersion(version)
                        .setShard(shard)
                        .setLength(length)
                        .setResumeOffset(resumeOffset))
                .build();
    }

    private static UploadSegmentRequest chunk(byte[] bytes, int from, int to) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, to - from);
        return UploadSegmentRequest.newBuilder()
                .setChunk(SegmentChunk.newBuilder()
                        .setOffset(from)
                        .setData(ByteString.copyFrom(bytes, from, to - from))
                        .setCrc32C((int) crc.getValue()))
                .build();
    }

    private static ErrorInfo has(Throwable thrown, Status.Code code, String reason) {
        Throwable error = thrown instanceof CompletionException ? thrown.getCause() : thrown;
        assertThat(error).isInstanceOf(StatusRuntimeException.class);
        assertThat(((StatusRuntimeException) error).getStatus().getCode()).isEqualTo(code);
        try {
            ErrorInfo info = StatusProto.fromThrowable(error).getDetails(0).unpack(ErrorInfo.class);
            assertThat(info.getReason()).isEqualTo(reason);
            assertThat(info.getDomain()).isEqualTo("tilefold.io");
            return info;
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Path> files(long version) {
        return files(node.storeDir(), version);
    }

    /** Files of a version in the store. */
    private static List<Path> files(Path storeDir, long version) {
        try (Stream<Path> all = Files.walk(storeDir)) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> file.toString().contains("/" + version + "/"))
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
