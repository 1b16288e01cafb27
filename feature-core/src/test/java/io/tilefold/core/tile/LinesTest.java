package io.tilefold.core.tile;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** A record is touched line by line from its beginning, and nothing outside the buffer is. */
class LinesTest {
    @Test
    void readsAWordOfEachLineOfTheRecord() {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[2_000]);
        for (int line = 0; line < 9; line++) {
            buffer.putLong(40 + line * 64, 1L << line, LITTLE_ENDIAN);
        }
        assertThat(Lines.touch(buffer, 40, Lines.RECORD_LENGTH)).isEqualTo(0x1FF);
        assertThat(Lines.touch(buffer, 40, Lines.HEAD_LENGTH)).isEqualTo(1);
    }

    @Test
    void staysWithinTheBuffer() {
        for (int length = 8; length <= 640; length += 8) {
            UnsafeBuffer buffer = new UnsafeBuffer(new byte[length]);
            for (int at = 0; at + 8 <= length; at += 64) {
                buffer.putLong(at, 1, LITTLE_ENDIAN);
            }
            int inside = (length - 8 + 63) / 64; // the last word of the buffer is not worth a look
            assertThat(Lines.touch(buffer, 0, Lines.RECORD_LENGTH)).isEqualTo(Math.min(inside, 9));
            assertThat(Lines.touch(buffer, length, Lines.RECORD_LENGTH)).isZero();
        }
    }
}
