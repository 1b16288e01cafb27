package io.tilefold.ingest.log;

import io.tilefold.ingest.config.Bell;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.ControlledMessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * Entries on their way from the threads that decide them to the one that offers them to the cluster. Bounded by
 * {@link LogLimits#OUTBOUND_CAPACITY}; a full one is how a slow cluster pauses its writers. Any thread offers, one thread drains.
 */
public final class Outbound {
    private static final int ENTRY = 1;
    private static final int DRAIN_LIMIT = 64;

    private final ManyToOneRingBuffer ring = new ManyToOneRingBuffer(new UnsafeBuffer(
            ByteBuffer.allocateDirect(LogLimits.OUTBOUND_CAPACITY + RingBufferDescriptor.TRAILER_LENGTH)));

    private final Bell bell = new Bell();

    /** Rings when an entry was queued. */
    public Bell bell() {
        return bell;
    }

    /**
     * Queues an entry.
     *
     * @return false if there is no room now: try again later
     */
    public boolean offer(DirectBuffer buffer, int offset, int length) {
        if (length > LogLimits.MAX_ENTRY_LENGTH) {
            throw new IllegalArgumentException(
                    "an entry of " + length + " bytes; the largest is " + LogLimits.MAX_ENTRY_LENGTH);
        }
        boolean queued = ring.write(ENTRY, buffer, offset, length);
        bell.ring();
        return queued;
    }

    /** Hands queued entries over in order; one that the handler aborts stays queued. Returns how many went. */
    public int drain(ControlledMessageHandler handler) {
        return ring.controlledRead(handler, DRAIN_LIMIT);
    }

    public boolean isEmpty() {
        return ring.size() == 0;
    }
}
