package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.protocol.DataHeaderFlyweight;
import io.aeron.protocol.HeaderFlyweight;
import io.grpc.ManagedChannel;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.proto.admin.v1.AdminServiceGrpc;
import io.tilefold.proto.admin.v1.AdminServiceGrpc.AdminServiceBlockingStub;
import io.tilefold.proto.admin.v1.ApplyCatalogRequest;
import io.tilefold.proto.admin.v1.AwaitOffsetsRequest;
import io.tilefold.proto.admin.v1.GetStatusRequest;
import io.tilefold.proto.admin.v1.TopicOffset;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.agrona.BitUtil;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node in a process of its own is killed in the middle of the stream, more than once: no event is lost, none counts twice. */
class KillTest {
    private static final int EVENTS = 60_000;
    private static final int KILLS = 2;
    private static final int PAGE = 4096;

    @TempDir
    private Path directory;

    @Test
    void nothingIsLostAndNothingCountsTwice() throws Exception {
        TestBroker broker = TestBroker.shared();
        String topic = "flights-" + UUID.randomUUID();
        broker.createTopic(topic, 1);
        CompiledGroupBy airport = Flights.airport(topic);
        int port = TestGroup.freeAddresses(List.of("127.0.0.1")).get(0).grpcPort();
        ManagedChannel channel = TestNode.channel(port);
        Process process = start(port);
        try {
            ApplyCatalogRequest catalog = ApplyCatalogRequest.newBuilder()
                    .setCatalog(com.google.protobuf.ByteString.copyFrom(Flights.catalog(airport)))
                    .build();
            Object unused = admin(channel).applyCatalog(catalog);
            for (int kill = 0; kill < KILLS; kill++) {
                int first = kill * (EVENTS / KILLS);
                broker.produce(topic, 0, Flights.events(Flights.FEBRUARY_MS, first, EVENTS / KILLS));
                await().pollInterval(Duration.ofMillis(5)).until(() -> applied(channel) > first);
                process.destroyForcibly().waitFor();
                leaveARecordHalfWritten();
                process = start(port);
            }
            await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> awaitAll(channel, topic) > 0);

            long q = Flights.FEBRUARY_MS + Flights.DAY_MS;
            assertThat(StoreValues.read(directory.resolve("store"), airport, q, "A2"))
                    .isEqualTo(Flights.airportValues(Flights.modelEvents(Flights.FEBRUARY_MS, 0, EVENTS), "A2", q));
            assertThat(applied(channel)).isEqualTo(EVENTS);
        } finally {
            channel.shutdownNow();
            process.destroy();
            boolean ended = process.waitFor(10, TimeUnit.SECONDS);
            process.destroyForcibly().waitFor();
            NodeProcess.removeLeftovers(directory);
            assertThat(ended)
                    .as("SIGTERM ends the node; it said\n%s", Files.readString(directory.resolve("out")))
                    .isTrue();
        }
    }

    /** A kill in the middle of a write of the log leaves some of a record's pages; not every kill does. */
    private void leaveARecordHalfWritten() throws IOException {
        Path log = directory.resolve("log").resolve("archive").resolve("0-0.rec");
        try (FileChannel file = FileChannel.open(log, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer mapped = file.map(FileChannel.MapMode.READ_WRITE, 0, file.size());
            try {
                UnsafeBuffer records = new UnsafeBuffer(mapped);
                int end = 0;
                while (FrameDescriptor.frameLength(records, end) > 0) {
                    end += BitUtil.align(FrameDescriptor.frameLength(records, end), FrameDescriptor.FRAME_ALIGNMENT);
                }
                FrameDescriptor.frameType(records, end, HeaderFlyweight.HDR_TYPE_DATA);
                records.putByte(end + DataHeaderFlyweight.HEADER_LENGTH, (byte) 7);
                FrameDescriptor.frameLengthOrdered(records, end, 3 * PAGE);
            } finally {
                IoUtil.unmap(mapped);
            }
        }
    }

    private static AdminServiceBlockingStub admin(ManagedChannel channel) {
        return AdminServiceGrpc.newBlockingStub(channel).withWaitForReady().withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    private static long applied(ManagedChannel channel) {
        return admin(channel)
                .getStatus(GetStatusRequest.getDefaultInstance())
                .getGroupBys(0)
                .getEventsApplied();
    }

    private static long awaitAll(ManagedChannel channel, String topic) {
        return admin(channel)
                .awaitOffsets(AwaitOffsetsRequest.newBuilder()
                        .addOffsets(TopicOffset.newBuilder().setTopic(topic).setNextOffset(EVENTS))
                        .build())
                .getPosition();
    }

    /** Returns when it answers. */
    private Process start(int port) throws IOException {
        Process process = NodeProcess.start(directory, List.of(), Integer.toString(port));
        try {
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> NodeProcess.isReady(port));
            return process;
        } catch (ConditionTimeoutException e) {
            boolean wasAlive = process.isAlive();
            process.destroyForcibly();
            throw new AssertionError(
                    (wasAlive ? "the node is not ready; " : "the node ended; ") + "it said\n"
                            + Files.readString(directory.resolve("out")),
                    e);
        }
    }
}
