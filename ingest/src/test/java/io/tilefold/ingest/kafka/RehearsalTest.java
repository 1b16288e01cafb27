package io.tilefold.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RehearsalTest {
    private static final int RANGES = 50;

    @TempDir
    private Path directory;

    /** One that were decoded, decided or applied wrongly would be missing. */
    @Test
    void everyMadeUpEventIsAppliedAndNothingIsLeftBehind() {
        Path store = directory.resolve("store");
        int[] asked = {0};

        long applied = new Rehearsal(store, 60_000, () -> asked[0]++ == RANGES).play();

        // Ranges of 3 to 10, then 1 and 2 events, over and over.
        assertThat(applied).isEqualTo(RANGES / 10 * 55);
        assertThat(store).doesNotExist();
    }
}
