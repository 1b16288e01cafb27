package io.tilefold.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;

/** Says now and then how far a long verification is; nothing about a short one. */
final class VerifyProgress implements ObjLongConsumer<Path> {
    private static final long EVERY_NS = TimeUnit.SECONDS.toNanos(2);

    private final PrintWriter out;
    private final LongSupplier nanoTime;
    private long saidNs;
    private long bytes;

    VerifyProgress(PrintWriter out, LongSupplier nanoTime) {
        this.out = out;
        this.nanoTime = nanoTime;
        this.saidNs = nanoTime.getAsLong();
    }

    @Override
    public void accept(Path file, long count) {
        bytes += count;
        long nowNs = nanoTime.getAsLong();
        if (nowNs - saidNs >= EVERY_NS) {
            saidNs = nowNs;
            out.printf("%,d MiB verified, now %s%n", bytes >> 20, file);
            out.flush();
        }
    }
}
