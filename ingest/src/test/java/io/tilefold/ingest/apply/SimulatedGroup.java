package io.tilefold.ingest.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.tile.SegmentSummary;
import io.tilefold.ingest.Flights;
import io.tilefold.ingest.log.LogEntries;
import io.tilefold.ingest.log.PartitionId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import org.agrona.DirectBuffer;

/**
 * A topic of one partition, whose record n is an event at time n; a log; members that apply it; the leader's reader; and all that can go wrong between them.
 *
 * <p>What a definition must have counted follows from two offsets alone: where it began and what has been applied.
 */
final class SimulatedGroup implements AutoCloseable {
    private static final int MEMBERS = 3;
    private static final String TOPIC = "flights";
    private static final PartitionId PARTITION = new PartitionId(new UUID(3, 4), 0);
    private static final CompiledGroupBy AIRPORT = Flights.airport(TOPIC);
    private static final CompiledGroupBy ROUTE = Flights.route(TOPIC);

    private final SplittableRandom random;
    private final List<SimulatedMember> members = new ArrayList<>();
    private final List<DirectBuffer> log = new ArrayList<>();

    /** Offered to the log and not yet in it, in the order of sending. */
    private final Deque<DirectBuffer> network = new ArrayDeque<>();

    /** Digests of snapshots by position: I4. */
    private final Map<Long, Integer> digests = new HashMap<>();

    private SimulatedReader reader;
    private int leader;
    private long records;
    private boolean routeActive;
    private long commits;

    SimulatedGroup(Path directory, SplittableRandom random) {
        this.random = random;
        for (int id = 0; id < MEMBERS; id++) {
            members.add(new SimulatedMember(directory.resolve("member" + id)));
        }
        append(LogEntries.definitions(UUID.randomUUID(), Flights.catalog(AIRPORT)));
        append(LogEntries.partitionStart(PARTITION, TOPIC, 0));
        members.forEach(member -> member.applyUpTo(log, log.size()));
        reader = newReader();
    }

    private void append(DirectBuffer entry) {
        log.add(entry);
    }

    private SimulatedReader newReader() {
        return new SimulatedReader(members.get(leader).state(), PARTITION, random.nextLong() >>> 1);
    }

    /** One random thing happens. */
    void step() throws IOException {
        int dice = random.nextInt(100);
        if (dice < 25) {
            records += random.nextInt(20);
        } else if (dice < 50) {
            network.addAll(reader.offer(records, random));
        } else if (dice < 70) {
            deliver();
        } else if (dice < 84) {
            apply(random.nextInt(MEMBERS), random.nextInt(4));
        } else if (dice < 88) {
            changeLeader();
        } else if (dice < 92) {
            crash(random.nextInt(MEMBERS));
        } else if (dice < 96) {
            takeSnapshot(random.nextInt(MEMBERS));
        } else {
            changeDefinitions();
        }
    }

    /** What the network does with the next entry, most often what it should. */
    private void deliver() {
        DirectBuffer entry = network.poll();
        if (entry == null) {
            return;
        }
        int dice = random.nextInt(20);
        if (dice == 0) {
            return; // lost
        }
        append(entry);
        if (dice == 1) {
            append(entry); // sent again by a client that got no answer
        } else if (dice == 2) {
            network.addFirst(entry); // an older one comes late, and again
        }
    }

    private void apply(int member, int entries) {
        SimulatedMember applying = members.get(member);
        applying.applyUpTo(log, Math.min(log.size(), applying.applied() + entries));
    }

    /** A leader has applied all of its log before it leads. What the one before had under way may still come, or not. */
    private void changeLeader() {
        leader = random.nextInt(MEMBERS);
        members.get(leader).applyUpTo(log, log.size());
        reader = newReader();
        if (random.nextBoolean()) {
            network.clear();
        }
    }

    private void crash(int member) {
        if (random.nextInt(4) == 0) {
            members.get(member).crashWithDamage(random);
        } else {
            members.get(member).crash();
        }
        if (member == leader) {
            changeLeader();
        }
    }

    private void takeSnapshot(int member) throws IOException {
        SimulatedMember taking = members.get(member);
        int digest = taking.takeSnapshot();
        Integer before = digests.putIfAbsent(taking.position(), digest);
        assertThat(before == null || before == digest)
                .as("I4, member %d at position %d", member, taking.position())
                .isTrue();
    }

    private void changeDefinitions() {
        IngestState state = members.get(leader).state();
        if (routeActive && random.nextInt(3) > 0) {
            Map<PartitionId, Long> lanes = new HashMap<>();
            state.partitions()
                    .awaiting(ROUTE.id())
                    .forEach(progress -> lanes.put(progress.id(), (long) random.nextInt((int) records + 1)));
            commits++;
            network.add(LogEntries.commitVersion(
                    UUID.randomUUID(), ROUTE.id(), commits, 0, List.of(new SegmentSummary(0, 1, 2, 3)), lanes));
        } else {
            routeActive = !routeActive;
            network.add(LogEntries.definitions(
                    UUID.randomUUID(), routeActive ? Flights.catalog(AIRPORT, ROUTE) : Flights.catalog(AIRPORT)));
        }
    }

    /** I3: what readers of some member see of some key is the value of the records that the member has applied. */
    private void checkValues() {
        SimulatedMember member = members.get(random.nextInt(MEMBERS));
        PartitionProgress progress = member.progress(PARTITION);
        if (progress == null || !member.isPublished()) {
            return;
        }
        int key = random.nextInt(SimulatedReader.KEYS);
        long count = (progress.nextOffset() - key + SimulatedReader.KEYS - 1) / SimulatedReader.KEYS;
        assertThat(member.values(AIRPORT, "K" + key))
                .as("I3, key %d at offset %d", key, progress.nextOffset())
                .isEqualTo(count <= 0 ? List.of() : List.of(count, count, count));
    }

    /** I1 and I2 for the prefix that each member has applied, I3 and I5. */
    void checkInvariants() {
        checkValues();
        for (SimulatedMember member : members) {
            member.checkPositionsGrow();
            PartitionProgress progress = member.progress(PARTITION);
            if (progress == null) {
                continue;
            }
            check(member, AIRPORT.id(), 0, progress.nextOffset());
            Lane lane = progress.lane(ROUTE.id());
            if (lane != null && lane.isWaiting()) {
                check(member, ROUTE.id(), 0, 0);
            }
            long reached = lane == null ? progress.nextOffset() : lane.nextOffset();
            member.laneStart(ROUTE.id(), PARTITION).ifPresent(start -> check(member, ROUTE.id(), start, reached));
        }
    }

    private static void check(SimulatedMember member, DefinitionId id, long from, long to) {
        assertThat(member.eventsApplied(id))
                .as("events of %s", id.abbreviated())
                .isEqualTo(to - from);
    }

    /** The faults end: the network delivers, and the reader goes on until everything is applied. */
    void heal() {
        network.clear();
        changeLeader();
        for (int round = 0; round < 1_000; round++) {
            while (!network.isEmpty()) {
                append(network.remove());
            }
            members.forEach(member -> member.applyUpTo(log, log.size()));
            PartitionProgress progress = members.get(leader).progress(PARTITION);
            if (progress != null
                    && progress.nextOffset() == records
                    && progress.lanes().stream().allMatch(Lane::isWaiting)) {
                return;
            }
            network.addAll(reader.offer(records, random));
        }
        throw new AssertionError("I8: not everything is applied after 1000 rounds without a fault");
    }

    /** Every member has applied every event once, to each definition from where it began to catch up. */
    void checkAllApplied() throws IOException {
        checkInvariants();
        for (int member = 0; member < MEMBERS; member++) {
            takeSnapshot(member);
            SimulatedMember other = members.get(member);
            check(other, AIRPORT.id(), 0, records);
            other.laneStart(ROUTE.id(), PARTITION).ifPresent(start -> check(other, ROUTE.id(), start, records));
        }
    }

    @Override
    public void close() {
        members.forEach(SimulatedMember::close);
    }
}
