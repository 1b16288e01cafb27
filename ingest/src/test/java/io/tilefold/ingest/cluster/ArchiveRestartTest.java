package io.tilefold.ingest.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.archive.Archive;
import io.aeron.archive.ArchivingMediaDriver;
import io.aeron.archive.client.AeronArchive;
import io.aeron.driver.MediaDriver;
import io.tilefold.ingest.config.IdleProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An archive that was killed finds the end of its last recording, wherever in a file that is, and whatever the system has written of it. With Aeron's own {@code fileIoMaxLength} of 1 MiB it does not start
 * when the last record reaches over a multiple of that: it looks for the record's beginning in the piece read last.
 */
class ArchiveRestartTest {
    private static final UnsafeBuffer MESSAGE = message(20_000);
    private static final int FRAME_LENGTH = 20_032;
    private static final int PIECE = 1 << 20;
    private static final int PAGE = 4096;
    private static final int TERM = 4 << 20;

    @TempDir
    private Path directory;

    @Test
    void findsARecordThatReachesOverAPiece() throws Exception {
        int messages = PIECE / FRAME_LENGTH + 1;
        assertThat((messages - 1) * FRAME_LENGTH).isLessThan(PIECE);
        assertThat(messages * FRAME_LENGTH).isGreaterThan(PIECE);
        kill(publication -> offer(publication, messages));
        assertThat(stopPositionAfterRestart()).isEqualTo((long) messages * FRAME_LENGTH);
    }

    @Test
    void cutsOffARecordWithoutItsLastPages() throws Exception {
        kill(publication -> offer(publication, 3));
        clear(2 * FRAME_LENGTH / PAGE * PAGE + 2 * PAGE, 3 * FRAME_LENGTH);
        assertThat(stopPositionAfterRestart()).isEqualTo(2L * FRAME_LENGTH);
    }

    /** Aeron takes it for whole. */
    @Test
    void cutsOffARecordWithoutTheEndOfItsLastPage() throws Exception {
        kill(publication -> offer(publication, 3));
        clear(3 * FRAME_LENGTH - 40, 3 * FRAME_LENGTH);
        assertThat(stopPositionAfterRestart()).isEqualTo(2L * FRAME_LENGTH);
    }

    /** Of it the archive writes a header alone. */
    @Test
    void keepsWhatFillsATermUp() throws Exception {
        kill(publication -> {
            offer(publication, TERM / FRAME_LENGTH);
            assertThat(publication.offer(MESSAGE)).isEqualTo(Publication.ADMIN_ACTION);
        });
        assertThat(TERM % FRAME_LENGTH).isGreaterThan(PAGE);
        assertThat(stopPositionAfterRestart()).isEqualTo(TERM);
    }

    /** Somebody was told that the record is there: it is damaged. */
    @Test
    void leavesARecordingThatWasEndedAsItIs() throws Exception {
        kill(publication -> offer(publication, 3));
        assertThat(stopPositionAfterRestart()).isEqualTo(3L * FRAME_LENGTH);
        clear(3 * FRAME_LENGTH - 2 * PAGE, 3 * FRAME_LENGTH);
        byte[] damaged = Files.readAllBytes(recording());
        assertThat(stopPositionAfterRestart()).isEqualTo(3L * FRAME_LENGTH);
        assertThat(Files.readAllBytes(recording())).isEqualTo(damaged);
        assertThat(new RecordingCheck(killedArchive()).find(0, 0))
                .hasValueSatisfying(damage -> assertThat(damage.offset()).isEqualTo(2 * FRAME_LENGTH));
    }

    /** A disk that filled up in the middle of a record. */
    @Test
    void whatStandsBehindAnEndIsNobodys() throws Exception {
        kill(publication -> offer(publication, 2));
        assertThat(stopPositionAfterRestart()).isEqualTo(2L * FRAME_LENGTH);
        try (FileChannel file = FileChannel.open(recording(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer start = ByteBuffer.allocate(PAGE);
            assertThat(file.read(start, FRAME_LENGTH)).isEqualTo(PAGE);
            assertThat(file.write(start.flip(), 2L * FRAME_LENGTH)).isEqualTo(PAGE);
        }
        assertThat(new RecordingCheck(killedArchive()).find(0, 0)).isEmpty();
        assertThat(stopPositionAfterRestart()).isEqualTo(2L * FRAME_LENGTH);
    }

    @Test
    void aRecordThatIsMissingBeforeAnEndIsDamage() throws Exception {
        kill(publication -> offer(publication, 3));
        assertThat(stopPositionAfterRestart()).isEqualTo(3L * FRAME_LENGTH);
        clear(2 * FRAME_LENGTH, 3 * FRAME_LENGTH);
        assertThat(new RecordingCheck(killedArchive()).find(0, 0))
                .hasValueSatisfying(damage -> assertThat(damage.offset()).isEqualTo(2 * FRAME_LENGTH));
    }

    /** Leaves the files of an archive as they are while it records. */
    private void kill(Consumer<ExclusivePublication> whatIsRecorded) throws Exception {
        ClusterLayout layout = layout("running");
        try (ArchivingMediaDriver running = launch(layout);
                AeronArchive client = AeronArchive.connect(layout.archiveClient());
                ExclusivePublication publication = client.addRecordedExclusivePublication(
                        "aeron:ipc?mtu=32k|init-term-id=0|term-id=0|term-offset=0|term-length=" + TERM, 1)) {
            whatIsRecorded.accept(publication);
            long end = publication.position();
            await().until(() -> client.getRecordingPosition(0) == end);
            copy(running.archive().context().archiveDir().toPath(), killedArchive());
        }
    }

    private static void offer(ExclusivePublication publication, int messages) {
        for (int i = 0; i < messages; i++) {
            await().pollDelay(Duration.ZERO).until(() -> publication.offer(MESSAGE) > 0);
        }
    }

    private Path killedArchive() {
        return directory.resolve("killed").resolve("archive");
    }

    private Path recording() {
        return killedArchive().resolve("0-0.rec");
    }

    /** As if these bytes had not been written. */
    private void clear(int from, int to) throws IOException {
        try (FileChannel file = FileChannel.open(recording(), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(to - from), from);
        }
    }

    private long stopPositionAfterRestart() {
        ClusterLayout layout = layout("killed");
        layout.checkLog();
        try (ArchivingMediaDriver restarted = launch(layout);
                AeronArchive client = AeronArchive.connect(layout.archiveClient())) {
            assertThat(restarted.archive().context().archiveDir()).exists();
            return client.getStopPosition(0);
        }
    }

    private static UnsafeBuffer message(int length) {
        UnsafeBuffer message = new UnsafeBuffer(new byte[length]);
        message.setMemory(0, length, (byte) 7);
        return message;
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
                        2 * TERM),
                SystemEpochClock.INSTANCE);
    }

    private static ArchivingMediaDriver launch(ClusterLayout layout) {
        MediaDriver.Context driver = layout.driver();
        Archive.Context archive = layout.archive();
        return ArchivingMediaDriver.launch(driver, archive);
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
