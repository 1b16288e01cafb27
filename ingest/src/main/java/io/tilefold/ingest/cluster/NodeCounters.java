package io.tilefold.ingest.cluster;

import io.aeron.Aeron;
import io.aeron.Counter;
import java.util.ArrayList;
import java.util.List;

/**
 * What a member tells other processes of its host without being asked: counters in the media driver's own file, which any Aeron client and {@code AeronStat} read. They are
 * there while the member runs. Written by the applying thread.
 *
 * <pre>
 *   type  label
 *   7401  tilefold: log position visible
 *   7402  tilefold: entries of the log applied         since the start
 *   7403  tilefold: heartbeat                          epoch milliseconds
 *   7404  tilefold: caught up with the topics at       epoch milliseconds; 0: never
 *   7405  tilefold: leads its shard group              0 or 1
 * </pre>
 */
final class NodeCounters {
    static final int POSITION_TYPE_ID = 7401;
    static final int ENTRIES_TYPE_ID = 7402;
    static final int HEARTBEAT_TYPE_ID = 7403;
    static final int CAUGHT_UP_TYPE_ID = 7404;
    static final int LEADS_TYPE_ID = 7405;

    private static final List<String> LABELS = List.of(
            "log position visible",
            "entries of the log applied",
            "heartbeat",
            "caught up with the topics at",
            "leads its shard group");

    private final List<Counter> counters = new ArrayList<>();
    private long entries;

    void open(Aeron aeron) {
        counters.clear();
        for (String label : LABELS) {
            counters.add(aeron.addCounter(POSITION_TYPE_ID + counters.size(), "tilefold: " + label));
        }
    }

    void published(long position, long caughtUpAtMs) {
        set(POSITION_TYPE_ID, position);
        set(ENTRIES_TYPE_ID, entries);
        set(CAUGHT_UP_TYPE_ID, caughtUpAtMs);
    }

    /** One entry more; shown with the next publication. */
    void applied() {
        entries++;
    }

    void heartbeat(long nowMs) {
        set(HEARTBEAT_TYPE_ID, nowMs);
    }

    void leads(boolean now) {
        set(LEADS_TYPE_ID, now ? 1 : 0);
    }

    private void set(int typeId, long value) {
        int index = typeId - POSITION_TYPE_ID;
        if (index < counters.size() && !counters.get(index).isClosed()) {
            counters.get(index).setRelease(value);
        }
    }
}
