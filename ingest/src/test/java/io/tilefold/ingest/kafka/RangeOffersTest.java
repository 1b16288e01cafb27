package io.tilefold.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tilefold.ingest.log.LogLimits;
import io.tilefold.ingest.log.Outbound;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.ControlledMessageHandler.Action;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A log that takes no more makes the reader wait, within a stated bound of memory. */
class RangeOffersTest {
    private final Outbound outbound = new Outbound();
    private final Admin admin = KafkaClients.admin("127.0.0.1:1");
    private final RangeOffers offers = new RangeOffers(
            outbound, new DeadLetters("127.0.0.1:1", ".dead", admin), new SleepingMillisIdleStrategy(1));
    private final DirectBuffer entry = new UnsafeBuffer(new byte[LogLimits.MAX_ENTRY_LENGTH]);
    private final AtomicInteger offered = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> ended = new AtomicReference<>();
    private final Thread reader = new Thread(this::offerForEver, "reader");

    @AfterEach
    void stop() throws Exception {
        offers.stop();
        reader.join();
        admin.close(Duration.ZERO);
    }

    private void offerForEver() {
        try {
            while (true) {
                offers.offer(entry, entry.capacity());
                offered.incrementAndGet();
            }
        } catch (KafkaException e) {
            ended.set(e);
        }
    }

    @Test
    void waitsForRoomAndGivesUpWhenStopped() throws Exception {
        reader.start();
        int most = LogLimits.OUTBOUND_CAPACITY / entry.capacity();
        await().until(() -> reader.getState() == Thread.State.TIMED_WAITING && offered.get() > 0);
        Thread.sleep(50);
        int full = offered.get();
        assertThat(full).as("entries that wait").isLessThanOrEqualTo(most);

        int[] taken = {0};
        int drained = outbound.drain((type, buffer, offset, length) -> taken[0]++ < 3 ? Action.CONTINUE : Action.ABORT);
        assertThat(drained).isEqualTo(3);
        await().until(() -> offered.get() >= full + 2);
        assertThat(offered.get()).isLessThanOrEqualTo(full + 3);

        offers.stop();
        reader.join();
        assertThat(ended.get()).isInstanceOf(KafkaException.class).hasMessage("stopping");
    }
}
