package io.tilefold.batch;

import io.tilefold.client.call.CallException;
import io.tilefold.client.call.LogPosition;
import io.tilefold.client.upload.DeploymentUpload;
import io.tilefold.client.upload.UploadClient;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.tile.SegmentSummary;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An upload between begin and commit. Aborted if closed before, and if the JVM is told to stop meanwhile: also while the node is being asked to begin, so that
 * an upload that it began is not left to its time to live.
 */
final class OpenUpload implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OpenUpload.class);
    private static final long BEGIN_TIMEOUT_MS = 5_000;

    private final CompletableFuture<DeploymentUpload> started = new CompletableFuture<>();
    private final AtomicBoolean settled = new AtomicBoolean();
    private final Thread abortOnShutdown = new Thread(this::abortWhenBegun, "abort-upload");

    private OpenUpload() {}

    /** @param nodes one of each shard group */
    static OpenUpload begin(List<UploadClient> nodes, DefinitionId definition, long batchEndMs) {
        OpenUpload upload = new OpenUpload();
        Runtime.getRuntime().addShutdownHook(upload.abortOnShutdown);
        try {
            upload.started.complete(DeploymentUpload.begin(nodes, definition, batchEndMs));
            return upload;
        } catch (RuntimeException e) {
            upload.settled.set(true);
            upload.started.completeExceptionally(e);
            upload.removeHook();
            throw e;
        }
    }

    long version() {
        return started.join().version();
    }

    int shardCount() {
        return started.join().shardCount();
    }

    /** Place, among the nodes, of the one that takes a shard's segment. */
    int nodeOf(int shard) {
        return started.join().nodeOf(shard);
    }

    List<LogPosition> commit(List<SegmentSummary> segments) {
        if (!settled.compareAndSet(false, true)) {
            throw new JobException("version " + version() + " was aborted: the JVM is shutting down");
        }
        try {
            return started.join().commit(segments);
        } catch (CallException e) {
            if (UploadClient.isOutcomeUnknown(e)) {
                throw new JobException(
                        e.getMessage() + "; whether version " + version()
                                + " was committed is unknown: ask the node's status, run again if not",
                        e);
            }
            settled.set(false);
            throw e;
        }
    }

    @Override
    public void close() {
        abortOnce();
        removeHook();
    }

    private void removeHook() {
        try {
            boolean unused = Runtime.getRuntime().removeShutdownHook(abortOnShutdown);
        } catch (IllegalStateException shuttingDown) {
            LOG.debug("the JVM is shutting down", shuttingDown);
        }
    }

    /** The JVM stops: what the node was asked to begin is waited for, within a bound, and aborted. */
    private void abortWhenBegun() {
        try {
            started.get(BEGIN_TIMEOUT_MS, TimeUnit.MILLISECONDS);
            abortOnce();
        } catch (ExecutionException refused) {
            LOG.debug("nothing was begun", refused);
        } catch (TimeoutException e) {
            LOG.warn("the node did not say whether it began an upload; it drops one after its time to live");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void abortOnce() {
        if (!settled.compareAndSet(false, true)) {
            return;
        }
        try {
            started.join().abort();
        } catch (CallException e) {
            LOG.warn("{}; the node drops the upload after its time to live", e.getMessage());
        }
    }
}
