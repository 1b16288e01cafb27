package io.tilefold.batch.backfill;

import io.tilefold.batch.Carried;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.RowLayout;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Answered left rows as Spark's: the left's columns, {@code ts}, the partition's day, then each part's outputs in the order of the groups; columns as {@link
 * Carried} carries them, named by their index.
 */
final class AnswerDecoder implements MapPartitionsFunction<byte[], Row> {
    private static final long serialVersionUID = 1;

    private final LeftLayout left;
    private final List<KeyGroup> groups;

    AnswerDecoder(LeftLayout left, List<KeyGroup> groups) {
        this.left = left;
        this.groups = new ArrayList<>(groups);
    }

    /** Name of a decoded column. */
    static String column(int index) {
        return "__tilefold_" + index;
    }

    /** Index of a part's first output. */
    int firstOutput(PartPlan wanted) {
        int index = left.moment();
        for (KeyGroup group : groups) {
            for (PartPlan part : group.parts()) {
                if (part == wanted) {
                    return index;
                }
                index += part.outputs().size();
            }
        }
        throw new IllegalArgumentException(wanted.name());
    }

    /** Types of all decoded columns. */
    private List<ValueType> types() {
        List<ValueType> types = new ArrayList<>();
        left.columns().fields().forEach(field -> types.add(field.type()));
        types.add(ValueType.Scalar.LONG);
        types.add(ValueType.Scalar.LONG);
        groups.forEach(group -> group.parts()
                .forEach(part -> part.outputs().fields().forEach(field -> types.add(field.type()))));
        return types;
    }

    StructType schema() {
        StructType schema = new StructType();
        for (ValueType type : types()) {
            schema = schema.add(column(schema.size()), Carried.type(type));
        }
        return schema;
    }

    /** Decoded columns as the types they have, still named by index; the day as text. */
    Dataset<Row> restored(Dataset<Row> decoded) {
        List<ValueType> types = types();
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            Column column = functions.col(column(i));
            Column restored = i == left.day()
                    ? functions.date_from_unix_date(column.cast("int")).cast("string")
                    : Carried.restored(column, types.get(i));
            columns.add(restored.as(column(i)));
        }
        return decoded.select(columns.toArray(Column[]::new));
    }

    @Override
    public Iterator<Row> call(Iterator<byte[]> rows) {
        List<Section> sections = new ArrayList<>();
        List<ValueType> types = new ArrayList<>(
                left.columns().fields().stream().map(Field::type).toList());
        types.add(ValueType.Scalar.LONG);
        types.add(ValueType.Scalar.LONG);
        sections.add(new Section(left.size(), Section.first(types.size()), types));
        for (KeyGroup group : groups) {
            group.parts().forEach(part -> sections.add(Section.of(part)));
        }
        int columns = sections.stream().mapToInt(section -> section.columns.length).sum();
        UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
        FlatRow row = new FlatRow();
        return new Expanding<byte[], Row>(rows) {
            @Override
            void expand(byte[] bytes) {
                @Nullable Object[] values = new @Nullable Object[columns];
                buffer.wrap(bytes);
                int at = 0;
                int next = 0;
                for (Section section : sections) {
                    row.wrap(buffer, at, bytes.length - at, section.size);
                    next = section.read(row, values, next);
                    at += buffer.getInt(at + RowLayout.LENGTH_OFFSET, ByteOrder.LITTLE_ENDIAN);
                }
                give(RowFactory.create(values));
            }
        };
    }

    /** One of the flat rows that an answered left row consists of, and which of its columns are wanted. */
    private record Section(int size, int[] columns, List<ValueType> types) {
        static Section of(PartPlan part) {
            Schema outputs = part.outputs();
            return new Section(
                    part.answer().size(),
                    outputs.fields().stream().mapToInt(part::answerColumn).toArray(),
                    outputs.fields().stream().map(Field::type).toList());
        }

        static int[] first(int count) {
            return IntStream.range(0, count).toArray();
        }

        int read(FlatRow row, @Nullable Object[] values, int next) {
            for (int i = 0; i < columns.length; i++) {
                values[next + i] = Carried.get(row, columns[i], types.get(i));
            }
            return next + columns.length;
        }
    }
}
