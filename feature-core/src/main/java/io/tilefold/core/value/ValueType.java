package io.tilefold.core.value;

import java.util.List;
import java.util.stream.Collectors;

/** A type of SEMANTICS.md §5. Maps have string keys. Decimal, date and timestamp are not types of Tilefold. */
public sealed interface ValueType {

    /** The types without parts. */
    enum Scalar implements ValueType {
        BOOLEAN,
        BYTE,
        SHORT,
        INT,
        LONG,
        FLOAT,
        DOUBLE,
        STRING,
        BINARY;

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    record ListType(ValueType element) implements ValueType {
        @Override
        public String toString() {
            return "list<" + element + ">";
        }
    }

    record MapType(ValueType value) implements ValueType {
        @Override
        public String toString() {
            return "map<string," + value + ">";
        }
    }

    record StructType(List<Field> fields) implements ValueType {
        public StructType {
            fields = List.copyOf(fields);
        }

        @Override
        public String toString() {
            return fields.stream()
                    .map(field -> field.name() + ":" + field.type())
                    .collect(Collectors.joining(",", "struct<", ">"));
        }
    }

    /** byte, short, int, long. */
    default boolean isInteger() {
        return this == Scalar.BYTE || this == Scalar.SHORT || this == Scalar.INT || this == Scalar.LONG;
    }

    /** float, double. */
    default boolean isFloating() {
        return this == Scalar.FLOAT || this == Scalar.DOUBLE;
    }

    /** byte to double. */
    default boolean isNumeric() {
        return isInteger() || isFloating();
    }

    /** string, binary: a value of any length, ordered by its unsigned bytes. */
    default boolean isBytes() {
        return this == Scalar.STRING || this == Scalar.BINARY;
    }

    /** A scalar that fits a row's 8-byte slot: boolean or numeric. */
    default boolean isPrimitive() {
        return this == Scalar.BOOLEAN || isNumeric();
    }
}
