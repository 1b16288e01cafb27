package io.tilefold.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjLongConsumer;
import org.agrona.concurrent.UnsafeBuffer;

/** Checks each record of one shard's live tiles. */
final class LiveShardCheck implements LiveScan.Visitor {
    private final LiveDirectory live;
    private final int shard;
    private final int shardCount;
    private final ObjLongConsumer<Path> progress;
    private final List<StoreFindings.Problem> problems = new ArrayList<>();
    private Path index;
    private LiveShardView.Table table = new LiveShardView.Table(0, new UnsafeBuffer(0, 0), 0);
    private long records;
    private long busy;

    LiveShardCheck(LiveDirectory live, int shard, int shardCount, ObjLongConsumer<Path> progress) {
        this.live = live;
        this.shard = shard;
        this.shardCount = shardCount;
        this.progress = progress;
        this.index = live.path();
    }

    @Override
    public void begin(LiveShardView.Table found) {
        table = found;
        index = live.index(shard, found.number());
        problems.clear();
        records = 0;
        busy = 0;
    }

    @Override
    public void record(int slot, long entry, int probes, UnsafeBuffer copy, int capacity) {
        records++;
        int reference = LiveIndexDescriptor.reference(entry);
        Path region = live.region(shard, LiveRegionDescriptor.region(reference));
        progress.accept(region, capacity);
        String problem = LiveRecordCheck.problem(copy, capacity, entry, shard, shardCount);
        if (problem != null) {
            add(region, LiveRegionDescriptor.offset(reference), "live record: " + problem);
        }
        for (int passed = 1; passed < probes; passed++) {
            int before = (slot - passed) & (table.slots() - 1);
            int offset = LiveIndexDescriptor.slotOffset(before);
            if (table.buffer().getLongAcquire(offset) == LiveIndexDescriptor.EMPTY
                    && table.buffer().getLongAcquire(LiveIndexDescriptor.slotOffset(slot)) == entry) {
                add(index, offset, "empty slot on the way to the key of slot " + slot);
            }
        }
    }

    @Override
    public void removed(int slot) {}

    @Override
    public void busy(int slot) {
        busy++;
    }

    @Override
    public void wrong(int slot, long entry, String what) {
        int reference = LiveIndexDescriptor.reference(entry);
        add(
                index,
                LiveIndexDescriptor.slotOffset(slot),
                "slot refers to region " + LiveRegionDescriptor.region(reference) + ", offset "
                        + LiveRegionDescriptor.offset(reference) + ": " + what);
    }

    private void add(Path file, int offset, String what) {
        if (problems.size() < StoreFindings.PROBLEMS_MAX) {
            problems.add(new StoreFindings.Problem(file.toString(), file + ", offset " + offset + ": " + what));
        }
    }

    List<StoreFindings.Problem> problems() {
        return problems;
    }

    long records() {
        return records;
    }

    long busy() {
        return busy;
    }
}
