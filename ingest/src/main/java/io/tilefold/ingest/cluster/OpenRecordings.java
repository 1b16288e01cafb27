package io.tilefold.ingest.cluster;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.aeron.protocol.DataHeaderFlyweight;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The recordings of an archive that ended while it wrote them: by a kill, or with the machine. The archive looks at the last record of each when it starts. If that reaches over a page, its checksum is wrong and one of its
 * pages is empty, it refuses to start, and {@code ArchiveTool} is to be run by hand. There are two such records:
 *
 * <ul>
 *   <li>One that is half written, since the system writes page by page. Nobody was told that it was there: it is cut off. So is one with a part of its last page, which the archive would take for whole.
 *   <li>One that fills a term up, of which the archive writes the header alone, without a checksum. It is whole, and gets one.
 * </ul>
 */
final class OpenRecordings {
    private static final Logger LOG = LoggerFactory.getLogger(OpenRecordings.class);

    private final Path archiveDir;
    private final RecordingCheck recordings;

    OpenRecordings(Path archiveDir) {
        this.archiveDir = archiveDir;
        this.recordings = new RecordingCheck(archiveDir);
    }

    /** Makes the archive able to start; nothing to do if there is none. */
    void mend() throws IOException {
        for (ArchiveCatalog.Entry recording : ArchiveCatalog.read(archiveDir)) {
            if (recording.stopPosition().isEmpty()) {
                Optional<RecordingCheck.Last> last =
                        recordings.findLast(recording.recordingId(), recording.startPosition());
                if (last.isPresent()) {
                    mend(last.get());
                }
            }
        }
    }

    private static void mend(RecordingCheck.Last last) throws IOException {
        if (!last.isOverPages() || last.checksum() == last.written()) {
            return;
        }
        if (last.isPadding()) {
            sumUp(last);
        } else {
            LOG.warn(
                    "the record at offset {} of {} was half written when this node last ended: cut off",
                    last.offset(),
                    last.file());
            cut(last);
        }
    }

    private static void sumUp(RecordingCheck.Last padding) throws IOException {
        try (FileChannel file = FileChannel.open(padding.file(), StandardOpenOption.WRITE)) {
            ByteBuffer checksum = ByteBuffer.allocate(Integer.BYTES).order(LITTLE_ENDIAN);
            checksum.putInt(0, padding.checksum());
            file.write(checksum, padding.offset() + (long) DataHeaderFlyweight.SESSION_ID_FIELD_OFFSET);
            file.force(true);
        }
    }

    /** Leaves zeros behind, up to where the file ended, as the archive does. */
    private static void cut(RecordingCheck.Last half) throws IOException {
        try (FileChannel file = FileChannel.open(half.file(), StandardOpenOption.WRITE)) {
            long length = file.size();
            file.truncate(half.offset());
            file.write(ByteBuffer.allocate(1), length - 1);
            file.force(true);
        }
    }
}
