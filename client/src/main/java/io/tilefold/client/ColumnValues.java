package io.tilefold.client;

import io.tilefold.proto.types.v1.Column;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A column of an answer, read by row. Immutable. */
final class ColumnValues {
    private final Column column;
    /** First element of each row in the child columns, one more than there are rows; empty for scalars. */
    private final int[] starts;

    private final List<ColumnValues> children;

    ColumnValues(Column column) {
        this.column = column;
        switch (column.getValuesCase()) {
            case LIST_VALUES -> {
                starts = starts(column.getListValues().getLengthsList());
                children = List.of(new ColumnValues(column.getListValues().getElements()));
            }
            case MAP_VALUES -> {
                starts = starts(column.getMapValues().getLengthsList());
                children = List.of(
                        new ColumnValues(column.getMapValues().getKeys()),
                        new ColumnValues(column.getMapValues().getValues()));
            }
            case STRUCT_VALUES -> {
                starts = new int[0];
                children = column.getStructValues().getFieldsList().stream()
                        .map(ColumnValues::new)
                        .toList();
            }
            default -> {
                starts = new int[0];
                children = List.of();
            }
        }
    }

    String name() {
        return column.getName();
    }

    boolean isNull(int row) {
        if (column.getValuesCase() == Column.ValuesCase.VALUES_NOT_SET) {
            return true;
        }
        int at = row >>> 3;
        return at < column.getNulls().size() && (column.getNulls().byteAt(at) >>> (row & 7) & 1) != 0;
    }

    /** Boolean, Long (byte to long), Float, Double, String, byte[], List, Map (maps and structs), or null. */
    @Nullable Object get(int row) {
        if (isNull(row)) {
            return null;
        }
        return switch (column.getValuesCase()) {
            case BOOLEAN_VALUES -> column.getBooleanValues().getValues(row);
            case LONG_VALUES -> column.getLongValues().getValues(row);
            case FLOAT_VALUES -> column.getFloatValues().getValues(row);
            case DOUBLE_VALUES -> column.getDoubleValues().getValues(row);
            case STRING_VALUES -> column.getStringValues().getValues(row);
            case BINARY_VALUES -> column.getBinaryValues().getValues(row).toByteArray();
            case LIST_VALUES -> list(row);
            case MAP_VALUES -> map(row);
            case STRUCT_VALUES -> struct(row);
            case VALUES_NOT_SET -> null;
        };
    }

    private List<@Nullable Object> list(int row) {
        List<@Nullable Object> elements = new ArrayList<>(starts[row + 1] - starts[row]);
        for (int i = starts[row]; i < starts[row + 1]; i++) {
            elements.add(children.get(0).get(i));
        }
        return Collections.unmodifiableList(elements);
    }

    private Map<String, @Nullable Object> map(int row) {
        Map<String, @Nullable Object> entries = new LinkedHashMap<>();
        for (int i = starts[row]; i < starts[row + 1]; i++) {
            entries.put(String.valueOf(children.get(0).get(i)), children.get(1).get(i));
        }
        return Collections.unmodifiableMap(entries);
    }

    private Map<String, @Nullable Object> struct(int row) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        children.forEach(field -> fields.put(field.name(), field.get(row)));
        return Collections.unmodifiableMap(fields);
    }

    private static int[] starts(List<Integer> lengths) {
        int[] starts = new int[lengths.size() + 1];
        for (int i = 0; i < lengths.size(); i++) {
            starts[i + 1] = starts[i] + lengths.get(i);
        }
        return starts;
    }
}
