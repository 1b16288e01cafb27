package io.tilefold.client;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import io.tilefold.proto.types.v1.DataType;
import io.tilefold.proto.types.v1.ScalarType;
import java.util.List;

/** Schemas as they come over the wire. */
final class SchemaReader {
    private SchemaReader() {}

    /** @throws IllegalArgumentException naming the column whose type this client does not know */
    static Schema schema(io.tilefold.proto.types.v1.Schema proto) {
        return new Schema(fields(proto.getFieldsList()));
    }

    private static List<Field> fields(List<io.tilefold.proto.types.v1.Field> protos) {
        return protos.stream()
                .map(proto -> new Field(proto.getName(), type(proto.getName(), proto.getType())))
                .toList();
    }

    private static ValueType type(String column, DataType proto) {
        return switch (proto.getKindCase()) {
            case SCALAR -> scalar(column, proto.getScalar());
            case LIST_ELEMENT -> new ListType(type(column, proto.getListElement()));
            case MAP_VALUE -> new MapType(type(column, proto.getMapValue()));
            case STRUCT -> new StructType(fields(proto.getStruct().getFieldsList()));
            case KIND_NOT_SET -> throw unknown(column);
        };
    }

    private static Scalar scalar(String column, ScalarType proto) {
        return switch (proto) {
            case SCALAR_TYPE_BOOLEAN -> Scalar.BOOLEAN;
            case SCALAR_TYPE_BYTE -> Scalar.BYTE;
            case SCALAR_TYPE_SHORT -> Scalar.SHORT;
            case SCALAR_TYPE_INT -> Scalar.INT;
            case SCALAR_TYPE_LONG -> Scalar.LONG;
            case SCALAR_TYPE_FLOAT -> Scalar.FLOAT;
            case SCALAR_TYPE_DOUBLE -> Scalar.DOUBLE;
            case SCALAR_TYPE_STRING -> Scalar.STRING;
            case SCALAR_TYPE_BINARY -> Scalar.BINARY;
            case SCALAR_TYPE_UNSPECIFIED, UNRECOGNIZED -> throw unknown(column);
        };
    }

    private static IllegalArgumentException unknown(String column) {
        return new IllegalArgumentException(
                "column " + column + " is of a type that this client does not know: it is older than the node");
    }
}
