package io.tilefold.store;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A record is written in place while it is read. */
@JCStressTest
@State
@Outcome(
        id = "[0-9]+ events",
        expect = Expect.ACCEPTABLE,
        desc = "Every copy that was believed is one state of the record.")
@Outcome(id = "torn", expect = Expect.ACCEPTABLE, desc = "Every try met the writer.")
@Outcome(id = ".*", expect = Expect.FORBIDDEN, desc = "A mixture of states, or another key's, or none.")
public class WriteInPlaceTest {
    private static final int EVENTS = 40;
    private static final int READS = 10;

    private final StressShard shard = new StressShard(new MemoryFiles());

    public WriteInPlaceTest() {
        shard.apply(1, StressShard.DAY_MS);
    }

    @Actor
    public void write() {
        for (int i = 1; i < EVENTS; i++) {
            shard.apply(1, StressShard.DAY_MS);
        }
    }

    @Actor
    public void read(L_Result seen) {
        seen.r1 = "torn";
        for (int i = 0; i < READS; i++) {
            String read = shard.read(1);
            if (!read.equals("torn")) {
                seen.r1 = read;
                if (!read.matches("[0-9]+ events")) {
                    return;
                }
            }
        }
    }
}
