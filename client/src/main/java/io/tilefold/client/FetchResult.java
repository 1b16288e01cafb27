package io.tilefold.client;

import io.tilefold.core.value.Schema;
import io.tilefold.proto.serving.v1.ColumnFailure;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.types.v1.Column;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer: every output column of the schema for every row asked, and what each part says of them. Rows are numbered as they were asked, from
 * 0. A value is null where the row has none; the typed accessors refuse a column of another type. Immutable.
 */
public final class FetchResult {
    private final FetchResponse response;
    private final AnswerLayout layout;
    private final Map<String, ColumnValues> columns = new LinkedHashMap<>();
    private final List<PartResult> parts;
    private final Map<String, ColumnFailure> columnFailures = new LinkedHashMap<>();

    /** @param features the names asked for, in order; empty: all */
    FetchResult(FetchResponse response, AnswerLayout layout, List<String> features) {
        this.response = response;
        this.layout = layout;
        List<String> names = features.isEmpty() ? layout.columns() : features;
        for (int i = 0; i < response.getColumnsCount(); i++) {
            Column column = response.getColumns(i);
            columns.put(column.getName().isEmpty() ? names.get(i) : column.getName(), new ColumnValues(column));
        }
        List<String> ordered = List.copyOf(columns.keySet());
        response.getColumnFailuresList()
                .forEach(failure -> columnFailures.put(ordered.get(failure.getColumn()), failure));
        this.parts = response.getPartsList().stream()
                .map(part -> new PartResult(part, layout.part(part)))
                .toList();
    }

    public int rowCount() {
        return response.getRowCount();
    }

    /** Names of the outputs, in the schema's order. */
    public List<String> columnNames() {
        return List.copyOf(columns.keySet());
    }

    public boolean isNull(int row, String column) {
        return column(row, column).isNull(row);
    }

    /** Boolean, Long (byte to long), Float, Double, String, byte[], List, Map (maps and structs), or null. */
    public @Nullable Object get(int row, String column) {
        return column(row, column).get(row);
    }

    public @Nullable Boolean getBoolean(int row, String column) {
        return get(row, column, Boolean.class);
    }

    public @Nullable Long getLong(int row, String column) {
        return get(row, column, Long.class);
    }

    /** A float or double value. */
    public @Nullable Double getDouble(int row, String column) {
        Object value = get(row, column);
        return value instanceof Float number ? Double.valueOf(number) : get(row, column, Double.class);
    }

    public @Nullable String getString(int row, String column) {
        return get(row, column, String.class);
    }

    public byte @Nullable [] getBinary(int row, String column) {
        return get(row, column, byte[].class);
    }

    @SuppressWarnings("unchecked") // the answer's lists hold what their column's type says; elements are read as Object
    public @Nullable List<@Nullable Object> getList(int row, String column) {
        return get(row, column, List.class);
    }

    @SuppressWarnings("unchecked") // maps and structs are built here with String keys
    public @Nullable Map<String, @Nullable Object> getMap(int row, String column) {
        return get(row, column, Map.class);
    }

    /** All of a row's values by output name, in the schema's order. */
    public Map<String, @Nullable Object> toMap(int row) {
        checkRow(row);
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        columns.forEach((name, column) -> values.put(name, column.get(row)));
        return Collections.unmodifiableMap(values);
    }

    /** The q that was used for rows without their own, epoch milliseconds. */
    public long asOfMs() {
        return response.getAsOfMs();
    }

    /** In the join's order; a GroupBy's answer has one. */
    public List<PartResult> parts() {
        return parts;
    }

    /** @throws IllegalArgumentException naming the parts there are */
    public PartResult part(String name) {
        return parts.stream()
                .filter(part -> part.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no part " + name + " in the answer; there are "
                        + parts.stream().map(PartResult::name).toList()));
    }

    /** True if every part says COMPLETE of the row, and every derived column was computed. */
    public boolean isComplete(int row) {
        checkRow(row);
        return parts.stream().allMatch(part -> part.status(row) == PartStatus.COMPLETE)
                && columnFailures.values().stream().allMatch(column -> failure(column, row) == FailureCode.NONE);
    }

    /** Why a derived column has no value in a row; {@link FailureCode#NONE} if it was computed, or is not derived. */
    public FailureCode failure(int row, String column) {
        column(row, column);
        ColumnFailure failures = columnFailures.get(column);
        return failures == null ? FailureCode.NONE : failure(failures, row);
    }

    private static FailureCode failure(ColumnFailure column, int row) {
        return FailureCode.of(column.getFailures(column.getFailuresCount() == 1 ? 0 : row));
    }

    /** For each shard group that was read: the log positions of the values, and how fresh they are. */
    public List<PositionRange> positions() {
        return response.getPositionsList().stream().map(PositionRange::of).toList();
    }

    /** Content id of the schema of the columns. */
    public String schemaId() {
        return response.getSchemaId();
    }

    /** Every output of the target, whether asked for or not. */
    public Schema schema() {
        return layout.outputs();
    }

    private <T> @Nullable T get(int row, String column, Class<T> type) {
        Object value = get(row, column);
        if (value != null && !type.isInstance(value)) {
            throw new IllegalArgumentException("column " + column + " holds "
                    + value.getClass().getSimpleName() + " values, not " + type.getSimpleName());
        }
        return type.cast(value);
    }

    private ColumnValues column(int row, String name) {
        checkRow(row);
        ColumnValues column = columns.get(name);
        if (column == null) {
            throw new IllegalArgumentException("no column " + name + " in the answer; there are " + columns.keySet());
        }
        return column;
    }

    private void checkRow(int row) {
        if (row < 0 || row >= rowCount()) {
            throw new IllegalArgumentException("row " + row + " of an answer of " + rowCount() + " rows");
        }
    }

    @Override
    public String toString() {
        return response.toString();
    }
}
