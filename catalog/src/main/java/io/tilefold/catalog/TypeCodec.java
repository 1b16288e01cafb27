package io.tilefold.catalog;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import io.tilefold.proto.types.v1.DataType;
import io.tilefold.proto.types.v1.ScalarType;
import java.util.ArrayList;
import java.util.List;

/** Types and schemas to and from {@code tilefold.types.v1}. */
public final class TypeCodec {
    private TypeCodec() {}

    public static io.tilefold.proto.types.v1.Schema toProto(Schema schema) {
        return io.tilefold.proto.types.v1.Schema.newBuilder()
                .addAllFields(fieldsToProto(schema.fields()))
                .build();
    }

    /** @throws CatalogFormatException if a column has no type, or two have one name */
    public static Schema fromProto(io.tilefold.proto.types.v1.Schema schema) {
        try {
            return new Schema(fieldsFromProto(schema.getFieldsList()));
        } catch (IllegalArgumentException duplicate) {
            throw new CatalogFormatException("a schema is broken: " + duplicate.getMessage(), duplicate);
        }
    }

    public static DataType toProto(ValueType type) {
        DataType.Builder proto = DataType.newBuilder();
        if (type instanceof Scalar scalar) {
            return proto.setScalar(toProto(scalar)).build();
        }
        if (type instanceof ListType list) {
            return proto.setListElement(toProto(list.element())).build();
        }
        if (type instanceof MapType map) {
            return proto.setMapValue(toProto(map.value())).build();
        }
        StructType struct = (StructType) type;
        return proto.setStruct(
                        io.tilefold.proto.types.v1.StructType.newBuilder().addAllFields(fieldsToProto(struct.fields())))
                .build();
    }

    /** @throws CatalogFormatException if the type, or a part of it, is not set or unknown to this version */
    public static ValueType fromProto(DataType type) {
        return switch (type.getKindCase()) {
            case SCALAR -> fromProto(type.getScalar());
            case LIST_ELEMENT -> new ListType(fromProto(type.getListElement()));
            case MAP_VALUE -> new MapType(fromProto(type.getMapValue()));
            case STRUCT -> new StructType(fieldsFromProto(type.getStruct().getFieldsList()));
            case KIND_NOT_SET -> throw new CatalogFormatException("a type is not set");
        };
    }

    private static ScalarType toProto(Scalar scalar) {
        return switch (scalar) {
            case BOOLEAN -> ScalarType.SCALAR_TYPE_BOOLEAN;
            case BYTE -> ScalarType.SCALAR_TYPE_BYTE;
            case SHORT -> ScalarType.SCALAR_TYPE_SHORT;
            case INT -> ScalarType.SCALAR_TYPE_INT;
            case LONG -> ScalarType.SCALAR_TYPE_LONG;
            case FLOAT -> ScalarType.SCALAR_TYPE_FLOAT;
            case DOUBLE -> ScalarType.SCALAR_TYPE_DOUBLE;
            case STRING -> ScalarType.SCALAR_TYPE_STRING;
            case BINARY -> ScalarType.SCALAR_TYPE_BINARY;
        };
    }

    private static Scalar fromProto(ScalarType scalar) {
        return switch (scalar) {
            case SCALAR_TYPE_BOOLEAN -> Scalar.BOOLEAN;
            case SCALAR_TYPE_BYTE -> Scalar.BYTE;
            case SCALAR_TYPE_SHORT -> Scalar.SHORT;
            case SCALAR_TYPE_INT -> Scalar.INT;
            case SCALAR_TYPE_LONG -> Scalar.LONG;
            case SCALAR_TYPE_FLOAT -> Scalar.FLOAT;
            case SCALAR_TYPE_DOUBLE -> Scalar.DOUBLE;
            case SCALAR_TYPE_STRING -> Scalar.STRING;
            case SCALAR_TYPE_BINARY -> Scalar.BINARY;
            case SCALAR_TYPE_UNSPECIFIED, UNRECOGNIZED ->
                throw new CatalogFormatException("scalar type " + scalar + " is not one of this version");
        };
    }

    private static List<io.tilefold.proto.types.v1.Field> fieldsToProto(List<Field> fields) {
        return fields.stream()
                .map(field -> io.tilefold.proto.types.v1.Field.newBuilder()
                        .setName(field.name())
                        .setType(toProto(field.type()))
                        .build())
                .toList();
    }

    private static List<Field> fieldsFromProto(List<io.tilefold.proto.types.v1.Field> protos) {
        List<Field> fields = new ArrayList<>(protos.size());
        for (io.tilefold.proto.types.v1.Field proto : protos) {
            try {
                fields.add(new Field(proto.getName(), fromProto(proto.getType())));
            } catch (CatalogFormatException inner) {
                throw new CatalogFormatException("column \"" + proto.getName() + "\": " + inner.getMessage(), inner);
            }
        }
        return fields;
    }
}
