package io.tilefold.store;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A row is updated: taken back from one tile, added to another for which the record has to move, in two places each. */
@JCStressTest
@State
@Outcome(
        id = "(1 and 1|torn), (1 and 1|torn)",
        expect = Expect.ACCEPTABLE,
        desc = "The row before or the row after, or the reader noticed.")
@Outcome(id = ".*", expect = Expect.FORBIDDEN, desc = "Half of an update was seen.")
public class UpdateTest {
    private static final long ROW_MS = StressMutations.DAY_MS;

    private final StressMutations shard = new StressMutations(new MemoryFiles());

    public UpdateTest() {
        shard.insert(ROW_MS, StressMutations.DAY_MS);
    }

    @Actor
    public void write() {
        shard.update(ROW_MS, ROW_MS + 7_200_000, StressMutations.DAY_MS + 1);
        shard.update(ROW_MS + 7_200_000, ROW_MS + 300_000, StressMutations.DAY_MS + 2);
    }

    @Actor
    public void read(LL_Result seen) {
        seen.r1 = shard.read();
        seen.r2 = shard.read();
    }
}
