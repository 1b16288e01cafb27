package io.tilefold.benchmarks.store;

import io.tilefold.store.KeyReader;
import io.tilefold.store.TileStoreReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * What a key takes: bytes on disk and in memory beside key and packed accumulators, and the reader's heap after a collection. One line per store size.
 *
 * <pre>
 * benchmarks/bench io.tilefold.benchmarks.store.Footprint 100000 1000000 10000000
 * </pre>
 */
public final class Footprint {
    private static final int READS = 1_000_000;

    private Footprint() {}

    public static void main(String[] sizes) throws IOException {
        System.out.println(
                "keys, bytes of segments a key, packed bytes a key, ratio, heap used after GC with the store open and read, bytes");
        for (String size : sizes) {
            int keys = Integer.parseInt(size);
            StoreData data = StoreData.prepare(keys);
            long bytes = 0;
            for (Path segment : data.segments()) {
                bytes += Files.size(segment);
            }
            double perKey = (double) bytes / keys;
            double packed = Population.KEY_LENGTH + hops(keys) * CountsGroupBy.STATES_LENGTH;
            System.out.printf(
                    "%d, %.1f, %.1f, %.3f, %d%n", keys, perKey, packed, perKey / packed, heapAfterReads(data, keys));
        }
    }

    /** Non-empty hops of a key, on average. */
    private static double hops(int keys) {
        Population population = new Population();
        long sum = 0;
        for (int number = 0; number < keys; number++) {
            sum += population.select(number);
        }
        return (double) sum / keys;
    }

    private static long heapAfterReads(StoreData data, int keys) {
        data.publish();
        try (TileStoreReader store = TileStoreReader.open(data.directory())) {
            KeyReader reader = Objects.requireNonNull(store.view().groupBy(CountsGroupBy.ACTIVE.id()))
                    .newKeyReader();
            StoreReads reads = new StoreReads();
            SplittableRandom random = new SplittableRandom(1);
            for (int i = 0; i < READS; i++) {
                reads.read(reader, random.nextInt(keys), Population.Q);
            }
            System.gc();
            return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        }
    }
}
