package io.tilefold.serving.peer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The serving nodes of one other shard group, and the calls to them. Shared by threads. */
final class PeerGroup implements AutoCloseable {
    private static final long INITIAL_HEDGE_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final int shardGroup;
    private final PeerSettings settings;
    private final ScheduledExecutorService timer;
    private final Semaphore places;
    private final HedgeBudget hedges = new HedgeBudget();
    private final RecentLatencies latencies = new RecentLatencies(INITIAL_HEDGE_NS);
    private volatile List<PeerNode> nodes = List.of();

    PeerGroup(int shardGroup, PeerSettings settings, ScheduledExecutorService timer) {
        this.shardGroup = shardGroup;
        this.settings = settings;
        this.timer = timer;
        this.places = new Semaphore(settings.maxCalls());
    }

    /** Has these nodes from now on; those it had before it keeps, with what it knows of them. */
    synchronized void nodes(List<String> addresses) {
        List<PeerNode> before = nodes;
        List<PeerNode> now = new ArrayList<>();
        for (String address : addresses) {
            now.add(before.stream()
                    .filter(node -> node.address().equals(address))
                    .findFirst()
                    .orElseGet(() -> new PeerNode(address, settings, timer)));
        }
        nodes = List.copyOf(now);
        before.stream().filter(node -> !now.contains(node)).forEach(PeerNode::close);
    }

    void read(PeerRequest request, Consumer<PeerResult> then) {
        if (!places.tryAcquire()) {
            then.accept(PeerResult.unreachable(
                    settings.maxCalls() + " calls to shard group " + shardGroup + " are under way already"));
            return;
        }
        hedges.call();
        new PeerCall(this, request, result -> {
                    places.release();
                    then.accept(result);
                })
                .start();
    }

    /** The node to be asked next, with leave to ask it; null if none of those not asked yet may be. */
    @Nullable PeerNode choose(Collection<PeerNode> asked, long nowNs) {
        List<PeerNode> candidates = nodes;
        if (candidates.size() == 1) {
            PeerNode only = candidates.get(0);
            return !asked.contains(only) && only.tryAsk(nowNs) ? only : null;
        }
        record Priced(PeerNode node, double cost) {} // a cost moves; a sort must not see it do so
        return candidates.stream()
                .filter(node -> !asked.contains(node))
                .map(node -> new Priced(node, node.cost(nowNs)))
                .sorted(Comparator.comparingDouble(Priced::cost))
                .map(Priced::node)
                .filter(node -> node.tryAsk(nowNs))
                .findFirst()
                .orElse(null);
    }

    int shardGroup() {
        return shardGroup;
    }

    int nodeCount() {
        return nodes.size();
    }

    HedgeBudget hedges() {
        return hedges;
    }

    RecentLatencies latencies() {
        return latencies;
    }

    /** How long to wait for one node before a second one is asked too. */
    long hedgeAfterNs() {
        return Math.max(settings.leastHedgeNs(), latencies.percentileNs());
    }

    ScheduledExecutorService timer() {
        return timer;
    }

    @Override
    public synchronized void close() {
        nodes.forEach(PeerNode::close);
        nodes = List.of();
    }
}
