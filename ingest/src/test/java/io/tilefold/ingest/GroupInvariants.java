package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.proto.admin.v1.GetStatusResponse;
import io.tilefold.proto.admin.v1.SnapshotStatus;
import io.tilefold.store.StoreUnavailableException;
import io.tilefold.store.TileStoreReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What holds of a group's members whatever has happened to them, when one partition carries {@link #events} in order:
 *
 * <ul>
 *   <li>I1, I2: each member has applied every event produced, once.
 *   <li>I3: what a member serves meanwhile is the value of some prefix of the topic.
 *   <li>I4: members' state is equal at equal positions.
 *   <li>I5: a member's position does not go back.
 * </ul>
 */
final class GroupInvariants {
    private static final int AIRPORTS = 4;
    private static final int DELAYS = 10;
    private static final int SECONDS_USED = 80_000;
    private static final long Q = Flights.FEBRUARY_MS + Flights.DAY_MS;

    private final TestGroup group;
    private final CompiledGroupBy airport;
    private final String topic;
    private final long[] positions = new long[TestGroup.MEMBERS];

    GroupInvariants(TestGroup group, CompiledGroupBy airport, String topic) {
        this.group = group;
        this.airport = airport;
        this.topic = topic;
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

    /** Waits until a member has applied this many events. */
    void awaitApplied(int member, long events) {
        group.awaitApplied(member, topic, 0, events);
    }

    /** I3 and I5 on all members for a while. */
    void watch(Duration time) throws InterruptedException {
        long endNs = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - endNs < 0) {
            for (int member = 0; member < TestGroup.MEMBERS; member++) {
                look(member);
            }
            Thread.sleep(5);
        }
    }

    private void look(int member) {
        try {
            long position = StoreValues.look(group.storeDir(member), TileStoreReader::position);
            assertThat(position).as("I5, position of member %d", member).isGreaterThanOrEqualTo(positions[member]);
            positions[member] = position;
            List<@Nullable Object> values = StoreValues.read(group.storeDir(member), airport, Q, "A3");
            if (!values.isEmpty()) {
                long count = (Long) Objects.requireNonNull(values.get(0));
                assertThat(values.get(1))
                        .as("I3, member %d after %d", member, count)
                        .isEqualTo(sum(3, count));
            }
        } catch (StoreUnavailableException e) {
            assertThat(positions[member]).as("member %d has served", member).isZero();
        }
    }

    /** I1, I2 and I5 on all members. */
    void check(long produced) {
        for (int member = 0; member < TestGroup.MEMBERS; member++) {
            awaitApplied(member, produced);
            look(member);
            for (int number = 0; number < AIRPORTS; number++) {
                long count = (produced - number + AIRPORTS - 1) / AIRPORTS;
                assertThat(StoreValues.read(group.storeDir(member), airport, Q, "A" + number))
                        .as("I1 and I2, airport A%d on member %d", number, member)
                        .containsExactly(count, sum(number, count), count);
            }
            GetStatusResponse status = group.status(member).orElseThrow();
            assertThat(status.getGroupBys(0).getEventsApplied()).isEqualTo(produced);
        }
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
}
