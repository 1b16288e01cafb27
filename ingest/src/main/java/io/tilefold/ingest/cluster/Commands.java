package io.tilefold.ingest.cluster;

import io.tilefold.ingest.apply.CommandResult;
import io.tilefold.ingest.log.Outbound;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.agrona.DirectBuffer;

/**
 * Commands on their way through the log: offered under a random id, answered when this member has applied and published them. One that gets no
 * answer in time may still take effect; all of them may be given again.
 *
 * <p>Any thread submits. At most {@link #MAX_PENDING} are under way. A future completes on the thread that applies entries: whoever continues
 * from it does so on a thread of its own.
 */
public final class Commands {
    /** Bound of the commands under way. */
    public static final int MAX_PENDING = 256;

    private final Outbound outbound;
    private final long timeoutMs;
    private final Map<UUID, CompletableFuture<CommandResult>> pending = new ConcurrentHashMap<>();

    public Commands(Outbound outbound, long timeoutMs) {
        this.outbound = outbound;
        this.timeoutMs = timeoutMs;
    }

    /** There is no room for another command now. */
    public static final class TooBusyException extends RuntimeException {
        TooBusyException(String message) {
            super(message);
        }
    }

    /**
     * Offers a command.
     *
     * @param entry encodes it under the id it is given
     * @return its result; fails with {@link java.util.concurrent.TimeoutException} if none comes
     * @throws TooBusyException if the log takes no more now
     */
    public CompletableFuture<CommandResult> submit(Function<UUID, DirectBuffer> entry) {
        if (pending.size() >= MAX_PENDING) {
            throw new TooBusyException(MAX_PENDING + " commands are under way: try again later");
        }
        UUID id = UUID.randomUUID();
        DirectBuffer encoded = entry.apply(id);
        CompletableFuture<CommandResult> result = new CompletableFuture<>();
        pending.put(id, result);
        result.orTimeout(timeoutMs, TimeUnit.MILLISECONDS).whenComplete((done, failure) -> pending.remove(id));
        if (!outbound.offer(encoded, 0, encoded.capacity())) {
            pending.remove(id);
            throw new TooBusyException("the log takes no more entries now: try again later");
        }
        return result;
    }

    /** True if a command of this member waits for its result. */
    boolean isPending(UUID id) {
        return pending.containsKey(id);
    }

    /** Completes a command of this member; others are somebody else's. */
    void complete(UUID id, CommandResult result) {
        CompletableFuture<CommandResult> waiting = pending.remove(id);
        if (waiting != null) {
            waiting.complete(result);
        }
    }
}
