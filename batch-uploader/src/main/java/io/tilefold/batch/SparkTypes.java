package io.tilefold.batch;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;

/** Tilefold's types as Spark's and back. */
public final class SparkTypes {
    private SparkTypes() {}

    public static DataType toSpark(ValueType type) {
        if (type instanceof Scalar scalar) {
            return switch (scalar) {
                case BOOLEAN -> DataTypes.BooleanType;
                case BYTE -> DataTypes.ByteType;
                case SHORT -> DataTypes.ShortType;
                case INT -> DataTypes.IntegerType;
                case LONG -> DataTypes.LongType;
                case FLOAT -> DataTypes.FloatType;
                case DOUBLE -> DataTypes.DoubleType;
                case STRING -> DataTypes.StringType;
                case BINARY -> DataTypes.BinaryType;
            };
        }
        if (type instanceof ListType list) {
            return DataTypes.createArrayType(toSpark(list.element()), true);
        }
        if (type instanceof MapType map) {
            return DataTypes.createMapType(DataTypes.StringType, toSpark(map.value()), true);
        }
        List<StructField> fields = new ArrayList<>();
        for (Field field : ((StructType) type).fields()) {
            fields.add(DataTypes.createStructField(field.name(), toSpark(field.type()), true));
        }
        return DataTypes.createStructType(fields);
    }

    /** Empty for what is not among Tilefold's types: decimal, date, timestamp, maps with other keys, and what holds one. */
    public static Optional<ValueType> fromSpark(DataType type) {
        if (type instanceof ArrayType array) {
            return fromSpark(array.elementType()).map(ListType::new);
        }
        if (type instanceof org.apache.spark.sql.types.MapType map) {
            return map.keyType() instanceof StringType
                    ? fromSpark(map.valueType()).map(MapType::new)
                    : Optional.empty();
        }
        if (type instanceof org.apache.spark.sql.types.StructType struct) {
            List<Field> fields = new ArrayList<>();
            for (StructField field : struct.fields()) {
                Optional<ValueType> fieldType = fromSpark(field.dataType());
                if (fieldType.isEmpty()) {
                    return Optional.empty();
                }
                fields.add(new Field(field.name(), fieldType.get()));
            }
            return Optional.of(new StructType(fields));
        }
        if (type instanceof StringType) {
            return Optional.of(Scalar.STRING);
        }
        for (Scalar scalar : Scalar.values()) {
            if (toSpark(scalar).equals(type)) {
                return Optional.of(scalar);
            }
        }
        return Optional.empty();
    }

    /** As Tilefold names it, else as Spark does. */
    public static String describe(DataType type) {
        return fromSpark(type).map(ValueType::toString).orElseGet(type::simpleString);
    }

    /** Equal, a narrower integer, or float for double: every value of the one is one of the other. */
    static boolean widens(ValueType from, ValueType to) {
        if (from.equals(to)) {
            return true;
        }
        if (from.isInteger() && to.isInteger()) {
            return ((Scalar) from).compareTo((Scalar) to) < 0;
        }
        return from == Scalar.FLOAT && to == Scalar.DOUBLE;
    }
}
