package io.tilefold.ingest.cluster;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.aeron.archive.client.AeronArchive;
import io.aeron.archive.codecs.CatalogHeaderDecoder;
import io.aeron.archive.codecs.RecordingDescriptorDecoder;
import io.aeron.archive.codecs.RecordingDescriptorHeaderDecoder;
import io.aeron.archive.codecs.RecordingState;
import io.aeron.protocol.DataHeaderFlyweight;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;
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

    private static final String CATALOG = "archive.catalog";

    private final Path archiveDir;
    private final RecordingCheck recordings;

    OpenRecordings(Path archiveDir) {
        this.archiveDir = archiveDir;
        this.recordings = new RecordingCheck(archiveDir);
    }

    /** A recording without an end in the archive's catalog. */
    private record Open(long recordingId, long startPosition) {}

    /** Makes the archive able to start; nothing to do if there is none. */
    void mend() throws IOException {
        for (Open open : open()) {
            Optional<RecordingCheck.Last> last = recordings.findLast(open.recordingId(), open.startPosition());
            if (last.isPresent()) {
                mend(last.get());
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

    /** By the archive's catalog: a header, then descriptors, each behind a header of its own and filled up to the catalog's alignment. */
    private List<Open> open() throws IOException {
        Path file = archiveDir.resolve(CATALOG);
        if (!Files.exists(file)) {
            return List.of();
        }
        UnsafeBuffer catalog = new UnsafeBuffer(Files.readAllBytes(file));
        int alignment = new CatalogHeaderDecoder()
                .wrap(catalog, 0, CatalogHeaderDecoder.BLOCK_LENGTH, CatalogHeaderDecoder.SCHEMA_VERSION)
                .alignment();
        RecordingDescriptorHeaderDecoder header = new RecordingDescriptorHeaderDecoder();
        RecordingDescriptorDecoder descriptor = new RecordingDescriptorDecoder();
        List<Open> open = new ArrayList<>();
        int offset = CatalogHeaderDecoder.BLOCK_LENGTH;
        while (offset + RecordingDescriptorHeaderDecoder.BLOCK_LENGTH < catalog.capacity()) {
            int length =
                    catalog.getInt(offset + RecordingDescriptorHeaderDecoder.lengthEncodingOffset(), LITTLE_ENDIAN);
            if (length <= 0) {
                break;
            }
            header.wrap(
                    catalog,
                    offset,
                    RecordingDescriptorHeaderDecoder.BLOCK_LENGTH,
                    RecordingDescriptorHeaderDecoder.SCHEMA_VERSION);
            descriptor.wrap(
                    catalog,
                    offset + RecordingDescriptorHeaderDecoder.BLOCK_LENGTH,
                    RecordingDescriptorDecoder.BLOCK_LENGTH,
                    RecordingDescriptorDecoder.SCHEMA_VERSION);
            if (header.state() == RecordingState.VALID && descriptor.stopPosition() == AeronArchive.NULL_POSITION) {
                open.add(new Open(descriptor.recordingId(), descriptor.startPosition()));
            }
            offset += BitUtil.align(length + RecordingDescriptorHeaderDecoder.BLOCK_LENGTH, alignment);
        }
        return open;
    }
}
