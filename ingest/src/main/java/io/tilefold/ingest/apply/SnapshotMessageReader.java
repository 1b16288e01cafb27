package io.tilefold.ingest.apply;

import io.tilefold.ingest.snapshot.codec.MessageHeaderDecoder;
import io.tilefold.store.SnapshotSink;
import io.tilefold.store.SnapshotSource;
import io.tilefold.store.StoreException;
import java.io.IOException;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;

/** Takes the messages of {@code snapshot.xml}, one at a time into {@link #buffer}, and sums them up. Confined to one thread. */
final class SnapshotMessageReader {
    final UnsafeBuffer buffer;

    private final byte[] bytes = new byte[SnapshotSink.BLOCK_LENGTH_MAX];
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final CRC32C crc = new CRC32C();
    private final SnapshotSource source;
    private int messages;

    SnapshotMessageReader(SnapshotSource source) {
        this.source = source;
        this.buffer = new UnsafeBuffer(bytes);
    }

    /**
     * Takes the next message, which must be of this kind.
     *
     * @param blockLength of its fixed part, at least
     * @return its header; its body lies behind it
     * @throws StoreException naming the source, if another one comes, or none
     */
    MessageHeaderDecoder next(int templateId, int blockLength) {
        buffer.wrap(bytes);
        int length = read();
        header.wrap(buffer, 0);
        if (length < MessageHeaderDecoder.ENCODED_LENGTH
                || header.schemaId() != MessageHeaderDecoder.SCHEMA_ID
                || header.templateId() != templateId
                || header.version() < 1
                || header.blockLength() < blockLength
                || length < MessageHeaderDecoder.ENCODED_LENGTH + header.blockLength()) {
            throw corrupt("expected is message " + templateId + " of schema " + MessageHeaderDecoder.SCHEMA_ID);
        }
        if (header.version() > MessageHeaderDecoder.SCHEMA_VERSION) {
            throw new StoreException(
                    StoreException.Code.TOO_NEW,
                    "snapshot " + source.name() + ": schema version " + header.version() + "; this build reads up to "
                            + MessageHeaderDecoder.SCHEMA_VERSION + ": start the build that wrote it");
        }
        buffer.wrap(bytes, 0, length);
        crc.update(bytes, 0, length);
        messages++;
        return header;
    }

    private int read() {
        try {
            return source.read(buffer);
        } catch (IOException e) {
            throw new StoreException(StoreException.Code.IO, "cannot read snapshot " + source.name() + ": " + e, e);
        }
    }

    /** Of all messages taken. */
    int crc32c() {
        return (int) crc.getValue();
    }

    /** What was taken last makes no sense. */
    StoreException corrupt(String what) {
        return new StoreException(
                StoreException.Code.CORRUPT,
                "snapshot " + source.name() + ", message " + messages + ": not a sound snapshot: " + what);
    }
}
