package io.tilefold.ingest.cluster;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.aeron.archive.client.AeronArchive;
import io.aeron.archive.codecs.CatalogHeaderDecoder;
import io.aeron.archive.codecs.RecordingDescriptorDecoder;
import io.aeron.archive.codecs.RecordingDescriptorHeaderDecoder;
import io.aeron.archive.codecs.RecordingState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** What an archive that does not run knows of its recordings: a header, then descriptors, each behind a header of its own and filled up to the catalog's alignment. */
final class ArchiveCatalog {
    private static final String FILE = "archive.catalog";

    private ArchiveCatalog() {}

    /**
     * A recording that is in use.
     *
     * @param stopPosition where it was ended; empty if the archive ended while it wrote it
     */
    record Entry(long recordingId, long startPosition, OptionalLong stopPosition) {}

    /** The recordings in use, in the order of their ids; none if there is no archive. What makes no sense is left to the archive to tell. */
    static List<Entry> read(Path archiveDir) throws IOException {
        Path file = archiveDir.resolve(FILE);
        if (!Files.exists(file)) {
            return List.of();
        }
        UnsafeBuffer catalog = new UnsafeBuffer(Files.readAllBytes(file));
        if (catalog.capacity() < CatalogHeaderDecoder.BLOCK_LENGTH) {
            return List.of();
        }
        int alignment = new CatalogHeaderDecoder()
                .wrap(catalog, 0, CatalogHeaderDecoder.BLOCK_LENGTH, CatalogHeaderDecoder.SCHEMA_VERSION)
                .alignment();
        List<Entry> entries = new ArrayList<>();
        int offset = CatalogHeaderDecoder.BLOCK_LENGTH;
        while (offset + RecordingDescriptorHeaderDecoder.BLOCK_LENGTH < catalog.capacity()) {
            int length =
                    catalog.getInt(offset + RecordingDescriptorHeaderDecoder.lengthEncodingOffset(), LITTLE_ENDIAN);
            if (length <= 0 || alignment <= 0 || length > catalog.capacity() - offset) {
                break;
            }
            add(catalog, offset, entries);
            offset += BitUtil.align(length + RecordingDescriptorHeaderDecoder.BLOCK_LENGTH, alignment);
        }
        return entries;
    }

    private static void add(UnsafeBuffer catalog, int offset, List<Entry> entries) {
        RecordingState state = new RecordingDescriptorHeaderDecoder()
                .wrap(
                        catalog,
                        offset,
                        RecordingDescriptorHeaderDecoder.BLOCK_LENGTH,
                        RecordingDescriptorHeaderDecoder.SCHEMA_VERSION)
                .state();
        RecordingDescriptorDecoder recording = new RecordingDescriptorDecoder()
                .wrap(
                        catalog,
                        offset + RecordingDescriptorHeaderDecoder.BLOCK_LENGTH,
                        RecordingDescriptorDecoder.BLOCK_LENGTH,
                        RecordingDescriptorDecoder.SCHEMA_VERSION);
        if (state == RecordingState.VALID) {
            long stop = recording.stopPosition();
            entries.add(new Entry(
                    recording.recordingId(),
                    recording.startPosition(),
                    stop == AeronArchive.NULL_POSITION ? OptionalLong.empty() : OptionalLong.of(stop)));
        }
    }
}
