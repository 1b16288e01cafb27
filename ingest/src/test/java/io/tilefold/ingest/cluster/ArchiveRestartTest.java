package io.tilefold.ingest.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aeron.ExclusivePublication;
import io.aeron.archive.Archive;
import io.aeron.archive.ArchivingMediaDriver;
import io.aeron.archive.client.AeronArchive;
import io.aeron.driver.MediaDriver;
import io.tilefold.ingest.config.IdleProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An archive that was killed finds the end of its last recording, wherever in a file that is. With Aeron's own {@code fileIoMaxLength} of 1 MiB it does not start when the last
 * record reaches over a multiple of that: it looks for the record's beginning in the piece read last.
 */
class ArchiveRestartTest {
    private static final int MESSAGE_LENGTH = 20_000;
    private static final int FRAME_LENGTH = 20_032;
    private static final int PIECE = 1 << 20;

    @TempDir
    private Path directory;

    @Test
    void findsARecordThatReachesOverAPiece() throws Exception {
        int messages = PIECE / FRAME_LENGTH + 1;
        assertThat((messages - 1) * FRAME_LENGTH).isLessThan(PIECE);
        assertThat(messages * FRAME_LENGTH).isGreaterThan(PIECE);
        Path killed = directory.resolve("killed");
        ClusterLayout layout = layout("running");
        try (ArchivingMediaDriver running = launch(layout);
                AeronArchive client = AeronArchive.connect(layout.archiveClient())) {
            assertThat(running.archive().context().archiveDir()).exists();
            record(
                    client,
                    messages,
                    () -> copy(directory.resolve("running").resolve("archive"), killed.resolve("archive")));
        }
        ClusterLayout again = layout("killed");
        try (ArchivingMediaDriver restarted = launch(again);
                AeronArchive client = AeronArchive.connect(again.archiveClient())) {
            assertThat(restarted.archive().context().archiveDir()).exists();
            assertThat(client.getStopPosition(0)).isEqualTo((long) messages * FRAME_LENGTH);
        }
    }

    private ClusterLayout layout(String name) {
        return new ClusterLayout(
                new ClusterSettings(
                        0,
                        List.of(),
                        "127.0.0.1",
                        0,
                        directory.resolve(name),
                        directory.resolve(name + "-aeron"),
                        IdleProfile.DEFAULT,
                        0,
                        2_000,
                        4 << 20),
                SystemEpochClock.INSTANCE);
    }

    private static ArchivingMediaDriver launch(ClusterLayout layout) {
        MediaDriver.Context driver = layout.driver();
        Archive.Context archive = layout.archive();
        return ArchivingMediaDriver.launch(driver, archive);
    }

    private static void record(AeronArchive client, int messages, Runnable whileOpen) {
        UnsafeBuffer message = new UnsafeBuffer(new byte[MESSAGE_LENGTH]);
        message.setMemory(0, MESSAGE_LENGTH, (byte) 7);
        try (ExclusivePublication publication =
                client.addRecordedExclusivePublication("aeron:ipc?mtu=32k|term-length=4m", 1)) {
            for (int i = 0; i < messages; i++) {
                await().pollDelay(Duration.ZERO).until(() -> publication.offer(message) > 0);
            }
            long end = publication.position();
            await().until(() -> client.getRecordingPosition(0) == end);
            whileOpen.run();
        }
    }

    private static void copy(Path from, Path to) {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, Files.createDirectories(to).resolve(from.relativize(file)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
