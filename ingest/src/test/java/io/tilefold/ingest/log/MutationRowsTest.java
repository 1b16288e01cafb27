package io.tilefold.ingest.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.store.GroupByStore;
import java.util.HexFormat;
import java.util.Objects;
import org.agrona.ExpandableArrayBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MutationRowsTest {
    private static final int OFFSET = 5;

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    private final MutationRows rows = new MutationRows();
    private final FlatRow into = new FlatRow();

    @Test
    void readsBackBothRows() {
        read(row(7, "old"), 100, row(8, "newer than that"), 200);

        assertThat(rows.beforeTimeMs()).isEqualTo(100);
        assertThat(rows.afterTimeMs()).isEqualTo(200);
        assertRow(rows.before(2, into), 7, "old");
        assertRow(rows.after(2, into), 8, "newer than that");
    }

    @Test
    void readsBackOneRowWithoutATime() {
        read(row(7, "old"), MutationRows.NO_TIME, null, 200);
        assertThat(rows.beforeTimeMs()).isEqualTo(MutationRows.NO_TIME);
        assertRow(rows.before(2, into), 7, "old");
        assertThat(rows.after(2, into)).isNull();
        assertThat(rows.afterTimeMs()).isEqualTo(MutationRows.NO_TIME);

        read(null, 0, row(8, ""), 0);
        assertThat(rows.before(2, into)).isNull();
        assertThat(rows.beforeTimeMs()).isEqualTo(MutationRows.NO_TIME);
        assertThat(rows.afterTimeMs()).isZero();
        assertRow(rows.after(2, into), 8, "");
    }

    /** What the log holds from now on. */
    @Test
    void theBytesAreThosePictured() {
        FlatRow after = row(8, "x");
        int length = MutationRows.put(buffer, OFFSET, null, 0, after, 0x0102);

        byte[] bytes = new byte[MutationRows.ROWS_OFFSET];
        buffer.getBytes(OFFSET, bytes);
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo("0000000000000080" + "0201000000000000" + "ffffffff"
                        + HexFormat.of().toHexDigits((byte) after.length()) + "000000");
        assertThat(length).isEqualTo(24 + after.length());
    }

    @Test
    void noTimeIsTheStores() {
        assertThat(MutationRows.NO_TIME).isEqualTo(GroupByStore.NO_TIME);
    }

    @Test
    void lengthsThatAreNotThoseOfTheBytesAreRefused() {
        int length = MutationRows.put(buffer, OFFSET, row(7, "old"), 0, row(8, "new"), 0);
        for (int other = 0; other < length + 9; other++) {
            int taken = other;
            if (taken != length) {
                assertThatThrownBy(() -> rows.wrap(buffer, OFFSET, taken))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(taken + " bytes");
            }
        }
        buffer.putInt(OFFSET + MutationRows.BEFORE_LENGTH_OFFSET, -8);
        assertThatThrownBy(() -> rows.wrap(buffer, OFFSET, length)).isInstanceOf(IllegalArgumentException.class);
    }

    private void read(@Nullable FlatRow before, long beforeTimeMs, @Nullable FlatRow after, long afterTimeMs) {
        rows.wrap(buffer, OFFSET, MutationRows.put(buffer, OFFSET, before, beforeTimeMs, after, afterTimeMs));
    }

    private static FlatRow row(long number, String text) {
        FlatRowWriter writer = new FlatRowWriter(2).putLong(0, number).putString(1, text);
        return new FlatRow().wrap(writer.buffer(), 0, writer.finish(), 2);
    }

    private static void assertRow(@Nullable FlatRow found, long number, String text) {
        FlatRow row = Objects.requireNonNull(found);
        assertThat(row.getLong(0)).isEqualTo(number);
        assertThat(row.buffer().getStringWithoutLengthUtf8(row.bytesOffset(1), row.bytesLength(1)))
                .isEqualTo(text);
    }
}
