package io.tilefold.store;

import io.tilefold.core.tile.SegmentHeader;
import io.tilefold.core.tile.SegmentReader;
import io.tilefold.core.tile.SegmentSummary;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/** Reads every byte of a segment on disk, once: which also brings it into the page cache, where readers find it. */
final class SegmentVerifier {
    private SegmentVerifier() {}

    /**
     * Verifies that a file is the segment expected and is what its writer wrote.
     *
     * @throws io.tilefold.core.tile.SegmentException naming file and offset
     * @throws StoreException naming the file, if it is missing or another segment
     */
    static SegmentSummary verify(StoreFiles files, Path file, SegmentHeader expected) {
        UnsafeBuffer buffer = BaseView.mapSegment(files, file);
        try {
            SegmentReader segment = BaseView.checkSegment(buffer, file, expected);
            return new SegmentSummary(expected.shard(), buffer.capacity(), segment.verify(), segment.keyCount());
        } finally {
            Mappings.unmap(buffer);
        }
    }
}
