package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.LogPosition;
import io.tilefold.proto.serving.v1.VersionPin;
import io.tilefold.proto.types.v1.BinaryValues;
import io.tilefold.proto.types.v1.BooleanValues;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.DoubleValues;
import io.tilefold.proto.types.v1.FloatValues;
import io.tilefold.proto.types.v1.LongValues;
import io.tilefold.proto.types.v1.StringValues;
import io.tilefold.testsupport.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What is read from a request's bytes is what protobuf's own library reads. */
class FetchMessageTest {
    private static final int ROWS = 5;

    private static FetchRequest.Builder random(SplittableRandom random) {
        FetchRequest.Builder request = FetchRequest.newBuilder().setRowCount(ROWS);
        if (random.nextBoolean()) {
            request.setJoin("j\u00e9" + random.nextInt());
        } else {
            request.setGroupBy("");
        }
        LongValues.Builder longs = LongValues.newBuilder();
        StringValues.Builder strings = StringValues.newBuilder();
        BinaryValues.Builder binaries = BinaryValues.newBuilder();
        DoubleValues.Builder doubles = DoubleValues.newBuilder();
        FloatValues.Builder floats = FloatValues.newBuilder();
        BooleanValues.Builder booleans = BooleanValues.newBuilder();
        for (int row = 0; row < ROWS; row++) {
            longs.addValues(random.nextLong() >> random.nextInt(64));
            strings.addValues("s".repeat(random.nextInt(20)));
            binaries.addValues(ByteString.copyFromUtf8("b".repeat(random.nextInt(200))));
            doubles.addValues(random.nextDouble());
            floats.addValues((float) random.nextDouble());
            booleans.addValues(random.nextBoolean());
            request.addRowAsOfMs(random.nextLong());
        }
        ByteString nulls = ByteString.copyFrom(new byte[] {(byte) random.nextInt(32)});
        request.addKeys(Column.newBuilder().setName("long").setLongValues(longs))
                .addKeys(Column.newBuilder()
                        .setName("string")
                        .setStringValues(strings)
                        .setNulls(nulls))
                .addKeys(Column.newBuilder().setName("binary").setBinaryValues(binaries))
                .addKeys(Column.newBuilder().setName("double").setDoubleValues(doubles))
                .addKeys(Column.newBuilder().setName("float").setFloatValues(floats))
                .addKeys(Column.newBuilder().setName("boolean").setBooleanValues(booleans));
        request.setAsOfMs(random.nextLong())
                .addMinPositions(LogPosition.newBuilder().setShardGroup(3).setPosition(random.nextLong()))
                .addVersionPins(VersionPin.newBuilder().setGroupBy("g").setVersion(random.nextLong()))
                .setIncludeSchema(random.nextBoolean())
                .setKnownSchemaId("id" + random.nextInt())
                .addFeatures("f1")
                .addFeatures("f2");
        return request;
    }

    @Test
    void isReadAsItWasWritten() {
        Seeds.forEach(50, random -> {
            FetchRequest request = random(random).build();
            assertReads(request.toByteArray(), request);
        });
    }

    @Test
    void isReadInWhateverFormItWasWritten() {
        Seeds.forEach(20, random -> {
            FetchRequest request = random(random).build();
            assertReads(unpacked(request), request);
            // Two halves of a message one after the other are the message; what both say, the second says.
            FetchRequest other =
                    FetchRequest.newBuilder().setJoin("first").addRowAsOfMs(5).build();
            ByteArrayOutputStream both = new ByteArrayOutputStream();
            both.writeBytes(other.toByteArray());
            both.writeBytes(request.toByteArray());
            assertReads(both.toByteArray(), other.toBuilder().mergeFrom(request).build());
        });
    }

    /** Repeated numbers one by one, and a field that nobody knows. */
    private static byte[] unpacked(FetchRequest request) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        for (long moment : request.getRowAsOfMsList()) {
            out.writeSInt64(FetchRequest.ROW_AS_OF_MS_FIELD_NUMBER, moment);
        }
        for (Column key : request.getKeysList()) {
            if (key.hasLongValues()) {
                ByteArrayOutputStream values = new ByteArrayOutputStream();
                CodedOutputStream column = CodedOutputStream.newInstance(values);
                column.writeString(Column.NAME_FIELD_NUMBER, key.getName());
                ByteArrayOutputStream longs = new ByteArrayOutputStream();
                CodedOutputStream numbers = CodedOutputStream.newInstance(longs);
                for (long value : key.getLongValues().getValuesList()) {
                    numbers.writeSInt64(LongValues.VALUES_FIELD_NUMBER, value);
                }
                numbers.flush();
                column.writeByteArray(Column.LONG_VALUES_FIELD_NUMBER, longs.toByteArray());
                column.flush();
                out.writeByteArray(FetchRequest.KEYS_FIELD_NUMBER, values.toByteArray());
            } else {
                out.writeMessage(FetchRequest.KEYS_FIELD_NUMBER, key);
            }
        }
        out.writeString(999, "nobody knows");
        request.toBuilder().clearRowAsOfMs().clearKeys().build().writeTo(out);
        out.flush();
        return bytes.toByteArray();
    }

    private static void assertReads(byte[] bytes, FetchRequest expected) {
        FetchMessage message = FetchMessage.parse(bytes);
        assertThat(message.join()).isEqualTo(expected.hasJoin() ? expected.getJoin() : null);
        assertThat(message.groupBy()).isEqualTo(expected.hasGroupBy() ? expected.getGroupBy() : null);
        assertThat(message.rowCount()).isEqualTo(expected.getRowCount());
        assertThat(message.asOfMs()).hasValue(expected.getAsOfMs());
        assertThat(message.rowAsOfMs())
                .containsExactly(expected.getRowAsOfMsList().stream()
                        .mapToLong(Long::longValue)
                        .toArray());
        assertThat(message.minPositions()).isEqualTo(expected.getMinPositionsList());
        assertThat(message.versionPins()).isEqualTo(expected.getVersionPinsList());
        assertThat(message.includeSchema()).isEqualTo(expected.getIncludeSchema());
        assertThat(message.knownSchemaId()).isEqualTo(expected.getKnownSchemaId());
        assertThat(message.features()).isEqualTo(expected.getFeaturesList());
        assertThat(message.keyCount()).isEqualTo(expected.getKeysCount());
        for (int i = 0; i < message.keyCount(); i++) {
            assertThat(message.key(i).name()).isEqualTo(expected.getKeys(i).getName());
            assertKey(message.key(i), expected.getKeys(i));
        }
    }

    private static void assertKey(KeySlice slice, Column expected) {
        KeyColumn column = KeyColumn.of(
                slice,
                "keys",
                new Field(expected.getName(), Scalar.valueOf(expected.getName().toUpperCase(java.util.Locale.ROOT))),
                ROWS);
        KeyEncoder encoder = new KeyEncoder();
        for (int row = 0; row < ROWS; row++) {
            boolean isNull =
                    !expected.getNulls().isEmpty() && (expected.getNulls().byteAt(0) >>> row & 1) != 0;
            assertThat(column.next(row, true, encoder.reset())).isEqualTo(!isNull);
            assertThat(encoder.toBytes()).isEqualTo(isNull ? new byte[0] : encoded(expected, row));
        }
    }

    private static byte[] encoded(Column column, int row) {
        KeyEncoder encoder = new KeyEncoder();
        switch (column.getValuesCase()) {
            case LONG_VALUES -> encoder.putLong(column.getLongValues().getValues(row));
            case STRING_VALUES -> encoder.putString(column.getStringValues().getValues(row));
            case BINARY_VALUES ->
                encoder.putBinary(column.getBinaryValues().getValues(row).toByteArray());
            case DOUBLE_VALUES -> encoder.putDouble(column.getDoubleValues().getValues(row));
            case FLOAT_VALUES -> encoder.putDouble(column.getFloatValues().getValues(row));
            default -> encoder.putBoolean(column.getBooleanValues().getValues(row));
        }
        return encoder.toBytes();
    }
}
