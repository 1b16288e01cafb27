package io.tilefold.ingest;

import com.google.protobuf.ByteString;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.proto.admin.v1.ApplyCatalogRequest;
import io.tilefold.proto.admin.v1.TakeSnapshotRequest;
import io.tilefold.proto.admin.v1.TakeSnapshotResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.agrona.IoUtil;

/**
 * How long a member takes to be back: {@code RecoveryFigures restart EVENTS KEYS} of one that is alone, from its log, and from a snapshot with as much log behind it; {@code
 * RecoveryFigures wiped EVENTS KEYS} of one of three whose disk is empty, and what it says meanwhile. Processes, a real broker, with this module's test class path; further options of
 * the nodes: {@code -Dtilefold.jvm}.
 */
final class RecoveryFigures {
    private static final int CHUNK = 50_000;
    private static final String[] JVM = ("-XX:TieredStopAtLevel=4 -Xmx512m " + System.getProperty("tilefold.jvm", ""))
            .strip()
            .split(" ");

    private final TestBroker broker = TestBroker.shared();
    private final String topic = "flights-" + UUID.randomUUID();
    private final CompiledGroupBy airport = Flights.airport(topic);
    private final int events;
    private final int keys;
    private int produced;

    private RecoveryFigures(int events, int keys) {
        this.events = events;
        this.keys = keys;
    }

    public static void main(String[] args) throws Exception {
        System.setProperty("tilefold.broker.compiler", "-XX:TieredStopAtLevel=4");
        RecoveryFigures figures = new RecoveryFigures(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        Path directory = Files.createTempDirectory("tilefold-figures");
        try {
            if (args[0].equals("restart")) {
                figures.restart(directory);
            } else {
                figures.wiped(directory);
            }
        } finally {
            IoUtil.delete(directory.toFile(), true);
        }
        System.exit(0);
    }

    private void restart(Path directory) throws Exception {
        try (TestGroup group = begin(directory, 1)) {
            System.out.printf("an empty log: ready %.1f s after the SIGKILL%n", killAndAwait(group));
            fill(group);
            System.out.printf(
                    "%d events, log of %d MB: ready after %.1f s%n", events, logMb(group, 0), killAndAwait(group));
            TakeSnapshotResponse taken = group.admin(0).takeSnapshot(TakeSnapshotRequest.getDefaultInstance());
            long bytes = group.status(0).orElseThrow().getLastSnapshot().getLength();
            System.out.printf(
                    "a snapshot of %d keys, %d MB, at %d: ready after %.1f s%n",
                    keys, bytes >> 20, taken.getPosition(), killAndAwait(group));
            fill(group);
            System.out.printf(
                    "that snapshot and %d events behind it: ready after %.1f s%n", events, killAndAwait(group));
        }
    }

    private void wiped(Path directory) throws Exception {
        try (TestGroup group = begin(directory, TestGroup.MEMBERS)) {
            fill(group);
            int wiped = (group.awaitLeader() + 1) % TestGroup.MEMBERS;
            long mb = logMb(group, wiped);
            group.kill(wiped);
            group.wipe(wiped);
            int said = group.output(wiped).length();
            long startedNs = System.nanoTime();
            group.start().awaitReady();
            group.awaitApplied(wiped, topic, 0, produced);
            System.out.printf(
                    "an empty disk, %d events, log of %d MB, no snapshot: serving after %.1f s%n",
                    events, mb, (System.nanoTime() - startedNs) / 1e9);
            System.out.println(group.output(wiped).substring(said));
        }
    }

    private TestGroup begin(Path directory, int members) throws Exception {
        broker.createTopic(topic, 1);
        TestGroup group = new TestGroup(directory, members, JVM).start().awaitReady();
        Object unused = group.admin(0)
                .applyCatalog(ApplyCatalogRequest.newBuilder()
                        .setCatalog(ByteString.copyFrom(Flights.catalog(airport)))
                        .build());
        return group;
    }

    private void fill(TestGroup group) {
        for (int first = 0; first < events; first += CHUNK) {
            int from = produced;
            List<String> values = IntStream.range(from, from + Math.min(CHUNK, events - first))
                    .mapToObj(i -> Flights.json(
                            Flights.FEBRUARY_MS + i % 80_000 * 1_000L, "A" + (i * 31L) % keys, "B", i % 10))
                    .toList();
            broker.produce(topic, 0, values);
            produced += values.size();
        }
        group.awaitApplied(0, topic, 0, produced);
    }

    /** Seconds from the start of the process that follows a SIGKILL to its being ready with all that it had applied. */
    private double killAndAwait(TestGroup group) throws Exception {
        group.kill(0);
        long startedNs = System.nanoTime();
        group.start().awaitReady();
        group.awaitApplied(0, topic, 0, produced);
        return (System.nanoTime() - startedNs) / 1e9;
    }

    private static long logMb(TestGroup group, int member) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(group.dir(member).resolve("log").resolve("archive"))) {
            for (Path file : (Iterable<Path>) files::iterator) {
                bytes += Files.size(file);
            }
        }
        return bytes >> 20;
    }
}
