package io.tilefold.cli.replay;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a Parquet file as the values that a client's answer has: Boolean, Long (byte to long), Float, Double, String, byte[], List, Map (maps and structs), or
 * null; and back, as a file's schema wants them. Lists and maps are laid out as Spark writes them, in three levels. Stateless.
 */
final class ParquetValues {
    private ParquetValues() {}

    static Map<String, @Nullable Object> read(Group row) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        GroupType type = row.getType();
        for (int i = 0; i < type.getFieldCount(); i++) {
            values.put(type.getFieldName(i), read(row, i));
        }
        return values;
    }

    private static @Nullable Object read(Group group, int field) {
        if (group.getFieldRepetitionCount(field) == 0) {
            return null;
        }
        Type type = group.getType().getType(field);
        if (type.isPrimitive()) {
            return primitive(group, field, type);
        }
        Group inner = group.getGroup(field, 0);
        if (type.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation) {
            List<@Nullable Object> elements = new ArrayList<>();
            for (int i = 0; i < inner.getFieldRepetitionCount(0); i++) {
                elements.add(read(inner.getGroup(0, i), 0));
            }
            return elements;
        }
        if (type.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.MapLogicalTypeAnnotation) {
            Map<String, @Nullable Object> entries = new LinkedHashMap<>();
            for (int i = 0; i < inner.getFieldRepetitionCount(0); i++) {
                Group entry = inner.getGroup(0, i);
                entries.put(String.valueOf(read(entry, 0)), read(entry, 1));
            }
            return entries;
        }
        return read(inner);
    }

    private static Object primitive(Group group, int field, Type type) {
        return switch (type.asPrimitiveType().getPrimitiveTypeName()) {
            case BOOLEAN -> group.getBoolean(field, 0);
            case INT32 -> (long) group.getInteger(field, 0);
            case INT64 -> group.getLong(field, 0);
            case FLOAT -> group.getFloat(field, 0);
            case DOUBLE -> group.getDouble(field, 0);
            case BINARY ->
                type.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.StringLogicalTypeAnnotation
                        ? group.getBinary(field, 0).toStringUsingUTF8()
                        : group.getBinary(field, 0).getBytes();
            case INT96, FIXED_LEN_BYTE_ARRAY ->
                throw new IllegalArgumentException("column " + type.getName() + " is of no type of Tilefold: " + type);
        };
    }

    /** A row with these values; columns that the schema has and the map has not are null. */
    static Group write(MessageType schema, Map<String, ? extends @Nullable Object> values) {
        Group row = new SimpleGroup(schema);
        writeFields(row, schema, values);
        return row;
    }

    private static void writeFields(Group group, GroupType type, Map<?, ? extends @Nullable Object> values) {
        for (int i = 0; i < type.getFieldCount(); i++) {
            Object value = values.get(type.getFieldName(i));
            if (value != null) {
                write(group, i, type.getType(i), value);
            }
        }
    }

    private static void write(Group group, int field, Type type, Object value) {
        if (type.isPrimitive()) {
            writePrimitive(group, field, type, value);
            return;
        }
        Group inner = group.addGroup(field);
        if (type.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation) {
            Type element = type.asGroupType().getType(0).asGroupType().getType(0);
            for (Object one : (List<?>) value) {
                writeIfThere(inner.addGroup(0), 0, element, one);
            }
        } else if (type.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.MapLogicalTypeAnnotation) {
            GroupType entryType = type.asGroupType().getType(0).asGroupType();
            ((Map<?, ?>) value).forEach((key, one) -> {
                Group entry = inner.addGroup(0);
                entry.add(0, String.valueOf(key));
                writeIfThere(entry, 1, entryType.getType(1), one);
            });
        } else {
            writeFields(inner, type.asGroupType(), (Map<?, ?>) value);
        }
    }

    private static void writeIfThere(Group group, int field, Type type, @Nullable Object value) {
        if (value != null) {
            write(group, field, type, value);
        }
    }

    private static void writePrimitive(Group group, int field, Type type, Object value) {
        switch (type.asPrimitiveType().getPrimitiveTypeName()) {
            case BOOLEAN -> group.add(field, (Boolean) value);
            case INT32 -> group.add(field, ((Number) value).intValue());
            case INT64 -> group.add(field, ((Number) value).longValue());
            case FLOAT -> group.add(field, ((Number) value).floatValue());
            case DOUBLE -> group.add(field, ((Number) value).doubleValue());
            case BINARY ->
                group.add(
                        field,
                        value instanceof byte[] bytes
                                ? Binary.fromConstantByteArray(bytes)
                                : Binary.fromString((String) value));
            case INT96, FIXED_LEN_BYTE_ARRAY ->
                throw new IllegalArgumentException("column " + type.getName() + " is of no type of Tilefold: " + type);
        }
    }
}
