package io.tilefold.core.time;

import java.util.Comparator;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A window of SEMANTICS.md §2: a whole number ≥ 1 of hours or days, or all of history. At {@code q} it covers events with {@code
 * tail(q) <= ts < q}. {@code 24h} and {@code 1d} have one length and two names; equality is of length and name.
 *
 * @param lengthMs length in milliseconds; {@link #UNBOUNDED_MS} for all of history
 * @param label as written, {@code "7d"} or {@code "12h"}; empty for all of history
 */
public record Window(long lengthMs, String label) {
    public static final long UNBOUNDED_MS = Long.MAX_VALUE;
    public static final Window ALL = new Window(UNBOUNDED_MS, "");

    /** Short windows first, all of history last. */
    public static final Comparator<Window> BY_LENGTH =
            Comparator.comparingLong(Window::lengthMs).thenComparing(Window::label);

    private static final Pattern SYNTAX = Pattern.compile("([1-9][0-9]{0,5})([hd])");
    private static final long TWELVE_HOURS_MS = 12 * Hop.HOUR.lengthMs();
    private static final long TWELVE_DAYS_MS = 12 * Hop.DAY.lengthMs();

    public Window {
        Objects.requireNonNull(label, "label");
        if (lengthMs <= 0) {
            throw new IllegalArgumentException("a window of " + lengthMs + " ms");
        }
    }

    /**
     * Reads {@code "7d"} or {@code "12h"}.
     *
     * @throws IllegalArgumentException if the text is no whole number ≥ 1 of hours or days
     */
    public static Window parse(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "window \"" + text + "\" is no whole number of hours or days: write for example 12h or 7d");
        }
        Hop unit = matcher.group(2).equals("d") ? Hop.DAY : Hop.HOUR;
        return new Window(Long.parseLong(matcher.group(1)) * unit.lengthMs(), text);
    }

    public boolean isUnbounded() {
        return lengthMs == UNBOUNDED_MS;
    }

    /** The grid its tail moves on. All of history has no tail and no hop. */
    public Hop hop() {
        if (isUnbounded()) {
            throw new IllegalStateException("all of history has no hop");
        }
        if (lengthMs >= TWELVE_DAYS_MS) {
            return Hop.DAY;
        }
        return lengthMs >= TWELVE_HOURS_MS ? Hop.HOUR : Hop.FIVE_MINUTES;
    }

    /** Time of the first event covered at {@code q}: {@code floor(q - W, H)}; {@link Long#MIN_VALUE} for all of history. */
    public long tail(long q) {
        return isUnbounded() ? Long.MIN_VALUE : hop().floor(q - lengthMs);
    }

    @Override
    public String toString() {
        return isUnbounded() ? "all" : label;
    }
}
