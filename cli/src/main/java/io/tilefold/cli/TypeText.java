package io.tilefold.cli;

import io.tilefold.proto.types.v1.DataType;
import java.util.Locale;
import java.util.stream.Collectors;

/** Types of the wire, as definitions write them. */
final class TypeText {
    private static final String SCALAR = "SCALAR_TYPE_";

    private TypeText() {}

    static String of(DataType type) {
        return switch (type.getKindCase()) {
            case SCALAR -> type.getScalar().name().substring(SCALAR.length()).toLowerCase(Locale.ROOT);
            case LIST_ELEMENT -> "list<" + of(type.getListElement()) + ">";
            case MAP_VALUE -> "map<string," + of(type.getMapValue()) + ">";
            case STRUCT ->
                type.getStruct().getFieldsList().stream()
                        .map(field -> field.getName() + ":" + of(field.getType()))
                        .collect(Collectors.joining(",", "struct<", ">"));
            case KIND_NOT_SET -> "unknown";
        };
    }
}
