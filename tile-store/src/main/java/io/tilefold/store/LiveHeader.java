package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Whether a mapped live file is the one its name says, in the format of this build. Every method unmaps a buffer that it refuses and throws
 * {@link StoreException} naming file and offset: {@code TOO_OLD}, {@code TOO_NEW}, {@code CORRUPT}.
 */
final class LiveHeader {
    private LiveHeader() {}

    static void checkRoots(UnsafeBuffer roots, Path file, int shardCount) {
        check(roots, () -> {
            expectLength(roots, file, LiveRootsDescriptor.length(shardCount));
            begin(roots, file, LiveRootsDescriptor.MAGIC, LiveRootsDescriptor.FORMAT_VERSION, "live roots");
            expect(roots, file, LiveRootsDescriptor.SHARD_COUNT_OFFSET, shardCount, "shard count");
        });
    }

    static void checkIndex(UnsafeBuffer index, Path file, int shard, long number) {
        check(index, () -> {
            int slots = LiveIndexDescriptor.slots(index.capacity());
            expectLength(index, file, LiveIndexDescriptor.length(Integer.highestOneBit(Math.max(1, slots))));
            begin(index, file, LiveIndexDescriptor.MAGIC, LiveIndexDescriptor.FORMAT_VERSION, "live index");
            expect(index, file, LiveIndexDescriptor.SLOTS_OFFSET, slots, "slots");
            expect(index, file, LiveIndexDescriptor.SHARD_OFFSET, shard, "shard");
            long found = index.getLong(LiveIndexDescriptor.NUMBER_OFFSET, LITTLE_ENDIAN);
            if (found != number) {
                throw corrupt(file, LiveIndexDescriptor.NUMBER_OFFSET, "number " + found + ", expected is " + number);
            }
        });
    }

    static void checkRegion(UnsafeBuffer region, Path file, int shard, int number) {
        check(region, () -> {
            if (region.capacity() < LiveRegionDescriptor.MIN_REGION_LENGTH
                    || region.capacity() > LiveRegionDescriptor.MAX_REGION_LENGTH
                    || Integer.bitCount(region.capacity()) != 1) {
                throw corrupt(file, 0, "its length is " + region.capacity());
            }
            begin(region, file, LiveRegionDescriptor.MAGIC, LiveRegionDescriptor.FORMAT_VERSION, "live region");
            expect(region, file, LiveRegionDescriptor.SHARD_OFFSET, shard, "shard");
            expect(region, file, LiveRegionDescriptor.REGION_OFFSET, number, "region");
        });
    }

    private static void check(UnsafeBuffer buffer, Runnable checks) {
        boolean sound = false;
        try {
            checks.run();
            sound = true;
        } finally {
            if (!sound) {
                Mappings.unmap(buffer);
            }
        }
    }

    private static void expectLength(UnsafeBuffer buffer, Path file, int length) {
        if (buffer.capacity() != length) {
            throw corrupt(file, 0, "its length is " + buffer.capacity() + ", expected is " + length);
        }
    }

    /** Magic and format lie where they do in all of them. */
    private static void begin(UnsafeBuffer buffer, Path file, long magic, int format, String name) {
        long found = buffer.getLongAcquire(0);
        if (found != magic) {
            throw corrupt(file, 0, "magic " + Magic.text(found) + ", expected is " + Magic.text(magic));
        }
        DurableFormat.checkVersion(file, Long.BYTES, name, buffer.getInt(Long.BYTES, LITTLE_ENDIAN), format, format);
    }

    private static void expect(UnsafeBuffer buffer, Path file, int offset, int expected, String what) {
        int found = buffer.getInt(offset, LITTLE_ENDIAN);
        if (found != expected) {
            throw corrupt(file, offset, what + " " + found + ", expected is " + expected);
        }
    }

    private static StoreException corrupt(Path file, int offset, String what) {
        return DurableFormat.corrupt(file, offset, "live file", what);
    }
}
