package io.tilefold.store;

import java.nio.file.Path;
import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** Three publications one after the other, so that a slot is written again while it may be read. */
@JCStressTest
@State
@Outcome(id = "nothing", expect = Expect.ACCEPTABLE, desc = "Before the first.")
@Outcome(id = "publication [123]", expect = Expect.ACCEPTABLE, desc = "One of them, whole.")
@Outcome(
        id = ".*",
        expect = Expect.FORBIDDEN,
        desc = "The generation of one with the manifest of another, or a damaged page.")
public class PublicationTest {
    private static final Path FILE = Path.of("control");

    private final ControlPage writer;
    private final ControlPage reader;

    public PublicationTest() {
        MemoryFiles files = new MemoryFiles();
        writer = ControlPage.openForWriting(files, FILE);
        reader = Objects.requireNonNull(ControlPage.openForReading(files, FILE));
    }

    @Actor
    public void write() {
        for (long number = 1; number <= 3; number++) {
            writer.publish(10 * number, 100 * number, 1000 * number);
        }
    }

    @Actor
    public void read(L_Result seen) {
        try {
            ControlPage.Publication publication = reader.publication();
            if (publication == null) {
                seen.r1 = "nothing";
            } else if (publication.generation() == 10 * publication.number()
                    && publication.manifestNumber() == 100 * publication.number()
                    && publication.position() == 1000 * publication.number()) {
                seen.r1 = "publication " + publication.number();
            } else {
                seen.r1 = publication.toString();
            }
        } catch (StoreException e) {
            seen.r1 = e.code();
        }
    }
}
