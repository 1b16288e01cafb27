package io.tilefold.serving;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Threads for what is too long for an event loop: so many, with a queue of so many before them; what finds it full is refused at once. */
final class Workers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
    private static final long CLOSE_TIMEOUT_MS = 5_000;

    /** What a task took counts by so much in the average. */
    private static final int SMOOTHING = 16;

    private final int queueLength;
    private final ThreadPoolExecutor threads;
    private final int count;
    private volatile long taskNs;

    Workers(ServingConfig config) {
        count = config.workerThreads() > 0
                ? config.workerThreads()
                : Runtime.getRuntime().availableProcessors();
        queueLength = config.maxQueuedFetches();
        threads = new ThreadPoolExecutor(
                count,
                count,
                0,
                TimeUnit.MILLISECONDS,
                new ArrayBlockingQueue<>(queueLength),
                task -> StoreWatch.daemon(task, "tilefold-worker"));
    }

    /**
     * Refuses a fetch that would wait for its turn for more than half of the time it has: it would come late, and others with it.
     *
     * @throws io.grpc.StatusRuntimeException RESOURCE_EXHAUSTED
     */
    void checkInTime(Budget budget) {
        long waitNs = threads.getQueue().size() * taskNs / count;
        if (waitNs > budget.leftNs() / 2) {
            throw Errors.overloaded(
                    "WOULD_BE_LATE",
                    "the large fetches before it take " + waitNs / 1_000_000
                            + " ms, more than half of the time this one has",
                    "try again after the time in RetryInfo, ask another node, or give a longer deadline");
        }
    }

    @SuppressWarnings(
            "NonAtomicVolatileUpdate") // threads overwrite each other's figure now and then: it need not be exact
    private void run(Runnable task) {
        long beganNs = System.nanoTime();
        task.run();
        taskNs += (System.nanoTime() - beganNs - taskNs) / SMOOTHING;
    }

    /** @throws io.grpc.StatusRuntimeException RESOURCE_EXHAUSTED if the queue is full, UNAVAILABLE once closed */
    void execute(Runnable task) {
        try {
            threads.execute(() -> run(task));
        } catch (RejectedExecutionException refused) {
            if (threads.isShutdown()) {
                throw Errors.closing();
            }
            throw Errors.overloaded(
                    "TOO_MANY_QUEUED",
                    queueLength + " large fetches are queued already",
                    "try again after the time in RetryInfo, or ask another node");
        }
    }

    /** Tasks that wait for a thread. */
    int queued() {
        return threads.getQueue().size();
    }

    @Override
    public void close() {
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                LOG.warn("workers did not end within {} ms", CLOSE_TIMEOUT_MS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
