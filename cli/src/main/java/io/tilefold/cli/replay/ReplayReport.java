package io.tilefold.cli.replay;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What came of a replay, for people and as CSV. Stateless but for what it prints to. */
final class ReplayReport {
    private static final int FEATURES_SHOWN = 20;

    private final PrintStream out;
    private final Comparison comparison;
    private final Asker asker;
    private final Map<String, String> uncompared;

    /** @param uncompared outputs that are served and were not compared, each with the reason */
    ReplayReport(PrintStream out, Comparison comparison, Asker asker, Map<String, String> uncompared) {
        this.out = out;
        this.comparison = comparison;
        this.asker = asker;
        this.uncompared = uncompared;
    }

    /** The features that do not agree, each with its first row that differs; then the sums. */
    void print() {
        List<FeatureTally> differing =
                comparison.features().stream().filter(tally -> !tally.agrees()).toList();
        differing.stream().limit(FEATURES_SHOWN).forEach(this::print);
        if (differing.size() > FEATURES_SHOWN) {
            out.printf("  ... and %d more features%n", differing.size() - FEATURES_SHOWN);
        }
        long sketches =
                comparison.features().stream().filter(FeatureTally::isSketch).count();
        out.printf(Locale.ROOT, "  part statuses %s%n", asker.statuses());
        out.printf(
                Locale.ROOT,
                "  %,d rows x %,d features: %,d values compared, %,d null on both sides%s%n",
                comparison.rows(),
                comparison.features().size(),
                sum(FeatureTally::total),
                sum(FeatureTally::bothNull),
                sketches == 0 ? "" : "; of " + sketches + " sketched features only whether there is a value");
        out.printf(
                Locale.ROOT,
                "  %,d missing, %,d extra, %,d different%n",
                sum(FeatureTally::missing),
                sum(FeatureTally::extra),
                sum(FeatureTally::different));
        printUncompared();
    }

    private void printUncompared() {
        Map<String, List<String>> byReason = new TreeMap<>();
        uncompared.forEach((feature, why) ->
                byReason.computeIfAbsent(why, reason -> new ArrayList<>()).add(feature));
        byReason.forEach((why, features) -> out.printf(
                Locale.ROOT,
                "  NOT COMPARED: %,d features: %s%s: %s%n",
                features.size(),
                features.stream().limit(FEATURES_SHOWN).collect(Collectors.joining(", ")),
                features.size() > FEATURES_SHOWN ? ", ..." : "",
                why));
    }

    private void print(FeatureTally tally) {
        out.printf(
                Locale.ROOT,
                "  %s: %,d missing, %,d extra, %,d different%s, of %,d (%,d null on both sides)%n",
                tally.name(),
                tally.missing(),
                tally.extra(),
                tally.different(),
                tally.different() == 0 ? "" : " by " + number(tally.largest()) + " at most",
                tally.total(),
                tally.bothNull());
        Optional<FeatureTally.Difference> first = tally.first();
        if (first.isPresent()) {
            out.printf(
                    "    first: %s: training set %s, served %s%n",
                    asker.describe(first.get().row()),
                    first.get().expected(),
                    first.get().served());
            for (String line : asker.explanations().getOrDefault(tally.name(), List.of())) {
                out.println("      " + line);
            }
        }
    }

    private long sum(java.util.function.ToLongFunction<FeatureTally> count) {
        return comparison.features().stream().mapToLong(count).sum();
    }

    /** One line per feature. */
    void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>(
                List.of(
                        "feature,total,both_null,missing,extra,different,largest_difference,sketch,first_differing_row,not_compared"));
        for (FeatureTally tally : comparison.features()) {
            lines.add(String.join(
                    ",",
                    tally.name(),
                    Long.toString(tally.total()),
                    Long.toString(tally.bothNull()),
                    Long.toString(tally.missing()),
                    Long.toString(tally.extra()),
                    Long.toString(tally.different()),
                    number(tally.largest()),
                    Boolean.toString(tally.isSketch()),
                    tally.first()
                            .map(first -> quoted(asker.describe(first.row())))
                            .orElse(""),
                    ""));
        }
        uncompared.forEach((feature, why) -> lines.add(feature + ",0,,,,,,,," + quoted(why)));
        Files.write(file, lines);
    }

    private static String quoted(String text) {
        return '"' + text.replace("\"", "\"\"") + '"';
    }

    private static String number(double value) {
        return Double.isInfinite(value) ? "more than a number" : String.format(Locale.ROOT, "%.6g", value);
    }
}
