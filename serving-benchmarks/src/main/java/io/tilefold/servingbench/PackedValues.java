package io.tilefold.servingbench;

import io.tilefold.client.FetchResult;
import io.tilefold.core.value.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The final values of one GroupBy of one card, as a careful user of Redis would pack them:
 *
 * <pre>
 *  0        2         10        18
 *  +--------+---------+---------+----
 *  | nulls  | value 0 | value 1 | ...    little-endian; bit i of nulls: value i is null; a count as a long, others as doubles
 *  +--------+---------+---------+----
 * </pre>
 */
final class PackedValues {
    private static final int NULLS = Short.BYTES;

    private PackedValues() {}

    static byte[] pack(FetchResult answer, int row, List<Field> fields) {
        ByteBuffer packed =
                ByteBuffer.allocate(NULLS + fields.size() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int nulls = 0;
        for (int i = 0; i < fields.size(); i++) {
            Object value = answer.get(row, fields.get(i).name());
            int at = NULLS + i * Long.BYTES;
            if (value == null) {
                nulls |= 1 << i;
            } else if (value instanceof Long whole) {
                packed.putLong(at, whole);
            } else {
                packed.putDouble(at, (Double) value);
            }
        }
        return packed.putShort(0, (short) nulls).array();
    }

    static ByteBuffer wrap(byte[] packed) {
        return ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN);
    }

    static boolean isNull(ByteBuffer packed, int index) {
        return (packed.getShort(0) >> index & 1) != 0;
    }

    static long getLong(ByteBuffer packed, int index) {
        return packed.getLong(NULLS + index * Long.BYTES);
    }

    static double getDouble(ByteBuffer packed, int index) {
        return packed.getDouble(NULLS + index * Long.BYTES);
    }
}
