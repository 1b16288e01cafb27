package io.tilefold.store;

import io.tilefold.core.tile.SegmentHeader;
import io.tilefold.core.tile.SegmentReader;
import io.tilefold.core.tile.SegmentSummary;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;

/** Reads every byte of a segment on disk. */
final class SegmentVerifier {
    private SegmentVerifier() {}

    /**
     * Verifies that a file is the segment expected and is what its writer wrote.
     *
     * @throws io.tilefold.core.tile.CorruptSegmentException naming file and offset
     * @throws StoreException naming the file, if it is missing or another segment
     */
    static SegmentSummary verify(StoreFiles files, Path file, SegmentHeader expected) {
        UnsafeBuffer buffer = BaseView.mapSegment(files, file);
        try {
            SegmentReader segment = BaseView.checkSegment(buffer, file, expected);
            segment.verify();
            return new SegmentSummary(expected.shard(), buffer.capacity(), crc32c(buffer), segment.keyCount());
        } finally {
            Mappings.unmap(buffer);
        }
    }

    private static int crc32c(UnsafeBuffer buffer) {
        CRC32C crc = new CRC32C();
        ByteBuffer bytes = buffer.byteBuffer();
        if (bytes != null) {
            crc.update(bytes.duplicate().clear());
        }
        return (int) crc.getValue();
    }
}
