package io.tilefold.store;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A row goes on the second mutation day and comes back, late, on the first, of which there was no record. */
@JCStressTest
@State
@Outcome(
        id = "(1 and 1|null and null|torn), (1 and 1|null and null|torn)",
        expect = Expect.ACCEPTABLE,
        desc = "The row is there or not, or the reader noticed.")
@Outcome(id = ".*", expect = Expect.FORBIDDEN, desc = "The two days were read at different moments.")
public class MutationDaysTest {
    private static final long ROW_MS = StressMutations.DAY_MS;
    private static final long SECOND_DAY_MS = StressMutations.DAY_MS + 86_400_000;

    private final StressMutations shard = new StressMutations(new MemoryFiles());

    public MutationDaysTest() {
        shard.insert(ROW_MS, SECOND_DAY_MS);
    }

    @Actor
    public void write() {
        shard.delete(ROW_MS, SECOND_DAY_MS + 1);
        shard.insert(ROW_MS, StressMutations.DAY_MS + 1);
        shard.delete(ROW_MS, SECOND_DAY_MS + 2);
        shard.insert(ROW_MS, StressMutations.DAY_MS + 2);
    }

    @Actor
    public void read(LL_Result seen) {
        seen.r1 = shard.read();
        seen.r2 = shard.read();
    }
}
