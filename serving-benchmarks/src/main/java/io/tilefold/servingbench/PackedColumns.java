package io.tilefold.servingbench;

import com.google.protobuf.ByteString;
import io.tilefold.proto.serving.v1.PartAnswer;
import io.tilefold.proto.serving.v1.PartStatus;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.DoubleValues;
import io.tilefold.proto.types.v1.LongValues;
import java.nio.ByteBuffer;

/** Columns of an answer from {@link PackedValues}, row by row, of every row part by part. */
record PackedColumns(ByteBuffer[] packed, int rows, int parts) {
    Column longs(int part, int index) {
        LongValues.Builder values = LongValues.newBuilder();
        for (int row = 0; row < rows; row++) {
            values.addValues(PackedValues.getLong(of(row, part), index));
        }
        return Column.newBuilder()
                .setNulls(nulls(part, index))
                .setLongValues(values)
                .build();
    }

    Column doubles(int part, int index) {
        DoubleValues.Builder values = DoubleValues.newBuilder();
        for (int row = 0; row < rows; row++) {
            values.addValues(PackedValues.getDouble(of(row, part), index));
        }
        return Column.newBuilder()
                .setNulls(nulls(part, index))
                .setDoubleValues(values)
                .build();
    }

    static PartAnswer complete(int part) {
        return PartAnswer.newBuilder()
                .setPart(part)
                .addStatuses(PartStatus.PART_STATUS_COMPLETE)
                .build();
    }

    private ByteString nulls(int part, int index) {
        byte[] mask = new byte[(rows + Byte.SIZE - 1) / Byte.SIZE];
        boolean any = false;
        for (int row = 0; row < rows; row++) {
            if (PackedValues.isNull(of(row, part), index)) {
                mask[row / Byte.SIZE] |= (byte) (1 << row % Byte.SIZE);
                any = true;
            }
        }
        return any ? ByteString.copyFrom(mask) : ByteString.EMPTY;
    }

    private ByteBuffer of(int row, int part) {
        return packed[row * parts + part];
    }
}
