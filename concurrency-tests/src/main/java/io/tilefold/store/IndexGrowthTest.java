package io.tilefold.store;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** The index grows into another file, a record moves, and a new key takes its block, to which the former index still refers. */
@JCStressTest
@State
@Outcome(
        id = "([12] events|torn), (1 events|absent|torn)",
        expect = Expect.ACCEPTABLE,
        desc = "One state of the key's own record, by whichever index, or the reader noticed.")
@Outcome(
        id = ".*",
        expect = Expect.FORBIDDEN,
        desc = "The former index was believed after its time, or the new one before.")
public class IndexGrowthTest {
    private static final int FULL = LiveIndexDescriptor.capacity(LiveIndexDescriptor.INITIAL_SLOTS);

    private final StressShard shard = new StressShard(new MemoryFiles());

    public IndexGrowthTest() {
        for (int user = 1; user <= FULL; user++) {
            shard.apply(user, StressShard.DAY_MS);
        }
    }

    @Actor
    public void write() {
        shard.apply(FULL + 1, StressShard.DAY_MS);
        shard.apply(1, StressShard.NEXT_TILE_MS);
        shard.apply(FULL + 2, StressShard.DAY_MS);
    }

    @Actor
    public void read(LL_Result seen) {
        seen.r1 = shard.read(1);
        seen.r2 = shard.read(FULL + 1);
    }
}
