package io.tilefold.batch.backfill;

import io.tilefold.batch.CatalystRows;
import io.tilefold.batch.Expanding;
import io.tilefold.batch.SparkTypes;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.RowLayout;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.Scalar;
import java.nio.ByteOrder;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/**
 * Answered left rows as Spark's: the left's columns, {@code ts}, the partition's day as text, the moment asked for, then each part's outputs in the order of the groups; columns are
 * named by their index. Rows are made as Spark keeps them inside: hundreds of columns, many of them maps, cost no expression each.
 */
final class AnswerDecoder implements FlatMapFunction<Iterator<byte[]>, InternalRow> {
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
        int index = left.moment() + 1;
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

    Dataset<Row> decode(SparkSession spark, JavaRDD<byte[]> answered) {
        return CatalystRows.frame(spark, answered.mapPartitions(this), schema());
    }

    private StructType schema() {
        List<ValueType> types = new ArrayList<>();
        left.columns().fields().forEach(field -> types.add(field.type()));
        types.add(Scalar.LONG);
        types.add(Scalar.STRING);
        types.add(Scalar.LONG);
        groups.forEach(group ->
                group.parts().forEach(part -> part.outputs().fields().forEach(field -> types.add(field.type()))));
        StructType schema = new StructType();
        for (ValueType type : types) {
            schema = schema.add(column(schema.size()), SparkTypes.toSpark(type));
        }
        return schema;
    }

    @Override
    public Iterator<InternalRow> call(Iterator<byte[]> rows) {
        return new Decoded(rows);
    }

    private final class Decoded extends Expanding<byte[], InternalRow> {
        private final List<Section> sections = new ArrayList<>();
        private final int columns;
        private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
        private final FlatRow row = new FlatRow();
        private UTF8String day = UTF8String.EMPTY_UTF8;
        private long dayNumber = Long.MIN_VALUE;

        Decoded(Iterator<byte[]> rows) {
            super(rows);
            List<ValueType> types = new ArrayList<>(
                    left.columns().fields().stream().map(Field::type).toList());
            types.addAll(List.of(Scalar.LONG, Scalar.LONG, Scalar.LONG));
            sections.add(
                    new Section(left.size(), IntStream.range(0, types.size()).toArray(), types));
            groups.forEach(group -> group.parts().forEach(part -> sections.add(Section.of(part))));
            columns = sections.stream()
                    .mapToInt(section -> section.columns.length)
                    .sum();
        }

        @Override
        protected void expand(byte[] bytes) {
            @Nullable Object[] values = new @Nullable Object[columns];
            buffer.wrap(bytes);
            int at = 0;
            int next = 0;
            for (Section section : sections) {
                row.wrap(buffer, at, bytes.length - at, section.size);
                next = section.read(row, values, next);
                at += buffer.getInt(at + RowLayout.LENGTH_OFFSET, ByteOrder.LITTLE_ENDIAN);
            }
            values[left.day()] = text(values[left.day()]);
            give(new GenericInternalRow(values));
        }

        private UTF8String text(@Nullable Object number) {
            if (number instanceof Long of && of != dayNumber) {
                dayNumber = of;
                day = UTF8String.fromString(LocalDate.ofEpochDay(of).toString());
            }
            return day;
        }
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

        int read(FlatRow row, @Nullable Object[] values, int next) {
            for (int i = 0; i < columns.length; i++) {
                values[next + i] = CatalystValues.of(row, columns[i], types.get(i));
            }
            return next + columns.length;
        }
    }
}
