package io.tilefold.cli.replay;

import io.tilefold.core.definition.Catalog;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;

/**
 * What to replay.
 *
 * @param tables as given with {@code --table}
 * @param start first day of the left that is asked for
 * @param end last day, inclusive
 * @param momentsMax asked at no more moments than this, evenly spread
 * @param tolerance within which floating numbers agree, relative to the larger magnitude
 * @param out directory for everything that is written
 */
public record ReplayRequest(
        Catalog catalog,
        String join,
        List<String> tables,
        LocalDate start,
        LocalDate end,
        int momentsMax,
        double tolerance,
        Path out) {
    public ReplayRequest {
        tables = List.copyOf(tables);
        if (end.isBefore(start)) {
            throw new IllegalArgumentException("--end-ds " + end + " is before --start-ds " + start);
        }
        if (momentsMax < 1) {
            throw new IllegalArgumentException("--moments " + momentsMax + ": at least 1");
        }
        if (!(tolerance >= 0 && tolerance < 1)) {
            throw new IllegalArgumentException("--tolerance " + tolerance + ": from 0 to below 1");
        }
    }
}
