package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.testsupport.Seeds;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A writer's process killed at random moments, again and again in one directory: while it opens, restores, applies, uploads, swaps, rolls back,
 * publishes or takes a snapshot. What it had acknowledged is there, all is sound, and in the end the store is what one would be that was never
 * killed. {@code -Dtilefold.store.kills=300} is the long form.
 */
class ManyKillsTest {
    private static final int KILLS = Integer.getInteger("tilefold.store.kills", 6);
    private static final int LIFE_MS_MAX = 900;
    private static final Pattern SAID = Pattern.compile("(published|snapshot) ([0-9]+)");

    @TempDir
    private Path temporary;

    private int published;
    private int snapshot;

    @Test
    void whatWasAcknowledgedIsThereAndTheRestFollowsFromTheLog() {
        Seeds.forEach(1, random -> {
            Path directory = temporary.resolve("store");
            for (int kill = 1; kill <= KILLS; kill++) {
                liveAndDie(directory, random);
                look(directory);
                if (kill % 10 == 0) {
                    compareWithOneNeverKilled(directory, kill);
                }
            }
            compareWithOneNeverKilled(directory, KILLS);
            System.out.println(KILLS + " kills, log position " + published + ", last snapshot at " + snapshot);
        });
    }

    private void liveAndDie(Path directory, SplittableRandom random) throws IOException, InterruptedException {
        long lifeMs = published == 0 ? 3 * LIFE_MS_MAX : random.nextLong(100, LIFE_MS_MAX);
        Process process = JavaProcess.start(LoggedWriter.class, directory.toString());
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            Thread killer = new Thread(() -> {
                try {
                    process.waitFor(lifeMs, TimeUnit.MILLISECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                process.toHandle().destroyForcibly(); // leaves the streams open: what was said before is read
            });
            killer.start();
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                note(line);
            }
            killer.join();
        }
        assertThat(process.waitFor()).as("exit code: killed").isEqualTo(137);
    }

    /** The last line may be cut off: its number is then smaller. */
    private void note(String line) {
        Matcher said = SAID.matcher(line);
        if (said.matches()) {
            int reached = Integer.parseInt(said.group(2));
            if (said.group(1).equals("published")) {
                published = Math.max(published, reached);
            } else {
                snapshot = Math.max(snapshot, reached);
            }
        }
    }

    /** A reader and an inspector between two writers. */
    private void look(Path directory) {
        if (published == 0) {
            return;
        }
        try (TileStoreReader reader = TileStoreReader.open(directory)) {
            assertThat(reader.position()).isGreaterThanOrEqualTo(published);
            assertThat(reader.applyingPosition()).isGreaterThanOrEqualTo(reader.position());
            StoreView view = reader.view();
            assertThat(view.problems()).isEmpty();
            Set<OptionalLong> versions = new HashSet<>();
            for (ActiveGroupBy groupBy : LoggedWriter.GROUP_BYS) {
                versions.add(Objects.requireNonNull(view.groupBy(groupBy.id())).version());
                check(reader, groupBy);
            }
            assertThat(versions).as("GroupBys that are swapped together").hasSize(1);
        }
        StoreFindings findings = StoreInspector.open(directory).verify((file, bytes) -> {});
        assertThat(findings.problems()).isEmpty();
        assertThat(findings.busy()).as("records being written").isLessThanOrEqualTo(1);
    }

    private void check(TileStoreReader reader, ActiveGroupBy groupBy) {
        long q = LoggedWriter.START_MS + 30_000L * published + 3_600_000;
        InvariantReader checker = new InvariantReader(reader, groupBy, LoggedWriter.USERS, q, published);
        for (int i = 0; i < 300 && checker.conflicts() == 0; i++) {
            checker.readOnce();
        }
        assertThat(checker.violation()).isNull();
    }

    private void compareWithOneNeverKilled(Path directory, int kill) throws IOException {
        try (LoggedWriter survivor = new LoggedWriter(directory);
                LoggedWriter other = new LoggedWriter(temporary.resolve("never-killed-" + kill))) {
            assertThat(survivor.position()).isGreaterThanOrEqualTo(snapshot);
            int reached = Math.max(survivor.position(), published) + 100;
            survivor.goTo(reached);
            other.goTo(reached);
            assertThat(Arrays.mismatch(survivor.state(), other.state()))
                    .as("first difference")
                    .isEqualTo(-1);
            assertTidy(directory, survivor.store());
        }
    }

    /**
     * One generation, and versions that can be served. What a writer died over before it could remove it, or before its commit, lies about until the
     * store's owner looks for it at its start, as an ingest node does: it can be dropped, and nothing else is.
     */
    private static void assertTidy(Path directory, TileStore store) throws IOException {
        StoreUsage usage = StoreUsage.of(directory);
        List<Long> generations = usage.live().stream()
                .map(StoreUsage.LiveUsage::generation)
                .distinct()
                .toList();
        assertThat(generations).hasSize(1);
        for (ActiveGroupBy groupBy : LoggedWriter.GROUP_BYS) {
            GroupByStore versions = Objects.requireNonNull(store.groupBy(groupBy.id()));
            Set<Long> served = new HashSet<>();
            versions.version().ifPresent(served::add);
            versions.formerVersion().ifPresent(served::add);
            for (long version : store.versionsOnDisk(groupBy.id())) {
                if (!served.contains(version)) {
                    store.dropVersion(groupBy.id(), version);
                }
            }
            assertThat(store.versionsOnDisk(groupBy.id())).isEqualTo(served);
        }
        assertThat(StoreInspector.open(directory).verify((file, bytes) -> {}).problems())
                .isEmpty();
    }
}
