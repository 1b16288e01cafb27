package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.tile.BaseRecord;
import io.tilefold.core.time.Hop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reader's protocol, step by step, with the writer in between. */
class LiveReaderTest {
    private static final long DAY = 15_000 * Hop.DAY.lengthMs();

    /** Of tiles that are read in place. */
    private static final WindowFold FOLD = new WindowFold(TestGroupBys.FIXED.plan());

    @TempDir
    private Path directory;

    private final TestRows rows = new TestRows();
    private final LiveReader reader = new LiveReader();

    @Test
    void aCopyHoldsWhileTheWriterIsElsewhere() {
        assertThat(unchangedAfter(shard -> apply(shard, "other", DAY))).isTrue();
    }

    @Test
    void aCopyIsNotBelievedOnceItsRecordWasWrittenInPlace() {
        assertThat(unchangedAfter(shard -> apply(shard, "user", DAY))).isFalse();
    }

    @Test
    void aCopyIsNotBelievedOnceItsRecordMoved() {
        assertThat(unchangedAfter(this::moveUser)).isFalse();
    }

    @Test
    void aCopyIsNotBelievedOnceAnotherKeyHasItsBlock() {
        assertThat(unchangedAfter(shard -> {
                    moveUser(shard);
                    apply(shard, "next", DAY);
                }))
                .isFalse();
    }

    @Test
    void aCopyIsNotBelievedOnceAnotherIndexHolds() {
        assertThat(unchangedAfter(shard -> {
                    for (int i = 0; i < LiveIndexDescriptor.INITIAL_SLOTS; i++) {
                        apply(shard, "filler" + i, DAY);
                    }
                }))
                .isFalse();
    }

    @Test
    void aRecordBeingWrittenReadsAsTorn() throws IOException {
        withRecord((view, region) -> {
            assertThat(locate(view)).isEqualTo(LiveReader.Outcome.FOUND);
            int sequence = LiveRegionDescriptor.HEADER_LENGTH + LiveRecordDescriptor.SEQUENCE_OFFSET;
            region.putLongVolatile(sequence, region.getLongVolatile(sequence) + 1);
            assertThat(locate(view)).isEqualTo(LiveReader.Outcome.TORN);
        });
    }

    @Test
    void lengthsThatMakeNoSenseAreNotFollowed() throws IOException {
        withRecord((view, region) -> {
            int[] fields = {
                LiveRecordDescriptor.CAPACITY_OFFSET,
                LiveRecordDescriptor.HEAP_OFFSET,
                LiveRecordDescriptor.countOffset(Hop.DAY),
                LiveRecordDescriptor.countOffset(Hop.HOUR),
                LiveRecordDescriptor.countOffset(Hop.FIVE_MINUTES)
            };
            for (int field : fields) {
                int at = LiveRegionDescriptor.HEADER_LENGTH + field;
                int before = region.getInt(at);
                for (int nonsense : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 28}) {
                    region.putInt(at, nonsense);
                    assertThat(locate(view))
                            .as("field at %d: %d", field, nonsense)
                            .isEqualTo(LiveReader.Outcome.TORN);
                    assertThat(field != LiveRecordDescriptor.HEAP_OFFSET
                                    && foldInPlace(view)) // which has no meaning there
                            .as("field at %d: %d, in place", field, nonsense)
                            .isFalse();
                }
                region.putInt(at, before);
            }
            assertThat(locate(view)).isEqualTo(LiveReader.Outcome.FOUND);
        });
    }

    /** In place a count may be another one than when it was first looked at. */
    @Test
    void countsOfARecordInPlaceAreCheckedAsTheyAreRead() {
        UnsafeBuffer region = new UnsafeBuffer(new byte[1 << 10]);
        int block = 512;
        LiveRecordTiles tiles = new LiveRecordTiles();
        for (Hop hop : Hop.values()) {
            int count = block + LiveRecordDescriptor.countOffset(hop);
            for (int nonsense : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 28, 30}) {
                region.putInt(count, nonsense, LITTLE_ENDIAN);
                assertThat(tiles.takeInPlace(region, block, 512, 8, FOLD.tornLength()))
                        .as("%s: %d", hop, nonsense)
                        .isFalse();
            }
            region.putInt(count, 5, LITTLE_ENDIAN);
            assertThat(tiles.takeInPlace(region, block, 512, 8, FOLD.tornLength()))
                    .isTrue();
        }
    }

    @Test
    void tilesThatLieOutsideOfTheirRecordAreNotFollowed() throws IOException {
        withRecord((view, region) -> {
            assertThat(foldInPlace(view)).isTrue();
            int block = LiveRegionDescriptor.HEADER_LENGTH;
            int capacity = region.getInt(block + LiveRecordDescriptor.CAPACITY_OFFSET, LITTLE_ENDIAN);
            int entries = block
                    + LiveRecordDescriptor.directoryOffset(rows.key("user").length());
            for (int nonsense : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, capacity - 8}) {
                for (int i = 0; i < 3; i++) {
                    int entry = entries + i * LiveRecordDescriptor.ENTRY_LENGTH;
                    region.putInt(entry + LiveRecordDescriptor.ENTRY_TILE_OFFSET, nonsense, LITTLE_ENDIAN);
                }
                assertThat(foldInPlace(view)).as("tiles at %d", nonsense).isFalse();
            }
        });
    }

    /** A shard with one event of the user, and the region with the record, to be changed under the reader. */
    private void withRecord(BiConsumer<LiveShardView, UnsafeBuffer> test) throws IOException {
        UnsafeBuffer roots = roots();
        LiveShard shard = shard(roots);
        LiveShardView view = new LiveShardView(live(), 0, roots);
        UnsafeBuffer region = new UnsafeBuffer(0, 0);
        try {
            apply(shard, "user", DAY);
            region = LocalFiles.INSTANCE.mapForWriting(live().region(0, 0), Mappings.Kind.LIVE_REGION);
            test.accept(view, region);
        } finally {
            Mappings.unmap(region);
            shard.unmap();
            view.unmap();
        }
    }

    private boolean foldInPlace(LiveShardView view) {
        if (locateInPlace(view) != LiveReader.Outcome.FOUND) {
            return false;
        }
        long q = DAY + Hop.DAY.lengthMs();
        FOLD.fold(q, DAY, new BaseRecord().wrapEmpty(), reader.tiles());
        return reader.tiles().endInPlace(q) && reader.isUnchanged(view);
    }

    private LiveReader.Outcome locateInPlace(LiveShardView view) {
        KeyEncoder key = rows.key("user");
        return reader.locateInPlace(view, key.buffer(), 0, key.length(), key.hash(), FOLD.tornLength());
    }

    private boolean unchangedAfter(Consumer<LiveShard> writer) {
        UnsafeBuffer roots = roots();
        LiveShard shard = shard(roots);
        LiveShardView view = new LiveShardView(live(), 0, roots);
        try {
            apply(shard, "user", DAY);
            assertThat(locate(view)).isEqualTo(LiveReader.Outcome.FOUND);
            writer.accept(shard);
            boolean unchanged = reader.isUnchanged(view);
            assertThat(locate(view)).isEqualTo(LiveReader.Outcome.FOUND);
            return unchanged;
        } finally {
            shard.unmap();
            view.unmap();
        }
    }

    private void moveUser(LiveShard shard) {
        long moved = shard.recordsMoved();
        for (int hour = 1; shard.recordsMoved() == moved; hour++) {
            apply(shard, "user", DAY + hour * Hop.HOUR.lengthMs());
        }
    }

    private LiveReader.Outcome locate(LiveShardView view) {
        KeyEncoder key = rows.key("user");
        return reader.locate(view, key.buffer(), 0, key.length(), key.hash(), true);
    }

    private void apply(LiveShard shard, String user, long timeMs) {
        KeyEncoder key = rows.key(user);
        long hash = KeyHash.hash(key.buffer(), 0, key.length());
        assertThat(shard.apply(key.buffer(), 0, key.length(), hash, rows.row(user, 1L, 1.0, "m"), timeMs))
                .isEqualTo(ApplyResult.APPLIED);
    }

    private LiveDirectory live() {
        return new LiveDirectory(directory, LocalFiles.INSTANCE);
    }

    private static UnsafeBuffer roots() {
        return new UnsafeBuffer(new byte[LiveRootsDescriptor.length(1)]);
    }

    private LiveShard shard(UnsafeBuffer roots) {
        return new LiveShard(live(), 0, roots, new TileUpdate(TestGroupBys.FIXED.plan()));
    }
}
