package io.tilefold.serving;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueSink;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.StructValues;
import java.util.List;

/** Sink of structs: one column per field, each with a value for every row, always named. */
final class StructSink extends ContainerSink {
    private final ColumnSink[] fields;
    private final byte[][] names;
    private final int[] measuredFields;

    StructSink(String name, List<Field> fields) {
        super(name, Column.STRUCT_VALUES_FIELD_NUMBER);
        this.fields = fields.stream()
                .map(field -> ColumnSink.of(field.name(), field.type()))
                .toArray(ColumnSink[]::new);
        this.names = fields.stream().map(field -> nameField(field.name())).toArray(byte[][]::new);
        this.measuredFields = new int[this.fields.length];
    }

    @Override
    void beginStruct(int fieldCount) {
        if (fieldCount != fields.length) {
            throw unexpected("a struct of " + fieldCount + " fields");
        }
        open(fieldCount);
    }

    @Override
    ColumnSink child(int remaining) {
        return fields[fields.length - remaining];
    }

    @Override
    void putPlaceholder() {
        for (ColumnSink field : fields) {
            field.nullValue();
        }
    }

    @Override
    void rewindValues() {
        for (ColumnSink field : fields) {
            field.rewind();
        }
    }

    @Override
    void replayValue(ValueSink sink) {
        sink.structValue(fields.length);
        for (ColumnSink field : fields) {
            field.replay(sink);
        }
    }

    @Override
    void skipPlaceholder() {
        for (ColumnSink field : fields) {
            field.skipNull();
        }
    }

    @Override
    int measureValues() {
        int length = 0;
        for (int i = 0; i < fields.length; i++) {
            measuredFields[i] = fields[i].measure(names[i]);
            length += WireBuffer.fieldLength(measuredFields[i]);
        }
        return length;
    }

    @Override
    void writeValues(WireBuffer out) {
        for (int i = 0; i < fields.length; i++) {
            out.putHead(StructValues.FIELDS_FIELD_NUMBER, measuredFields[i]);
            fields[i].writeTo(out, names[i]);
        }
    }

    @Override
    void clearValues() {
        for (ColumnSink field : fields) {
            field.reset();
        }
    }
}
