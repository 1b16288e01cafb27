package io.tilefold.store;

import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.tile.BaseRecord;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One shard of live tiles in memory, its writer and one reader. Every event of a user carries 1 and the user's number, so an answer that is one
 * state of the user's own record has count = sum and least = most = the number.
 */
final class StressShard {
    static final long DAY_MS = 15_000 * Hop.DAY.lengthMs();

    /** Long enough that the first event's record has no room for another five minutes. */
    static final long NEXT_TILE_MS = DAY_MS + Hop.FIVE_MINUTES.lengthMs();

    private static final long Q = DAY_MS + 2 * Hop.DAY.lengthMs();
    private static final Schema ROW =
            Schema.of(new Field("user", Scalar.LONG), new Field("one", Scalar.LONG), new Field("number", Scalar.LONG));
    private static final GroupByPlan PLAN = plan();

    private final FlatRowWriter rowWriter = new FlatRowWriter(ROW.size());
    private final FlatRow row = new FlatRow();
    private final KeyEncoder writerKey = new KeyEncoder();
    private final KeyEncoder readerKey = new KeyEncoder();
    private final LiveReader reader = new LiveReader();

    /** A reader of either kind: of tiles where they lie, or of a copy. */
    private final boolean inPlace = ThreadLocalRandom.current().nextBoolean();

    private final WindowFold fold = new WindowFold(PLAN);
    private final LiveShard writer;
    private final LiveShardView view;

    StressShard(MemoryFiles files) {
        LiveDirectory directory = new LiveDirectory(Path.of("live"), files);
        UnsafeBuffer roots = new UnsafeBuffer(new byte[LiveRootsDescriptor.length(1)]);
        writer = new LiveShard(directory, 0, roots, new TileUpdate(PLAN));
        view = new LiveShardView(directory, 0, roots);
    }

    private static GroupByPlan plan() {
        GroupBy.Builder definition = GroupBy.builder("stress")
                .source(Source.events(
                        "events", "topic", Query.builder().timeColumn("ts").build()))
                .keys("user")
                .online(true);
        for (String[] each : new String[][] {{"count", "one"}, {"sum", "one"}, {"min", "number"}, {"max", "number"}}) {
            definition.aggregate(Aggregation.of(each[0], each[1]).windows("30d"));
        }
        return GroupByPlan.compile(definition.build(), ROW);
    }

    /** Writer's actor only. */
    void apply(long user, long timeMs) {
        rowWriter.reset();
        rowWriter.putLong(0, user);
        rowWriter.putLong(1, 1);
        rowWriter.putLong(2, user);
        int length = rowWriter.finish();
        row.wrap(rowWriter.buffer(), 0, length, ROW.size());
        writerKey.reset().putLong(user);
        writer.apply(writerKey.buffer(), 0, writerKey.length(), writerKey.hash(), row, timeMs);
    }

    LiveShard writer() {
        return writer;
    }

    /** One try, without a second: reader's actor only. */
    String read(long user) {
        readerKey.reset().putLong(user);
        LiveReader.Outcome outcome = inPlace
                ? reader.locateInPlace(
                        view, readerKey.buffer(), 0, readerKey.length(), readerKey.hash(), fold.tornLength())
                : reader.locate(view, readerKey.buffer(), 0, readerKey.length(), readerKey.hash(), true);
        return switch (outcome) {
            case NOT_FOUND -> "absent";
            case TORN -> "torn";
            case GONE -> "gone";
            case FOUND -> judge(user);
        };
    }

    private String judge(long user) {
        fold.fold(Q, DAY_MS, new BaseRecord(), reader.tiles());
        if (inPlace && !(reader.tiles().endInPlace(Q) && reader.isUnchanged(view))) {
            return "torn";
        }
        ObjectSink sink = new ObjectSink();
        fold.emit(sink);
        List<@Nullable Object> values = sink.values();
        Object count = values.get(0);
        boolean whole = count != null
                && count.equals(values.get(1))
                && Long.valueOf(user).equals(values.get(2))
                && Long.valueOf(user).equals(values.get(3));
        return whole ? count + " events" : "mixture " + values;
    }
}
