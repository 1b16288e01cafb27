package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.client.Fetch;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A catalog with new derivations on a node that serves already. */
class NewCatalogTest {
    private static final Map<String, ?> JFK = Map.of("origin", "JFK", "destination", "LAX");

    @Test
    void theFormerTargetsAnswerUntilNewDerivationsAreCompiled(@TempDir Path directory) throws IOException {
        try (FlightStore writer = new FlightStore(directory).activate(catalog());
                TestNode node = new TestNode(directory)) {
            writer.batch(List.of(Flights.flight(Flights.B - 1, "JFK", "LAX", 10L)), 1, Flights.B);
            writer.publish(node.nowMs.get());
            node.mapped();
            for (int i = 1; i <= 3; i++) {
                writer.activate(catalog("route_delay_count + " + i));
                writer.publish(node.nowMs.get());
                List<Long> seen = new ArrayList<>();
                long expected = 1L + i;
                Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> {
                    Map<String, ?> answer = node.client
                            .fetch(Fetch.join("j").row(JFK).asOf(Flights.B))
                            .toMap(0);
                    seen.add((Long) answer.values().iterator().next());
                    return seen.contains(expected);
                });
                assertThat(seen).isSubsetOf((long) i, expected);
            }
        }
    }

    private static Catalog catalog(String... expressions) {
        Join.Builder join = Join.builder(
                        "j",
                        Source.events(
                                "flights",
                                "flights",
                                Query.builder().timeColumn("ts").build()))
                .part(JoinPart.of("route"))
                .online(true);
        join.derive("x", expressions.length == 0 ? "route_delay_count" : expressions[0]);
        return new Catalog(
                List.of(Flights.ROUTE), List.of(Flights.compiled(join.build(), List.of(Flights.ROUTE))), List.of());
    }
}
