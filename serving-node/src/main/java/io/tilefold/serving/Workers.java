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

    private final int queueLength;
    private final ThreadPoolExecutor threads;

    Workers(ServingConfig config) {
        int count = config.workerThreads() > 0
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

    /** @throws io.grpc.StatusRuntimeException RESOURCE_EXHAUSTED if the queue is full, UNAVAILABLE once closed */
    void execute(Runnable task) {
        try {
            threads.execute(task);
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
