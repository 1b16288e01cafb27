package io.tilefold.node;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.exporter.otlp.metrics.OtlpGrpcMetricExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.metrics.export.MetricProducer;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a node's metrics to a collector every so often, by OTLP over gRPC, on threads of its own. Each export has all counts since the start, so one that fails loses nothing: the next has
 * them. A collector that refuses or does not answer is asked again at the next interval; that it began to is logged, and that it ended, and OpenTelemetry's exporter says why a few times a
 * minute at most.
 */
public final class OtlpExport implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OtlpExport.class);
    private static final long CLOSE_TIMEOUT_MS = 2_000;

    private final SdkMeterProvider provider;
    private final String endpoint;

    /**
     * Begins to send.
     *
     * @param service {@code service.name}: what kind of node it is
     * @param instance {@code service.instance.id}: which one
     * @param metrics writes them; called on one thread at a time
     */
    public OtlpExport(OtlpConfig config, String service, String instance, Consumer<Metrics> metrics) {
        this.endpoint = config.endpoint();
        OtlpGrpcMetricExporter exporter = OtlpGrpcMetricExporter.builder()
                .setEndpoint(config.endpoint())
                .setTimeout(Duration.ofMillis(config.timeoutMs()))
                .setConnectTimeout(Duration.ofMillis(config.timeoutMs()))
                .build();
        Resource resource = Resource.builder()
                .put(AttributeKey.stringKey("service.name"), service)
                .put(AttributeKey.stringKey("service.instance.id"), instance)
                .build();
        this.provider = SdkMeterProvider.builder()
                .setResource(resource)
                .registerMetricReader(PeriodicMetricReader.builder(new Watched(exporter, config.endpoint()))
                        .setInterval(Duration.ofMillis(config.intervalMs()))
                        .build())
                .registerMetricProducer(new Producer(metrics, now()))
                .build();
        LOG.info("metrics go to {} every {} ms", endpoint, config.intervalMs());
    }

    private static long now() {
        return TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
    }

    /** Says in a line when exports begin to fail, and when one succeeds again; the reader would say it at each interval. Used by the reader's thread and the exporter's. */
    private static final class Watched implements MetricExporter {
        private final MetricExporter exporter;
        private final String endpoint;
        private final AtomicLong failed = new AtomicLong();

        Watched(MetricExporter exporter, String endpoint) {
            this.exporter = exporter;
            this.endpoint = endpoint;
        }

        @Override
        public CompletableResultCode export(Collection<MetricData> metrics) {
            CompletableResultCode told = new CompletableResultCode();
            CompletableResultCode result = exporter.export(metrics);
            result.whenComplete(() -> {
                if (!result.isSuccess()) {
                    if (failed.getAndIncrement() == 0) {
                        LOG.warn("metrics do not reach {}: {}", endpoint, String.valueOf(result.getFailureThrowable()));
                    }
                } else {
                    long times = failed.getAndSet(0);
                    if (times > 0) {
                        LOG.info("metrics reach {} again, after {} times that they did not", endpoint, times);
                    }
                }
                told.succeed();
            });
            return told;
        }

        @Override
        public CompletableResultCode flush() {
            return exporter.flush();
        }

        @Override
        public CompletableResultCode shutdown() {
            return exporter.shutdown();
        }

        @Override
        public AggregationTemporality getAggregationTemporality(InstrumentType type) {
            return exporter.getAggregationTemporality(type);
        }
    }

    /** Reads the node's metrics when the exporter asks. */
    private record Producer(Consumer<Metrics> metrics, long startNs) implements MetricProducer {
        @Override
        public Collection<MetricData> produce(Resource resource) {
            OtlpMetrics read = new OtlpMetrics(resource, startNs, now());
            try {
                metrics.accept(read);
            } catch (RuntimeException e) {
                LOG.warn("no metrics now: {}", e.toString());
                return List.of();
            }
            return read.all();
        }
    }

    /** Sends what there is for the last time, and waits for it for {@value #CLOSE_TIMEOUT_MS} ms at most. */
    @Override
    public void close() {
        if (!provider.shutdown().join(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS).isSuccess()) {
            LOG.warn("the last metrics did not reach {}", endpoint);
        }
    }
}
