package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.proto.admin.v1.GetStatusResponse;
import io.tilefold.proto.admin.v1.SnapshotStatus;
import io.tilefold.store.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What holds of a group's members whatever has happened to them, when one partition carries {@link #events} in order:
 *
 * <ul>
 *   <li>I1, I2: each member has applied every event produced, once.
 *   <li>I3: what a member serves meanwhile is the value of some prefix of the topic, and answers whose positions follow each other show prefixes that do.
 *   <li>I4: members' state is equal at equal positions.
 *   <li>I5: a member's position does not go back.
 *   <li>I6: an answer's base is that of the version it names.
 *   <li>I7: a member that lacks a base says so instead of leaving it out.
 *   <li>I8: all members have applied everything within {@link #HEALED} after a fault has ended.
 * </ul>
 */
final class GroupInvariants implements AutoCloseable {
    /** I8. */
    static final Duration HEALED = Duration.ofSeconds(60);

    private static final int AIRPORTS = 4;
    private static final int DELAYS = 10;
    private static final int SECONDS_USED = 80_000;
    private static final long Q = Flights.FEBRUARY_MS + Flights.DAY_MS;
    private static final int LOOK_EACH_MS = 20;

    private final TestGroup group;
    private final CompiledGroupBy airport;
    private final String topic;
    private final AtomicLongArray positions = new AtomicLongArray(TestGroup.MEMBERS);
    private final PrefixOrder prefixes = new PrefixOrder();

    /** Flights per airport in the base of each version. */
    private final Map<Long, Integer> bases = new ConcurrentHashMap<>();

    private final AtomicReference<@Nullable Throwable> broken = new AtomicReference<>();
    private final Thread watcher = new Thread(this::watch, "invariants");
    private volatile boolean closed;
    private long others;

    /** Looks at all members' answers from now on. */
    GroupInvariants(TestGroup group, CompiledGroupBy airport, String topic) {
        this.group = group;
        this.airport = airport;
        this.topic = topic;
        watcher.setDaemon(true);
        watcher.start();
    }

    /** Number {@code first} and those behind it: one of four airports each, all within a day. */
    static List<String> events(int first, int count) {
        List<String> events = new ArrayList<>();
        for (int i = first; i < first + count; i++) {
            long timeMs = Flights.FEBRUARY_MS + i % SECONDS_USED * 1_000L;
            events.add(Flights.json(timeMs, "A" + i % AIRPORTS, "B" + i % 2, i % DELAYS));
        }
        return events;
    }

    /** A version is about to be committed whose base holds this many flights of delay 1 for each airport. */
    void expectBase(long version, int perAirport) {
        bases.put(version, perAirport);
    }

    /** So many records more have been produced, of airports that nobody asks for. */
    void expectOthers(int records) {
        others += records;
    }

    /** A member's disk was wiped: what it has served before is gone with it. */
    void forget(int member) {
        positions.set(member, 0);
    }

    private void watch() {
        while (!closed && broken.get() == null) {
            try {
                for (int member = 0; member < TestGroup.MEMBERS; member++) {
                    look(member);
                }
                Thread.sleep(LOOK_EACH_MS);
            } catch (InterruptedException e) {
                return;
            } catch (Throwable e) {
                broken.compareAndSet(null, e);
            }
        }
    }

    /** I3, I5, I6 and I7 of one answer of a member. */
    private synchronized void look(int member) {
        Optional<StoreValues.Answer> asked;
        try {
            asked = StoreValues.ask(group.storeDir(member), airport, Q, "A3");
        } catch (StoreUnavailableException e) {
            return; // it never served, or was wiped
        }
        if (asked.isEmpty()) {
            return;
        }
        StoreValues.Answer answer = asked.get();
        assertThat(answer.fromPosition())
                .as("I5, position of member %d", member)
                .isGreaterThanOrEqualTo(positions.get(member));
        positions.set(member, answer.fromPosition());
        Integer base = answer.version().isEmpty()
                ? Integer.valueOf(0)
                : bases.get(answer.version().getAsLong());
        assertThat(base)
                .as("I6, member %d: %s is no version that was uploaded", member, answer.version())
                .isNotNull();
        if (answer.isMarked()) {
            return; // I7: nothing is said about the value
        }
        if (answer.values().isEmpty()) {
            assertThat(base)
                    .as("I7, member %d knows no A3 and does not say that it lacks the base", member)
                    .isZero();
            return;
        }
        long all = (Long) answer.values().get(0);
        long count = all - base;
        assertThat(count)
                .as("I6, member %d, flights beside those of the base", member)
                .isNotNegative();
        assertThat(answer.values().get(1))
                .as("I3, member %d after %d", member, count)
                .isEqualTo(base + sum(3, count));
        prefixes.add("member " + member, answer.fromPosition(), answer.toPosition(), count);
    }

    /** What was found since the start. */
    void checkHeld() {
        Throwable found = broken.get();
        if (found != null) {
            throw new AssertionError("an answer broke an invariant", found);
        }
    }

    /** Waits until a member has applied so many records of the topic. */
    void awaitApplied(int member, long nextOffset) {
        group.awaitApplied(member, topic, 0, nextOffset);
    }

    /** I1, I2 and I8 on all members, and what was found of the others. */
    void check(long produced) {
        long end = group.broker().endOffset(topic, 0);
        for (int member = 0; member < TestGroup.MEMBERS; member++) {
            awaitApplied(member, end);
            int base = group.status(member)
                    .map(status -> status.getGroupBys(0))
                    .filter(one -> one.hasVersion())
                    .map(one -> bases.get(one.getVersion()))
                    .orElse(0);
            for (int number = 0; number < AIRPORTS; number++) {
                long count = (produced - number + AIRPORTS - 1) / AIRPORTS;
                int asked = member;
                String key = "A" + number;
                await("a base on member " + member)
                        .pollDelay(Duration.ZERO)
                        .atMost(HEALED)
                        .until(() -> StoreValues.ask(group.storeDir(asked), airport, Q, key)
                                .filter(answer -> !answer.isMarked())
                                .isPresent());
                assertThat(StoreValues.read(group.storeDir(member), airport, Q, key))
                        .as("I1 and I2, airport A%d on member %d", number, member)
                        .startsWith(base + count, base + sum(number, count));
            }
            GetStatusResponse status = group.status(member).orElseThrow();
            assertThat(status.getGroupBys(0).getEventsApplied()).isEqualTo(produced + others);
        }
        checkHeld();
    }

    /** Of the delays of an airport's first events. */
    private static long sum(int number, long events) {
        long sum = 0;
        for (long i = 0; i < events; i++) {
            sum += (number + i * AIRPORTS) % DELAYS;
        }
        return sum;
    }

    /** I4: all members have taken the snapshot of this position, of equal bytes. */
    void checkSnapshotsEqual(long position) {
        for (int member = 0; member < TestGroup.MEMBERS; member++) {
            int asked = member;
            await("snapshot of " + position + " on member " + member)
                    .pollDelay(Duration.ZERO)
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> position(asked).equals(OptionalLong.of(position)));
        }
        SnapshotStatus first = snapshot(0);
        for (int member = 1; member < TestGroup.MEMBERS; member++) {
            SnapshotStatus other = snapshot(member);
            assertThat(other.getDigest())
                    .as("I4, members 0 and %d at %d", member, position)
                    .isEqualTo(first.getDigest());
            assertThat(other.getLength()).isEqualTo(first.getLength());
        }
    }

    private OptionalLong position(int member) {
        return group.status(member)
                .filter(GetStatusResponse::hasLastSnapshot)
                .map(status -> OptionalLong.of(status.getLastSnapshot().getPosition()))
                .orElse(OptionalLong.empty());
    }

    private SnapshotStatus snapshot(int member) {
        return group.status(member).orElseThrow().getLastSnapshot();
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        watcher.interrupt();
        watcher.join();
    }
}
