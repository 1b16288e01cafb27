package io.tilefold.expressions;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
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
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;

/** Tilefold's types as Spark's and back. Every column and element may be null. */
final class SparkTypes {
    private SparkTypes() {}

    static org.apache.spark.sql.types.StructType toSpark(Schema schema) {
        return structOf(schema.fields());
    }

    static DataType toSpark(ValueType type) {
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
        return structOf(((StructType) type).fields());
    }

    private static org.apache.spark.sql.types.StructType structOf(List<Field> fields) {
        List<StructField> columns = new ArrayList<>();
        for (Field field : fields) {
            columns.add(DataTypes.createStructField(field.name(), toSpark(field.type()), true));
        }
        return DataTypes.createStructType(columns);
    }

    /** Tilefold's type for Spark's, empty if there is none; {@link #castFor} says what to write instead. */
    static Optional<ValueType> fromSpark(DataType type) {
        if (type instanceof ArrayType array) {
            return fromSpark(array.elementType()).map(ListType::new);
        }
        if (type instanceof org.apache.spark.sql.types.MapType map) {
            return map.keyType() instanceof StringType
                    ? fromSpark(map.valueType()).map(MapType::new)
                    : Optional.empty();
        }
        if (type instanceof org.apache.spark.sql.types.StructType struct) {
            return fromSpark(struct);
        }
        return scalar(type).map(scalar -> scalar);
    }

    private static Optional<ValueType> fromSpark(org.apache.spark.sql.types.StructType struct) {
        List<Field> fields = new ArrayList<>();
        for (StructField field : struct.fields()) {
            Optional<ValueType> type = fromSpark(field.dataType());
            if (type.isEmpty()) {
                return Optional.empty();
            }
            fields.add(new Field(field.name(), type.get()));
        }
        return Optional.of(new StructType(fields));
    }

    private static Optional<Scalar> scalar(DataType type) {
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

    /** The advice for a value of a type Tilefold does not carry. */
    static String castFor(DataType type, String expression) {
        if (type.equals(DataTypes.NullType)) {
            return "say which type the null has: CAST(" + expression + " AS DOUBLE)";
        }
        if (isTimestamp(type)) {
            return "turn it to milliseconds: unix_millis(" + expression + ")";
        }
        if (type.equals(DataTypes.DateType)) {
            return "cast it: CAST(" + expression + " AS STRING), or unix_millis(CAST(" + expression + " AS TIMESTAMP))";
        }
        DataType carried = carried(type);
        return fromSpark(carried).isPresent()
                ? "cast it: CAST(" + expression + " AS " + carried.sql() + ")"
                : "cast it to boolean, a number, string or binary";
    }

    /** The type with what Tilefold does not carry replaced, keys of maps by strings. */
    private static DataType carried(DataType type) {
        if (type instanceof ArrayType array) {
            return DataTypes.createArrayType(carried(array.elementType()));
        }
        if (type instanceof org.apache.spark.sql.types.MapType map) {
            return DataTypes.createMapType(DataTypes.StringType, carried(map.valueType()));
        }
        if (type instanceof org.apache.spark.sql.types.StructType struct) {
            List<StructField> fields = new ArrayList<>();
            for (StructField field : struct.fields()) {
                fields.add(DataTypes.createStructField(field.name(), carried(field.dataType()), true));
            }
            return DataTypes.createStructType(fields);
        }
        if (type instanceof DecimalType) {
            return DataTypes.DoubleType;
        }
        return type.equals(DataTypes.DateType) || isTimestamp(type) ? DataTypes.StringType : type;
    }

    private static boolean isTimestamp(DataType type) {
        return type.simpleString().startsWith("timestamp");
    }
}
