package io.tilefold.batch;

import io.grpc.ManagedChannel;
import io.tilefold.client.NodeCredentials;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Channels to nodes that the tasks of an upload in one executor share: a connection takes as long to be opened and closed as a small segment takes to be sent.
 *
 * <p>A channel is of one upload and one node. It is given out for a minute: credentials are read when it is opened, and may be replaced meanwhile. Then, or when there are too many
 * that nobody uses, it is closed, but never under somebody who has it. One that is not used has no connection after {@value #IDLE_MS} ms. Shared by threads.
 */
final class SharedChannels {
    /** Those of this JVM. */
    static final SharedChannels OF_JVM = new SharedChannels(System::nanoTime);

    static final int UNUSED_MAX = 16;
    static final long AGE_MS_MAX = 60_000;
    private static final long IDLE_MS = 5_000;

    private final LongSupplier nanoClock;

    /** Least lately given back first. */
    private final Map<Key, Shared> open = new LinkedHashMap<>();

    SharedChannels(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    private record Key(String upload, String address) {}

    private static final class Shared {
        final ManagedChannel channel;
        final long openedNs;
        int users;
        boolean isRetired;

        Shared(ManagedChannel channel, long openedNs) {
            this.channel = channel;
            this.openedNs = openedNs;
        }
    }

    /** A channel until it is closed. */
    interface Lease extends AutoCloseable {
        ManagedChannel channel();

        @Override
        void close();
    }

    /**
     * A channel, the one that is open or a new one.
     *
     * @param upload told apart by this
     * @throws IOException naming the files, if the credentials cannot be used
     */
    synchronized Lease lease(String upload, String address, NodeCredentials credentials) throws IOException {
        Key key = new Key(upload, address);
        long nowNs = nanoClock.getAsLong();
        Shared there = open.get(key);
        if (there != null && nowNs - there.openedNs > TimeUnit.MILLISECONDS.toNanos(AGE_MS_MAX)) {
            open.remove(key);
            there.isRetired = true;
            closeIfOver(there);
            there = null;
        }
        if (there == null) {
            there = new Shared(
                    credentials
                            .channel(address)
                            .idleTimeout(IDLE_MS, TimeUnit.MILLISECONDS)
                            .build(),
                    nowNs);
            open.put(key, there);
        }
        there.users++;
        return new Given(key, there);
    }

    private final class Given implements Lease {
        private final Key key;
        private final Shared shared;
        private boolean isGivenBack;

        Given(Key key, Shared shared) {
            this.key = key;
            this.shared = shared;
        }

        @Override
        public ManagedChannel channel() {
            return shared.channel;
        }

        @Override
        public void close() {
            synchronized (SharedChannels.this) {
                if (isGivenBack) {
                    return;
                }
                isGivenBack = true;
                shared.users--;
                if (open.remove(key, shared)) {
                    open.put(key, shared);
                }
                closeIfOver(shared);
                trim();
            }
        }
    }

    private static void closeIfOver(Shared shared) {
        if (shared.isRetired && shared.users == 0) {
            var unused = shared.channel.shutdownNow();
        }
    }

    private void trim() {
        List<Shared> dropped = new ArrayList<>();
        long unused = open.values().stream().filter(shared -> shared.users == 0).count();
        for (Iterator<Shared> all = open.values().iterator(); unused > UNUSED_MAX; ) {
            Shared shared = all.next();
            if (shared.users == 0) {
                all.remove();
                shared.isRetired = true;
                dropped.add(shared);
                unused--;
            }
        }
        dropped.forEach(SharedChannels::closeIfOver);
    }
}
