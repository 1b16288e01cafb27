package io.tilefold.batch.analyze;

import io.tilefold.batch.JobException;
import io.tilefold.batch.QueryRows;
import io.tilefold.batch.ScanRange;
import io.tilefold.batch.Setups;
import io.tilefold.batch.Table;
import io.tilefold.batch.analyze.Finding.Verdict;
import io.tilefold.core.definition.Query;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The checks of one table as one definition reads it: columns, partitions, times, keys. Confined to one thread. */
final class TableAnalysis {
    private static final String TIME = "__tilefold_time_ms";
    private static final String DAY = "__tilefold_day";
    private static final int NAMED = 5;

    /** Before it (in 1973) and after it (in 5138) epoch milliseconds are more likely seconds and microseconds. */
    private static final long LEAST_MS = 100_000_000_000L;

    private static final long MOST_MS = 100_000_000_000_000L;
    private static final double HEAVY_SHARE = 0.1;
    private static final double NULL_KEY_SHARE = 0.5;

    private final String subject;
    private final Table table;
    private final Query query;
    private final Schema declared;
    private final List<String> keys;
    private final Kind kind;
    private final QueryRows rows;
    private final Findings findings;

    /** What the rows are, and so what their times say. */
    enum Kind {
        /** A row without a time ends the run. */
        LEFT_EVENTS,
        EVENTS,
        /** Snapshots: rows of any time lie in each. */
        ENTITIES,
        /** Their time is that of the change. */
        MUTATIONS
    }

    /**
     * @param subject for people
     * @param declared columns of the table that the query reads
     * @param selected what the query gives
     * @param keys among the selected
     */
    TableAnalysis(
            SparkSession spark,
            String subject,
            Table table,
            Query query,
            Schema declared,
            Schema selected,
            List<String> keys,
            Kind kind,
            Findings findings) {
        this.subject = subject;
        this.table = table;
        this.query = query;
        this.declared = declared;
        this.keys = keys;
        this.kind = kind;
        this.rows = new QueryRows(spark, subject, table, query, selected);
        this.findings = findings;
    }

    /**
     * Runs all checks.
     *
     * @param range the partitions that the run would read
     * @param sampleDays how many of them are read here, evenly spread
     */
    void run(ScanRange range, int sampleDays) {
        try {
            List<LocalDate> days = partitions(range);
            if (!days.isEmpty()) {
                List<LocalDate> read = sample(days, sampleDays);
                statistics(selected(read), read.size());
            }
        } catch (JobException e) {
            add(Verdict.ERROR, "columns", String.valueOf(e.getMessage()));
        }
    }

    private List<LocalDate> partitions(ScanRange range) {
        List<LocalDate> available = table.partitions(query.partitionColumn());
        List<LocalDate> days = range.choose(available);
        if (days.isEmpty()) {
            add(
                    Verdict.ERROR,
                    "partitions",
                    "none from " + range + "; there are " + available.get(0) + " to "
                            + available.get(available.size() - 1));
            return days;
        }
        String found = days.size() + " partitions, " + days.get(0) + " to " + days.get(days.size() - 1);
        List<LocalDate> holes = range.holes(days);
        if (range.ifEndIsMissing().isPresent() && !days.contains(range.to())) {
            add(
                    Verdict.ERROR,
                    "partitions",
                    found + "; " + range.to() + " is missing: wait for it, or give an earlier day");
        } else if (!holes.isEmpty()) {
            add(
                    Verdict.WARNING,
                    "partitions",
                    found + "; " + holes.size() + " days in between have none: " + named(holes));
        } else if (range.from().filter(days.get(0)::isAfter).isPresent()) {
            add(
                    Verdict.WARNING,
                    "partitions",
                    found + "; the run reads from " + range.from().get() + " on, and there is nothing before "
                            + days.get(0));
        } else {
            add(Verdict.OK, "partitions", found);
        }
        return days;
    }

    private static String named(List<LocalDate> days) {
        return days.stream().limit(NAMED).map(LocalDate::toString).collect(Collectors.joining(", "))
                + (days.size() > NAMED ? ", ..." : "");
    }

    private static List<LocalDate> sample(List<LocalDate> days, int max) {
        int count = Math.min(max, days.size());
        return IntStream.range(0, count)
                .mapToObj(i -> days.get((int) ((2L * i + 1) * days.size() / (2L * count))))
                .toList();
    }

    private Dataset<Row> selected(List<LocalDate> days) {
        Dataset<Row> selected;
        try (Setups unused = rows.setUp()) {
            Dataset<Row> passing = rows.passing(days, declared);
            List<QueryRows.Extra> extras = new ArrayList<>();
            extras.add(new QueryRows.Extra(TIME, rows.timeMs(passing)));
            extras.add(new QueryRows.Extra(DAY, rows.partitionDay()));
            selected = rows.select(passing, extras);
        }
        add(
                Verdict.OK,
                "columns",
                "reads " + declared.fields().stream().map(Field::toString).collect(Collectors.joining(", ")));
        return selected;
    }

    private void statistics(Dataset<Row> selected, int partitions) {
        RowStatistics statistics = RowStatistics.of(selected, keys, TIME, DAY);
        if (statistics.rows() == 0) {
            add(Verdict.WARNING, "rows", "no row of the partitions read passes the wheres");
            return;
        }
        if (query.timeColumn().isPresent()) {
            time(statistics);
        }
        keys(statistics, partitions);
    }

    private void time(RowStatistics found) {
        String range = found.nullTimes() == found.rows()
                ? "no row has a time"
                : Instant.ofEpochMilli(found.leastMs()) + " to " + Instant.ofEpochMilli(found.mostMs());
        if (found.nullTimes() < found.rows() && found.mostMs() < LEAST_MS) {
            add(
                    Verdict.ERROR,
                    "time",
                    found.leastMs() + " to " + found.mostMs() + " are no milliseconds of our days; seconds? Write "
                            + query.timeColumn().get() + " * 1000");
        } else if (found.mostMs() > MOST_MS) {
            add(
                    Verdict.ERROR,
                    "time",
                    found.leastMs() + " to " + found.mostMs() + " are no milliseconds of our days; microseconds? Write "
                            + query.timeColumn().get() + " DIV 1000");
        } else if (found.nullTimes() > 0) {
            add(
                    kind == Kind.LEFT_EVENTS ? Verdict.ERROR : Verdict.WARNING,
                    "time",
                    count(found.nullTimes(), found.rows()) + " rows have none" + withoutTime() + "; " + range);
        } else if (found.otherDays() > 0 && kind != Kind.ENTITIES) {
            add(
                    Verdict.WARNING,
                    "time",
                    count(found.otherDays(), found.rows())
                            + " rows are of another day than their partition: they came late"
                            + (kind == Kind.MUTATIONS ? " and count for nothing" : "") + ", or the day is not in UTC; "
                            + range);
        } else {
            add(Verdict.OK, "time", range);
        }
    }

    private String withoutTime() {
        return switch (kind) {
            case LEFT_EVENTS -> ": the run would fail; filter them out";
            case ENTITIES -> " and count in no window with a length";
            case EVENTS, MUTATIONS -> " and count for nothing";
        };
    }

    private void keys(RowStatistics found, int partitions) {
        if (keys.isEmpty()) {
            return;
        }
        String heaviest = found.heaviest().stream()
                .map(key -> key.key() + " " + share(key.rows(), found.rows()))
                .collect(Collectors.joining(", "));
        String message = String.format(
                Locale.ROOT, "%,d rows in %d partitions; most rows: %s", found.rows(), partitions, heaviest);
        boolean heavy = found.heaviest().stream().anyMatch(key -> key.rows() > HEAVY_SHARE * found.rows());
        if (found.nullKeys() > NULL_KEY_SHARE * found.rows()) {
            add(
                    Verdict.WARNING,
                    "keys",
                    count(found.nullKeys(), found.rows()) + " rows have a null in their key and belong to none; "
                            + message);
        } else if (heavy) {
            add(Verdict.WARNING, "keys", message + ": one task does most of the work; skewKeys leaves a key out");
        } else {
            add(Verdict.OK, "keys", message);
        }
    }

    private static String count(long some, long all) {
        return String.format(Locale.ROOT, "%,d of %,d", some, all);
    }

    private static String share(long some, long all) {
        return String.format(Locale.ROOT, "%.1f%%", 100.0 * some / all);
    }

    private void add(Verdict verdict, String check, String message) {
        findings.add(verdict, subject, check, message);
    }
}
