package io.tilefold.servingbench;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that has a {@link CardStore} and goes on writing it. Arguments: directory, cards, payments per second, seconds between new versions (0:
 * none). Prints READY when it can be served.
 */
public final class StoreProcess {
    private static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private StoreProcess() {}

    public static void main(String[] args) throws Exception {
        int paymentsPerSecond = Integer.parseInt(args[2]);
        int versionSeconds = Integer.parseInt(args[3]);
        try (CardStore store = new CardStore(Path.of(args[0]), Integer.parseInt(args[1]))) {
            System.out.println("READY");
            long startNs = System.nanoTime();
            long paid = 0;
            long nextVersionNs = startNs + TimeUnit.SECONDS.toNanos(versionSeconds);
            while (!Thread.interrupted()) {
                long nowNs = System.nanoTime();
                long due = (nowNs - startNs) / 1_000 * paymentsPerSecond / 1_000_000;
                while (paid < due) {
                    store.pay();
                    paid++;
                }
                if (versionSeconds > 0 && nowNs - nextVersionNs >= 0) {
                    store.writeVersion();
                    store.commitVersion();
                    System.out.println("VERSION");
                    nextVersionNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(versionSeconds);
                }
                store.publish();
                LockSupport.parkNanos(TICK_NS);
            }
        }
    }
}
