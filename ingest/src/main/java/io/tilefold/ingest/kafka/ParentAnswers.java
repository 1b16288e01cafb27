package io.tilefold.ingest.kafka;

import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchResult;
import io.tilefold.client.NodeCredentials;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Serving nodes, which are asked for what joins answer whose outputs are read, and counts of what came of it since the start. Thread safe; close it. */
public final class ParentAnswers implements AutoCloseable {
    /** Nobody to ask is known. */
    public static final ParentAnswers NONE = new ParentAnswers(null);

    private final LongAdder rows = new LongAdder();
    private final LongAdder failedRows = new LongAdder();
    private final LongAdder waits = new LongAdder();
    private final @Nullable FeatureClient client;

    private ParentAnswers(@Nullable FeatureClient client) {
        this.client = client;
    }

    /**
     * Knows these nodes, {@code host:port} each; none: {@link #NONE}.
     *
     * @throws IOException naming files of the credentials that cannot be used
     * @throws IllegalArgumentException naming an address that is none
     */
    public static ParentAnswers of(List<String> servingNodes, NodeCredentials credentials) throws IOException {
        if (servingNodes.isEmpty()) {
            return NONE;
        }
        // Positions are not remembered: a shard group that was wiped must not keep events waiting for ever.
        FeatureClient.Builder client =
                FeatureClient.builder().credentials(credentials.tls()).rememberPositions(false);
        credentials.token().ifPresent(client::token);
        servingNodes.forEach(client::address);
        return new ParentAnswers(client.build());
    }

    /** True if somebody can be asked. */
    boolean canAsk() {
        return client != null;
    }

    /** Sends a fetch; the future fails with what the node, or the way to it, says. */
    CompletableFuture<FetchResult> ask(Fetch fetch) {
        return client == null
                ? CompletableFuture.failedFuture(new IllegalStateException("set servingNodes"))
                : client.fetchAsync(fetch);
    }

    /** Counts rows that were answered. */
    void answered(int count, int failed) {
        rows.add(count);
        failedRows.add(failed);
    }

    /** Counts that records wait since they were not. */
    void waited() {
        waits.increment();
    }

    /** Rows of lefts that were answered. */
    public long rows() {
        return rows.sum();
    }

    /** Those of which something had failed for good: it counts as null. */
    public long failedRows() {
        return failedRows.sum();
    }

    /** How often a partition's records were put off since an answer did not come. */
    public long waits() {
        return waits.sum();
    }

    @Override
    public void close() {
        if (client != null) {
            client.close();
        }
    }
}
