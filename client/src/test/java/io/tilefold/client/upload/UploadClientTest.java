package io.tilefold.client.upload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.tilefold.client.Channels;
import io.tilefold.client.call.CallException;
import io.tilefold.client.call.LogPosition;
import io.tilefold.client.call.RetryPolicy;
import io.tilefold.client.fixture.Mishap;
import io.tilefold.client.fixture.UploadNode;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.key.ShardSet;
import io.tilefold.core.tile.SegmentSummary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UploadClientTest {
    private static final DefinitionId DEFINITION = new DefinitionId("ab".repeat(32));
    private static final long BATCH_END_MS = 981_763_200_000L;
    private static final int CHUNK_LENGTH = 10_000;
    private static final UploadOptions OPTIONS =
            new UploadOptions(CHUNK_LENGTH, 10_000, 10_000, 10_000, new RetryPolicy(3, 1, 5));

    @TempDir
    private Path directory;

    private UploadNode node;
    private ManagedChannel channel;
    private UploadClient client;

    @BeforeEach
    void start() throws IOException {
        node = new UploadNode(Files.createDirectory(directory.resolve("node")), 2);
        channel = Channels.open(node.address());
        client = new UploadClient(channel, OPTIONS);
    }

    @AfterEach
    void stop() throws InterruptedException {
        channel.shutdownNow();
        node.close();
    }

    @Test
    void aDeploymentsUploadIsOneVersionInAllGroupsOrInNone() throws IOException, InterruptedException {
        try (UploadNode even =
                        new UploadNode(Files.createDirectory(directory.resolve("even")), 0, ShardSet.parse("0,2", 4));
                UploadNode odd =
                        new UploadNode(Files.createDirectory(directory.resolve("odd")), 1, ShardSet.parse("1,3", 4))) {
            ManagedChannel[] channels = {Channels.open(even.address()), Channels.open(odd.address())};
            try {
                UploadClient[] nodes = {new UploadClient(channels[0], OPTIONS), new UploadClient(channels[1], OPTIONS)};
                nodes[1].abort(nodes[1].begin(DEFINITION, BATCH_END_MS).version());
                nodes[1].abort(nodes[1].begin(DEFINITION, BATCH_END_MS).version());

                DeploymentUpload upload = DeploymentUpload.begin(List.of(nodes), DEFINITION, BATCH_END_MS);
                assertThat(upload.version()).as("the first that both have free").isEqualTo(3);
                assertThat(even.aborted()).containsExactly(1L);
                assertThat(upload.shardCount()).isEqualTo(4);
                List<SegmentSummary> summaries = new ArrayList<>();
                for (int shard = 0; shard < 4; shard++) {
                    SegmentSummary summary = segment(shard, 192);
                    summaries.add(summary);
                    assertThat(upload.nodeOf(shard)).isEqualTo(shard % 2);
                    if (shard < 3) {
                        nodes[shard % 2].uploadSegment(upload.version(), file(shard), summary, UploadProgress.NONE);
                    }
                }
                assertThatThrownBy(() -> upload.commit(summaries)).hasMessageContaining("SEGMENTS_MISSING");
                assertThat(even.prepared()).containsExactly(3L);
                assertThat(even.committed())
                        .as("not while another group is not prepared")
                        .isEmpty();

                nodes[1].uploadSegment(upload.version(), file(3), summaries.get(3), UploadProgress.NONE);
                assertThat(upload.commit(summaries))
                        .containsExactly(new LogPosition(0, 4096), new LogPosition(1, 4096));
                assertThat(odd.prepared()).containsExactly(3L);
                assertThat(odd.committed()).containsExactly(3L);

                assertThatThrownBy(() -> DeploymentUpload.begin(List.of(nodes[0]), DEFINITION, BATCH_END_MS))
                        .hasMessageContaining("shard 1 of 4 is owned by none of the shard groups [0]");
                assertThatThrownBy(() -> DeploymentUpload.begin(List.of(nodes[0], nodes[0]), DEFINITION, BATCH_END_MS))
                        .isInstanceOf(CallException.class);
                assertThatThrownBy(() -> DeploymentUpload.begin(List.of(nodes[0], client), DEFINITION, BATCH_END_MS))
                        .hasMessageContaining("they are not of one deployment");
                assertThat(even.open()).as("what was begun in vain is aborted").isEmpty();
            } finally {
                channels[0].shutdownNow();
                channels[1].shutdownNow();
            }
        }
    }

    @Test
    void segmentsArriveAsTheyAreAndTheCommitNamesAPosition() throws IOException {
        StartedUpload upload = client.begin(DEFINITION, BATCH_END_MS);
        assertThat(upload.shardCount()).isEqualTo(2);
        assertThat(node.begun(upload.version()).getBatchEndMs()).isEqualTo(BATCH_END_MS);
        AtomicLong sent = new AtomicLong();
        SegmentSummary first = segment(0, 12_345_678);
        SegmentSummary second = segment(1, 192);

        client.uploadSegment(upload.version(), file(0), first, (shard, bytes, length) -> {
            assertThat(shard).isZero();
            assertThat(length).isEqualTo(12_345_678);
            assertThat(bytes).isGreaterThan(sent.getAndSet(bytes));
        });
        client.uploadSegment(upload.version(), file(1), second, UploadProgress.NONE);

        assertThat(sent.get()).isEqualTo(first.length());
        assertThat(node.segmentFile(upload.version(), 0)).hasSameBinaryContentAs(file(0));
        UploadState state = client.getUpload(upload.version());
        assertThat(state.definitionId()).isEqualTo(DEFINITION);
        assertThat(state.segment(1)).isEqualTo(new UploadState.Segment(1, 192, true));
        assertThat(client.commit(upload.version(), List.of(first, second)).position())
                .isEqualTo(4096);
        assertThat(node.committed()).containsExactly(upload.version());
    }

    @ParameterizedTest
    @EnumSource(Mishap.class)
    void oneMishapIsMended(Mishap mishap) throws IOException {
        client = new UploadClient(channel, new UploadOptions(CHUNK_LENGTH, 10_000, 10_000, 500, OPTIONS.retry()));
        node.goWrong(mishap);
        SegmentSummary segment = segment(1, 1_000_000);
        StartedUpload upload = client.begin(DEFINITION, BATCH_END_MS);

        client.uploadSegment(upload.version(), file(1), segment, UploadProgress.NONE);

        assertThat(node.segmentFile(upload.version(), 1)).hasSameBinaryContentAs(file(1));
        switch (mishap) {
            case BREAK_MIDWAY -> assertThat(node.resumeOffsets()).containsExactly(0L, 500_000L);
            case DAMAGED_CHUNK -> assertThat(node.resumeOffsets()).containsExactly(0L, (long) CHUNK_LENGTH);
            case LOSE_ANSWER -> assertThat(node.resumeOffsets()).containsExactly(0L, 1_000_000L);
            case KEEP_OTHER_BYTES -> assertThat(node.resumeOffsets()).containsExactly(0L, 0L);
            case OLD_STREAM_GOES_ON -> assertThat(node.resumeOffsets()).containsExactly(0L, 500_000L, 510_000L);
            case STAND_STILL -> assertThat(node.resumeOffsets()).containsExactly(0L);
            case LATE -> assertThat(node.resumeOffsets()).startsWith(0L); // given up if it is very late
        }
    }

    @Test
    void aNodeThatTakesNothingHoldsTheSenderBack() throws IOException {
        client = new UploadClient(
                channel, new UploadOptions(CHUNK_LENGTH, 10_000, 10_000, 500, new RetryPolicy(1, 1, 1)));
        node.goWrong(Mishap.STAND_STILL);
        SegmentSummary segment = segment(0, 50_000_000);
        StartedUpload upload = client.begin(DEFINITION, BATCH_END_MS);
        AtomicLong sent = new AtomicLong();

        CallException stalled = catchThrowableOfType(
                CallException.class,
                () -> client.uploadSegment(
                        upload.version(), file(0), segment, (shard, bytes, length) -> sent.set(bytes)));

        assertThat(stalled.code()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(stalled).hasMessageContaining("shard 0").hasMessageContaining("500 ms");
        assertThat(sent.get()).isLessThan(10_000_000);
    }

    @Test
    void attemptsAreBounded() throws IOException {
        node.goWrong(Mishap.DAMAGED_CHUNK, Mishap.DAMAGED_CHUNK, Mishap.DAMAGED_CHUNK);
        SegmentSummary segment = segment(0, 100_000);
        StartedUpload upload = client.begin(DEFINITION, BATCH_END_MS);

        CallException damaged = catchThrowableOfType(
                CallException.class,
                () -> client.uploadSegment(upload.version(), file(0), segment, UploadProgress.NONE));

        assertThat(damaged.code()).isEqualTo(Status.Code.DATA_LOSS);
        assertThat(damaged.reason()).isEqualTo("CHUNK_CHECKSUM");
        assertThat(damaged.details()).containsEntry("offset", "10000");
        assertThat(damaged).hasMessageContaining("3 attempts").hasMessageContaining("version " + upload.version());
    }

    @Test
    void refusalsAreNotRetriedAndCarryTheNodesDetails() throws IOException {
        node.forget(DEFINITION.hex());
        CallException unknown = catchThrowableOfType(CallException.class, () -> client.begin(DEFINITION, BATCH_END_MS));
        assertThat(unknown.code()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(unknown.reason()).isEqualTo("UNKNOWN_DEFINITION");
        assertThat(unknown)
                .hasMessageStartingWith("cannot begin an upload of definition abababababab at " + node.address())
                .hasMessageContaining("definition_id=" + DEFINITION.hex());

        SegmentSummary segment = segment(0, 1_000);
        CallException noUpload = catchThrowableOfType(
                CallException.class, () -> client.uploadSegment(77, file(0), segment, UploadProgress.NONE));
        assertThat(noUpload.code()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(node.resumeOffsets()).containsExactly(0L);
    }

    @Test
    void aCommitWithSegmentsMissingIsRefusedAndAnAbortLeavesNothing() throws IOException {
        StartedUpload upload = client.begin(DEFINITION, BATCH_END_MS);
        SegmentSummary segment = segment(0, 1_000);
        client.uploadSegment(upload.version(), file(0), segment, UploadProgress.NONE);

        CallException refused =
                catchThrowableOfType(CallException.class, () -> client.commit(upload.version(), List.of(segment)));
        assertThat(refused.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(UploadClient.isOutcomeUnknown(refused)).isFalse();

        client.abort(upload.version());
        assertThat(node.open()).isEmpty();
        assertThat(node.segmentFile(upload.version(), 0)).doesNotExist();
    }

    @Test
    void aCommitIsAskedForAgainUntilItIsAnswered() throws IOException {
        StartedUpload upload = client.begin(DEFINITION, BATCH_END_MS);
        List<SegmentSummary> segments = List.of(segment(0, 1_000), segment(1, 2_000));
        segments.forEach(
                segment -> client.uploadSegment(upload.version(), file(segment.shard()), segment, UploadProgress.NONE));
        node.loseAnswersOfCommits(2);
        assertThat(client.commit(upload.version(), segments).position()).isEqualTo(4096);

        node.loseAnswersOfCommits(3);
        CallException unanswered =
                catchThrowableOfType(CallException.class, () -> client.commit(upload.version(), segments));
        assertThat(UploadClient.isOutcomeUnknown(unanswered)).isTrue();
    }

    @Test
    void aNodeThatIsNotThereIsNamedWithItsAddress() throws InterruptedException {
        node.close();
        assertThatThrownBy(() -> client.begin(DEFINITION, BATCH_END_MS))
                .isInstanceOf(CallException.class)
                .hasMessageContaining("3 attempts")
                .hasMessageContaining("UNAVAILABLE")
                .hasMessageContaining("Connection refused")
                .hasMessageContaining(node.address());
    }

    @Test
    void aFileOfAnotherLengthThanItsSummaryIsNotSent() throws IOException {
        SegmentSummary segment = segment(0, 1_000);
        Files.write(file(0), new byte[7], java.nio.file.StandardOpenOption.APPEND);
        assertThatThrownBy(() -> client.uploadSegment(1, file(0), segment, UploadProgress.NONE))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("1007 bytes")
                .hasMessageContaining("1000");
    }

    @Test
    void anInterruptEndsTheUploadAndStaysSet() throws IOException {
        node.goWrong(Mishap.STAND_STILL);
        SegmentSummary segment = segment(0, 50_000_000);
        StartedUpload upload = client.begin(DEFINITION, BATCH_END_MS);

        Thread.currentThread().interrupt();
        CallException cancelled = catchThrowableOfType(
                CallException.class,
                () -> client.uploadSegment(upload.version(), file(0), segment, UploadProgress.NONE));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(cancelled.code()).isEqualTo(Status.Code.CANCELLED);
    }

    private Path file(int shard) {
        return directory.resolve("shard-" + shard);
    }

    private SegmentSummary segment(int shard, int length) throws IOException {
        byte[] bytes = new byte[length];
        new Random(shard * 31L + length).nextBytes(bytes);
        Files.write(file(shard), bytes);
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return new SegmentSummary(shard, length, (int) crc.getValue(), 1);
    }
}
