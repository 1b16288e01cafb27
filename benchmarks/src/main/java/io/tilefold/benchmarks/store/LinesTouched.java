package io.tilefold.benchmarks.store;

import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.LiveTiles;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.tile.BaseRecord;
import io.tilefold.core.tile.SegmentReader;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Counts the cache lines of a segment that a lookup and fold reads, by reading through a buffer that notes every access: index slots, record head, suffixes,
 * tiles, each line once per read. Lines of the store's control page and roots, the same few for every read, are left out.
 */
final class LinesTouched {
    private static final int LINE_LENGTH = 64;

    private final Set<Integer> lines = new HashSet<>();
    private final SegmentReader[] segments;
    private final BaseRecord record = new BaseRecord();
    private final WindowFold fold = new WindowFold(CountsGroupBy.plan());
    private final SummingSink sink = new SummingSink();
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[Population.KEY_LENGTH]);

    LinesTouched(StoreData data) throws IOException {
        List<Path> files = data.segments();
        segments = new SegmentReader[files.size()];
        for (int i = 0; i < segments.length; i++) {
            try (FileChannel channel = FileChannel.open(files.get(i))) {
                segments[i] = new SegmentReader(
                        noting(new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()))),
                        files.get(i).toString());
            }
        }
    }

    /** Average number of lines over some random keys. */
    double average(int keys, int samples) {
        SplittableRandom random = new SplittableRandom(1);
        long sum = 0;
        for (int i = 0; i < samples; i++) {
            sum += count(random.nextInt(keys));
        }
        return (double) sum / samples;
    }

    private int count(long number) {
        Population.encodeKey(number, key);
        long hash = KeyHash.hash(key, 0, Population.KEY_LENGTH);
        lines.clear();
        if (!segments[KeyHash.shard(hash, segments.length)].find(key, 0, Population.KEY_LENGTH, hash, record)) {
            throw new IllegalStateException("key " + number);
        }
        fold.fold(Population.Q, Population.BATCH_END_MS, record, LiveTiles.NONE);
        sink.sum(fold);
        return lines.size();
    }

    private DirectBuffer noting(DirectBuffer target) {
        return (DirectBuffer) Proxy.newProxyInstance(
                DirectBuffer.class.getClassLoader(),
                new Class<?>[] {DirectBuffer.class},
                (proxy, method, arguments) -> call(target, method, arguments));
    }

    private Object call(DirectBuffer target, Method method, Object[] arguments) throws Throwable {
        int length = switch (method.getName()) {
            case "getByte" -> Byte.BYTES;
            case "getInt" -> Integer.BYTES;
            case "getLong", "getDouble" -> Long.BYTES;
            case "getBytes" -> arguments[arguments.length - 1] instanceof Integer count ? count : 0;
            default -> 0;
        };
        if (length > 0) {
            int first = (Integer) arguments[0];
            for (int line = first / LINE_LENGTH; line <= (first + length - 1) / LINE_LENGTH; line++) {
                lines.add(line);
            }
        }
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
