package io.tilefold.ingest.cluster;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Questions to the thread that applies entries: its status, and to be told when something has been published. Any thread asks, at most
 * {@link #CAPACITY} at a time; futures complete on the applying thread, so whoever continues does so on a thread of its own. A future that
 * its owner cancels or times out is forgotten.
 */
public final class ServiceQueries {
    /** Bound of the questions not yet taken up, and of those that wait. */
    public static final int CAPACITY = 1024;

    private sealed interface Query {
        record Status(CompletableFuture<NodeStatus> answer) implements Query {}

        record Await(BooleanSupplier condition, CompletableFuture<Long> position) implements Query {}

        record Run(Runnable task, CompletableFuture<Boolean> done) implements Query {}
    }

    private final ManyToOneConcurrentArrayQueue<Query> incoming = new ManyToOneConcurrentArrayQueue<>(CAPACITY);
    private final List<Query.Await> waiting = new ArrayList<>();

    /** Asks for the status; empty if too many ask. */
    public @Nullable CompletableFuture<NodeStatus> status() {
        CompletableFuture<NodeStatus> answer = new CompletableFuture<>();
        return incoming.offer(new Query.Status(answer)) ? answer : null;
    }

    /**
     * Asks for the published position at which a condition on applied state holds; empty if too many ask.
     *
     * @param condition read on the applying thread after every publication
     */
    public @Nullable CompletableFuture<Long> await(BooleanSupplier condition) {
        CompletableFuture<Long> position = new CompletableFuture<>();
        return incoming.offer(new Query.Await(condition, position)) ? position : null;
    }

    /** Has something done on the applying thread, between entries; empty if too many ask. */
    public @Nullable CompletableFuture<Boolean> run(Runnable task) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        return incoming.offer(new Query.Run(task, done)) ? done : null;
    }

    /** Answers what can be answered; on the applying thread, when all that was applied is published. */
    int answer(long publishedPosition, boolean publishedNow, Supplier<NodeStatus> status) {
        int work = 0;
        for (Query query = incoming.poll(); query != null; query = incoming.poll()) {
            work++;
            if (query instanceof Query.Status asked) {
                asked.answer().complete(status.get());
            } else if (query instanceof Query.Run asked) {
                run(asked);
            } else if (query instanceof Query.Await asked && !answered(asked, publishedPosition)) {
                if (waiting.size() < CAPACITY) {
                    waiting.add(asked);
                } else {
                    asked.position()
                            .completeExceptionally(new IllegalStateException(CAPACITY + " others wait for offsets"));
                }
            }
        }
        if (publishedNow && !waiting.isEmpty()) {
            for (Iterator<Query.Await> each = waiting.iterator(); each.hasNext(); ) {
                if (answered(each.next(), publishedPosition)) {
                    each.remove();
                    work++;
                }
            }
        }
        return work;
    }

    private static void run(Query.Run asked) {
        try {
            asked.task().run();
            asked.done().complete(true);
        } catch (RuntimeException e) {
            asked.done().completeExceptionally(e);
        }
    }

    private static boolean answered(Query.Await asked, long publishedPosition) {
        if (asked.position().isDone()) {
            return true;
        }
        if (asked.condition().getAsBoolean()) {
            asked.position().complete(publishedPosition);
            return true;
        }
        return false;
    }
}
