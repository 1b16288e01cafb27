package io.tilefold.batch.backfill;

import io.tilefold.batch.CatalystRows;
import io.tilefold.batch.Expanding;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.value.FlatRow;
import java.io.Serializable;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Which task writes which rows, so that a day is a file or a few and not one of each task: a large day has tasks of its own, small ones share one. The rows of a day with
 * several tasks are told apart by their bytes: a task that is run again gets the same ones.
 */
final class DayTasks implements Serializable {
    private static final long serialVersionUID = 1;

    /** Files that a task has open at once: as many days it writes. */
    private static final int DAYS_MAX = 3;

    private static final long ROWS_MIN = 10_000;
    private static final StructType PLACED =
            new StructType().add("task", DataTypes.IntegerType, false).add("bytes", DataTypes.BinaryType, false);

    private final long[] days;
    private final int[] firstTasks;
    private final int[] taskCounts;
    private final int tasks;

    private DayTasks(SortedMap<Long, Long> rowsByDay, long rowsOfTask) {
        int count = rowsByDay.size();
        days = new long[count];
        firstTasks = new int[count];
        taskCounts = new int[count];
        int day = 0;
        int next = 0; // first task without rows
        long inLast = rowsOfTask;
        int daysInLast = 0;
        for (Map.Entry<Long, Long> entry : rowsByDay.entrySet()) {
            long rows = entry.getValue();
            boolean shares = inLast + rows <= rowsOfTask && daysInLast < DAYS_MAX;
            int own = (int) Math.max(1, (rows + rowsOfTask - 1) / rowsOfTask);
            days[day] = entry.getKey();
            firstTasks[day] = shares ? next - 1 : next;
            taskCounts[day] = shares ? 1 : own;
            next += shares ? 0 : own;
            inLast = shares ? inLast + rows : own == 1 ? rows : rowsOfTask;
            daysInLast = shares ? daysInLast + 1 : 1;
            day++;
        }
        tasks = next;
    }

    /**
     * For days of known size.
     *
     * @param parallelism tasks wanted
     */
    static DayTasks ofRows(SortedMap<Long, Long> rowsByDay, int parallelism) {
        long rows = rowsByDay.values().stream().mapToLong(Long::longValue).sum();
        return new DayTasks(rowsByDay, Math.max(ROWS_MIN, (rows + parallelism - 1) / parallelism));
    }

    /** For days of unknown and like size. */
    static DayTasks ofDays(List<LocalDate> days, int parallelism) {
        SortedMap<Long, Long> equal = new TreeMap<>();
        days.forEach(day -> equal.put(day.toEpochDay(), (long) parallelism));
        return new DayTasks(equal, days.size());
    }

    int tasks() {
        return tasks;
    }

    /** The task of one of the days' rows. */
    int task(long day, long hash) {
        int index = Arrays.binarySearch(days, day);
        return firstTasks[index] + (int) Long.remainderUnsigned(hash, taskCounts[index]);
    }

    /** Brings answered rows to their tasks. */
    JavaRDD<byte[]> place(SparkSession spark, JavaRDD<byte[]> answered, LeftLayout layout) {
        if (days.length == 1) {
            return answered; // every task writes one file
        }
        FlatMapFunction<java.util.Iterator<byte[]>, InternalRow> placing = rows -> {
            UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
            FlatRow row = new FlatRow();
            return new Expanding<byte[], InternalRow>(rows) {
                @Override
                protected void expand(byte[] bytes) {
                    buffer.wrap(bytes);
                    row.wrap(buffer, 0, bytes.length, layout.size());
                    long hash = KeyHash.hash(buffer, 0, bytes.length);
                    give(new GenericInternalRow(new Object[] {task(row.getLong(layout.day()), hash), bytes}));
                }
            };
        };
        return CatalystRows.of(CatalystRows.frame(spark, answered.mapPartitions(placing), PLACED)
                        .repartitionById(tasks, functions.col("task")))
                .map(row -> row.getBinary(1));
    }
}
