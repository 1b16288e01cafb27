package io.tilefold.node;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** Prometheus' text format, version 0.0.4, line by line. */
public final class MetricsPage implements Metrics {
    private final StringBuilder text = new StringBuilder();

    @Override
    public MetricsPage metric(String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        return this;
    }

    @Override
    public MetricsPage sample(String name, Map<String, String> labels, long value) {
        text.append(name).append(braced(labels)).append(' ').append(value).append('\n');
        return this;
    }

    /**
     * A whole histogram.
     *
     * @param unit of the values recorded, in parts of what the metric is in: 1,000 for milliseconds of a metric in seconds
     * @param bounds of the buckets, in the recorded unit
     */
    public MetricsPage histogram(String name, String help, Measure measure, double unit, long... bounds) {
        return metric(name, "histogram", help).histogramOf(name, Map.of(), measure.total(), unit, bounds);
    }

    @Override
    public MetricsPage histogramOf(
            String name, Map<String, String> labels, Histogram total, double unit, long... bounds) {
        for (long bound : bounds) {
            String le = String.format(Locale.ROOT, "%s", bound / unit);
            sample(name + "_bucket", with(labels, le), total.getCountBetweenValues(0, bound));
        }
        sample(name + "_bucket", with(labels, "+Inf"), total.getTotalCount());
        text.append(name)
                .append("_sum")
                .append(braced(labels))
                .append(' ')
                .append(total.getMean() * total.getTotalCount() / unit)
                .append('\n');
        return sample(name + "_count", labels, total.getTotalCount());
    }

    private static Map<String, String> with(Map<String, String> labels, String bound) {
        Map<String, String> all = new TreeMap<>(labels);
        all.put("le", bound);
        return all;
    }

    private static String braced(Map<String, String> labels) {
        return labels.isEmpty()
                ? ""
                : labels.entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(label -> label.getKey() + "=\"" + escaped(label.getValue()) + "\"")
                        .collect(Collectors.joining(",", "{", "}"));
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    /** All of it. */
    @Override
    public String toString() {
        return text.toString();
    }
}
