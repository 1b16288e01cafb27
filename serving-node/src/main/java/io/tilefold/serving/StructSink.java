package io.tilefold.serving;

import io.tilefold.core.value.Field;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.StructValues;
import java.util.List;

/** Sink of structs: one column per field, each with a value for every row. */
final class StructSink extends ContainerSink {
    private final ColumnSink[] fields;

    StructSink(String name, List<Field> fields) {
        super(name);
        this.fields = fields.stream()
                .map(field -> ColumnSink.of(field.name(), field.type()))
                .toArray(ColumnSink[]::new);
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
    void putValues(Column.Builder column) {
        StructValues.Builder values = StructValues.newBuilder();
        for (ColumnSink field : fields) {
            values.addFields(field.finish());
        }
        column.setStructValues(values);
    }

    @Override
    void clearValues() {
        for (ColumnSink field : fields) {
            field.reset();
        }
    }
}
