package io.tilefold.node;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.GaugeData;
import io.opentelemetry.sdk.metrics.data.HistogramData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.data.SumData;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Metrics in OpenTelemetry's form: counters are cumulative sums since the node's start. A name loses its {@code _total}, which Prometheus puts behind it again, and its unit is
 * said beside it too.
 */
final class OtlpMetrics implements Metrics {
    private static final InstrumentationScopeInfo SCOPE = InstrumentationScopeInfo.create("io.tilefold");
    private static final String TOTAL = "_total";

    private final Resource resource;
    private final long startNs;
    private final long nowNs;
    private final Map<String, Begun> metrics = new LinkedHashMap<>();

    /** A metric and its points so far. */
    private record Begun(
            String name, String type, String help, List<LongPointData> points, List<HistogramPointData> histograms) {}

    /** One metric as the exporter takes it. */
    private record Ready(
            Resource getResource, String getName, String getDescription, MetricDataType getType, Data<?> getData)
            implements MetricData {
        @Override
        public InstrumentationScopeInfo getInstrumentationScopeInfo() {
            return SCOPE;
        }

        @Override
        public String getUnit() {
            return getName.endsWith("_seconds") ? "s" : getName.endsWith("_milliseconds") ? "ms" : "1";
        }
    }

    /**
     * @param startNs when the node began to count, epoch nanoseconds
     * @param nowNs epoch nanoseconds
     */
    OtlpMetrics(Resource resource, long startNs, long nowNs) {
        this.resource = resource;
        this.startNs = startNs;
        this.nowNs = nowNs;
    }

    @Override
    public OtlpMetrics metric(String name, String type, String help) {
        metrics.put(name, new Begun(name, type, help, new ArrayList<>(), new ArrayList<>()));
        return this;
    }

    @Override
    public OtlpMetrics sample(String name, Map<String, String> labels, long value) {
        begun(name).points.add(LongPointData.create(startNs, nowNs, attributes(labels), value));
        return this;
    }

    @Override
    public OtlpMetrics histogramOf(
            String name, Map<String, String> labels, Histogram total, double unit, long... bounds) {
        List<Double> boundaries = new ArrayList<>(bounds.length);
        List<Long> counts = new ArrayList<>(bounds.length + 1);
        long below = 0;
        for (long bound : bounds) {
            boundaries.add(bound / unit);
            long upTo = total.getCountBetweenValues(0, bound);
            counts.add(upTo - below);
            below = upTo;
        }
        counts.add(total.getTotalCount() - below);
        boolean any = total.getTotalCount() > 0;
        begun(name)
                .histograms
                .add(HistogramPointData.create(
                        startNs,
                        nowNs,
                        attributes(labels),
                        total.getMean() * total.getTotalCount() / unit,
                        any,
                        any ? total.getMinValue() / unit : 0,
                        any,
                        any ? total.getMaxValue() / unit : 0,
                        boundaries,
                        counts));
        return this;
    }

    private Begun begun(String name) {
        Begun begun = metrics.get(name);
        if (begun == null) {
            throw new IllegalStateException("a sample of " + name + ", which has not begun");
        }
        return begun;
    }

    private static Attributes attributes(Map<String, String> labels) {
        AttributesBuilder attributes = Attributes.builder();
        labels.forEach(attributes::put);
        return attributes.build();
    }

    /** Those that have points. */
    Collection<MetricData> all() {
        List<MetricData> all = new ArrayList<>(metrics.size());
        for (Begun begun : metrics.values()) {
            if (!begun.points.isEmpty() || !begun.histograms.isEmpty()) {
                all.add(ready(begun));
            }
        }
        return all;
    }

    private MetricData ready(Begun begun) {
        return switch (begun.type) {
            case "counter" ->
                new Ready(
                        resource,
                        begun.name.endsWith(TOTAL)
                                ? begun.name.substring(0, begun.name.length() - TOTAL.length())
                                : begun.name,
                        begun.help,
                        MetricDataType.LONG_SUM,
                        SumData.createLongSumData(true, AggregationTemporality.CUMULATIVE, begun.points));
            case "gauge" ->
                new Ready(
                        resource,
                        begun.name,
                        begun.help,
                        MetricDataType.LONG_GAUGE,
                        GaugeData.createLongGaugeData(begun.points));
            case "histogram" ->
                new Ready(
                        resource,
                        begun.name,
                        begun.help,
                        MetricDataType.HISTOGRAM,
                        HistogramData.create(AggregationTemporality.CUMULATIVE, begun.histograms));
            default -> throw new IllegalStateException(begun.name + " is a " + begun.type);
        };
    }
}
