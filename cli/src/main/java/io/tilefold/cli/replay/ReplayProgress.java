package io.tilefold.cli.replay;

import java.io.PrintStream;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Says what a replay does: a line for each step, and where time stands; on a terminal in one line that is written over, else now and then. Confined to one thread. */
final class ReplayProgress {
    private static final long TERMINAL_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long LINE_EVERY_NS = TimeUnit.SECONDS.toNanos(10);

    private final PrintStream out;
    private final boolean terminal;
    private final LongSupplier nanoTime;
    private final long startedNs;
    private long saidNs;
    private String standing = "";

    ReplayProgress(PrintStream out, boolean terminal, LongSupplier nanoTime) {
        this.out = out;
        this.terminal = terminal;
        this.nanoTime = nanoTime;
        this.startedNs = nanoTime.getAsLong();
        this.saidNs = startedNs;
    }

    void step(String what) {
        out.printf(Locale.ROOT, "[%5.1f s] %s%n", seconds(), what);
        out.flush();
    }

    void at(long qMs, long rows, long events, long disagreements) {
        standing = String.format(
                Locale.ROOT,
                "  %s  %,d rows asked, %,d events played, %,d values differ",
                Instant.ofEpochMilli(qMs),
                rows,
                events,
                disagreements);
        long nowNs = nanoTime.getAsLong();
        if (nowNs - saidNs >= (terminal ? TERMINAL_EVERY_NS : LINE_EVERY_NS)) {
            saidNs = nowNs;
            out.print(terminal ? "\r" + standing : standing + System.lineSeparator());
            out.flush();
        }
    }

    /** Ends what {@link #at} says with the last that it was told. */
    void done() {
        if (!standing.isEmpty()) {
            out.println(terminal ? "\r" + standing : standing);
            standing = "";
        }
    }

    private double seconds() {
        return (nanoTime.getAsLong() - startedNs) / 1e9;
    }
}
