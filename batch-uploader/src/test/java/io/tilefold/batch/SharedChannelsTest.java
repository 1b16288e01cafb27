package io.tilefold.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.tilefold.client.NodeCredentials;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedChannelsTest {
    private static final String NODE = "127.0.0.1:1";

    private final List<ManagedChannel> all = new ArrayList<>();
    private long nowNs;
    private final SharedChannels channels = new SharedChannels(() -> nowNs);

    @AfterEach
    void close() {
        all.forEach(ManagedChannel::shutdownNow);
    }

    private SharedChannels.Lease lease(String upload, String address) throws IOException {
        SharedChannels.Lease lease = channels.lease(upload, address, NodeCredentials.NONE);
        all.add(lease.channel());
        return lease;
    }

    @Test
    void tasksOfAnUploadShareTheChannelToANode() throws IOException {
        SharedChannels.Lease first = lease("a", NODE);
        SharedChannels.Lease second = lease("a", NODE);
        assertThat(second.channel()).isSameAs(first.channel());
        assertThat(lease("b", NODE).channel()).isNotSameAs(first.channel());
        assertThat(lease("a", "127.0.0.1:2").channel()).isNotSameAs(first.channel());
        first.close();
        first.close();
        second.close();
        assertThat(lease("a", NODE).channel()).as("of the next task").isSameAs(first.channel());
        assertThat(all).noneMatch(ManagedChannel::isShutdown);
    }

    @Test
    void aChannelIsClosedByAgeWhenItsLastUserHasGone() throws IOException {
        SharedChannels.Lease old = lease("a", NODE);
        nowNs = TimeUnit.MILLISECONDS.toNanos(SharedChannels.AGE_MS_MAX) + 1;
        SharedChannels.Lease next = lease("a", NODE);
        assertThat(next.channel()).isNotSameAs(old.channel());
        assertThat(old.channel().isShutdown()).isFalse();
        old.close();
        assertThat(old.channel().isShutdown()).isTrue();
        next.close();
        assertThat(lease("a", NODE).channel()).isSameAs(next.channel());
    }

    @Test
    void thoseThatNobodyUsesAreBounded() throws IOException {
        List<SharedChannels.Lease> used = new ArrayList<>();
        for (int i = 0; i < SharedChannels.UNUSED_MAX; i++) {
            used.add(lease("used " + i, NODE));
        }
        List<SharedChannels.Lease> left = new ArrayList<>();
        for (int i = 0; i <= SharedChannels.UNUSED_MAX; i++) {
            SharedChannels.Lease lease = lease("left " + i, NODE);
            lease.close();
            left.add(lease);
        }
        assertThat(used).noneMatch(lease -> lease.channel().isShutdown());
        assertThat(left.get(0).channel().isShutdown()).isTrue();
        assertThat(left.subList(1, left.size()))
                .noneMatch(lease -> lease.channel().isShutdown());
    }
}
