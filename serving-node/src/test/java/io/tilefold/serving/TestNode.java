package io.tilefold.serving;

import io.tilefold.client.FeatureClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;

/** A serving node on a free port, with a clock that stands still unless told, and a client of it. */
final class TestNode implements AutoCloseable {
    final AtomicLong nowMs = new AtomicLong(Flights.B + Flights.DAY_MS);
    final ServingNode node;
    final FeatureClient client;

    TestNode(Path directory) throws IOException {
        this(config(directory).port(0).storeRetryMs(20).build());
    }

    /** Without a rehearsal, which would take the machine's time from what is tested. */
    static ServingConfig.Builder config(Path directory) {
        return ServingConfig.builder(directory).rehearsalMs(0);
    }

    TestNode(ServingConfig config) throws IOException {
        node = ServingNode.start(config, nowMs::get);
        client = FeatureClient.builder()
                .address(address())
                .defaultDeadline(Duration.ofSeconds(20))
                .shardAware(false) // this node is asked, whoever holds the keys
                .build();
    }

    String address() {
        return "127.0.0.1:" + node.port();
    }

    /** Waits until a store is mapped. */
    TestNode mapped() {
        Awaitility.await().atMost(120, TimeUnit.SECONDS).ignoreExceptions().until(() -> {
            client.joins();
            return true;
        });
        return this;
    }

    @Override
    public void close() {
        client.close();
        node.close();
    }
}
