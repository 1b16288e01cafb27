package io.tilefold.ingest.apply;

import io.tilefold.testsupport.Seeds;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.IoUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The deterministic part of a group under random histories: three state machines over real stores, one log, readers that come and go, a network that drops,
 * doubles and delays what they offer, crashes, snapshots, definitions that come and go. Invariants hold after every step; {@code -Dtilefold.seeds=5000}
 * for the long run.
 */
class SimulationTest {
    private static final int SEEDS = 30;
    private static final int STEPS = 250;

    @TempDir
    private Path directory;

    @Test
    void everyHistoryCountsEachEventOnce() {
        Seeds.forEach(SEEDS, random -> {
            Path world = Files.createTempDirectory(directory, "world");
            try (SimulatedGroup group = new SimulatedGroup(world, random)) {
                for (int step = 0; step < STEPS; step++) {
                    group.step();
                    group.checkInvariants();
                }
                group.heal();
                group.checkAllApplied();
            } finally {
                IoUtil.delete(world.toFile(), true);
            }
        });
    }
}
