package io.tilefold.store;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** The first region is full: the next record lies in another file, which the reader maps when it meets it. */
@JCStressTest
@State
@Outcome(
        id = "(1 events|absent), 1 events",
        expect = Expect.ACCEPTABLE,
        desc = "The new key is not there yet, or whole; the old one is not touched.")
@Outcome(id = ".*", expect = Expect.FORBIDDEN, desc = "A region was seen before it was filled, or a file was missed.")
public class RegionGrowthTest {
    /** The first user whose record does not fit into the first region. */
    private static final long NEXT = firstBeyond();

    private final StressShard shard = new StressShard(new MemoryFiles());

    public RegionGrowthTest() {
        for (long user = 1; user < NEXT; user++) {
            shard.apply(user, StressShard.DAY_MS);
        }
    }

    private static long firstBeyond() {
        StressShard measured = new StressShard(new MemoryFiles());
        long user = 0;
        while (measured.writer().blocks().dataBytes() <= LiveRegionDescriptor.MIN_REGION_LENGTH) {
            measured.apply(++user, StressShard.DAY_MS);
        }
        return user;
    }

    @Actor
    public void write() {
        shard.apply(NEXT, StressShard.DAY_MS);
    }

    @Actor
    public void read(LL_Result seen) {
        seen.r1 = shard.read(NEXT);
        seen.r2 = shard.read(1);
    }
}
