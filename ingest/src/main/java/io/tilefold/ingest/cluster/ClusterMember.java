package io.tilefold.ingest.cluster;

import io.aeron.Counter;
import io.aeron.cluster.ClusteredMediaDriver;
import io.aeron.cluster.service.ClusteredServiceContainer;
import io.aeron.exceptions.AeronEvent;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running member: media driver, archive, consensus module and the service. Closing it stops them all. */
public final class ClusterMember implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterMember.class);

    private final ClusteredMediaDriver driver;
    private final ClusteredServiceContainer container;

    private ClusterMember(ClusteredMediaDriver driver, ClusteredServiceContainer container) {
        this.driver = driver;
        this.container = container;
    }

    /**
     * Starts a member.
     *
     * @param onTermination told if the consensus module or the service ends by itself, or does nothing but fail ({@link ErrorStorm})
     */
    public static ClusterMember launch(ClusterLayout layout, IngestService service, Consumer<Throwable> onTermination) {
        AtomicReference<@Nullable Throwable> last = new AtomicReference<>();
        ErrorStorm storm = new ErrorStorm();
        ErrorHandler errors = error -> {
            if (logError(error)) {
                last.set(error);
                if (storm.isStorm(System.nanoTime())) {
                    onTermination.accept(new IllegalStateException(
                            "the cluster member repeats an error without end: start the node again, it then looks at its log: "
                                    + error.getMessage(),
                            error));
                }
            }
        };
        Runnable ended = () -> onTermination.accept(ended(last.get()));
        ClusteredMediaDriver driver = ClusteredMediaDriver.launch(
                layout.driver().errorHandler(errors),
                layout.archive().errorHandler(errors),
                layout.consensusModule().errorHandler(errors).terminationHook(ended));
        try {
            ClusteredServiceContainer container = ClusteredServiceContainer.launch(
                    layout.service(service, errors).terminationHook(ended));
            return new ClusterMember(driver, container);
        } catch (RuntimeException e) {
            CloseHelper.quietClose(driver);
            throw e;
        }
    }

    /** Through which the leader is told to do things. */
    Counter controlToggle() {
        return driver.consensusModule().context().controlToggleCounter();
    }

    private static IllegalStateException ended(@Nullable Throwable cause) {
        return new IllegalStateException(
                "the cluster member has ended" + (cause == null ? "; see the log above" : ": " + cause.getMessage()),
                cause);
    }

    /** True if it is an error, not an event. */
    private static boolean logError(Throwable error) {
        if (error instanceof AeronEvent) {
            LOG.info("{}", error.getMessage());
            return false;
        }
        LOG.error("cluster member", error);
        return true;
    }

    @Override
    public void close() {
        CloseHelper.quietCloseAll(container, driver);
    }
}
