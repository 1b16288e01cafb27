package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.testsupport.Seeds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random histories of blocks taken and given back. */
class BlockAllocatorTest {
    @TempDir
    private Path temporary;

    @Test
    void blocksNeverOverlapAndTheirFirstLongsStaySequences() {
        Seeds.forEach(4, random -> {
            Path directory = temporary.resolve("blocks" + random.nextLong());
            LocalFiles.INSTANCE.createDirectories(directory);
            BlockAllocator blocks = new BlockAllocator(
                    new LiveDirectory(directory, LocalFiles.INSTANCE),
                    0,
                    new UnsafeBuffer(new byte[LiveRootsDescriptor.length(1)]));
            try {
                new History(blocks, random).run();
            } finally {
                blocks.unmap();
            }
        });
    }

    @Test
    void aLargeFreeBlockServesSmallOnesBeforeARegionIsAdded() {
        BlockAllocator blocks = new BlockAllocator(
                new LiveDirectory(temporary, LocalFiles.INSTANCE),
                0,
                new UnsafeBuffer(new byte[LiveRootsDescriptor.length(1)]));
        try {
            int large = blocks.allocate(LiveRegionDescriptor.MIN_REGION_LENGTH / 2);
            int free = 0;
            while (blocks.allocateExisting(LiveRegionDescriptor.MIN_BLOCK_LENGTH) != 0) {
                free++;
            }
            assertThat(free).isPositive();
            long dataBytes = blocks.dataBytes();
            sequence(blocks, large, 1);
            blocks.free(large);
            int length = LiveRegionDescriptor.MIN_REGION_LENGTH / 2;
            for (int i = 0; i < length / LiveRegionDescriptor.MIN_BLOCK_LENGTH - 1; i++) {
                blocks.allocate(LiveRegionDescriptor.MIN_BLOCK_LENGTH);
            }
            assertThat(blocks.dataBytes()).isEqualTo(dataBytes);
            assertThat(blocks.freeBytes()).isLessThan(2L * LiveRegionDescriptor.MIN_BLOCK_LENGTH);
        } finally {
            blocks.unmap();
        }
    }

    private static void sequence(BlockAllocator blocks, int reference, long value) {
        blocks.region(reference).putLong(LiveRegionDescriptor.offset(reference), value, LITTLE_ENDIAN);
    }

    private static final class History {
        private final BlockAllocator blocks;
        private final SplittableRandom random;
        private final List<Integer> taken = new ArrayList<>();

        /** By region and offset: what no other block may reach into. */
        private final TreeMap<Long, Integer> lengths = new TreeMap<>();

        /** Every place that ever was a block's beginning, and what its first long says. */
        private final Map<Integer, Long> sequences = new TreeMap<>();

        private long writes;

        History(BlockAllocator blocks, SplittableRandom random) {
            this.blocks = blocks;
            this.random = random;
        }

        void run() {
            for (int wave = 0; wave < 8; wave++) {
                int lengthMax = 200 << random.nextInt(10);
                int count = 20 + random.nextInt(300);
                for (int step = 0; step < 1_000; step++) {
                    if (taken.size() > random.nextInt(2 * count)) {
                        free(taken.remove(random.nextInt(taken.size())));
                    } else {
                        take(1 + random.nextInt(lengthMax));
                    }
                }
                check();
            }
            List.copyOf(taken).forEach(this::free);
            taken.clear();
            check();
        }

        private void take(int length) {
            int reference = blocks.allocate(length);
            UnsafeBuffer region = blocks.region(reference);
            int block = LiveRegionDescriptor.offset(reference);
            int capacity = region.getInt(block + LiveRecordDescriptor.CAPACITY_OFFSET, LITTLE_ENDIAN);
            assertThat(capacity).isGreaterThanOrEqualTo(length);
            long at = place(reference);
            Map.Entry<Long, Integer> before = lengths.floorEntry(at);
            Map.Entry<Long, Integer> after = lengths.higherEntry(at);
            assertThat(before == null || before.getKey() + before.getValue() <= at)
                    .isTrue();
            assertThat(after == null || at + capacity <= after.getKey()).isTrue();
            long sequence = region.getLong(block, LITTLE_ENDIAN);
            assertThat(sequence == 0 || (sequence & 1) == 1)
                    .as("free block's sequence %d", sequence)
                    .isTrue();
            region.setMemory(block + Long.BYTES, capacity - Long.BYTES, (byte) 0x44);
            region.putInt(block + LiveRecordDescriptor.CAPACITY_OFFSET, capacity, LITTLE_ENDIAN);
            writes += 2;
            sequence(blocks, reference, writes);
            sequences.put(reference, writes);
            lengths.put(at, capacity);
            taken.add(reference);
        }

        private void free(int reference) {
            sequence(blocks, reference, writes + 1);
            sequences.put(reference, writes + 1);
            lengths.remove(place(reference));
            blocks.free(reference);
        }

        private static long place(int reference) {
            return ((long) LiveRegionDescriptor.region(reference) << 32) | LiveRegionDescriptor.offset(reference);
        }

        private void check() {
            sequences.forEach((reference, sequence) -> assertThat(
                            blocks.region(reference).getLong(LiveRegionDescriptor.offset(reference), LITTLE_ENDIAN))
                    .isEqualTo(sequence));
            long used = lengths.values().stream().mapToLong(Integer::longValue).sum();
            long headers = Integer.toUnsignedLong(sequences.keySet().stream()
                            .mapToInt(LiveRegionDescriptor::region)
                            .max()
                            .orElse(0))
                    + 1;
            assertThat(blocks.dataBytes() - blocks.freeBytes())
                    .isEqualTo(used + headers * LiveRegionDescriptor.HEADER_LENGTH);
        }
    }
}
