package io.tilefold.store;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A record outgrows its block and moves; another key takes the block at once. Both are read meanwhile. */
@JCStressTest
@State
@Outcome(
        id = "([12] events|torn), (1 events|absent|torn)",
        expect = Expect.ACCEPTABLE,
        desc = "One state of the key's own record, wherever it lies, or the reader noticed.")
@Outcome(
        id = ".*",
        expect = Expect.FORBIDDEN,
        desc = "A moved key was lost, or a block's new owner taken for its old one.")
public class MoveAndReuseTest {
    private final StressShard shard = new StressShard(new MemoryFiles());

    public MoveAndReuseTest() {
        shard.apply(1, StressShard.DAY_MS);
    }

    @Actor
    public void write() {
        shard.apply(1, StressShard.NEXT_TILE_MS);
        shard.apply(2, StressShard.DAY_MS);
        if (shard.writer().recordsMoved() != 1) {
            throw new AssertionError("the record did not move: this tests nothing");
        }
    }

    @Actor
    public void read(LL_Result seen) {
        seen.r1 = shard.read(1);
        seen.r2 = shard.read(2);
    }
}
