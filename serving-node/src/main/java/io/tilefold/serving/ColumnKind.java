package io.tilefold.serving;

import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.LongValues;

/** What the values of a column are on the wire: types that are written alike are one kind. */
enum ColumnKind {
    BOOLEAN(Column.BOOLEAN_VALUES_FIELD_NUMBER, 1, "a boolean"),
    LONG(Column.LONG_VALUES_FIELD_NUMBER, 0, "a long"),
    FLOAT(Column.FLOAT_VALUES_FIELD_NUMBER, Float.BYTES, "a float"),
    DOUBLE(Column.DOUBLE_VALUES_FIELD_NUMBER, Double.BYTES, "a double"),
    STRING(Column.STRING_VALUES_FIELD_NUMBER, 0, "a string"),
    BINARY(Column.BINARY_VALUES_FIELD_NUMBER, 0, "a binary"),
    LIST(Column.LIST_VALUES_FIELD_NUMBER, 0, "a list"),
    MAP(Column.MAP_VALUES_FIELD_NUMBER, 0, "a map"),
    STRUCT(Column.STRUCT_VALUES_FIELD_NUMBER, 0, "a struct");

    private final int valuesField;
    private final int width;
    private final long shortHeads;
    private final String value;

    ColumnKind(int valuesField, int width, String value) {
        this.valuesField = valuesField;
        this.width = width;
        this.shortHeads = 4 << 8
                | WireBuffer.tag(valuesField, WireBuffer.LENGTH_DELIMITED) << 16
                | 2 << 24
                | (long) WireBuffer.tag(LongValues.VALUES_FIELD_NUMBER, WireBuffer.LENGTH_DELIMITED) << 32;
        this.value = value;
    }

    static ColumnKind of(ValueType type) {
        if (type instanceof Scalar scalar) {
            return switch (scalar) {
                case BOOLEAN -> BOOLEAN;
                case BYTE, SHORT, INT, LONG -> LONG;
                case FLOAT -> FLOAT;
                case DOUBLE -> DOUBLE;
                case STRING -> STRING;
                case BINARY -> BINARY;
            };
        }
        if (type instanceof ListType) {
            return LIST;
        }
        return type instanceof MapType ? MAP : STRUCT;
    }

    /** Number of the field of {@link Column} that takes the values. */
    int valuesField() {
        return valuesField;
    }

    /** Bytes of every value; 0: values differ in length. */
    int width() {
        return width;
    }

    /** Of a packed column without values and name, the bytes from its own tag on: that tag (to be added), length, tag of the values, length, tag of their field, length. */
    long shortHeads() {
        return shortHeads;
    }

    /** True of lists, maps and structs. */
    boolean isNested() {
        return valuesField >= Column.LIST_VALUES_FIELD_NUMBER;
    }

    /** True of numbers and booleans: one field on the wire has all values. */
    boolean isPacked() {
        return valuesField < Column.STRING_VALUES_FIELD_NUMBER;
    }

    /** A value of it, for messages. */
    @Override
    public String toString() {
        return value;
    }
}
