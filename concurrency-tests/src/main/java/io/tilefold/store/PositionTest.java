package io.tilefold.store;

import java.nio.file.Path;
import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** Entry 2 is applied: an answer lies between the position read before it and the bound read after it. */
@JCStressTest
@State
@Outcome(id = "1, 1 events, [12]", expect = Expect.ACCEPTABLE, desc = "Not applied yet when it was read.")
@Outcome(id = "1, 2 events, 2", expect = Expect.ACCEPTABLE, desc = "Applied and not published: the bound says so.")
@Outcome(id = "2, 2 events, 2", expect = Expect.ACCEPTABLE, desc = "Published, so applied.")
@Outcome(id = "1, torn, [12]", expect = Expect.ACCEPTABLE, desc = "The reader noticed the writer: it would try again.")
@Outcome(
        id = ".*",
        expect = Expect.FORBIDDEN,
        desc = "A position was published before its event, or an event seen beyond the bound.")
public class PositionTest {
    private static final Path FILE = Path.of("control");

    private final StressShard shard;
    private final ControlPage writer;
    private final ControlPage reader;

    public PositionTest() {
        MemoryFiles files = new MemoryFiles();
        shard = new StressShard(files);
        writer = ControlPage.openForWriting(files, FILE);
        reader = Objects.requireNonNull(ControlPage.openForReading(files, FILE));
        writer.applying(1);
        shard.apply(1, StressShard.DAY_MS);
        writer.position(1, 0);
    }

    @Actor
    public void write() {
        writer.applying(2);
        shard.apply(1, StressShard.DAY_MS);
        writer.position(2, 0);
    }

    @Actor
    public void read(LLL_Result seen) {
        seen.r1 = reader.position();
        seen.r2 = shard.read(1);
        seen.r3 = reader.applying();
    }
}
