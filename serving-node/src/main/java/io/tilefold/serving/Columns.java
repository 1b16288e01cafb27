package io.tilefold.serving;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import io.tilefold.proto.types.v1.Column;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Columns that are filled together, such as the outputs of a part: collects their values in one memory, without an object per value or column, until they are written as
 * protobuf {@link Column}s. {@link #at} says which row of which column the next value is; a list, map or struct is several calls, until its last element has come. Reused from request
 * to request; confined to one thread.
 */
final class Columns implements ValueSink {
    /*
     * A request of one row and 50 outputs is mostly the waiting for memory, so what is touched per column has to be little: a slot of 8 bytes in Cells, a kind and a place.
     * A list's or a map's slot says where its elements begin among the rows of other columns, and how many they are; these grow as elements come. A struct's fields are other columns
     * with the same rows.
     */
    static final byte[] NO_NAME = {};

    private final String[] names;
    private final ColumnKind[] kinds;
    private final @Nullable Columns[] elements;
    private final boolean anyNested;
    private final byte[] @Nullable [] nameFields;
    private final int[] places;
    private final int[] all;
    private final Cells cells = new Cells();
    private final UnsafeBuffer replayed = new UnsafeBuffer(0, 0);
    private int[] chosen = {};
    private int rows;
    private int row;
    private int column;
    private int cell;
    private int limited = -1;
    private boolean stale;
    /** The elements of the list, map or struct that came last: they, or what is in them, may be to come. */
    private @Nullable Columns open;

    private int toCome; // elements of it

    Columns(List<Field> fields) {
        this.names = fields.stream().map(Field::name).toArray(String[]::new);
        this.kinds = fields.stream().map(field -> ColumnKind.of(field.type())).toArray(ColumnKind[]::new);
        this.elements = fields.stream().map(Columns::elementsOf).toArray(Columns[]::new);
        this.anyNested = Arrays.stream(elements).anyMatch(Objects::nonNull);
        this.nameFields = new byte[names.length][];
        this.places = new int[names.length];
        this.all = IntStream.range(0, names.length).toArray();
    }

    private static @Nullable Columns elementsOf(Field field) {
        ValueType type = field.type();
        if (type instanceof ListType list) {
            return new Columns(List.of(new Field(field.name(), list.element())));
        }
        if (type instanceof MapType map) {
            return new Columns(List.of(new Field(field.name(), Scalar.STRING), new Field(field.name(), map.value())));
        }
        return type instanceof StructType struct ? new Columns(struct.fields()) : null;
    }

    /** A column's name as a field of its message. */
    static byte[] nameField(String name) {
        WireBuffer field = new WireBuffer(name.length() + 8);
        field.putBytesField(Column.NAME_FIELD_NUMBER, name.getBytes(StandardCharsets.UTF_8));
        return field.toBytes();
    }

    /**
     * Begins anew, with all columns.
     *
     * @param rowCount rows that will come; 0: not known
     */
    void begin(int rowCount) {
        begin(rowCount, all);
    }

    /** Begins anew, with these columns alone. */
    void begin(int rowCount, int[] columns) {
        if (columns != chosen) {
            for (int i = 0; i < columns.length; i++) {
                places[columns[i]] = i;
            }
            chosen = columns;
        }
        cells.begin(columns.length, rowCount);
        rows = 0;
        limited = -1;
        stale = false;
        open = null;
        for (int i = 0; anyNested && i < columns.length; i++) {
            Columns inside = elements[columns[i]];
            if (inside != null) {
                inside.begin(kinds[columns[i]] == ColumnKind.STRUCT ? rowCount : 0);
            }
        }
    }

    /** Forgets all values, and gives memory back that a usual request does not need. */
    void clear() {
        cells.clear();
        for (int i = 0; anyNested && i < chosen.length; i++) {
            Columns inside = elements[chosen[i]];
            if (inside != null) {
                inside.clear();
            }
        }
    }

    int count() {
        return kinds.length;
    }

    /** Rows that values came for. */
    int rows() {
        return rows;
    }

    /** The next value is that of this row and column: of the columns begun with, each row once, in ascending order where their number was not known. */
    Columns at(int rowIndex, int columnIndex) {
        assert !isOpen() : names[column] + " lacks elements";
        if (rowIndex >= rows) {
            rows = rowIndex + 1;
            if (rowIndex >= cells.room()) {
                cells.grow();
            }
        }
        row = rowIndex;
        column = columnIndex;
        cell = cells.cell(places[columnIndex], rowIndex);
        return this;
    }

    /** Makes a row of all columns null. */
    void nulls(int rowIndex) {
        nulls(rowIndex, all);
    }

    /** Makes a row of these columns null. */
    void nulls(int rowIndex, int[] columns) {
        for (int i : columns) {
            at(rowIndex, i).nullValue();
        }
    }

    /** The column whose value was left out since the last call because its state went beyond its bound, the last of them; -1: none. */
    int takeLimited() {
        int was = limited;
        limited = -1;
        return was;
    }

    /** True once if a value since the last call may hold what was taken back. */
    boolean takeStale() {
        boolean was = stale;
        stale = false;
        return was;
    }

    /** Gives a value that came to a sink. */
    void replay(int rowIndex, int columnIndex, ValueSink sink) {
        int from = cells.cell(places[columnIndex], rowIndex);
        if (cells.isNull(from)) {
            sink.nullValue();
            return;
        }
        long value = cells.get(from);
        switch (kinds[columnIndex]) {
            case BOOLEAN -> sink.booleanValue(value != 0);
            case LONG -> sink.longValue(value);
            case FLOAT -> sink.doubleValue(Float.intBitsToFloat((int) value));
            case DOUBLE -> sink.doubleValue(Double.longBitsToDouble(value));
            case STRING, BINARY -> {
                replayed.wrap(cells.bytes().array());
                sink.bytesValue(replayed, Cells.start(value), Cells.length(value));
            }
            case LIST -> {
                sink.listValue(Cells.length(value));
                replayElements(columnIndex, Cells.start(value), Cells.length(value), sink);
            }
            case MAP -> {
                sink.mapValue(Cells.length(value));
                replayElements(columnIndex, Cells.start(value), Cells.length(value), sink);
            }
            case STRUCT -> {
                sink.structValue(elements(columnIndex).count());
                replayElements(columnIndex, rowIndex, 1, sink);
            }
        }
    }

    private void replayElements(int columnIndex, int from, int count, ValueSink sink) {
        Columns inside = elements(columnIndex);
        for (int i = from; i < from + count; i++) {
            for (int j = 0; j < inside.count(); j++) {
                inside.replay(i, j, sink);
            }
        }
    }

    /** A column as a message, for what is not a request's answer. */
    Column toColumn(int columnIndex) {
        WireBuffer bytes = new WireBuffer(64);
        new ColumnWriter(bytes).writeMessage(this, columnIndex, nameFieldOf(columnIndex));
        try {
            return Column.parseFrom(bytes.toBytes());
        } catch (InvalidProtocolBufferException impossible) {
            throw new IllegalStateException("a column that is none", impossible);
        }
    }

    ColumnKind kind(int columnIndex) {
        return kinds[columnIndex];
    }

    Cells cells() {
        return cells;
    }

    /** Where a column's cells begin. */
    int start(int columnIndex) {
        return cells.cell(places[columnIndex], 0);
    }

    /** The columns inside of one of lists, maps or structs. */
    Columns elements(int columnIndex) {
        Columns inside = elements[columnIndex];
        if (inside == null) {
            throw new IllegalStateException("column " + names[columnIndex] + " is of scalars");
        }
        return inside;
    }

    byte[] nameFieldOf(int columnIndex) {
        byte @Nullable [] known = nameFields[columnIndex];
        if (known == null) {
            known = nameField(names[columnIndex]);
            nameFields[columnIndex] = known;
        }
        return known;
    }

    /** Where the next value goes, its row and column set: here, or inside. */
    private Columns next() {
        Columns inside = open;
        return inside == null ? this : nextInside(inside);
    }

    private Columns nextInside(Columns inside) {
        if (!inside.isOpen()) {
            if (toCome == 0) {
                open = null;
                return this;
            }
            atElement(inside);
            toCome--;
        }
        return inside.next();
    }

    /** True inside a list, map or struct. */
    private boolean isOpen() {
        return open != null && (toCome > 0 || open.isOpen());
    }

    private void atElement(Columns inside) {
        switch (kinds[column]) {
            case LIST -> inside.at(inside.rows, 0);
            case MAP -> { // a key where an even number is to come
                boolean key = (toCome & 1) == 0;
                inside.at(key ? inside.rows : inside.rows - 1, key ? 0 : 1);
            }
            default -> inside.at(row, inside.count() - toCome);
        }
    }

    private void put(ColumnKind kind, long value) {
        if (kinds[column] != kind) {
            throw unexpected(kind.toString());
        }
        cells.set(cell, value);
    }

    private void putNull() {
        cells.setNull(cell);
        if (kinds[column] == ColumnKind.STRUCT) {
            Columns fields = elements(column);
            for (int i = 0; i < fields.count(); i++) {
                fields.at(row, i).putNull();
            }
        }
    }

    private void putDouble(double value) {
        switch (kinds[column]) {
            case DOUBLE -> cells.set(cell, Double.doubleToRawLongBits(value));
            case FLOAT -> cells.set(cell, Float.floatToRawIntBits((float) value));
            default -> throw unexpected("a double");
        }
    }

    private void putBytes(DirectBuffer buffer, int offset, int length) {
        WireBuffer bytes = cells.bytes();
        int start = bytes.length();
        if (kinds[column] == ColumnKind.STRING && !Utf8.isValid(buffer, offset, length)) {
            // Spark strings may hold any bytes, protobuf's may not: what is no UTF-8 becomes U+FFFD
            byte[] raw = new byte[length];
            buffer.getBytes(offset, raw);
            bytes.putBytes(new String(raw, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8));
        } else if (kinds[column] == ColumnKind.STRING || kinds[column] == ColumnKind.BINARY) {
            bytes.putBytes(buffer, offset, length);
        } else {
            throw unexpected("bytes");
        }
        cells.set(cell, Cells.span(start, bytes.length() - start));
    }

    private void begin(ColumnKind kind, int size, int values) {
        if (kinds[column] != kind) {
            throw unexpected(kind.toString());
        }
        Columns inside = elements(column);
        cells.set(cell, Cells.span(inside.rows, size));
        open = inside;
        toCome = values;
    }

    private void beginStruct(int fieldCount) {
        if (kinds[column] != ColumnKind.STRUCT || elements(column).count() != fieldCount) {
            throw unexpected("a struct of " + fieldCount + " fields");
        }
        begin(ColumnKind.STRUCT, 1, fieldCount);
    }

    private IllegalStateException unexpected(String what) {
        return new IllegalStateException("output " + names[column] + " gave " + what + ", its column takes "
                + kinds[column] + " a row: plan and type disagree");
    }

    @Override
    public void nullValue() {
        next().putNull();
    }

    @Override
    public void stale() {
        stale = true;
    }

    @Override
    public void stateLimit() {
        limited = column;
        nullValue();
    }

    @Override
    public void booleanValue(boolean value) {
        next().put(ColumnKind.BOOLEAN, value ? 1 : 0);
    }

    @Override
    public void longValue(long value) {
        next().put(ColumnKind.LONG, value);
    }

    @Override
    public void doubleValue(double value) {
        next().putDouble(value);
    }

    @Override
    public void bytesValue(DirectBuffer buffer, int offset, int length) {
        next().putBytes(buffer, offset, length);
    }

    @Override
    public void listValue(int size) {
        next().begin(ColumnKind.LIST, size, size);
    }

    @Override
    public void mapValue(int size) {
        next().begin(ColumnKind.MAP, size, 2 * size);
    }

    @Override
    public void structValue(int fieldCount) {
        next().beginStruct(fieldCount);
    }
}
