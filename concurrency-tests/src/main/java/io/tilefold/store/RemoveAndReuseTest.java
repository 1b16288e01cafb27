package io.tilefold.store;

import io.tilefold.core.time.Hop;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A key expires, another key takes its block, perhaps its slot too. Both are read meanwhile. */
@JCStressTest
@State
@Outcome(
        id = "(1 events|absent|torn), (1 events|absent|torn)",
        expect = Expect.ACCEPTABLE,
        desc = "One state of the key's own record, or the reader noticed.")
@Outcome(id = ".*", expect = Expect.FORBIDDEN, desc = "A block's new owner was taken for its old one.")
public class RemoveAndReuseTest {
    private static final long NEXT_DAY_MS = StressShard.DAY_MS + Hop.DAY.lengthMs();

    private final StressShard shard = new StressShard(new MemoryFiles());

    public RemoveAndReuseTest() {
        shard.apply(1, StressShard.DAY_MS);
    }

    @Actor
    public void write() {
        shard.writer().expireBefore(NEXT_DAY_MS);
        shard.writer().sweep(LiveIndexDescriptor.INITIAL_SLOTS);
        shard.apply(2, NEXT_DAY_MS);
        if (shard.writer().keys() != 1) {
            throw new AssertionError("the key did not expire: this tests nothing");
        }
    }

    @Actor
    public void read(LL_Result seen) {
        seen.r1 = shard.read(1);
        seen.r2 = shard.read(2);
    }
}
