package io.tilefold.batch;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** Day partitions, {@code yyyy-MM-dd}, UTC. */
public final class Days {
    public static final long DAY_MS = 86_400_000L;

    private Days() {}

    public static LocalDate parse(String what, String ds) {
        return find(ds).orElseThrow(
                        () -> new JobException(what + " \"" + ds + "\" is no day: write yyyy-MM-dd, 2001-02-09"));
    }

    public static Optional<LocalDate> find(String ds) {
        try {
            // A year of four digits only: what sorts as text as it does as time.
            return ds.length() == 10 ? Optional.of(LocalDate.parse(ds)) : Optional.empty();
        } catch (DateTimeParseException notADay) {
            return Optional.empty();
        }
    }

    public static long startMs(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    }

    public static LocalDate of(long timeMs) {
        return LocalDate.ofEpochDay(Math.floorDiv(timeMs, DAY_MS));
    }

    /** B of an upload for {@code endDs}: the midnight that ends it. */
    static long batchEndMs(LocalDate endDs) {
        return startMs(endDs.plusDays(1));
    }
}
