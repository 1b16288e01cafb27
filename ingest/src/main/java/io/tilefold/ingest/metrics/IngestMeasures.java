package io.tilefold.ingest.metrics;

import io.tilefold.node.Measure;
import java.util.concurrent.TimeUnit;

/** What the thread that applies entries measures. */
public final class IngestMeasures {
    private static final long HOUR_MS = TimeUnit.HOURS.toMillis(1);
    private static final long MINUTE_NS = TimeUnit.MINUTES.toNanos(1);

    /** Milliseconds from Kafka's timestamp of a range's first record to its being applied and published here. */
    public final Measure kafkaToVisibleMs = new Measure(HOUR_MS);

    /** Nanoseconds that applying one entry took. */
    public final Measure applyNs = new Measure(MINUTE_NS);
}
