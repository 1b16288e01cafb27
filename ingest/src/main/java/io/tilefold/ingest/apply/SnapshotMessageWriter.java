package io.tilefold.ingest.apply;

import io.tilefold.ingest.snapshot.codec.MessageHeaderEncoder;
import io.tilefold.store.SnapshotSink;
import java.io.IOException;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;

/** Sends the messages of {@code snapshot.xml}, one at a time encoded at the start of {@link #buffer}, and sums them up. Confined to one thread. */
final class SnapshotMessageWriter {
    final UnsafeBuffer buffer;
    final MessageHeaderEncoder header = new MessageHeaderEncoder();

    private final byte[] bytes = new byte[SnapshotSink.BLOCK_LENGTH_MAX];
    private final CRC32C crc = new CRC32C();
    private final SnapshotSink sink;

    SnapshotMessageWriter(SnapshotSink sink) {
        this.sink = sink;
        this.buffer = new UnsafeBuffer(bytes);
    }

    /** Sends the message whose body has this length. */
    void send(int bodyLength) throws IOException {
        int length = MessageHeaderEncoder.ENCODED_LENGTH + bodyLength;
        crc.update(bytes, 0, length);
        sink.write(buffer, 0, length);
    }

    /** Of all messages sent. */
    int crc32c() {
        return (int) crc.getValue();
    }
}
