package io.tilefold.serving;

import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.ListValues;
import io.tilefold.proto.types.v1.LongValues;
import io.tilefold.proto.types.v1.MapValues;
import io.tilefold.proto.types.v1.StructValues;
import io.tilefold.serving.WireBuffer.AnswerTooLargeException;

/**
 * Writes {@link Columns} as protobuf {@link Column}s. The length of a column of scalars is known from its cells, so that it is written once; what lists, maps and structs hold is
 * moved behind its length when it is there.
 */
final class ColumnWriter {
    /** Every values message has its values in field 1, lists and maps their lengths. */
    private static final int VALUES = LongValues.VALUES_FIELD_NUMBER;

    /** Values whose column has lengths of one byte. */
    private static final int MAX_SHORT = 127 - 4;

    private static final int SHORT_HEADS = 6;

    /** One in each of the lengths among the short heads. */
    private static final long SHORT_LENGTHS = 1L << 8 | 1L << 24 | 1L << 40;

    private final WireBuffer out;

    ColumnWriter(WireBuffer out) {
        this.out = out;
    }

    /**
     * Appends a column as a field.
     *
     * @param nameField of {@link Columns#nameField}, or {@link Columns#NO_NAME}
     */
    void write(int field, Columns columns, int column, byte[] nameField) {
        ColumnKind kind = columns.kind(column);
        if (kind.isNested()) {
            int from = out.length();
            writeNested(kind, columns, column, nameField);
            out.wrap(field, from);
        } else if (columns.rows() == 1 && kind.isPacked() && nameField.length == 0) {
            writeOne(field, kind, columns, column);
        } else {
            writeScalars(field, kind, columns, column, nameField);
        }
    }

    /** A column of one number, as those of most requests are: no loops, which cost more than the number. */
    private void writeOne(int field, ColumnKind kind, Columns columns, int column) {
        Cells cells = columns.cells();
        int cell = columns.start(column);
        if (cells.isNull(cell)) {
            writeNulls(field, cells, cell, 1, Columns.NO_NAME);
            return;
        }
        long value = cells.get(cell);
        if (kind == ColumnKind.LONG) {
            long unsigned = WireBuffer.zigzag(value);
            int at = claimShort(field, kind, WireBuffer.varintLength(unsigned));
            int unused = WireBuffer.putVarint(out.array(), at, unsigned);
        } else {
            int at = claimShort(field, kind, kind.width());
            int unused = WireBuffer.putFixed64(out.array(), at, value); // of a float or boolean the first bytes count
        }
    }

    /** Appends the short heads of a column; returns where its values go. */
    private int claimShort(int field, ColumnKind kind, int values) {
        int at = out.claim(SHORT_HEADS + values, Long.BYTES);
        int unused = WireBuffer.putFixed64(out.array(), at, shortHeads(field, kind, values));
        return at + SHORT_HEADS;
    }

    /** Appends a column as a message without tag and length. */
    void writeMessage(Columns columns, int column, byte[] nameField) {
        ColumnKind kind = columns.kind(column);
        if (kind.isNested()) {
            writeNested(kind, columns, column, nameField);
        } else {
            writeScalars(0, kind, columns, column, nameField);
        }
    }

    private void writeScalars(int field, ColumnKind kind, Columns columns, int column, byte[] nameField) {
        Cells cells = columns.cells();
        int from = columns.start(column);
        int rows = columns.rows();
        int nulls = cells.countNulls(from, rows);
        if (nulls == rows) { // the values are left out
            writeNulls(field, cells, from, rows, nameField);
            return;
        }
        int values = valuesLength(kind, cells, from, rows);
        if (values <= MAX_SHORT && kind.isPacked() && nulls + nameField.length == 0 && field > 0) {
            int at = claimShort(field, kind, values);
            int unused = putValues(out.array(), at, kind, cells, from, rows);
            return;
        }
        int content = kind.isPacked() ? WireBuffer.fieldLength(values) : values;
        int mask = nulls > 0 ? WireBuffer.fieldLength(maskLength(rows)) : 0;
        begin(field, nameField, mask + WireBuffer.fieldLength(content));
        if (nulls > 0) {
            putMask(cells, from, rows);
        }
        out.putHead(kind.valuesField(), content);
        if (kind.isPacked()) {
            out.putHead(VALUES, values);
        }
        int at = out.claim(values, 0);
        int unused = putValues(out.array(), at, kind, cells, from, rows);
    }

    private void begin(int field, byte[] nameField, int rest) {
        if (field > 0) {
            out.putHead(field, nameField.length + rest);
        }
        if (nameField.length > 0) {
            out.putBytes(nameField);
        }
    }

    private void writeNulls(int field, Cells cells, int from, int rows, byte[] nameField) {
        if (rows == 0) {
            begin(field, nameField, 0);
        } else {
            begin(field, nameField, WireBuffer.fieldLength(maskLength(rows)));
            putMask(cells, from, rows);
        }
    }

    /** Tags and lengths of the column, its values and their one field, each length of one byte, in the order of the bytes. */
    private static long shortHeads(int field, ColumnKind kind, int values) {
        return kind.shortHeads() + WireBuffer.tag(field, WireBuffer.LENGTH_DELIMITED) + values * SHORT_LENGTHS;
    }

    private static int maskLength(int rows) {
        return rows + 7 >>> 3;
    }

    private void putMask(Cells cells, int from, int rows) {
        int length = maskLength(rows);
        out.putHead(Column.NULLS_FIELD_NUMBER, length);
        int at = out.claim(length, Long.BYTES);
        for (int i = 0; i < rows; i += Long.SIZE) {
            at = WireBuffer.putFixed64(out.array(), at, cells.nulls(from + i, Math.min(Long.SIZE, rows - i)));
        }
    }

    private static int valuesLength(ColumnKind kind, Cells cells, int from, int rows) {
        long length = (long) kind.width() * rows;
        if (kind == ColumnKind.LONG) {
            for (int i = from; i < from + rows; i++) {
                length += WireBuffer.varintLength(WireBuffer.zigzag(cells.get(i)));
            }
        } else if (!kind.isPacked()) {
            for (int i = from; i < from + rows; i++) {
                length += WireBuffer.fieldLength(Cells.length(cells.get(i)));
            }
        }
        if (length > Integer.MAX_VALUE - WireBuffer.KEPT_LENGTH) {
            throw new AnswerTooLargeException();
        }
        return (int) length;
    }

    private static int putValues(byte[] bytes, int offset, ColumnKind kind, Cells cells, int from, int rows) {
        int at = offset;
        int to = from + rows;
        if (kind == ColumnKind.DOUBLE) {
            for (int i = from; i < to; i++) {
                at = WireBuffer.putFixed64(bytes, at, cells.get(i));
            }
        } else if (kind == ColumnKind.LONG) {
            for (int i = from; i < to; i++) {
                at = WireBuffer.putVarint(bytes, at, WireBuffer.zigzag(cells.get(i)));
            }
        } else if (kind == ColumnKind.FLOAT) {
            for (int i = from; i < to; i++) {
                at = WireBuffer.putFixed32(bytes, at, (int) cells.get(i));
            }
        } else if (kind == ColumnKind.BOOLEAN) {
            for (int i = from; i < to; i++) {
                bytes[at++] = (byte) cells.get(i);
            }
        } else {
            byte[] strings = cells.bytes().array();
            for (int i = from; i < to; i++) {
                int length = Cells.length(cells.get(i));
                at = WireBuffer.putHead(bytes, at, VALUES, length);
                at = WireBuffer.putBytes(bytes, at, strings, Cells.start(cells.get(i)), length);
            }
        }
        return at;
    }

    private void writeNested(ColumnKind kind, Columns columns, int column, byte[] nameField) {
        Cells cells = columns.cells();
        int rows = columns.rows();
        int nulls = cells.countNulls(columns.start(column), rows);
        out.putBytes(nameField);
        if (nulls > 0) {
            putMask(cells, columns.start(column), rows);
        }
        if (nulls == rows) {
            return;
        }
        int from = out.length();
        Columns elements = columns.elements(column);
        switch (kind) {
            case LIST -> {
                putLengths(cells, columns.start(column), rows);
                write(ListValues.ELEMENTS_FIELD_NUMBER, elements, 0, Columns.NO_NAME);
            }
            case MAP -> {
                putLengths(cells, columns.start(column), rows);
                write(MapValues.KEYS_FIELD_NUMBER, elements, 0, Columns.NO_NAME);
                write(MapValues.VALUES_FIELD_NUMBER, elements, 1, Columns.NO_NAME);
            }
            default -> {
                for (int i = 0; i < elements.count(); i++) {
                    write(StructValues.FIELDS_FIELD_NUMBER, elements, i, elements.nameFieldOf(i));
                }
            }
        }
        out.wrap(kind.valuesField(), from);
    }

    private void putLengths(Cells cells, int from, int rows) {
        int length = 0;
        for (int i = from; i < from + rows; i++) {
            length += WireBuffer.varintLength(Cells.length(cells.get(i)));
        }
        out.putHead(VALUES, length);
        for (int i = from; i < from + rows; i++) {
            out.putVarint(Cells.length(cells.get(i)));
        }
    }
}
