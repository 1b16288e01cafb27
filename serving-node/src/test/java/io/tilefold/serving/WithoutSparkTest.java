package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.client.Fetch;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node whose definitions only rename never loads Catalyst: it runs without Spark's jars. */
class WithoutSparkTest {
    private static final long TIMEOUT_S = 60;

    @Test
    void renamesNeedNoSpark(@TempDir Path directory) throws Exception {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("spark") && !entry.contains("scala"))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath,
                RenamingNode.class.getName(),
                directory.resolve("store").toString()));
        Path log = directory.resolve("log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(log.toFile().toString()).isZero();
        } finally {
            process.destroyForcibly();
        }
        assertThat(log).content().contains("renamed: 1");
    }

    /** Serves one fetch of a join that renames. */
    static final class RenamingNode {
        private static final Catalog CATALOG = new Catalog(
                List.of(Flights.ROUTE),
                List.of(Flights.compiled(
                        Join.builder(
                                        "renamed",
                                        Source.events(
                                                "flights",
                                                "flights",
                                                Query.builder().timeColumn("ts").build()))
                                .part(JoinPart.of("route"))
                                .derive("flights", "route_delay_count")
                                .online(true)
                                .build(),
                        List.of(Flights.ROUTE))),
                List.of());

        public static void main(String[] arguments) throws Exception {
            Path directory = Path.of(arguments[0]);
            try (FlightStore writer = new FlightStore(directory).activate(CATALOG);
                    TestNode node = new TestNode(directory)) {
                writer.batch(List.of(Flights.flight(Flights.B - 1, "JFK", "LAX", 10L)), 1, Flights.B);
                writer.publish(node.nowMs.get());
                node.mapped();
                Object flights = node.client
                        .fetch(Fetch.join("renamed")
                                .row(Map.of("origin", "JFK", "destination", "LAX"))
                                .asOf(Flights.B))
                        .get(0, "flights");
                System.out.println("renamed: " + flights);
            }
        }

        private RenamingNode() {}
    }
}
