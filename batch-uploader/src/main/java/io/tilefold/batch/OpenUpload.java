package io.tilefold.batch;

import io.tilefold.client.call.CallException;
import io.tilefold.client.call.LogPosition;
import io.tilefold.client.upload.StartedUpload;
import io.tilefold.client.upload.UploadClient;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.tile.SegmentSummary;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An upload between begin and commit. Aborted if closed before, and if the JVM is told to stop meanwhile. */
final class OpenUpload implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OpenUpload.class);

    private final UploadClient node;
    private final StartedUpload started;
    private final AtomicBoolean settled = new AtomicBoolean();
    private final Thread abortOnShutdown = new Thread(this::abortOnce, "abort-upload");

    private OpenUpload(UploadClient node, StartedUpload started) {
        this.node = node;
        this.started = started;
    }

    static OpenUpload begin(UploadClient node, DefinitionId definition, long batchEndMs) {
        OpenUpload upload = new OpenUpload(node, node.begin(definition, batchEndMs));
        Runtime.getRuntime().addShutdownHook(upload.abortOnShutdown);
        return upload;
    }

    long version() {
        return started.version();
    }

    int shardCount() {
        return started.shardCount();
    }

    LogPosition commit(List<SegmentSummary> segments) {
        if (!settled.compareAndSet(false, true)) {
            throw new JobException("version " + version() + " was aborted: the JVM is shutting down");
        }
        try {
            return node.commit(version(), segments);
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
        try {
            boolean unused = Runtime.getRuntime().removeShutdownHook(abortOnShutdown);
        } catch (IllegalStateException shuttingDown) {
            LOG.debug("the JVM is shutting down", shuttingDown);
        }
    }

    private void abortOnce() {
        if (!settled.compareAndSet(false, true)) {
            return;
        }
        try {
            node.abort(version());
        } catch (CallException e) {
            LOG.warn("{}; the node drops the upload after its time to live", e.getMessage());
        }
    }
}
