package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** A word of each line named is read once, and nothing outside the buffers is. */
class LinesAheadTest {
    private static final int LINE = 64;

    private final LinesAhead lines = new LinesAhead();

    private long touched() {
        lines.read = 0;
        lines.touch();
        return lines.read;
    }

    private static UnsafeBuffer direct(int length) {
        return new UnsafeBuffer(ByteBuffer.allocateDirect(length));
    }

    @Test
    void readsAWordOfEachLineOfARecordAndThenForgetsIt() {
        UnsafeBuffer buffer = direct(2_000);
        for (int line = 0; line < 9; line++) {
            buffer.putLong(40 + line * LINE, 1L << line, LITTLE_ENDIAN);
        }
        lines.addRecord(buffer, 40);
        lines.addWord(buffer, 40 + LINE);
        assertThat(touched()).isEqualTo(0x1FF + 2);
        assertThat(touched()).isZero();
    }

    @Test
    void readsTheFirstLineAloneOfAHead() {
        UnsafeBuffer buffer = direct(2_000);
        buffer.setMemory(0, buffer.capacity(), (byte) 1);
        lines.add(LookAhead.HEADS, buffer, 1_000);
        assertThat(touched()).isEqualTo(buffer.getLong(1_000));
        lines.add(LookAhead.RECORDS, buffer, 1_000);
        assertThat(touched()).isEqualTo(9 * buffer.getLong(1_000));
    }

    @Test
    void staysWithinTheBuffer() {
        for (int length = 8; length <= 2 * LinesAhead.RECORD_LENGTH; length += 8) {
            UnsafeBuffer memory = direct(length + LINE);
            memory.setMemory(0, length, (byte) 0);
            memory.setMemory(length, LINE, (byte) 1); // what lies behind the buffer
            UnsafeBuffer buffer = new UnsafeBuffer(memory, 0, length);
            for (int at = 0; at <= length; at += 8) {
                lines.addRecord(buffer, at);
                lines.addWord(buffer, at);
            }
            lines.addWord(buffer, length - 7);
            lines.addWord(buffer, -8);
            assertThat(touched()).as("of %d bytes", length).isZero();
        }
    }

    @Test
    void takesAsManyAsThereAre() {
        UnsafeBuffer buffer = direct(10_000);
        for (int at = 0; at < buffer.capacity(); at += 8) {
            buffer.putLong(at, 1);
        }
        for (int i = 0; i < 1_000; i++) {
            lines.addWord(buffer, i * 8);
            lines.addRecord(buffer, i * 8);
        }
        assertThat(touched()).isEqualTo(1_000 + 9 * 1_000);
    }

    @Test
    void leavesBytesOnTheHeapAndWhatWasForgottenAlone() {
        UnsafeBuffer heap = new UnsafeBuffer(new byte[2_000]);
        heap.setMemory(0, heap.capacity(), (byte) 1);
        lines.addRecord(heap, 0);
        lines.addWord(heap, 0);
        lines.addWord(direct(8), 0);
        lines.forget();
        assertThat(touched()).isZero();
    }
}
