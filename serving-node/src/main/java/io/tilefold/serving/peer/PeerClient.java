package io.tilefold.serving.peer;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Consumer;

/**
 * Asks the serving nodes of other shard groups. Never blocks; results come on threads of gRPC's, of the timer, or on the caller's own. Shared by
 * threads.
 */
public final class PeerClient implements AutoCloseable {
    private final PeerSettings settings;
    private final ScheduledThreadPoolExecutor timer;
    private final Map<Integer, PeerGroup> groups = new ConcurrentHashMap<>();

    public PeerClient(PeerSettings settings) {
        this.settings = settings;
        this.timer = new ScheduledThreadPoolExecutor(
                1,
                task -> {
                    Thread created = new Thread(task, "tilefold-peer-timer");
                    created.setDaemon(true);
                    return created;
                },
                new ThreadPoolExecutor.DiscardPolicy()); // once closed nothing is waited for
        timer.setRemoveOnCancelPolicy(true);
    }

    /** Asks the nodes of this map from now on. */
    public synchronized void follow(ShardMap map) {
        Map<Integer, ShardMap.Group> wanted = new HashMap<>();
        map.groups().forEach(group -> wanted.put(group.shardGroup(), group));
        wanted.forEach(
                (number, group) -> groups.computeIfAbsent(number, absent -> new PeerGroup(number, settings, timer))
                        .nodes(group.servingNodes()));
        Set<Integer> gone = new HashSet<>(groups.keySet());
        gone.removeAll(wanted.keySet());
        for (int number : gone) {
            PeerGroup group = groups.remove(number);
            if (group != null) {
                group.close();
            }
        }
    }

    /** Asks; the result comes once, before long after the request's time at the latest. */
    public void read(PeerRequest request, Consumer<PeerResult> then) {
        PeerGroup group = groups.get(request.shardGroup());
        if (group == null) {
            then.accept(PeerResult.unreachable("no serving node of shard group " + request.shardGroup() + " is known"));
        } else {
            group.read(request, then);
        }
    }

    @Override
    public synchronized void close() {
        groups.values().forEach(PeerGroup::close);
        groups.clear();
        timer.shutdownNow();
    }
}
