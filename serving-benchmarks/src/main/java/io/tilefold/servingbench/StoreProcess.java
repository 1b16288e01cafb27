package io.tilefold.servingbench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that has a {@link CardStore} and goes on as its input says, until that ends. Arguments: directory, cards. Prints READY when it can be
 * served; at first it rests.
 *
 * <pre>
 * rest                 signs of life only
 * pay RATE SECONDS     so many payments a second; a new version SECONDS after the last
 * burn PERCENT         so much of a core in a plain loop, and signs of life
 * </pre>
 */
public final class StoreProcess {
    private static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final double PERCENT = 100;

    private final CardStore store;
    private volatile String[] order = {"rest"};
    private volatile boolean ended;

    private StoreProcess(CardStore store) {
        this.store = store;
    }

    public static void main(String[] args) throws Exception {
        try (CardStore store = new CardStore(Path.of(args[0]), Integer.parseInt(args[1]))) {
            StoreProcess process = new StoreProcess(store);
            Thread reader = new Thread(process::readOrders, "orders");
            reader.setDaemon(true);
            reader.start();
            System.out.println("READY");
            while (!process.ended) {
                process.follow(process.order);
            }
        }
    }

    private void readOrders() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                order = line.split(" ");
            }
        } catch (IOException failure) {
            System.err.println("orders: " + failure);
        }
        ended = true;
    }

    private void follow(String[] now) throws IOException {
        switch (now[0]) {
            case "pay" -> pay(now, Integer.parseInt(now[1]), TimeUnit.SECONDS.toNanos(Integer.parseInt(now[2])));
            case "burn" -> burn(now, Math.round(TICK_NS * Integer.parseInt(now[1]) / PERCENT));
            default -> burn(now, 0);
        }
    }

    private void pay(String[] current, int perSecond, long versionNs) throws IOException {
        long startNs = System.nanoTime();
        long paid = 0;
        long nextVersionNs = startNs + versionNs;
        while (goesOn(current)) {
            long nowNs = System.nanoTime();
            long due = (nowNs - startNs) / 1_000 * perSecond / 1_000_000;
            for (; paid < due; paid++) {
                store.pay();
            }
            if (nowNs - nextVersionNs >= 0) {
                store.writeVersion();
                store.commitVersion();
                System.out.println("VERSION");
                nextVersionNs = System.nanoTime() + versionNs;
            }
            store.publish();
            LockSupport.parkNanos(TICK_NS);
        }
    }

    private void burn(String[] current, long burntNs) {
        while (goesOn(current)) {
            long untilNs = System.nanoTime() + burntNs;
            while (System.nanoTime() - untilNs < 0) {
                Thread.onSpinWait();
            }
            store.publish();
            LockSupport.parkNanos(TICK_NS - burntNs);
        }
    }

    /** The array itself is compared: an order given again starts anew. */
    @SuppressWarnings("ArrayEquals")
    private boolean goesOn(String[] current) {
        return !ended && order == current;
    }
}
