package io.tilefold.core.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.Scalar;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyEncoderTest {
    private final KeyEncoder encoder = new KeyEncoder();

    @Test
    void bytesAreThese() {
        assertThat(hex(encoder.reset()
                        .putString("JFK")
                        .putLong(5)
                        .putBoolean(true)
                        .putDouble(-0.0)))
                .isEqualTo("04 03000000 4a464b  02 0500000000000000  01 01  03 0000000000000000".replace(" ", ""));
        assertThat(hex(encoder.reset().putBinary(new byte[] {1, 2}))).isEqualTo("05020000000102");
    }

    @Test
    void columnsDoNotRunIntoEachOther() {
        String first = hex(encoder.reset().putString("ab").putString("c"));
        assertThat(hex(encoder.reset().putString("a").putString("bc"))).isNotEqualTo(first);
        assertThat(hex(encoder.reset().putBinary(new byte[] {97})))
                .isNotEqualTo(hex(encoder.reset().putString("a")));
    }

    @Test
    void rowsOfAllWidthsGiveTheKeysThatSettersGive() {
        Schema keys = Schema.of(
                new Field("a", Scalar.BYTE),
                new Field("b", Scalar.STRING),
                new Field("c", Scalar.FLOAT),
                new Field("d", Scalar.BOOLEAN),
                new Field("e", Scalar.BINARY));
        FlatRowWriter writer = new FlatRowWriter(5);
        writer.putLong(0, -3)
                .putString(1, "ünï")
                .putDouble(2, 1.5)
                .putLong(3, 1)
                .putBytes(4, new byte[] {9}, 0, 1);
        FlatRow row = new FlatRow().wrap(writer.buffer(), 0, writer.finish(), 5);
        int[] columns = {0, 1, 2, 3, 4};
        List<ValueType> types = keys.fields().stream().map(Field::type).toList();
        assertThat(encoder.encode(row, columns, types)).isTrue();
        String encoded = hex(encoder);
        assertThat(encoded)
                .isEqualTo(hex(encoder.reset()
                        .putLong(-3)
                        .putString("ünï")
                        .putDouble(1.5)
                        .putBoolean(true)
                        .putBinary(new byte[] {9})));
        writer.reset().putLong(0, -3);
        row.wrap(writer.buffer(), 0, writer.finish(), 5);
        assertThat(encoder.encode(row, columns, types))
                .as("a null column: no key")
                .isFalse();
    }

    @Test
    void refusesKeysThatAreNoScalars() {
        Schema keys = Schema.of(new Field("tags", new ValueType.ListType(Scalar.STRING)));
        assertThatThrownBy(() -> KeyEncoder.checkKeyTypes(keys))
                .hasMessageContaining("tags")
                .hasMessageContaining("list<string>");
    }

    private static String hex(KeyEncoder encoder) {
        return HexFormat.of().formatHex(encoder.toBytes());
    }
}
