package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.client.Fetch;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartResult;
import io.tilefold.client.PartStatus;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every output of a join at many moments of a replay, against the slow model. */
class FetchValuesTest {
    private static final long FROM_MS = Flights.B - 40 * Flights.DAY_MS;
    private static final long TO_MS = Flights.B + 3 * Flights.DAY_MS;

    @TempDir
    Path directory;

    @Test
    void joinEqualsTheSlowModelThroughoutAReplay() {
        int[] run = {0};
        Seeds.forEach(2, random -> replay(random, directory.resolve("run" + run[0]++)));
    }

    private static void replay(SplittableRandom random, Path store) throws Exception {
        List<ModelEvent> events = Flights.random(random, 1_500, FROM_MS, TO_MS);
        try (FlightStore writer =
                        new FlightStore(store).activate(Flights.CATALOG).batch(events, 1, Flights.B);
                TestNode node = new TestNode(store)) {
            writer.publish(node.nowMs.get());
            node.mapped();
            int applied = (int)
                    events.stream().filter(event -> event.timeMs() < Flights.B).count();
            int present = 0;
            for (long q : moments(random, events)) {
                int until = applied;
                while (until < events.size() && events.get(until).timeMs() < q) {
                    until++;
                }
                writer.apply(events.subList(applied, until));
                applied = until;
                long position = writer.publish(node.nowMs.get());
                present += compare(node, events, q, Fetch.join("flight_context").minPosition(7, position));
            }
            assertThat(present).as("cells that are not null").isGreaterThan(10_000);
        }
    }

    /** Random moments, moments of events, and moments whose tails are events' times; ascending. */
    static NavigableSet<Long> moments(SplittableRandom random, List<ModelEvent> events) {
        NavigableSet<Long> moments = new TreeSet<>(List.of(Flights.B, Flights.B + 1, TO_MS + Flights.DAY_MS));
        for (int i = 0; i < 5; i++) {
            moments.add(random.nextLong(Flights.B, TO_MS));
            long eventMs = events.get(random.nextInt(events.size())).timeMs();
            for (long windowMs : List.of(0L, Flights.HOUR_MS, Flights.DAY_MS, 7 * Flights.DAY_MS)) {
                if (eventMs + windowMs >= Flights.B && eventMs + windowMs < TO_MS) {
                    moments.add(eventMs + windowMs);
                }
            }
        }
        return moments;
    }

    /** Fetches all routes from the node at q and compares. Returns how many values there were. */
    static int compare(TestNode node, List<ModelEvent> events, long q, Fetch fetch) {
        List<Map<String, ?>> rows = new ArrayList<>();
        for (String origin : Flights.AIRPORTS) {
            for (String destination : Flights.AIRPORTS) {
                rows.add(Map.of("origin", origin, "destination", destination));
            }
        }
        FetchResult answer = node.client.fetch(fetch.rows(rows).asOf(q));
        assertThat(answer.asOfMs()).isEqualTo(q);
        int present = 0;
        for (int row = 0; row < rows.size(); row++) {
            Map<String, @Nullable Object> expected = expected(events, rows.get(row), q);
            Map<String, @Nullable Object> served = answer.toMap(row);
            assertThat(served.keySet()).containsExactlyElementsOf(expected.keySet());
            for (String column : expected.keySet()) {
                assertSame(served.get(column), expected.get(column), column + " of " + rows.get(row) + " at " + q);
                present += expected.get(column) == null ? 0 : 1;
            }
            int asked = row;
            assertThat(answer.parts())
                    .allSatisfy(part -> assertThat(part.status(asked)).isIn(expectedStatuses(part, q)));
        }
        return present;
    }

    private static List<PartStatus> expectedStatuses(PartResult part, long q) {
        boolean oldSnapshot = part.groupBy().equals("airport_daily") && q - Flights.B > 2 * Flights.DAY_MS;
        return oldSnapshot ? List.of(PartStatus.STALE) : List.of(PartStatus.COMPLETE, PartStatus.NOT_FOUND);
    }

    private static Map<String, @Nullable Object> expected(List<ModelEvent> events, Map<String, ?> row, long q) {
        Map<String, @Nullable Object> expected = new LinkedHashMap<>();
        Object origin = row.get("origin");
        Object destination = row.get("destination");
        add(expected, "airport_departures", Flights.DEPARTURES, events, Map.of("origin", origin), q);
        add(expected, "airport_arrivals", Flights.ARRIVALS, events, Map.of("destination", destination), q);
        add(expected, "route", Flights.ROUTE, events, row, q);
        add(expected, "from_airport_daily", Flights.DAILY, events, Map.of("origin", origin), Flights.B);
        add(expected, "to_airport_daily", Flights.DAILY, events, Map.of("origin", destination), Flights.B);
        return expected;
    }

    private static void add(
            Map<String, @Nullable Object> expected,
            String part,
            CompiledGroupBy groupBy,
            List<ModelEvent> events,
            Map<String, ?> key,
            long q) {
        List<ModelEvent> ofKey = events.stream()
                .filter(event -> key.entrySet().stream()
                        .allMatch(entry -> entry.getValue().equals(event.get(entry.getKey()))))
                .toList();
        Flights.expected(groupBy.definition(), ofKey, q)
                .forEach((name, value) -> expected.put(part + "_" + name, value));
    }

    private static void assertSame(@Nullable Object served, @Nullable Object expected, String what) {
        if (expected instanceof Double number && served instanceof Double other) {
            double scale = Math.max(1, Math.abs(number));
            assertThat(Math.abs(number - other)).as(what).isLessThanOrEqualTo(1e-9 * scale);
        } else if (expected instanceof Map<?, ?> map && served instanceof Map<?, ?> other) {
            assertThat(new ArrayList<Object>(other.keySet())).as(what).isEqualTo(new ArrayList<Object>(map.keySet()));
            map.forEach((key, value) -> assertSame(other.get(key), value, what + " [" + key + "]"));
        } else {
            assertThat(served).as(what).isEqualTo(expected);
        }
    }
}
