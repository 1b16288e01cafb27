package io.tilefold.ingest.cluster;

import io.aeron.archive.checksum.Checksum;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * CRC-32C of the records that the archive writes and replays, by the JDK's own. (Aeron's needs {@code java.util.zip} opened to it, in every JVM.) Confined to
 * the archive's thread.
 */
final class RecordChecksum implements Checksum {
    private final UnsafeBuffer record = new UnsafeBuffer(0, 0);
    private final CRC32C crc = new CRC32C();
    private byte[] bytes = new byte[1 << 16];

    @Override
    public int compute(long address, int offset, int length) {
        if (length > bytes.length) {
            bytes = new byte[length];
        }
        record.wrap(address + offset, length);
        record.getBytes(0, bytes, 0, length);
        crc.reset();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
