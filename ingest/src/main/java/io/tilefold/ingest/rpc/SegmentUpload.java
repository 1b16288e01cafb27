package io.tilefold.ingest.rpc;

import com.google.rpc.Code;
import io.tilefold.core.tile.SegmentDescriptor;
import io.tilefold.store.SegmentFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * One segment of an upload, from its first chunk to its place in the store: it takes its place when its last byte is
 * there. One stream writes at a time; it may break and another go on. Guarded by itself.
 */
final class SegmentUpload {
    private final long version;
    private final int shard;
    private final SegmentFile file;
    private final CRC32C crc = new CRC32C();
    private long length;
    private long received;
    private boolean complete;
    private boolean streaming;
    private boolean dropped;

    SegmentUpload(long version, int shard, SegmentFile file) {
        this.version = version;
        this.shard = shard;
        this.file = file;
    }

    synchronized long received() {
        return received;
    }

    synchronized boolean isComplete() {
        return complete;
    }

    /** CRC-32C of the whole segment; 0 until it is complete. */
    synchronized int crc32c() {
        return complete ? (int) crc.getValue() : 0;
    }

    /**
     * A stream begins.
     *
     * @param resumeOffset what has been received, or 0 to begin anew
     */
    synchronized void open(long segmentLength, long resumeOffset) throws IOException {
        checkNotDropped();
        if (streaming) {
            throw problem(Code.ABORTED, "SEGMENT_BUSY", "another stream sends it: end that one, then resume");
        }
        if (segmentLength < 1 || segmentLength > SegmentDescriptor.MAX_FILE_LENGTH) {
            throw problem(
                    Code.INVALID_ARGUMENT,
                    "SEGMENT_LENGTH",
                    "a length of " + segmentLength + " bytes; 1 to " + SegmentDescriptor.MAX_FILE_LENGTH
                            + " are possible");
        }
        if (resumeOffset == 0) {
            restart();
        } else if (resumeOffset != received || segmentLength != length) {
            throw problem(
                    Code.INVALID_ARGUMENT,
                    "RESUME_OFFSET",
                    "resumed at " + resumeOffset + " of " + segmentLength + " bytes, received are " + received + " of "
                            + length + ": resume there or at 0");
        }
        length = segmentLength;
        streaming = true;
        if (!complete) {
            file.begin(received);
        }
    }

    private void restart() {
        crc.reset();
        received = 0;
        complete = false;
    }

    /** Takes the next chunk. */
    synchronized void append(long offset, ByteBuffer data, int chunkCrc) throws IOException {
        checkNotDropped();
        if (offset != received || !file.isOpen()) {
            throw problem(
                    Code.INVALID_ARGUMENT,
                    "CHUNK_OFFSET",
                    "a chunk at " + offset + " where " + received + " of " + length + " bytes are received");
        }
        if (received + data.remaining() > length) {
            throw problem(
                    Code.INVALID_ARGUMENT,
                    "SEGMENT_LENGTH",
                    "a chunk at " + offset + " with " + data.remaining() + " bytes reaches beyond the length "
                            + length);
        }
        CRC32C check = new CRC32C();
        check.update(data.duplicate());
        if ((int) check.getValue() != chunkCrc) {
            throw problem(
                    Code.DATA_LOSS,
                    "CHUNK_CHECKSUM",
                    String.format(
                            "the chunk at offset %d has checksum %08x, sent was %08x: resume there",
                            offset, (int) check.getValue(), chunkCrc));
        }
        file.write(data.duplicate());
        // Only what is written counts: a chunk that failed half-way is sent again.
        received += data.remaining();
        crc.update(data);
    }

    /** The stream has ended; if all bytes are here the segment takes its place. */
    synchronized void finish() throws IOException {
        checkNotDropped();
        if (!complete && file.isOpen() && received == length) {
            file.install();
            complete = true;
        }
        release();
    }

    /** The stream broke or has ended; what was received stays. */
    synchronized void release() {
        streaming = false;
        file.close();
    }

    /** The upload is gone: a stream that is still there fails at its next chunk. */
    synchronized void drop() {
        dropped = true;
        release();
    }

    private void checkNotDropped() {
        if (dropped) {
            throw problem(Code.NOT_FOUND, "UNKNOWN_UPLOAD", "the upload was aborted");
        }
    }

    private RuntimeException problem(Code code, String reason, String what) {
        return RpcErrors.error(
                code,
                reason,
                "upload " + version + ", segment of shard " + shard + ": " + what,
                Map.of(
                        "version",
                        Long.toString(version),
                        "shard",
                        Integer.toString(shard),
                        "offset",
                        Long.toString(received)));
    }
}
