package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.testsupport.Seeds;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random histories of an index against a map: keys come, move and go, and the table is rebuilt larger and smaller. */
class LiveIndexTest {
    @TempDir
    private Path temporary;

    @Test
    void everyKeyIsFoundAndNoOther() {
        Seeds.forEach(4, random -> {
            Path directory = temporary.resolve("index" + random.nextLong());
            LocalFiles.INSTANCE.createDirectories(directory);
            LiveIndex index = new LiveIndex(
                    new LiveDirectory(directory, LocalFiles.INSTANCE),
                    0,
                    new UnsafeBuffer(new byte[LiveRootsDescriptor.length(1)]));
            try {
                new History(index, random).run();
            } finally {
                index.unmap();
            }
        });
    }

    private static final class History {
        private final LiveIndex index;
        private final SplittableRandom random;
        private final Map<Long, Integer> model = new HashMap<>();

        History(LiveIndex index, SplittableRandom random) {
            this.index = index;
            this.random = random;
        }

        void run() {
            int largest = 0;
            for (int wave = 0; wave < 6; wave++) {
                int keys = random.nextInt(3_000);
                for (int step = 0; step < 6_000; step++) {
                    long hash = random.nextInt(keys + 100) * 0x9E3779B97F4A7C15L;
                    if (model.size() > keys || random.nextInt(3) == 0) {
                        remove(hash);
                    } else {
                        addOrMove(hash);
                    }
                }
                largest = Math.max(largest, index.slots());
                check();
            }
            model.keySet().stream().toList().forEach(this::remove);
            assertThat(index.keys()).isZero();
            assertThat(index.shrink()).isEqualTo(largest > LiveIndexDescriptor.INITIAL_SLOTS);
            assertThat(index.slots()).isEqualTo(LiveIndexDescriptor.INITIAL_SLOTS);
        }

        private void addOrMove(long hash) {
            int reference = 1 + random.nextInt(1 << 30);
            int slot = find(hash);
            if (slot >= 0) {
                index.point(slot, reference);
            } else {
                index.reserve();
                index.add(hash, reference);
            }
            model.put(hash, reference);
        }

        private void remove(long hash) {
            int slot = find(hash);
            assertThat(slot >= 0).isEqualTo(model.remove(hash) != null);
            if (slot >= 0) {
                index.remove(slot);
            }
        }

        /** Searches as readers do. */
        private int find(long hash) {
            int slot = index.firstSlot(hash);
            while (index.entry(slot) != LiveIndexDescriptor.EMPTY) {
                if (LiveIndexDescriptor.isOf(index.entry(slot), hash)) {
                    return slot;
                }
                slot = index.nextSlot(slot);
            }
            return -1;
        }

        private void check() {
            assertThat(index.keys()).isEqualTo(model.size());
            model.forEach((hash, reference) -> assertThat(LiveIndexDescriptor.reference(index.entry(find(hash))))
                    .isEqualTo(reference));
            int used = 0;
            for (int slot = 0; slot < index.slots(); slot++) {
                used += index.entry(slot) == LiveIndexDescriptor.EMPTY ? 0 : 1;
            }
            assertThat(used).isBetween(model.size(), LiveIndexDescriptor.capacity(index.slots()));
        }
    }
}
